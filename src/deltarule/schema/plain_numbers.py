"""Numbers in the spelling of the plain format, as patterns, and whole numbers that are codes."""

from __future__ import annotations

import re

PLAIN_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A number that every column of numbers without a thousands point takes, whatever its format."""
CODE = r"[+-]?0[0-9]+"
"""A whole number with a leading zero, such as 007: in training it is a code, not a number."""

_PLAIN_NUMBER = re.compile(PLAIN_NUMBER)
_CODE = re.compile(CODE)


def is_plain_number(text: str) -> bool:
    """Return whether a trimmed text is a finite number in the plain spelling."""
    return _PLAIN_NUMBER.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Return whether a trimmed text is a whole number with a leading zero."""
    return _CODE.fullmatch(text) is not None

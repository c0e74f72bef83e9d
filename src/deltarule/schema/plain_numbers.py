"""Numbers in the spelling of the plain format, as patterns, and codes and months that look like them."""

from __future__ import annotations

import re
from collections.abc import Iterable

PLAIN_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A number that every column of numbers without a thousands point takes, whatever its format."""
CODE = r"[+-]?0[0-9]+"
"""A whole number with a leading zero, such as 007: in training it is a code, not a number."""

_PLAIN_NUMBER = re.compile(PLAIN_NUMBER)
_CODE = re.compile(CODE)
_MONTH = re.compile(r"(?:0[1-9]|1[0-2])\.(?:19|20)[0-9]{2}")


def is_plain_number(text: str) -> bool:
    """Return whether a trimmed text is a finite number in the plain spelling."""
    return _PLAIN_NUMBER.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Return whether a trimmed text is a whole number with a leading zero."""
    return _CODE.fullmatch(text) is not None


def may_be_months(texts: Iterable[str]) -> bool:
    """Return whether every text may be a month such as 02.2023 or 11.2023."""
    return all(_MONTH.fullmatch(text) is not None for text in texts)


def are_months(texts: Iterable[str]) -> bool:
    """Return whether all texts are months, which a leading zero in one of them shows."""
    has_zero = False
    for text in texts:
        if _MONTH.fullmatch(text) is None:
            return False
        has_zero = has_zero or text[0] == "0"
    return has_zero

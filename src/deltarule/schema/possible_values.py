"""Whether a text may be a value in any format: quick tests that exclude words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from deltarule.schema.datetime_grammar import match_template
from deltarule.schema.duration_grammar import duration_parts
from deltarule.schema.number_cells import ascii_spelling, take_apart
from deltarule.schema.plain_numbers import is_plain_number
from deltarule.schema.text_templates import template_of
from deltarule.schema.time_of_day_format import match_time_of_day

BOOLEANS = {"true": 1.0, "false": 0.0}
MAX_LEVELS_OF_WORDS = 64
"""Columns of more levels are not searched for a value, which would take as long as trying the formats."""
_DIGIT = re.compile(r"\d")
_VALUE_WORDS = frozenset((*BOOLEANS, "inf", "infinity", "+inf", "-inf", "+infinity", "-infinity"))
"""Values without a digit."""


def may_be_value(text: str) -> bool:
    """Whether a format may take a trimmed text; faster than asking the formats themselves."""
    if _DIGIT.search(text) is None:
        return text.lower() in _VALUE_WORDS
    may_be_number = is_plain_number(text) or take_apart(ascii_spelling(text)) is not None
    return may_be_number or may_be_time(template_of(text))


@lru_cache(maxsize=8192)
def may_be_time(template: str) -> bool:
    """Whether texts of a template may be datetimes, times of day or durations."""
    return (
        match_template(template) is not None
        or match_time_of_day(template) is not None
        or duration_parts(template, minutes_first=False) != ()
    )


def are_words(levels: Sequence[str]) -> bool:
    """Whether no level of a column with few levels may be a value."""
    return len(levels) <= MAX_LEVELS_OF_WORDS and _are_words(tuple(levels))


@lru_cache(maxsize=1024)  # wide tables have many columns of the same levels
def _are_words(levels: tuple[str, ...]) -> bool:
    return not any(
        may_be_value(level) or may_be_value(ascii_spelling(level)) or not level.isprintable()
        for level in levels
    )

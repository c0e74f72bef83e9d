"""Whether a text cell looks like a value rather than a name, to find headers; and cells in SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from deltarule.schema import missing_values
from deltarule.schema.missing_values import MISSING_MARKERS

BLANK = " "  # what DuckDB's trim removes; trimming other characters is four times slower

_NUMBER = r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_ISO_DATE = r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"
# Whole numbers with a leading zero are codes (postal codes, "007"), which look like names.
_READINGS = {
    "number": rf"[+-]?(?:{_NUMBER}|(?i:inf|infinity))",
    "boolean": "(?i:true|false)",
    "datetime": rf"{_ISO_DATE}(?:[T ][0-9]{{1,2}}:.*)?",
    "date with points": r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?",
    "time": r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?",
    "thousands": rf"[+-]?(?:[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|{_NUMBER})",
    "decimal comma": r"[+-]?[0-9]+(?:,[0-9]+)?",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _READINGS.items()}
_NUMBERS = ("number", "thousands", "decimal comma")
_LEADING_ZERO = re.compile(r"[+-]*0[0-9][^.]*")


def is_missing(cell: str) -> bool:
    """Whether a cell is a missing marker."""
    return missing_values.is_missing(cell.strip())


def possible_readings(cells: Iterable[str]) -> tuple[str, ...]:
    """Return the readings that fit every present cell; all if none is present, none for texts.

    Commas between thousands are considered only if the cells have a comma.
    """
    present = [cell.strip() for cell in cells if not is_missing(cell)]
    if not present:
        return tuple(_READINGS)
    commas = any("," in cell for cell in present)
    return tuple(
        name
        for name in _READINGS
        if (commas or name != "thousands") and all(_fits(cell, name) for cell in present)
    )


def _fits(text: str, reading: str) -> bool:
    if reading in _NUMBERS and _LEADING_ZERO.fullmatch(text):
        return False
    return _PATTERNS[reading].fullmatch(text) is not None


def sql_text(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def clean_sql(cell: str, missing: Sequence[str] = MISSING_MARKERS) -> str:
    """Return SQL for the cell without surrounding blanks, NULL for missing spellings."""
    trimmed = f"trim({cell})"
    spellings = sql_text("\x1f" + "\x1f".join(("", *missing)) + "\x1f")
    is_missing = f"contains({spellings}, concat('\x1f', {trimmed}, '\x1f'))"
    if any("0" <= text[:1] <= "9" for text in missing):
        return f"CASE WHEN NOT {is_missing} THEN {trimmed} END"
    # Most cells are numbers, and cells that begin with a digit are not missing: a cheap test.
    # One search in one text is planned in a fifth of the time of NOT IN (...).
    return (
        f"CASE WHEN {trimmed} BETWEEN '0' AND '9~' THEN {trimmed} "
        f"WHEN NOT {is_missing} THEN {trimmed} END"
    )

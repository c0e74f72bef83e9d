"""How a text cell is parsed: which spellings are missing values, numbers, booleans and datetimes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Lowercase 'none' is not missing, because it is a common category.
MISSING_SPELLINGS: tuple[str, ...] = (
    "", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "nan", "NaN", "NAN", "null", "NULL", "None",
)  # fmt: skip
BLANK = " "  # what DuckDB's trim removes; trimming other characters is four times slower

_NUMBER = r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_ISO_DATE = r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"


@dataclass(frozen=True)
class Reading:
    """One way to parse a text cell.

    `pattern` is a regular expression (a subset shared by Python and DuckDB's RE2) that must match the
    whole cell; `sql` converts the cell `{cell}` to its value, or to NULL. If `pattern_is_enough`, no
    matching cell becomes NULL.
    """

    name: str
    pattern: str
    sql: str
    check_pattern_in_sql: bool = True
    pattern_is_enough: bool = False


READINGS: tuple[Reading, ...] = (
    # Whole numbers with a leading zero are codes (postal codes, "007"): they stay text.
    Reading(
        "number",
        rf"[+-]?(?:{_NUMBER}|(?i:inf|infinity))",
        # Cheap tests first: nearly every number starts with 1 to 9, is 0 or has a decimal point.
        "CASE WHEN {cell} >= '1' OR {cell} = '0' OR contains({cell}, '.') "
        "OR NOT ltrim({cell}, '+-') BETWEEN '00' AND '09~' THEN TRY_CAST({cell} AS DOUBLE) END",
        check_pattern_in_sql=False,  # the cast is the faster rule
        pattern_is_enough=True,
    ),
    Reading(
        "boolean",
        "(?i:true|false)",
        "TRY_CAST({cell} AS BOOLEAN)",
        pattern_is_enough=True,
    ),
    Reading(
        "datetime",
        rf"{_ISO_DATE}(?:[T ][0-9]{{1,2}}:.*)?",
        # Times with an offset (10:00+02:00) are converted to UTC; others are UTC.
        "CASE WHEN regexp_matches({cell}, ':[0-9.]* ?[+-][0-9]') "
        "THEN make_timestamp(epoch_us(TRY_CAST({cell} AS TIMESTAMPTZ))) "
        "ELSE TRY_CAST({cell} AS TIMESTAMP) END",
    ),
    Reading(
        "date with points",
        r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?",
        "TRY_STRPTIME({cell}, ['%d.%m.%Y', '%d.%m.%Y %H:%M', '%d.%m.%Y %H:%M:%S'])",
    ),
    Reading("time", r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?", "TRY_CAST({cell} AS TIME)"),
    Reading(
        "thousands",
        rf"[+-]?(?:[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|{_NUMBER})",
        "TRY_CAST(replace({cell}, ',', '') AS DOUBLE)",
    ),
    Reading(
        "decimal comma",
        r"[+-]?[0-9]+(?:,[0-9]+)?",
        "TRY_CAST(replace({cell}, ',', '.') AS DOUBLE)",
    ),
)
_PATTERNS = {reading.name: re.compile(reading.pattern) for reading in READINGS}
_LEADING_ZERO = re.compile(r"[+-]*0[0-9][^.]*")


def is_missing(cell: str) -> bool:
    """Whether a cell without surrounding blanks is one of the missing spellings."""
    return cell.strip(BLANK) in MISSING_SPELLINGS


def reads_as(cell: str, reading: str) -> bool:
    """Whether a present cell matches the pattern of the reading."""
    text = cell.strip(BLANK)
    if reading in ("number", "thousands", "decimal comma") and _LEADING_ZERO.fullmatch(text):
        return False
    return _PATTERNS[reading].fullmatch(text) is not None


def possible_readings(cells: Iterable[str]) -> tuple[Reading, ...]:
    """Return the readings that fit every present cell of a sample, in order of preference.

    Returns all readings if no cell is present, and none if the cells are text. Commas between thousands
    are considered only if the sample has a comma.
    """
    present = [cell for cell in cells if not is_missing(cell)]
    if not present:
        return READINGS
    commas = any("," in cell for cell in present)
    return tuple(
        reading
        for reading in READINGS
        if (commas or reading.name != "thousands")
        and all(reads_as(cell, reading.name) for cell in present)
    )


def sql_text(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def clean_sql(cell: str, missing: Sequence[str] = MISSING_SPELLINGS) -> str:
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

"""Read a raw column by its schema: the cells become numbers, datetimes or texts, whatever the source.

A cell that does not fit is missing, and is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.raw_columns import RawColumn, RawPart
from deltarule.data.table import Column, Kind, code_type, spell
from deltarule.schema import ColumnSchema, NumberFormat, TimeOfDayFormat
from deltarule.schema.missing_values import MISSING_MARKERS, is_missing_among_values
from deltarule.schema.possible_values import BOOLEANS

Array = NDArray[Any]
_COLUMN_KINDS: dict[str, Kind] = {
    "number": "number", "duration": "number", "boolean": "boolean", "datetime": "datetime",
}  # fmt: skip
_USUAL_MARKERS = frozenset({"", *MISSING_MARKERS})
_BOOLEAN_TEXTS = {**BOOLEANS, "1": 1.0, "0": 0.0}


@dataclass(frozen=True)
class Misfits:
    """The cells of a column that do not fit its schema, with the first one as an example."""

    count: int
    present: int
    example: str
    row: int

    def note(self, schema: ColumnSchema) -> str:
        """Return what happened to the cells, as a sentence."""
        are = "is" if self.count == 1 else "are"
        wanted = _WANTED[schema.kind] if self.count > 1 else _WANTED_ONE[schema.kind]
        return (
            f"{self.count:,} of {self.present:,} values of column {schema.name!r} {are} not {wanted} "
            f"(for example {self.example[:40]!r} in row {self.row + 1:,}) and {are} treated as missing."
        )


_WANTED = {
    "number": "numbers",
    "boolean": "true or false",
    "datetime": "dates",
    "duration": "durations",
}
_WANTED_ONE = {
    "number": "a number",
    "boolean": "true or false",
    "datetime": "a date",
    "duration": "a duration",
}


def read_column(
    raw: RawColumn, schema: ColumnSchema, markers: Collection[str] | None = None
) -> tuple[Column, Misfits | None]:
    """Return the column that the schema reads, and the cells that do not fit.

    `markers` are the user's spellings of missing cells, which replace the usual ones.
    """
    if schema.is_text:
        return _read_texts(raw, missing_markers(schema, markers)), None
    read = _VALUES[schema.kind]
    found: Array | None = None
    unfit: NDArray[np.bool_] | None = None
    for part in raw.parts:
        values, wrong = read(part, schema, missing_markers(schema, markers))
        if wrong is not None:
            unfit = wrong if unfit is None else unfit | wrong
        if found is None:
            found = values
        else:
            present = ~part.missing
            found = found.astype(np.result_type(found, values), copy=True)
            found[present] = values[present]
    assert found is not None
    signless = _without_percent_sign(raw, schema, found)
    column = Column(schema.name, _COLUMN_KINDS[schema.kind], found, schema.boolean_texts, signless)
    if unfit is None or not unfit.any():
        return column, None
    row = int(np.argmax(unfit))
    count = int(unfit.sum())
    present_count = count + int((~column.missing).sum())
    return column, Misfits(count, present_count, spelled_cell(raw, row), row)


def _without_percent_sign(
    raw: RawColumn, schema: ColumnSchema, values: Array
) -> NDArray[np.bool_] | None:
    """Return where a number lacks the percent sign of its column; None if nowhere."""
    if not (isinstance(schema.format, NumberFormat) and schema.format.is_percent):
        return None
    signless = np.zeros(len(values), bool)
    for part in raw.parts:
        if part.kind == "text" and part.levels is not None:
            lacking = [schema.format.lacks_percent_sign(level) for level in part.levels]
            signless |= np.array([*lacking, False])[part.values]
        else:
            signless |= ~part.missing
    signless &= ~np.isnan(values)
    return signless if signless.any() else None


def missing_markers(schema: ColumnSchema, markers: Collection[str] | None) -> frozenset[str]:
    """Return the spellings that mark missing cells in a column."""
    if markers is None and not schema.levels_despite_marker:
        return _USUAL_MARKERS
    usual = MISSING_MARKERS if markers is None else markers
    return frozenset({"", *usual}) - set(schema.levels_despite_marker)


def spelled_cell(raw: RawColumn, row: int) -> str:
    """Return one cell as text."""
    for part in raw.parts:
        if not part.missing[row]:
            levels, codes = spelled(RawPart(part.kind, part.values[row : row + 1], part.levels))
            return levels[codes[0]]
    return ""


def spelled(part: RawPart) -> tuple[Sequence[str], Array]:
    """Return the canonical texts of a part, and codes of them (rows,)."""
    if part.levels is not None:
        return part.levels, part.values
    codes = np.full(len(part.values), -1, np.int32)
    present = ~part.missing
    values, inverse = np.unique(part.values[present], return_inverse=True)
    codes[present] = inverse
    kind = part.kind if part.kind in ("boolean", "datetime") else "number"
    return [spell_exactly(value, kind) for value in values], codes


def spell_exactly(value: Any, kind: str) -> str:
    """Return the canonical text of a value; a float32 has no more digits than it needs."""
    return spell(float(str(value)) if isinstance(value, np.float32) else value, kind)


def cleaned(part: RawPart, markers: Collection[str]) -> tuple[Sequence[str], Array]:
    """Return trimmed levels that occur and mark no missing cell, sorted, and codes of them.

    All Unicode white space is trimmed.
    """
    levels, codes = spelled(part)
    if part.clean:
        return levels, codes
    occurs = np.zeros(len(levels), bool)
    occurs[codes[codes >= 0]] = True
    if occurs.all() and not any(level in markers or level != level.strip() for level in levels):
        return levels, codes
    trimmed = [
        text if used and (text := level.strip()) not in markers else None
        for level, used in zip(levels, occurs.tolist(), strict=True)
    ]
    kept = tuple(sorted({text for text in trimmed if text is not None}))
    place: dict[str | None, int] = {text: i for i, text in enumerate(kept)}
    place[None] = -1
    mapped = np.array([*(place[text] for text in trimmed), -1], code_type(len(kept)))
    return kept, mapped[codes]


def _read_texts(raw: RawColumn, markers: Collection[str]) -> Column:
    spellings = [cleaned(part, markers) for part in raw.parts]
    if len(spellings) == 1:
        levels, codes = spellings[0]
        codes = codes.astype(code_type(len(levels)), copy=False)
        return Column(raw.name, "text", codes, levels)
    every = tuple(sorted({level for levels, _ in spellings for level in levels}))
    place = {level: i for i, level in enumerate(every)}
    result = np.full(len(raw), -1, code_type(len(every)))
    for levels, codes in spellings:
        mapped = np.array([*(place[level] for level in levels), -1], result.dtype)[codes]
        result[codes >= 0] = mapped[codes >= 0]
    return Column(raw.name, "text", result, every)


Values = tuple[Array, NDArray[np.bool_] | None]
"""The values of a part, and where they do not fit, None if all fit."""


def _parsed(part: RawPart, schema: ColumnSchema, markers: Collection[str]) -> Values:
    """Parse a part that is spelled: texts, or values of another kind than the schema's."""
    assert schema.format is not None
    levels, codes = spelled(part)
    texts = [level.strip() for level in levels]
    values = schema.format.parse_all(texts)
    unfit = np.isnat(values) if schema.kind == "datetime" else np.isnan(values)
    for place in np.flatnonzero(unfit).tolist():
        text = texts[place]
        unfit[place] = not (text in markers or is_missing_among_values(text))
    for place, text in enumerate(texts):
        if text in markers:
            values[place] = "NaT" if schema.kind == "datetime" else np.nan
            unfit[place] = False
    if schema.kind != "datetime":
        values = _without_marked(values, markers)
    nothing = np.array(["NaT"], "M8[us]") if schema.kind == "datetime" else np.array([np.nan])
    return np.append(values, nothing)[codes], np.append(unfit, False)[codes]


def _numbers(part: RawPart, schema: ColumnSchema, markers: Collection[str]) -> Values:
    found = schema.format
    numbers_are_times = isinstance(found, TimeOfDayFormat) and found.clock_numbers
    if part.kind in ("text", "datetime") or (part.kind == "number" and numbers_are_times):
        return _parsed(part, schema, markers)
    values = part.values
    if part.levels is not None:
        values = np.array([*map(float, part.levels), np.nan])[part.values]
    return _without_marked(values, markers), None


def _without_marked(values: Array, markers: Collection[str]) -> Array:
    """Return numbers with NaN for those that mark missing cells, such as -999 if the user stated it."""
    marked = marked_numbers(frozenset(markers))
    return np.where(np.isin(values, marked), np.nan, values) if marked else values


@lru_cache
def marked_numbers(markers: frozenset[str]) -> tuple[float, ...]:
    """Return the numbers that mark missing cells."""
    plain = NumberFormat()
    values = (plain.parse(marker) for marker in markers)
    return tuple(value for value in values if value is not None)


def _datetimes(part: RawPart, schema: ColumnSchema, markers: Collection[str]) -> Values:
    if part.kind == "datetime":
        return part.values, None
    return _parsed(part, schema, markers)


def _booleans(part: RawPart, schema: ColumnSchema, markers: Collection[str]) -> Values:
    if part.kind == "boolean":
        return part.values, None
    levels, codes = spelled(part)
    values, unfit = [], []
    for level in levels:
        text = level.strip()
        value = _BOOLEAN_TEXTS.get(text.lower())
        missing = text in markers or (value is None and is_missing_among_values(text))
        values.append(np.nan if missing or value is None else value)
        unfit.append(value is None and not missing)
    return np.array([*values, np.nan])[codes], np.array([*unfit, False])[codes]


_VALUES: dict[str, Callable[[RawPart, ColumnSchema, Collection[str]], Values]] = {
    "number": _numbers,
    "duration": _numbers,
    "datetime": _datetimes,
    "boolean": _booleans,
}

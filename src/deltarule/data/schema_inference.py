"""Find the schema of a table from its raw columns."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from deltarule.data.column_reading import cleaned, spelled
from deltarule.data.raw_columns import PartKind, RawColumn, RawPart
from deltarule.schema import (
    CellFormat,
    ColumnSchema,
    NumberFormat,
    Proposal,
    TableSchema,
    evidence_of_decimal_mark,
    merges_distinct_integers,
)
from deltarule.schema.column_schema import TEXT_KINDS, ReadKind
from deltarule.schema.datetime_format import DatetimeFormat
from deltarule.schema.duration_format import DurationFormat
from deltarule.schema.inference import ReadingHints, infer_from_texts, kind_of_texts
from deltarule.schema.integer_times import propose_for_integers
from deltarule.schema.missing_values import ERROR_VALUES, MISSING_MARKERS
from deltarule.schema.time_of_day_format import TimeOfDayFormat

Rereader = Callable[[Sequence[str]], Mapping[str, RawColumn]]
_MAX_LEVELS_FOR_EVIDENCE = 20_000
_NONE, _MIN_NONE_COUNT, _MIN_NONE_SHARE = "None", 5, 0.01
ESTIMATED = "Both numbers are estimated from a sample of its distinct values."
_SAMPLED_VALUES, _MIN_HIGHEST_TIME = 1000, 1000


@dataclass(frozen=True)
class SchemaHints:
    """What the user states about the reading of a table.

    `kinds` holds the kind of each stated column, `ignored` the columns to leave out, and `missing` the
    spellings of missing cells that replace the usual ones. `likely_decimal_mark` is the mark that the
    kind of file suggests. Without `clock_numbers`, 1745 is a number, never a time of day.
    """

    kinds: Mapping[str, ReadKind] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    missing: tuple[str, ...] | None = None
    decimal_mark: str | None = None
    likely_decimal_mark: str | None = None
    day_first: bool | None = None
    clock_numbers: bool = True


@dataclass(frozen=True)
class Inferred:
    """A schema with notes about it, and the columns, some of them read again as texts."""

    schema: TableSchema
    notes: tuple[str, ...]
    columns: tuple[RawColumn, ...]


def infer_schema(
    columns: Sequence[RawColumn], hints: SchemaHints, as_texts: Rereader | None = None
) -> Inferred:
    """Return the schema of raw columns.

    `as_texts` reads columns whose plain numbers were texts again, as texts: where the kind is stated as
    text, or where other columns show that the point is no decimal mark.
    """
    stated = [c.name for c in columns if c.plain and hints.kinds.get(c.name) in TEXT_KINDS]
    columns = _read_again(columns, stated, as_texts)
    texts = {c.name: _texts_of(c, hints.missing) for c in columns if _has_texts(c)}
    columns = [_marked_clean(c, texts[c.name][0]) if c.name in texts else c for c in columns]
    mark = hints.decimal_mark or _decimal_mark([levels for levels, _ in texts.values()])
    if mark == ",":
        plain = [column.name for column in columns if column.plain]
        columns = _read_again(columns, plain, as_texts)
        texts |= {c.name: _texts_of(c, hints.missing) for c in columns if c.name in plain}
        if hints.decimal_mark is None:
            mark = _decimal_mark([levels for levels, _ in texts.values()])
    found: list[ColumnSchema] = []
    notes: list[str] = []
    for column in columns:
        known = ReadingHints(
            hints.kinds.get(column.name),
            mark,
            hints.likely_decimal_mark,
            hints.day_first,
            hints.clock_numbers,
        )
        if column.name in texts:
            schema, note = _from_texts(column, *texts[column.name], known)
            schema = _with_marker_levels(schema, column, hints.missing)
        else:
            schema, note = _from_types(column, known), ""
        found.append(schema)
        notes += filter(None, (_reading_note(schema, column), _assumption_note(schema), note))
    return Inferred(TableSchema(tuple(found), hints.missing), tuple(notes), tuple(columns))


def _read_again(
    columns: Sequence[RawColumn], names: Sequence[str], as_texts: Rereader | None
) -> list[RawColumn]:
    again = as_texts(names) if as_texts is not None and names else {}
    return [again.get(column.name, column) for column in columns]


def _has_texts(column: RawColumn) -> bool:
    return not column.is_category and any(part.kind == "text" for part in column.parts)


def _texts_of(
    column: RawColumn, missing: tuple[str, ...] | None
) -> tuple[Sequence[str], NDArray[np.int64]]:
    """Return the texts of a column that mark no missing cell, and how often each occurs."""
    part = next(part for part in column.parts if part.kind == "text")
    markers = frozenset({"", *(MISSING_MARKERS if missing is None else missing)})
    return _counted(*cleaned(part, markers), column.counts)


def _marked_clean(column: RawColumn, levels: Sequence[str]) -> RawColumn:
    """Return a column whose texts need not be cleaned again if its `levels` were clean."""
    if len(column.parts) > 1 or column.parts[0].levels is not levels:
        return column
    return replace(column, parts=(replace(column.parts[0], clean=True),))


def _counted(
    levels: Sequence[str], codes: NDArray[Any], counts: NDArray[np.int64] | None
) -> tuple[Sequence[str], NDArray[np.int64]]:
    present = codes >= 0
    weights = None if counts is None else counts[present]
    found = np.bincount(codes[present], weights, minlength=len(levels))
    return levels, found.astype(np.int64)


def _decimal_mark(columns: Sequence[Sequence[str]]) -> str | None:
    """Return the decimal mark that the texts prove, if they do not contradict each other."""
    marks = {
        evidence_of_decimal_mark(levels)
        for levels in columns
        if len(levels) <= _MAX_LEVELS_FOR_EVIDENCE
    } - {None}
    return marks.pop() if len(marks) == 1 else None


def _from_texts(
    column: RawColumn, levels: Sequence[str], counts: NDArray[np.int64], hints: ReadingHints
) -> tuple[ColumnSchema, str]:
    """Return the schema of a column with texts, some of whose cells may have other types."""
    schema, note = infer_from_texts(column.name, levels, counts, hints, _error_values(column))
    if schema.is_text and not schema.stated and column.count_texts is not None:
        schema = replace(schema, kind=kind_of_texts(*column.count_texts()))
        note += f" {ESTIMATED}" if note else ""
    typed = [part for part in column.parts if part.kind != "text"]
    if schema.stated or schema.is_text or not typed or not len(levels):
        return schema, note
    if all(_KIND_OF_PART[part.kind] == schema.kind for part in typed):
        return schema, note
    return ColumnSchema(column.name, "category"), note


def _error_values(column: RawColumn) -> dict[str, int]:
    """Return how many cells hold each error value, such as #DIV/0!."""
    part, counts = next(part for part in column.parts if part.kind == "text"), column.counts
    assert part.levels is not None
    if part.clean:
        return {}
    found: dict[str, int] = {}
    for place, level in enumerate(part.levels):
        if ("#" in level or "(" in level) and (text := level.strip()) in ERROR_VALUES:
            found_here = part.values == place
            count = int(found_here.sum() if counts is None else counts[found_here].sum())
            if count:
                found[text] = found.get(text, 0) + count
    return found


def _with_marker_levels(
    schema: ColumnSchema, column: RawColumn, missing: tuple[str, ...] | None
) -> ColumnSchema:
    """Return the schema in which "None" is a level if it is frequent beside other missing cells."""
    if missing is not None or not schema.is_text or not _has_none(column):
        return schema
    absent = np.ones(len(column), bool)
    for part in column.parts:
        absent &= part.missing
    cells = np.ones(len(column), np.int64) if column.counts is None else column.counts
    none, other = 0, int(cells[absent].sum())
    part = next(part for part in column.parts if part.kind == "text")
    assert part.levels is not None
    _, counts = _counted(part.levels, part.values, column.counts)
    for level, count in zip(part.levels, counts.tolist(), strict=True):
        text = level.strip()
        none += count * (text == _NONE)
        other += count * (text != _NONE and text in MISSING_MARKERS)
    frequent = none >= max(_MIN_NONE_COUNT, _MIN_NONE_SHARE * int(cells.sum()))
    return replace(schema, levels_despite_marker=(_NONE,)) if other and frequent else schema


def _has_none(column: RawColumn) -> bool:
    """Whether "None" is among the texts of a column, which are sorted."""
    levels = next(part.levels for part in column.parts if part.kind == "text") or ()
    place = bisect_left(levels, _NONE)
    return place < len(levels) and levels[place] == _NONE


def _from_types(column: RawColumn, hints: ReadingHints) -> ColumnSchema:
    """Return the schema of a column without texts, or of a categorical type."""
    if column.is_category and hints.kind in (None, *TEXT_KINDS):
        stated = hints.kind is not None
        return ColumnSchema(column.name, hints.kind or "category", typed=True, stated=stated)
    kinds = {_KIND_OF_PART[part.kind] for part in column.parts}
    kind: ReadKind = kinds.pop() if len(kinds) == 1 else "category"
    if kinds == {"number", "boolean"}:
        kind = "number"
    if hints.kind is not None and hints.kind != kind:
        return _as_stated(column, hints.kind, kinds | {kind}, hints)
    stated, part = hints.kind is not None, column.parts[0]
    schema = ColumnSchema(column.name, kind, _FORMATS.get(kind), typed=True, stated=stated)
    if kind != "number":
        return schema
    if part.kind == "time":
        return replace(schema, format=TimeOfDayFormat())
    if part.levels is not None and not stated and merges_distinct_integers(part.levels):
        return replace(schema, kind="category", format=None)
    times = None if stated else _times_in_integers(part)
    if times is not None and hints.allows(times):
        kind = cast(ReadKind, times.format.kind)
        return replace(schema, kind=kind, format=times.format, assumption=times.assumption)
    mark = "," if hints.decimal_mark == "," else "."
    return replace(schema, format=NumberFormat(decimal_mark=mark), typed=not column.plain)


def _as_stated(
    column: RawColumn, kind: ReadKind, kinds: set[ReadKind], hints: ReadingHints
) -> ColumnSchema:
    """Return the schema of a kind that the user stated for a column of other types."""
    if kind == "number" and kinds <= {"number", "boolean"}:
        return ColumnSchema(column.name, kind, NumberFormat(), typed=True, stated=True)
    return infer_from_texts(
        column.name, *_counted(*spelled(column.parts[0]), column.counts), hints
    )[0]


def _times_in_integers(part: RawPart) -> Proposal | None:
    """Return the format of integers that are compact dates or clock numbers, None for others."""
    if part.levels is not None:
        return None
    sample = part.values[:: max(1, len(part.values) // _SAMPLED_VALUES)]
    sample = sample[np.isfinite(sample)]
    # Excludes most columns quickly.
    if not len(sample) or sample.min() < 0 or sample.max() < _MIN_HIGHEST_TIME:
        return None
    if (sample != np.floor(sample)).any():
        return None
    return propose_for_integers(part.values)


def _assumption_note(schema: ColumnSchema) -> str:
    sentence = schema.assumption
    return f"Column {schema.name!r}: {sentence[:1].lower()}{sentence[1:]}" if sentence else ""


def _reading_note(schema: ColumnSchema, column: RawColumn) -> str:
    """Return how unusual spellings are read, as a sentence, "" for plain ones."""
    found = schema.format
    if found is None or not found.summary:
        return ""
    if isinstance(found, NumberFormat) and not _has_texts(column):
        return ""
    return f"Column {schema.name!r} has {found.summary}."


_KIND_OF_PART: dict[PartKind, ReadKind] = {
    "text": "category",
    "number": "number",
    "time": "number",
    "boolean": "boolean",
    "datetime": "datetime",
    "duration": "duration",
}
_FORMATS: dict[str, CellFormat] = {
    "number": NumberFormat(),
    "datetime": DatetimeFormat(),
    "duration": DurationFormat(),
}

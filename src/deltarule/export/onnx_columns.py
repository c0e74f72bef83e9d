"""Columns of a table as inputs of an ONNX graph, and their encoders as nodes.

Numbers, booleans and datetimes in days are one float64 matrix, levels one matrix of codes; each kind of
operation is applied to all its columns at once, and the features are put in order at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from deltarule.errors import SettingError
from deltarule.export import onnx_operations as translated
from deltarule.export.column_values import UNKNOWN, codes_of_texts, with_unit
from deltarule.export.onnx_datetimes import Times, Waves, cycles, month_cycles
from deltarule.export.onnx_graph import DOUBLE, FLOAT, INT64, ML_DOMAIN, STRING, OnnxGraph
from deltarule.preprocessing import TableEncoder
from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.operations import (
    MICROSECONDS_PER_DAY,
    CodeFromOne,
    Cycle,
    InDays,
    IsMissing,
    LookUp,
    NormalScore,
    OneHot,
    Operation,
    Sign,
    SoftClip,
    Standardize,
)
from deltarule.schema import TableSchema

MISSING_TIME = int(np.iinfo(np.int64).min)
MISSING_TEXT = ""
MISSING = -2
"""Code of a missing text, where it differs from that of one that is none of the levels."""
INPUTS: dict[str, tuple[int, str]] = {
    "number": (DOUBLE, "float64, NaN if missing"),
    "boolean": (DOUBLE, "float64: 0 is false, 1 is true, NaN if missing"),
    "code": (STRING, 'text, "" if missing'),
    "datetime": (INT64, f"int64: microseconds since 1970 in UTC, {MISSING_TIME} if missing"),
}
"""Type and description of an input, by the kind of values of its column."""


@dataclass(frozen=True)
class EncodedColumns:
    """The values of a graph that later parts need.

    `features` is float32 (rows, features), and `order` has the place of each of them among the features
    of the encoder. `codes` is int64 (rows, columns of texts), `UNKNOWN` for a
    text that is none of the levels. `level_places` are the places of these columns among the used ones,
    -1 for a column whose unknown texts are a level of their own.
    """

    features: str
    order: list[int]
    codes: str
    level_places: tuple[int, ...]


@dataclass
class _Group:
    """The operations of one kind, with the column and the first feature of each."""

    operations: list[Any] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)

    def add(self, operation: Operation, column: int, feature: int) -> None:
        """Add an operation on a column of the matrix."""
        self.operations.append(operation)
        self.columns.append(column)
        self.features.append(feature)

    def join(self, other: _Group) -> None:
        """Add the operations of another group."""
        self.operations += other.operations
        self.columns += other.columns
        self.features += other.features

    def encoded(self, value: str, *, is_zero_if_missing: bool = False) -> _Encoded:
        """Return the features of all operations, in order."""
        return _Encoded([value], self.all_features, self.columns if is_zero_if_missing else None)

    @property
    def all_features(self) -> list[int]:
        """The features of all operations, in order."""
        return [
            first + i
            for operation, first in zip(self.operations, self.features, strict=True)
            for i in range(operation.width)
        ]


class _MonthCycle(Cycle):
    """Stands for the cycles of months."""


@dataclass(frozen=True)
class _Encoded:
    """The features of a group, as values (rows, features) side by side, and the place of each among all.

    `zero_if_missing` has the number of the matrix that makes each feature 0 if it is missing; None where
    missing numbers are encoded already.
    """

    values: list[str]
    features: list[int]
    zero_if_missing: list[int] | None = None


def encode_columns(
    g: OnnxGraph, encoder: TableEncoder, schema: TableSchema, *, marks_missing: bool
) -> EncodedColumns:
    """Add an input for each used column, and the nodes that encode all of them.

    `schema` says how numbers were read. `marks_missing`: whether the code of a missing text is `MISSING`
    instead of `UNKNOWN`.
    """
    by_kind: dict[str, list[str]] = {"double": [], "datetime": [], "code": []}
    places: list[int] = []
    levels: list[int] = []
    for i, used in enumerate(encoder.used):
        dtype, about = INPUTS[used.values]
        name = used.column or g.free_name("unnamed")
        value = g.input(name, dtype, ["N", 1], with_unit(about, used, schema))
        matrix = "double" if dtype == DOUBLE else used.values
        if matrix == "code":
            value = _codes(g, value, used, MISSING if marks_missing else UNKNOWN)
            levels.append(i if isinstance(used, LevelEncoder) else -1)
        places.append(len(by_kind[matrix]))
        by_kind[matrix].append(value)
    matrices = _matrices(g, by_kind, marks_missing)
    groups = _groups(encoder.used, places, len(by_kind["double"]))
    encoded = [_TRANSLATIONS[kind](g, matrices, group) for kind, group in groups.items()]
    parts = [part for part in encoded if part.zero_if_missing is None]
    zeroed = [part for part in encoded if part.zero_if_missing is not None]
    values = [value for part in parts for value in part.values]
    if zeroed:
        columns = [column for part in zeroed for column in part.zero_if_missing or ()]
        missing = g.take(g.node("IsNaN", matrices.numbers), columns, matrices.number_count)
        known = g.concat([value for part in zeroed for value in part.values], axis=1)
        values.append(g.node("Where", missing, g.number(0), known))
    order = [place for part in [*parts, *zeroed] for place in part.features]
    features = g.node("Cast", g.concat(values, axis=1), to=FLOAT)
    return EncodedColumns(features, order, matrices.codes, tuple(levels))


def _codes(g: OnnxGraph, text: str, encoder: ColumnEncoder, missing: int) -> str:
    """Return the code of a level, `UNKNOWN` or `missing`."""
    known = codes_of_texts(encoder)
    return g.node(
        "LabelEncoder",
        text,
        domain=ML_DOMAIN,
        keys_strings=[MISSING_TEXT, *known],
        values_int64s=[missing, *known.values()],
        default_int64=UNKNOWN,
    )


@dataclass(frozen=True)
class _Matrices:
    """Numbers and then datetimes in days (NaN if missing), the datetimes, codes, known codes.

    A name is "" where there are no such columns; a count is the number of columns.
    """

    numbers: str
    number_count: int
    times: Times
    codes: str
    known: str
    code_count: int


def _matrices(g: OnnxGraph, by_kind: dict[str, list[str]], marks_missing: bool) -> _Matrices:
    numbers, times, codes = by_kind["double"], by_kind["datetime"], by_kind["code"]
    time = days = ""
    if times:
        time = g.concat(times, axis=1)
        missing = g.node("Equal", time, g.integer(MISSING_TIME))
        days = g.node("Div", g.node("Cast", time, to=DOUBLE), g.number(MICROSECONDS_PER_DAY))
        numbers = [*numbers, g.node("Where", missing, g.number(np.nan), days)]
    code = g.concat(codes, axis=1) if codes else ""
    known = g.node("Max", code, g.integer(UNKNOWN)) if codes and marks_missing else code
    return _Matrices(
        g.concat(numbers, axis=1) if numbers else "",
        len(by_kind["double"]) + len(times),
        Times(time, days, len(times)),
        code,
        known,
        len(codes),
    )


def _groups(
    used: tuple[ColumnEncoder, ...], places: list[int], doubles: int
) -> dict[type[Operation], _Group]:
    """Return the operations by kind; a column of times in days comes after the numbers."""
    groups: dict[type[Operation], _Group] = {}
    feature = 0
    for encoder, place in zip(used, places, strict=True):
        is_time = encoder.values == "datetime"
        for operation in encoder.operations:
            inner = operation.operation if isinstance(operation, InDays) else operation
            in_times = isinstance(inner, Cycle)
            column = place + doubles if is_time and not in_times else place
            is_month = isinstance(inner, Cycle) and inner.name == "month"
            kind = _MonthCycle if is_month else type(inner)
            if kind not in _TRANSLATIONS:
                raise SettingError(
                    "model",
                    f"encodes column {encoder.column!r} by {type(inner).__name__}, which ONNX export "
                    "does not know",
                )
            groups.setdefault(kind, _Group()).add(inner, column, feature)
            feature += operation.width
    if NormalScore in groups and Sign in groups:  # the sign is a line too
        groups[NormalScore].join(groups.pop(Sign))
    return groups


Translation = Callable[[OnnxGraph, _Matrices, _Group], _Encoded]


def _on_numbers(
    translate: Callable[[OnnxGraph, str, list[Any]], str], *, is_zero_if_missing: bool = True
) -> Translation:
    def translation(g: OnnxGraph, matrices: _Matrices, group: _Group) -> _Encoded:
        chosen = g.take(matrices.numbers, group.columns, matrices.number_count)
        value = translate(g, chosen, group.operations)
        return group.encoded(value, is_zero_if_missing=is_zero_if_missing)

    return translation


def _on_codes(translate: Callable[[OnnxGraph, str, list[Any]], str]) -> Translation:
    def translation(g: OnnxGraph, matrices: _Matrices, group: _Group) -> _Encoded:
        chosen = g.take(matrices.known, group.columns, matrices.code_count)
        return group.encoded(translate(g, chosen, group.operations))

    return translation


def _is_missing(g: OnnxGraph, matrices: _Matrices, group: _Group) -> _Encoded:
    missing = g.node("IsNaN", matrices.numbers)
    chosen = g.take(missing, group.columns, matrices.number_count)
    return group.encoded(g.node("Cast", chosen, to=DOUBLE))


def _one_hot(g: OnnxGraph, matrices: _Matrices, group: _Group) -> _Encoded:
    return group.encoded(translated.one_hot(g, matrices.known, group.columns, group.operations))


def _on_times(
    translate: Callable[[OnnxGraph, Times, list[int], list[Any]], Waves],
) -> Translation:
    def translation(g: OnnxGraph, matrices: _Matrices, group: _Group) -> _Encoded:
        sine, cosine, order = translate(g, matrices.times, group.columns, group.operations)
        places = [group.features[i] for i in order]
        first = matrices.number_count - matrices.times.count
        columns = [group.columns[i] + first for i in order]
        return _Encoded([sine, cosine], [*places, *(p + 1 for p in places)], 2 * columns)

    return translation


_TRANSLATIONS: dict[type[Operation], Translation] = {
    NormalScore: _on_numbers(translated.piecewise_linear),
    SoftClip: _on_numbers(translated.soft_clip),
    Standardize: _on_numbers(translated.standardize, is_zero_if_missing=False),
    Sign: _on_numbers(translated.sign),
    IsMissing: _is_missing,
    LookUp: _on_codes(translated.look_up),
    CodeFromOne: _on_codes(translated.code_from_one),
    OneHot: _one_hot,
    Cycle: _on_times(cycles),
    _MonthCycle: _on_times(month_cycles),
}

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
from deltarule.export.onnx_datetimes import STEPS, cycles, stepped_cycles
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

    `features` is float32 (rows, features). `codes` is int64 (rows, columns of texts), `UNKNOWN` for a
    text that is none of the levels. `level_places` are the places of these columns among the used ones,
    -1 for a column whose unknown texts are a level of their own.
    """

    features: str
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

    @property
    def all_features(self) -> list[int]:
        """The features of all operations, in order."""
        return [
            first + i
            for operation, first in zip(self.operations, self.features, strict=True)
            for i in range(operation.width)
        ]


class _SteppedCycle(Cycle):
    """Stands for the cycles with whole positions."""


Encoded = tuple[str, list[int]]
"""The features of a group (rows, features), and the place of each among all."""


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
    parts, features = [], []
    for kind, group in groups.items():
        part, own = _TRANSLATIONS[kind](g, matrices, group)
        parts.append(part)
        features += own
    order = np.argsort(features).tolist()
    encoded = g.take(g.concat(parts, axis=1), order, len(features))
    return EncodedColumns(g.node("Cast", encoded, to=FLOAT), matrices.codes, tuple(levels))


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
    """Numbers and then datetimes in days (NaN if missing), datetimes alone, codes, known codes.

    A name is "" where there are no such columns; a count is the number of columns.
    """

    numbers: str
    number_count: int
    days: str
    day_count: int
    codes: str
    known: str
    code_count: int


def _matrices(g: OnnxGraph, by_kind: dict[str, list[str]], marks_missing: bool) -> _Matrices:
    numbers, times, codes = by_kind["double"], by_kind["datetime"], by_kind["code"]
    days = ""
    if times:
        time = g.concat(times, axis=1)
        missing = g.node("Equal", time, g.integer(MISSING_TIME))
        days = g.node("Div", g.node("Cast", time, to=DOUBLE), g.number(MICROSECONDS_PER_DAY))
        days = g.node("Where", missing, g.number(np.nan), days)
        numbers = [*numbers, days]
    code = g.concat(codes, axis=1) if codes else ""
    known = g.node("Max", code, g.integer(UNKNOWN)) if codes and marks_missing else code
    return _Matrices(
        g.concat(numbers, axis=1) if numbers else "",
        len(by_kind["double"]) + len(times),
        days,
        len(times),
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
            is_stepped = isinstance(inner, Cycle) and inner.name in STEPS
            kind = _SteppedCycle if is_stepped else type(inner)
            if kind not in _TRANSLATIONS:
                raise SettingError(
                    "model",
                    f"encodes column {encoder.column!r} by {type(inner).__name__}, which ONNX export "
                    "does not know",
                )
            groups.setdefault(kind, _Group()).add(inner, column, feature)
            feature += operation.width
    return groups


Translation = Callable[[OnnxGraph, _Matrices, _Group], Encoded]


def _on_numbers(translate: Callable[[OnnxGraph, str, list[Any]], str]) -> Translation:
    def translation(g: OnnxGraph, matrices: _Matrices, group: _Group) -> Encoded:
        chosen = g.take(matrices.numbers, group.columns, matrices.number_count)
        return translate(g, chosen, group.operations), group.all_features

    return translation


def _on_codes(translate: Callable[[OnnxGraph, str, list[Any]], str]) -> Translation:
    def translation(g: OnnxGraph, matrices: _Matrices, group: _Group) -> Encoded:
        chosen = g.take(matrices.known, group.columns, matrices.code_count)
        return translate(g, chosen, group.operations), group.all_features

    return translation


def _one_hot(g: OnnxGraph, matrices: _Matrices, group: _Group) -> Encoded:
    encoded = translated.one_hot(g, matrices.known, group.columns, group.operations)
    return encoded, group.all_features


def _on_days(
    translate: Callable[[OnnxGraph, str, int, list[int], list[Any]], tuple[str, list[int]]],
) -> Translation:
    def translation(g: OnnxGraph, matrices: _Matrices, group: _Group) -> Encoded:
        waves, order = translate(
            g, matrices.days, matrices.day_count, group.columns, group.operations
        )
        sines = [group.features[i] for i in order]
        return waves, [*sines, *(sine + 1 for sine in sines)]

    return translation


_TRANSLATIONS: dict[type[Operation], Translation] = {
    NormalScore: _on_numbers(translated.normal_score),
    SoftClip: _on_numbers(translated.soft_clip),
    Standardize: _on_numbers(translated.standardize),
    Sign: _on_numbers(translated.sign),
    IsMissing: _on_numbers(translated.is_missing),
    LookUp: _on_codes(translated.look_up),
    CodeFromOne: _on_codes(translated.code_from_one),
    OneHot: _one_hot,
    Cycle: _on_days(cycles),
    _SteppedCycle: _on_days(stepped_cycles),
}

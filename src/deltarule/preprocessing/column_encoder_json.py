"""Treatments out of a model file: every number is checked before it is believed."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError
from deltarule.preprocessing import legacy, numerical
from deltarule.preprocessing.categorical import CodeTreatment, OneHotTreatment
from deltarule.preprocessing.column_encoder import BooleanTreatment, DroppedTreatment, Treatment
from deltarule.preprocessing.legacy import CategoryTreatment, DatetimeTreatment, NumberTreatment
from deltarule.preprocessing.numerical import (
    MomentTreatment,
    QuantileTreatment,
    RankAndSizeTreatment,
    RobustTreatment,
)


def treatment_from_json(reader: StrictReader) -> Treatment:
    """Return the treatment that `to_json` described; raise `ModelFileError` if it is not one."""
    kind = reader.one_of("kind", _READERS)
    column, missing = reader.take("column", str), reader.take("missing", int)
    if missing < 0:
        raise ModelFileError(f"{reader.where}.missing must be a count, got {missing}.")
    result = _READERS[kind](reader, column, missing)
    reader.finish()
    return result


def _robust(reader: StrictReader, column: str, missing: int) -> Treatment:
    middle, width = _line(reader, "middle", "width")
    return RobustTreatment(column, missing, middle, width, _marked(reader))


def _quantile(reader: StrictReader, column: str, missing: int) -> Treatment:
    return QuantileTreatment(column, missing, _edges(reader), _marked(reader))


def _rank_and_size(reader: StrictReader, column: str, missing: int) -> Treatment:
    edges = _edges(reader)
    middle, width = _line(reader, "middle", "width")
    return RankAndSizeTreatment(column, missing, edges, middle, width, _marked(reader))


def _moment(reader: StrictReader, column: str, missing: int) -> Treatment:
    middle, width = _line(reader, "middle", "width")
    cycles = _cycles(reader, numerical.CYCLES)
    return MomentTreatment(column, missing, middle, width, cycles, _marked(reader))


def _one_hot(reader: StrictReader, column: str, missing: int) -> Treatment:
    return OneHotTreatment(column, missing, _levels(reader), _count(reader, "rare"))


def _codes(reader: StrictReader, column: str, missing: int) -> Treatment:
    return CodeTreatment(column, missing, _levels(reader), _count(reader, "rare"))


def _boolean(reader: StrictReader, column: str, missing: int) -> Treatment:
    return BooleanTreatment(column, missing, _marked(reader))


def _dropped(reader: StrictReader, column: str, missing: int) -> Treatment:
    return DroppedTreatment(column, missing, reader.take("reason", str))


def _number(reader: StrictReader, column: str, missing: int) -> Treatment:
    fill_value, mean, scale = _line(reader, "fill_value", "mean", "scale")
    return NumberTreatment(column, missing, fill_value, mean, scale, _marked(reader))


def _category(reader: StrictReader, column: str, missing: int) -> Treatment:
    return CategoryTreatment(column, missing, _levels(reader), _count(reader, "rare"))


def _datetime(reader: StrictReader, column: str, missing: int) -> Treatment:
    fill_value, mean, scale = _line(reader, "fill_value", "mean", "scale")
    cycles = _cycles(reader, legacy.CYCLES)
    return DatetimeTreatment(column, missing, fill_value, mean, scale, cycles, _marked(reader))


_READERS: dict[str, Callable[[StrictReader, str, int], Treatment]] = {
    "robust": _robust,
    "quantile": _quantile,
    "rank_and_size": _rank_and_size,
    "boolean": _boolean,
    "one-hot": _one_hot,
    "codes": _codes,
    "moment": _moment,
    "dropped": _dropped,
    "number": _number,
    "category": _category,
    "datetime": _datetime,
}


def _marked(reader: StrictReader) -> bool:
    return reader.take("missing_indicator", bool)


def _count(reader: StrictReader, name: str) -> int:
    value = reader.take(name, int)
    if value < 0:
        raise ModelFileError(f"{reader.where}.{name} must be a count, got {value}.")
    return value


def _levels(reader: StrictReader) -> tuple[str, ...]:
    levels = tuple(reader.list_of("levels", str))
    if len(set(levels)) < len(levels):
        raise ModelFileError(f"{reader.where}.levels must be different from each other.")
    return levels


def _cycles(reader: StrictReader, known: dict[str, float]) -> tuple[str, ...]:
    cycles = tuple(reader.list_of("cycles", str))
    if any(part not in known for part in cycles) or len(set(cycles)) < len(cycles):
        raise ModelFileError(
            f"{reader.where}.cycles must be some of {', '.join(known)}, got {cycles}."
        )
    return cycles


def _edges(reader: StrictReader) -> tuple[float, ...]:
    edges = tuple(reader.list_of("edges", float))
    rising = all(a <= b for a, b in pairwise(edges))
    if len(edges) < 2 or not all(map(math.isfinite, edges)) or not rising:
        raise ModelFileError(f"{reader.where}.edges must be two or more finite ascending numbers.")
    return edges


def _line(reader: StrictReader, *names: str) -> tuple[float, ...]:
    """Take numbers, which must be finite; the last is a width, above 0."""
    values = tuple(reader.take(name, float) for name in names)
    if not all(map(math.isfinite, values)) or values[-1] <= 0:
        raise ModelFileError(
            f"{reader.where}: {', '.join(names)} must be finite numbers and {names[-1]} > 0, got "
            f"{', '.join(map(repr, values))}."
        )
    return values

"""Read column encoders from model files; every value is checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError, shortened
from deltarule.preprocessing import datetimes, legacy
from deltarule.preprocessing.categorical import OneHotEncoder, OrdinalEncoder
from deltarule.preprocessing.column_encoder import BooleanEncoder, ColumnEncoder, DroppedColumn
from deltarule.preprocessing.datetimes import DatetimeEncoder
from deltarule.preprocessing.legacy import (
    LegacyCategoryEncoder,
    LegacyDatetimeEncoder,
    LegacyNumberEncoder,
)
from deltarule.preprocessing.numerical import (
    QuantileAndRobustEncoder,
    QuantileEncoder,
    RobustEncoder,
)
from deltarule.preprocessing.word_features import WordsEncoder


def column_encoder_from_json(reader: StrictReader) -> ColumnEncoder:
    """Return the encoder that `to_json` described; raise `ModelFileError` for anything else."""
    kind = reader.one_of("kind", _READERS)
    column, missing = reader.take("column", str), reader.take("missing", int)
    if missing < 0:
        raise ModelFileError(f"{reader.where}.missing must be a count, got {missing}.")
    result = _READERS[kind](reader, column, missing)
    reader.finish()
    return result


def _robust(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    middle, width = _line(reader, "middle", "width")
    return RobustEncoder(column, missing, middle, width, _marked(reader))


def _quantile(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    return QuantileEncoder(column, missing, _edges(reader), _marked(reader))


def _quantile_and_robust(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    edges = _edges(reader)
    middle, width = _line(reader, "middle", "width")
    return QuantileAndRobustEncoder(column, missing, edges, middle, width, _marked(reader))


def _robust_datetime(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    middle, width = _line(reader, "middle", "width")
    cycles = _cycles(reader, datetimes.CYCLES)
    return DatetimeEncoder(column, missing, middle, width, cycles, _marked(reader))


def _one_hot(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    return OneHotEncoder(column, missing, _levels(reader), _count(reader, "rare"))


def _codes(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    return OrdinalEncoder(column, missing, _levels(reader), _count(reader, "rare"))


def _words(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    words = _distinct(reader, "words")
    if not words:
        raise ModelFileError(f"{reader.where}.words must not be empty.")
    name = "share_without"
    share = reader.take(name, float) if name in reader else 0.0  # the first files had none
    if not 0 <= share < 1:
        raise ModelFileError(f"{reader.where}.{name} must be at least 0 and below 1, got {share}.")
    return WordsEncoder(column, missing, words, _marked(reader), share)


def _boolean(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    return BooleanEncoder(column, missing, _marked(reader))


def _dropped(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    return DroppedColumn(column, missing, reader.take("reason", str))


def _legacy_number(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    fill_value, mean, scale = _line(reader, "fill_value", "mean", "scale")
    return LegacyNumberEncoder(column, missing, fill_value, mean, scale, _marked(reader))


def _legacy_category(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    return LegacyCategoryEncoder(column, missing, _levels(reader), _count(reader, "rare"))


def _legacy_datetime(reader: StrictReader, column: str, missing: int) -> ColumnEncoder:
    fill_value, mean, scale = _line(reader, "fill_value", "mean", "scale")
    cycles = _cycles(reader, legacy.CYCLES)
    return LegacyDatetimeEncoder(column, missing, fill_value, mean, scale, cycles, _marked(reader))


_READERS: dict[str, Callable[[StrictReader, str, int], ColumnEncoder]] = {
    "robust": _robust,
    "quantile": _quantile,
    "quantile_and_robust": _quantile_and_robust,
    "boolean": _boolean,
    "one-hot": _one_hot,
    "codes": _codes,
    "words": _words,
    "robust_datetime": _robust_datetime,
    "dropped": _dropped,
    "number": _legacy_number,
    "category": _legacy_category,
    "datetime": _legacy_datetime,
}


def _marked(reader: StrictReader) -> bool:
    return reader.take("missing_indicator", bool)


def _count(reader: StrictReader, name: str) -> int:
    value = reader.take(name, int)
    if value < 0:
        raise ModelFileError(f"{reader.where}.{name} must be a count, got {value}.")
    return value


def _levels(reader: StrictReader) -> tuple[str, ...]:
    return _distinct(reader, "levels")


def _distinct(reader: StrictReader, name: str) -> tuple[str, ...]:
    texts = tuple(reader.list_of(name, str))
    if len(set(texts)) < len(texts):
        raise ModelFileError(f"{reader.where}.{name} must be distinct.")
    return texts


def _cycles(reader: StrictReader, known: dict[str, float]) -> tuple[str, ...]:
    cycles = tuple(reader.list_of("cycles", str))
    if any(part not in known for part in cycles) or len(set(cycles)) < len(cycles):
        raise ModelFileError(
            f"{reader.where}.cycles must be some of {', '.join(known)}, got {shortened(cycles)}."
        )
    return cycles


def _edges(reader: StrictReader) -> tuple[float, ...]:
    edges = tuple(reader.list_of("edges", float))
    rising = all(a <= b for a, b in pairwise(edges))
    if len(edges) < 2 or not all(map(math.isfinite, edges)) or not rising:
        raise ModelFileError(f"{reader.where}.edges must be two or more finite ascending numbers.")
    # Equal quantiles share an object, which takes more memory than its text; -0.0 equals 0.0.
    shared: dict[float | str, float] = {}
    return tuple([shared.setdefault(edge or repr(edge), edge) for edge in edges])


def _line(reader: StrictReader, *names: str) -> tuple[float, ...]:
    """Take finite numbers; the last one is a width > 0."""
    values = tuple(reader.take(name, float) for name in names)
    if not all(map(math.isfinite, values)) or values[-1] <= 0:
        raise ModelFileError(
            f"{reader.where}: {', '.join(names)} must be finite numbers and {names[-1]} > 0, got "
            f"{', '.join(map(repr, values))}."
        )
    return values

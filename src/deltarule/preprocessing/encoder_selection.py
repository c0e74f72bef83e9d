"""Choose the encoder of a column from its training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.data.table import Column
from deltarule.data.table_survey import ColumnSurvey
from deltarule.preprocessing.categorical import OneHotEncoder, OrdinalEncoder
from deltarule.preprocessing.column_casting import refuse_infinite
from deltarule.preprocessing.column_encoder import BooleanEncoder, ColumnEncoder, DroppedColumn
from deltarule.preprocessing.datetimes import CYCLES, POSITIONS, DatetimeEncoder
from deltarule.preprocessing.identifiers import identifier_reason
from deltarule.preprocessing.numerical import (
    QuantileAndRobustEncoder,
    QuantileEncoder,
    RobustEncoder,
)
from deltarule.preprocessing.operations import days_since_1970, position_in_cycle
from deltarule.preprocessing.statistics import quantiles, robust_line, sorted_halves
from deltarule.preprocessing.whole_table import WholeTable
from deltarule.preprocessing.word_features import words_encoder

ROWS_PER_EDGE = 30
MIN_EDGES, MAX_EDGES = 10, 1000


@dataclass(frozen=True)
class Encoding:
    """How `TableEncoder.fit` encodes columns.

    Parameters
    ----------
    numbers : {"robust", "quantile", "both"}, default "robust"
        "robust": centered at the median, scaled by the interquartile range and smoothly clipped to ±3.
        "quantile": the normal score of the quantile rank. "both": one feature of each, except for
        columns with two distinct values.
    max_one_hot_levels : int, default 9
        Text columns with at most this many levels are one-hot encoded.
    embed_levels : bool, default False
        Whether text columns with more levels become integer codes for a learned embedding, instead of
        one-hot features.
    max_levels : int, default 100
        Keep at most this many levels, the most frequent ones; rarer levels are encoded like unseen ones.
    max_words : int, default 0
        Columns of free text get a feature for each of at most this many words, the most frequent ones;
        with 0, they are encoded or dropped like other texts.

    Raises
    ------
    SettingError
        If a value is not allowed.

    See Also
    --------
    TableEncoder.fit : Fits the encoders of a table.

    Examples
    --------
    >>> from deltarule.preprocessing import Encoding
    >>> Encoding(numbers="quantile").max_levels
    100
    """

    numbers: str = "robust"
    max_one_hot_levels: int = 9
    embed_levels: bool = False
    max_levels: int = 100
    max_words: int = 0

    def __post_init__(self) -> None:
        checks.one_of("Encoding.numbers", self.numbers, ("robust", "quantile", "both"))
        checks.integer("Encoding.max_one_hot_levels", self.max_one_hot_levels, at_least=0)
        checks.integer("Encoding.max_levels", self.max_levels, at_least=1)
        checks.integer("Encoding.max_words", self.max_words, at_least=0)


def fit_column_encoder(
    column: Column,
    rows: NDArray[np.integer[Any]],
    *,
    keep: bool,
    unnamed: bool = False,
    encoding: Encoding = Encoding(),
    whole: WholeTable | None = None,
) -> ColumnEncoder:
    """Return the encoder of a column, fitted to its training `rows` (ascending indexes).

    A column is dropped if all its training values are missing; if it is constant without a missing
    value; or, unless `keep` or if it is free text that becomes words, if it looks like an identifier
    (`identifier_reason`). `unnamed` is whether its header was empty; `whole` the table of which the rows
    are a sample. Raises `DataError` for infinite numbers.
    """
    if column.kind in ("number", "boolean"):
        refuse_infinite(column.name, column.values)
    part = column.take(rows)
    missing = int(part.missing.sum())
    known = None if whole is None else whole.columns.get(column.name)
    if known is not None:
        missing = known.missing
        if column.kind == "text" and not known.levels:  # surveyed as numbers, which are codes
            known = None
    present = part.values[~part.missing]
    if len(present) == 0:
        return DroppedColumn(column.name, missing, "all its values are missing")
    if missing == 0 and (present == present[0]).all():
        value = part.take(np.array([0])).texts()[0]
        return DroppedColumn(column.name, missing, f"it is always {str(value)[:40]!r}")
    if column.kind == "text" and encoding.max_words:
        all_rows = None if whole is None else whole.training_rows
        words = words_encoder(part, missing, encoding.max_words, all_rows=all_rows)
        if words is not None:
            return words
    if not keep and (reason := identifier_reason(part, rows, unnamed=unnamed, known=known)):
        return DroppedColumn(column.name, missing, reason)
    if column.kind == "boolean":
        return BooleanEncoder(column.name, missing, missing > 0)
    if column.kind == "text":
        return _level_encoder(part, missing, encoding, known)
    if column.kind == "datetime":
        return _datetime_encoder(column.name, present, missing)
    return _number_encoder(column.name, present, missing, encoding)


def _level_encoder(
    part: Column, missing: int, encoding: Encoding, known: ColumnSurvey | None
) -> ColumnEncoder:
    """Keep the most frequent levels, ties in code-point order; `known` counts all rows."""
    if known is None:
        counts = np.bincount(part.values[part.values >= 0], minlength=len(part.levels))
        seen = int((counts > 0).sum())
        order = np.argsort(-counts, kind="stable")[: min(seen, encoding.max_levels)]
        levels = tuple(part.levels[index] for index in sorted(order.tolist()))
    else:
        seen, of_level = known.distinct, known.levels
        frequent = sorted(of_level, key=lambda level: (-of_level[level], level))
        levels = tuple(sorted(frequent[: encoding.max_levels]))
    is_embedded = encoding.embed_levels and seen > encoding.max_one_hot_levels
    kind = OrdinalEncoder if is_embedded else OneHotEncoder
    return kind(part.name, missing, levels, seen - len(levels))


def _number_encoder(
    name: str, present: NDArray[Any], missing: int, encoding: Encoding
) -> ColumnEncoder:
    halves = sorted_halves(present)
    if encoding.numbers == "robust":
        return RobustEncoder(name, missing, *robust_line(halves), missing > 0)
    edges = _edges(halves)
    if encoding.numbers == "both" and _has_three_values(present):
        return QuantileAndRobustEncoder(name, missing, edges, *robust_line(halves), missing > 0)
    return QuantileEncoder(name, missing, edges, missing > 0)


def _has_three_values(present: NDArray[Any]) -> bool:
    inner = (present > present.min()) & (present < present.max())
    return bool(inner.any())


def _edges(halves: NDArray[np.float64]) -> tuple[float, ...]:
    """Return evenly spaced training quantiles, one for every 30 rows but 10 to 1000."""
    count = int(np.clip(len(halves) // ROWS_PER_EDGE, MIN_EDGES, MAX_EDGES))
    return tuple((2 * quantiles(halves, np.linspace(0, 1, count))).tolist())


def _datetime_encoder(name: str, present: NDArray[np.datetime64], missing: int) -> DatetimeEncoder:
    line = robust_line(sorted_halves(days_since_1970(present)))
    cycles = tuple(
        c for c in CYCLES if len(np.unique(position_in_cycle(present, POSITIONS[c]))) > 1
    )
    return DatetimeEncoder(name, missing, *line, cycles, missing > 0)

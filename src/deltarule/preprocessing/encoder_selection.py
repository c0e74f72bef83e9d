"""Choose the treatment of a column by looking at its training rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.data.table import Column
from deltarule.preprocessing.categorical import CodeTreatment, OneHotTreatment
from deltarule.preprocessing.column_casting import refuse_infinite
from deltarule.preprocessing.column_encoder import BooleanTreatment, DroppedTreatment, Treatment
from deltarule.preprocessing.numerical import (
    CYCLES,
    MomentTreatment,
    QuantileTreatment,
    RankAndSizeTreatment,
    RobustTreatment,
    days_since_1970,
    place_in_cycle,
)
from deltarule.preprocessing.statistics import robust_line

ROWS_PER_EDGE = 30
MIN_EDGES, MAX_EDGES = 10, 1000
# Below so many rows it is chance whether values repeat.
MIN_ROWS_OF_AN_IDENTIFIER = 20
_IDENTIFIER_NAME = re.compile(
    r"(.*[\W_])?(id|idx|uid|uuid|guid|index|key|row_?(id|number|nr|no)?)", re.IGNORECASE
)


@dataclass(frozen=True)
class Encoding:
    """How columns become features.

    `numbers`: "robust" (scaled by the quartiles, softly clipped), "quantile" (normal scores), or "both",
    but for columns of two values, where one says all.
    Texts of at most `most_one_hot` levels are one-hot; of more, codes for a learned embedding if
    `embeds`, else one-hot too. Of very many levels the `most_levels` most frequent are kept.
    """

    numbers: str = "robust"
    most_one_hot: int = 9
    embeds: bool = False
    most_levels: int = 100

    def __post_init__(self) -> None:
        checks.one_of("Encoding.numbers", self.numbers, ("robust", "quantile", "both"))
        checks.integer("Encoding.most_one_hot", self.most_one_hot, at_least=0)
        checks.integer("Encoding.most_levels", self.most_levels, at_least=1)


def learn_treatment(
    column: Column,
    rows: NDArray[np.integer[Any]],
    *,
    keep: bool,
    encoding: Encoding = Encoding(),
) -> Treatment:
    """Return the treatment of a column, learned from its training `rows` (ascending indexes).

    A column is left out if, among the training rows, it is all missing; or constant without a
    missing value; or, unless `keep`, looks like an identifier (`identifier_reason`). Raises
    `DataError` for infinite numbers.
    """
    if column.kind in ("number", "boolean"):
        refuse_infinite(column.name, column.values)
    part = column.take(rows)
    missing = int(part.missing.sum())
    present = part.values[~part.missing]
    if len(present) == 0:
        return DroppedTreatment(column.name, missing, "all its values are missing")
    if missing == 0 and (present == present[0]).all():
        value = part.take(np.array([0])).texts()[0]
        return DroppedTreatment(column.name, missing, f"constant, always {str(value)[:40]!r}")
    if not keep and (reason := identifier_reason(part, rows)):
        return DroppedTreatment(column.name, missing, reason)
    if column.kind == "boolean":
        return BooleanTreatment(column.name, missing, missing > 0)
    if column.kind == "text":
        return _category(part, missing, encoding)
    if column.kind == "datetime":
        return _moment(column.name, present, missing)
    return _number(column.name, present, missing, encoding)


def identifier_reason(part: Column, rows: NDArray[np.integer[Any]]) -> str | None:
    """Say why a column of the training rows looks like an identifier; None if it does not.

    With at least 20 values present:
        text      more than 9 of 10 values are different from all others
        number    it counts the rows of the table (see `_counts_rows`); or its name says so (id,
                  index, key, row_number, ...) and whole numbers never repeat
    """
    present = ~part.missing
    count = int(present.sum())
    if count < MIN_ROWS_OF_AN_IDENTIFIER:
        return None
    values = part.values[present]
    if part.kind == "text":
        distinct = len(np.unique(values))
        if distinct > 0.9 * count:
            return f"looks like an identifier: {distinct:,} different texts in {count:,} rows"
    elif part.kind == "number" and (values == np.floor(values)).all():
        if count == len(part) and _counts_rows(values - rows):
            return "looks like an identifier: it counts the rows"
        if _IDENTIFIER_NAME.fullmatch(part.name) and len(np.unique(values)) == count:
            return "looks like an identifier: by its name, and every value is different"
    return None


def _counts_rows(ahead: NDArray[Any]) -> bool:
    """Tell whether value = row + 0 or + 1 in all rows, by how far the values are `ahead` of rows.

    They may get further ahead down the table, but by no more than a quarter of the rows: then rows
    were taken out after they had been counted.
    """
    with np.errstate(over="ignore"):  # 1e308 after -1e308: infinite, and that compares rightly
        grows = bool((np.diff(ahead) >= 0).all())
    return grows and ahead[0] >= 0 and bool(ahead[-1] <= 1 + len(ahead) // 4)


def _category(part: Column, missing: int, encoding: Encoding) -> Treatment:
    """Keep the most frequent levels; of equally frequent ones the first in code-point order."""
    counts = np.bincount(part.values[part.values >= 0], minlength=len(part.levels))
    order = np.argsort(-counts, kind="stable")
    seen = int((counts > 0).sum())
    kept = sorted(order[: min(seen, encoding.most_levels)].tolist())
    levels = tuple(part.levels[index] for index in kept)
    is_embedded = encoding.embeds and seen > encoding.most_one_hot
    kind = CodeTreatment if is_embedded else OneHotTreatment
    return kind(part.name, missing, levels, seen - len(levels))


def _number(name: str, present: NDArray[Any], missing: int, encoding: Encoding) -> Treatment:
    if encoding.numbers == "robust":
        return RobustTreatment(name, missing, *robust_line(present), missing > 0)
    edges = _edges(present)
    if encoding.numbers == "both" and _has_three_values(present):
        return RankAndSizeTreatment(name, missing, edges, *robust_line(present), missing > 0)
    return QuantileTreatment(name, missing, edges, missing > 0)


def _has_three_values(present: NDArray[Any]) -> bool:
    inner = (present > present.min()) & (present < present.max())
    return bool(inner.any())


def _edges(present: NDArray[Any]) -> tuple[float, ...]:
    """Return training values at evenly spaced shares of the rows, as many as they can tell apart."""
    count = int(np.clip(len(present) // ROWS_PER_EDGE, MIN_EDGES, MAX_EDGES))
    halves = np.divide(present, 2, dtype=np.float64)  # the difference of two must not overflow
    shares = np.linspace(0, 1, count)
    return tuple((2 * np.quantile(halves, shares, overwrite_input=True)).tolist())


def _moment(name: str, present: NDArray[np.datetime64], missing: int) -> MomentTreatment:
    line = robust_line(days_since_1970(present))
    cycles = tuple(c for c in CYCLES if len(np.unique(place_in_cycle(present, c))) > 1)
    return MomentTreatment(name, missing, *line, cycles, missing > 0)

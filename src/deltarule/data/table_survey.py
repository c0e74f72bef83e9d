"""What one pass over the rows of a streamed table finds: missing cells, extreme cells, levels."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.distinct_values import DistinctValues
from deltarule.data.integer_sequence import IntegerSequence
from deltarule.data.streamed_table import MisfitCounts, StreamedTable
from deltarule.data.table import Column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_LEVELS = 200_000
"""Levels whose cells are counted for a column; with more, the rarest are given up."""
MAX_TARGET_VALUES = 20_000
ROWS_OF_A_VALUE, _MANY_VALUES = 5, 1000
"""Rows with each value of the target that are remembered."""
HASH = re.compile(
    r"(?=.*\d)[0-9a-f]{16,128}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.IGNORECASE,
)
"""A UUID or a hexadecimal number."""


@dataclass
class ColumnSurvey:
    """The cells of a column: how many are missing, how often each text occurs, and rows of interest.

    `rows` has the numbers of rows with a missing cell, the lowest and the highest one, and two levels.
    `distinct` counts the distinct texts of all `present` cells, also of those that are given up in
    `levels`, and the distinct integers if `count_integers`. `hash_length` is the length of the texts if
    all are hashes of one length, None otherwise.
    """

    missing: int = 0
    present: int = 0
    distinct: int = 0
    count_integers: bool = False
    hash_length: int | None = 0
    integers: IntegerSequence = field(default_factory=IntegerSequence)
    levels: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    lowest: Any = None
    highest: Any = None
    _counted: DistinctValues | None = None

    def add(self, column: Column, rows: NDArray[np.int64], opened: DuckDBPyConnection) -> None:
        """Add the cells of rows with these numbers; DuckDB counts the values that memory cannot."""
        missing = column.missing
        count = int(missing.sum())
        before = self.missing + self.present
        self.missing += count
        self.present += len(column) - count
        if column.kind == "number" and self.integers.are_integers:
            places = before + np.arange(len(column))  # as of a table without skipped rows
            self.integers.add(column.values, missing, places)
        if count:
            self.rows.setdefault("missing", int(rows[np.argmax(missing)]))
        if count == len(column):
            return
        if column.kind == "text":
            self._add_levels(column, rows, opened)
            return
        present = rows if not count else rows[~missing]
        values = column.values if not count else column.values[~missing]
        if self.count_integers and column.kind == "number" and self.integers.are_integers:
            self._counted = self._counted or DistinctValues(opened)
            self._counted.add_numbers(values)
        lowest, highest = int(np.argmin(values)), int(np.argmax(values))
        if self.lowest is None or values[lowest] < self.lowest:
            self.lowest, self.rows["lowest"] = values[lowest], int(present[lowest])
        if self.highest is None or values[highest] > self.highest:
            self.highest, self.rows["highest"] = values[highest], int(present[highest])

    def finish(self) -> None:
        """Count the distinct values, after the last rows."""
        if self._counted is None:
            self.distinct = len(self.levels)
        else:
            if self.levels:
                self._counted.add_texts(self.levels)
            self.distinct, self._counted = self._counted.count(), None

    def _add_levels(
        self, column: Column, rows: NDArray[np.int64], opened: DuckDBPyConnection
    ) -> None:
        counts = np.bincount(column.values[column.values >= 0], minlength=len(column.levels))
        for place in np.flatnonzero(counts).tolist():
            level = column.levels[place]
            if len(self.rows) < 3 and level not in self.levels:
                self.rows[f"level {len(self.rows)}"] = int(rows[np.argmax(column.values == place)])
            if self.hash_length is not None and level not in self.levels:
                is_alike = self.hash_length in (0, len(level)) and HASH.fullmatch(level)
                self.hash_length = len(level) if is_alike else None
            self.levels[level] = self.levels.get(level, 0) + int(counts[place])
        if len(self.levels) > 2 * MAX_LEVELS:
            kept = sorted(self.levels, key=lambda text: (-self.levels[text], text))[:MAX_LEVELS]
            self._counted = self._counted or DistinctValues(opened)
            self._counted.add_texts(self.levels.keys() - set(kept))
            self.levels = {text: self.levels[text] for text in kept}


@dataclass
class TargetSurvey:
    """The targets of all rows: their mean and spread, and how often each value occurs.

    `counts`, `totals` (sums of weights) and `rows` (numbers of some rows) are by the text of a value, and
    empty beyond `MAX_TARGET_VALUES`. Rows of weight 0 are part of `counts` alone. `mean` and `scale`
    count every row once, `weighted_mean` by its weight.
    """

    counts: dict[str, int] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)
    has_all_values: bool = True
    weight: float = 0.0
    weighted_mean: float = 0.0
    mean: float = 0.0
    _present: int = 0
    _squares: float = 0.0

    @property
    def scale(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(self._squares / max(self._present, 1)))

    def add(self, column: Column, weights: NDArray[np.float64], rows: NDArray[np.int64]) -> None:
        """Add the targets of rows with these numbers and weights, none of which is missing."""
        if column.kind == "number":
            with np.errstate(over="ignore", invalid="ignore"):  # the sample's are used instead
                self._add_numbers(column.values, weights)
        if self.has_all_values:
            self._add_values(column, weights, rows)

    def _add_numbers(self, values: NDArray[Any], weights: NDArray[np.float64]) -> None:
        used = weights > 0
        numbers, weights = values[used].astype(np.float64), weights[used]
        if not len(numbers):
            return
        before, count, total = self._present, len(numbers), float(weights.sum())
        mean = float(numbers.mean())
        distance = mean - self.mean
        self._present += count
        self._squares += float(np.square(numbers - mean).sum())
        self._squares += distance**2 * before * count / self._present
        self.mean += distance * count / self._present
        self.weight += total
        weighted = float(numbers @ weights) / total
        self.weighted_mean += (weighted - self.weighted_mean) * total / self.weight

    def _add_values(
        self, column: Column, weights: NDArray[np.float64], rows: NDArray[np.int64]
    ) -> None:
        order = np.argsort(column.values, kind="stable")
        ascending = column.values[order]
        starts = np.flatnonzero(ascending[1:] != ascending[:-1]) + 1
        if len(starts) >= MAX_TARGET_VALUES:
            self._give_up()
            return
        groups = np.split(order, starts) if len(order) else []
        firsts = np.array([group[0] for group in groups], np.int64)
        for text, group in zip(map(str, column.take(firsts).texts()), groups, strict=True):
            self.counts[text] = self.counts.get(text, 0) + len(group)
            self.totals[text] = self.totals.get(text, 0.0) + float(weights[group].sum())
            most = ROWS_OF_A_VALUE if len(self.rows) <= _MANY_VALUES else 1
            known = self.rows.setdefault(text, [])
            known += rows[group[: max(most - len(known), 0)]].tolist()
        if len(self.counts) > MAX_TARGET_VALUES:
            self._give_up()

    def _give_up(self) -> None:
        self.has_all_values = False
        self.counts.clear()
        self.totals.clear()
        self.rows.clear()


@dataclass
class TableSurvey:
    """The survey of each column by name and of the target, and notes on the reading.

    Of rows without a target, whose number is `skipped`, nothing else is known.
    """

    columns: dict[str, ColumnSurvey]
    target: TargetSurvey
    skipped: int
    notes: tuple[str, ...]

    @property
    def rows_of_interest(self) -> NDArray[np.int64]:
        """The numbers of rows that a sample of the table should hold for its columns, ascending."""
        found = {row for column in self.columns.values() for row in column.rows.values()}
        return np.array(sorted(found), np.int64)


def survey(
    stream: StreamedTable,
    target: str,
    weight: str | None = None,
    count_integers: Collection[str] = (),
) -> TableSurvey:
    """Read all rows once, and survey those that have a target.

    `weight` names a column of weights; `count_integers` the columns whose distinct integers are counted.
    """
    columns = {name: ColumnSurvey(count_integers=name in count_integers) for name in stream.names}
    targets, skipped, misfits = TargetSurvey(), 0, MisfitCounts()
    for begin, batch in stream.batches(misfits):
        rows = np.flatnonzero(~batch[target].missing)
        skipped += batch.rows - len(rows)
        numbers = begin + rows
        known = batch if len(rows) == batch.rows else batch.select(rows)
        for column in known.columns:
            columns[column.name].add(column, numbers, stream.opened)
        weights = np.ones(len(rows))
        if weight is not None and known[weight].kind in ("number", "boolean"):
            weights = np.maximum(np.nan_to_num(known[weight].values.astype(np.float64)), 0)
        targets.add(known[target], weights, numbers)
    for surveyed in columns.values():
        surveyed.finish()
    return TableSurvey(columns, targets, skipped, tuple(misfits.notes(stream.schema)))

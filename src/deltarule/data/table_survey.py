"""What one pass over the rows of a streamed table finds: missing cells, extreme cells, levels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.streamed_table import MisfitCounts, StreamedTable
from deltarule.data.table import Column

MAX_LEVELS = 200_000
"""Levels that are counted for a column; with more, the rarest are given up."""
MAX_TARGET_VALUES = 1000
ROWS_OF_A_VALUE = 5
"""Rows with each value of the target that are remembered."""


@dataclass
class ColumnSurvey:
    """The cells of a column: how many are missing, how often each text occurs, and rows of interest.

    `rows` has the numbers of rows with a missing cell, the lowest and the highest one, and two levels.
    """

    missing: int = 0
    levels: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    lowest: Any = None
    highest: Any = None

    def add(self, column: Column, begin: int) -> None:
        """Add the cells of a batch that begins with row `begin`."""
        missing = column.missing
        count = int(missing.sum())
        self.missing += count
        if count:
            self.rows.setdefault("missing", begin + int(np.argmax(missing)))
        if count == len(column):
            return
        if column.kind == "text":
            self._add_levels(column, begin)
            return
        present = np.flatnonzero(~missing)
        values = column.values[present]
        lowest, highest = int(np.argmin(values)), int(np.argmax(values))
        if self.lowest is None or values[lowest] < self.lowest:
            self.lowest, self.rows["lowest"] = values[lowest], begin + int(present[lowest])
        if self.highest is None or values[highest] > self.highest:
            self.highest, self.rows["highest"] = values[highest], begin + int(present[highest])

    def _add_levels(self, column: Column, begin: int) -> None:
        counts = np.bincount(column.values[column.values >= 0], minlength=len(column.levels))
        for place in np.flatnonzero(counts).tolist():
            level = column.levels[place]
            if len(self.rows) < 3 and level not in self.levels:
                row = begin + int(np.argmax(column.values == place))
                self.rows[f"level {len(self.rows)}"] = row
            self.levels[level] = self.levels.get(level, 0) + int(counts[place])
        if len(self.levels) > 2 * MAX_LEVELS:
            kept = sorted(self.levels, key=lambda text: (-self.levels[text], text))[:MAX_LEVELS]
            self.levels = {text: self.levels[text] for text in kept}


@dataclass
class TableSurvey:
    """The survey of each column by name, rows with each value of the target, and notes on the reading."""

    columns: dict[str, ColumnSurvey]
    target_rows: list[int]
    notes: tuple[str, ...]

    @property
    def rows_of_interest(self) -> NDArray[np.int64]:
        """The numbers of rows that a sample of the table should hold for its columns, ascending."""
        found = {row for column in self.columns.values() for row in column.rows.values()}
        return np.array(sorted(found), np.int64)


def survey(stream: StreamedTable, target: str) -> TableSurvey:
    """Read all rows once; of the target, rows with each of at most 1,000 values are kept."""
    columns = {name: ColumnSurvey() for name in stream.names}
    values: dict[Any, list[int]] = {}
    misfits = MisfitCounts()
    for begin, batch in stream.batches(misfits):
        for column in batch.columns:
            columns[column.name].add(column, begin)
        if target in batch and len(values) <= MAX_TARGET_VALUES:
            _add_values(values, batch[target], begin)
    few = values if len(values) <= MAX_TARGET_VALUES else {}
    rows = [row for found in few.values() for row in found]
    return TableSurvey(columns, rows, tuple(misfits.notes(stream.schema)))


def _add_values(values: dict[Any, list[int]], column: Column, begin: int) -> None:
    """Note the first rows with each value."""
    cells = column.values
    order = np.argsort(cells, kind="stable")
    order = order[~column.missing[order]]
    ascending = cells[order]
    starts = np.flatnonzero(ascending[1:] != ascending[:-1]) + 1
    groups = np.split(order, starts[: MAX_TARGET_VALUES + 1]) if len(order) else []
    for group in groups[: MAX_TARGET_VALUES + 1]:
        value = cells[group[0]]
        key = column.levels[int(value)] if column.kind == "text" else value.item()
        known = values.setdefault(key, [])
        known += (begin + group[: ROWS_OF_A_VALUE - len(known)]).tolist()

"""The rows of a streamed table that a model is designed, calibrated and tested on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule._common.random import drawn
from deltarule.data import Column, Table
from deltarule.data.streamed_table import StreamedTable
from deltarule.data.table_survey import (
    MAX_TARGET_VALUES,
    ROWS_OF_A_VALUE,
    TableSurvey,
    survey,
)
from deltarule.errors import DataError
from deltarule.preprocessing.identifiers import columns_to_count
from deltarule.preprocessing.target_fitting import skipped_note, task_of_numbers
from deltarule.preprocessing.targets import Task
from deltarule.preprocessing.whole_table import WholeTable
from deltarule.table_model.settings import TableSettings

Array = NDArray[Any]
SAMPLE_ROWS, MIN_SAMPLE_ROWS = 200_000, 20_000
_COPIES = 5
"""A sampled row takes as many times its size: as read, split, cast and encoded."""


@dataclass(frozen=True, eq=False)
class TableSample:
    """Random rows of a streamed table.

    Parameters
    ----------
    stream : StreamedTable
        The whole table.
    survey : TableSurvey
        What was found in all of its rows.
    table : Table
        The sampled rows that have a target, in the order of the table, with notes on the whole table.
    row_numbers : ndarray of shape (n_rows,), dtype int64
        Their numbers in the whole table.
    training_only : ndarray of shape (n_rows,), dtype bool, or None
        Rows that are no random ones, such as those with the lowest number of a column; None if there are
        none, because the sample has all rows.
    rows_with_target : int
        Rows of the whole table that have a target.
    target : str
        Name of the column to predict.
    """

    stream: StreamedTable
    survey: TableSurvey
    table: Table
    row_numbers: NDArray[np.int64]
    training_only: NDArray[np.bool_] | None
    rows_with_target: int
    target: str

    def missing_cells(self, *, but: str = "") -> int:
        """Return the number of missing cells in all rows, without those of one column."""
        columns = self.survey.columns.items()
        return sum(column.missing for name, column in columns if name != but)

    def whole(self, test_rows: int) -> WholeTable:
        """Return what is known of all rows, `test_rows` of which are held out for the scores."""
        is_sample = self.training_only is not None
        columns = self.survey.columns if is_sample else {}  # else the rows themselves are counted
        return WholeTable(
            self.rows_with_target - test_rows,
            columns,
            self.survey.target if is_sample else None,
        )

    def task(self, task: str) -> str:
        """Return the task of the target if `task` is "auto" and the numbers of all rows decide it."""
        return _task(self.stream, self.survey, self.target, task)


def draw_sample(stream: StreamedTable, target: str, settings: TableSettings) -> TableSample:
    """Read all rows once and draw a sample; raise `ColumnError` if there is no such target."""
    if stream.rows == 0:
        raise DataError(f"{stream.source} has no rows: give a table with rows.")
    _, first = next(iter(stream.batches()))
    first[target]
    settings.check_columns(stream.names, target)
    if settings.weight is not None:
        first[settings.weight]
    found = survey(stream, target, settings.weight, columns_to_count(stream.names))
    _refuse_infinite(found, settings.drop)
    classes = _task(stream, found, target, settings.task) != Task.REGRESSION
    if classes and not found.target.has_all_values and first[target].kind != "number":
        raise DataError(
            f"Target column {target!r} has more than {MAX_TARGET_VALUES:,} classes, too many to learn "
            "from a streamed table: choose another target, or raise `memory_limit`."
        )
    size = _COPIES * stream.stored.row_bytes
    most = int(np.clip(stream.memory_bytes // 4 // size, MIN_SAMPLE_ROWS, SAMPLE_ROWS))
    random = sampled_rows(stream.rows, most, settings.seed)
    is_sample = len(random) < stream.rows
    rows = of_columns = random
    if is_sample:
        of_classes = found.target.rows.values() if classes else ()
        of_columns = np.union1d(random, found.rows_of_interest)
        rows = np.union1d(
            of_columns, np.array([row for known in of_classes for row in known], np.int64)
        )
    table = stream.select(rows)
    is_random = np.isin(rows, random)
    kept = np.flatnonzero(_are_needed(table[target], np.isin(rows, of_columns)))
    if len(kept):  # else `fit_target` refuses the target
        table, rows, is_random = table.select(kept), rows[kept], is_random[kept]
    skipped = found.skipped
    notes = [*([stream.why] if stream.why else []), *stream.reading_notes, *found.notes]
    if skipped:
        notes.append(skipped_note(skipped, stream.rows, target))
    if is_sample:
        notes.append(
            f"A random sample of {counted(len(rows), 'row')} fits the encoders; its validation and test "
            "rows calibrate and test the model, and all other rows train it."
        )
    return TableSample(
        stream,
        found,
        replace(table, notes=tuple(notes)),
        rows,
        ~is_random if is_sample else None,
        stream.rows - skipped,
        target,
    )


def _are_needed(target: Column, drawn: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which rows have a target; of those not `drawn` for another reason, only rare values."""
    present = ~target.missing
    _, value = np.unique(target.values, return_inverse=True)
    counts = np.bincount(value[drawn], minlength=int(value.max(initial=0)) + 1)
    return present & (drawn | (counts[value] < ROWS_OF_A_VALUE))


def sampled_rows(rows: int, count: int, seed: int) -> NDArray[np.int64]:
    """Return `count` distinct numbers below `rows`, drawn at random, in ascending order; at most all."""
    if count >= rows:
        return np.arange(rows, dtype=np.int64)
    found = np.zeros(0, np.int64)
    attempt = 0
    while len(found) < count:
        more = np.concatenate([found, drawn(rows, count, seed, attempt)])
        _, first = np.unique(more, return_index=True)
        found, attempt = more[np.sort(first)], attempt + 1
    return np.sort(found[:count])


def _task(stream: StreamedTable, found: TableSurvey, target: str, task: str) -> str:
    schema, counts = stream.schema[target], found.target.counts
    if task != "auto" or schema.kind != "number":
        return task
    if not counts:
        return Task.REGRESSION
    values = {float(text): count for text, count in counts.items()}
    ordered = sorted(values)
    return task_of_numbers(target, np.array(ordered), np.array([values[v] for v in ordered]))


def _refuse_infinite(found: TableSurvey, dropped: Collection[str]) -> None:
    for name, column in found.columns.items():
        if name in dropped:
            continue
        for value, which in ((column.lowest, "lowest"), (column.highest, "highest")):
            if isinstance(value, np.floating) and np.isinf(value):
                raise DataError(
                    f"Column {name!r} has an infinite value (or one beyond 1.8e308) in row "
                    f"{column.rows[which] + 1:,}: enter a finite number or leave the cell empty."
                )

"""How rows are split: at random, with the rows of a group together, or by time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule.data import Column, Table
from deltarule.data.table import spell
from deltarule.errors import DataError
from deltarule.schema import DurationFormat, NumberFormat
from deltarule.splitting import (
    Split,
    fold_groups,
    fold_rows,
    split_by_time,
    split_groups,
    split_rows,
)
from deltarule.table_model.settings import TableSettings

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class SplitRule:
    """How rows are split into training, validation and test rows; at random by default.

    Parameters
    ----------
    groups : ndarray of shape (n_rows,), dtype int64, optional
        Number of the group of each row; the rows of a group stay together.
    times : ndarray of shape (n_rows,), dtype int64, optional
        Rank of the time of each row; training rows come before validation rows, and these before test
        rows.
    column : Column, optional
        The column that holds the groups or times.
    training_only : ndarray of shape (n_rows,), dtype bool, optional
        Rows that are never held out; only without groups and times.
    """

    groups: Array | None = None
    times: Array | None = None
    column: Column | None = None
    training_only: Array | None = None

    @staticmethod
    def of_table(table: Table, settings: TableSettings) -> SplitRule:
        """Return the rule that the settings name columns for."""
        if settings.groups is not None:
            column = table[settings.groups]
            return SplitRule(groups=group_numbers(column), column=column)
        if settings.time is not None:
            times = time_ranks(table, settings.time)
            return SplitRule(times=times, column=table[settings.time])
        return SplitRule()

    def select(self, rows: Array) -> SplitRule:
        """Return the rule of some of the rows."""
        return replace(
            self,
            groups=None if self.groups is None else self.groups[rows],
            times=None if self.times is None else self.times[rows],
            training_only=None if self.training_only is None else self.training_only[rows],
        )

    def split(
        self, targets: Array, *, fractions: tuple[float, float], seed: int, stratify: bool
    ) -> Split:
        """Split rows with `targets` (rows,) into training, validation and test rows."""
        if self.groups is not None:
            return split_groups(targets, self.groups, fractions=fractions, seed=seed)
        if self.times is not None:
            return split_by_time(self.times, fractions=fractions)
        if self.training_only is not None:
            free = np.flatnonzero(~self.training_only)
            split = split_rows(targets[free], fractions=fractions, seed=seed, stratify=stratify)
            training = np.concatenate([free[split.training], np.flatnonzero(self.training_only)])
            return Split(np.sort(training), free[split.validation], free[split.test])
        return split_rows(targets, fractions=fractions, seed=seed, stratify=stratify)

    def folds(
        self,
        targets: Array,
        count: int,
        *,
        networks: int,
        validation_fraction: float,
        seed: int,
    ) -> list[tuple[Array, Array]]:
        """Return the training and validation rows of the first `networks` of at most `count` folds.

        By time, all networks train on the same early rows and validate on the same latest ones.
        """
        rows = np.arange(len(targets), dtype=np.int64)
        if self.times is not None:
            split = split_by_time(self.times, fractions=(validation_fraction, 0.0))
            return [(split.training, split.validation)] * networks
        if self.groups is None:
            folds = fold_rows(targets, min(count, len(rows)), seed=seed)
        else:
            distinct = len(np.unique(self.groups))
            if distinct < 2:
                name = "`groups`" if self.column is None else repr(self.column.name)
                raise DataError(
                    f"All training rows have the same {name}, so that none is left to validate on: "
                    "group by another column."
                )
            count = min(count, distinct)
            folds = fold_groups(targets, self.groups, count, seed=seed)
        return [(np.setdiff1d(rows, fold), fold) for fold in folds[:networks]]

    def notes(self, split: Split, inputs: Collection[str]) -> tuple[str, ...]:
        """Describe the split into training rows (validation rows included) and test rows."""
        column = self.column
        if column is None:
            return ()
        name = repr(column.name)
        has_test = len(split.test) > 0
        if self.groups is not None:
            count = len(np.unique(self.groups[split.training]))
            note = (
                f"Rows with the same {name} stay together: {counted(count, 'group')} for training"
            )
            if has_test:
                note += f" and {len(np.unique(self.groups[split.test])):,} for testing"
        else:
            last = spell(column.values[split.training].max(), column.kind)
            note = f"Rows are split by {name}: training and validation rows until {last}"
            if has_test:
                note += f", test rows from {spell(column.values[split.test].min(), column.kind)} on"
        is_input = column.name in inputs
        use = "it is also an input" if is_input else f"to use it as an input too, set `keep={name}`"
        return (f"{note}; {use}.",)

    def test_notes(self, test: Table) -> tuple[str, ...]:
        """Return a note if the rows of a test table are in known groups, or before training rows."""
        column = self.column
        if column is None or column.name not in test:
            return ()
        other = test[column.name]
        name = repr(column.name)
        if self.groups is not None:
            known = set(column.texts().tolist()) - {None}
            shared = sum(text in known for text in other.texts().tolist())
            if shared:
                return (
                    f"{shared:,} of {counted(test.rows, 'test row')} share their {name} with training "
                    "rows, which raises the test scores.",
                )
        elif other.kind == column.kind and not other.missing.all():
            last = column.values.max()
            early = int((other.values[~other.missing] <= last).sum())
            if early:
                return (
                    f"{early:,} of {counted(test.rows, 'test row')} are not later than the last training "
                    f"row ({name} {spell(last, column.kind)}).",
                )
        return ()


RANDOM_SPLIT = SplitRule()
"""Rows are split at random."""


def group_numbers(column: Column) -> Array:
    """Return the number of the group of each row, int64 (rows,); a missing value is its own group."""
    values = column.values
    missing = column.missing
    _, groups = np.unique(values, return_inverse=True)
    numbers = groups.astype(np.int64)
    numbers[missing] = len(column) + np.arange(int(missing.sum()))
    return numbers


def time_ranks(table: Table, name: str) -> Array:
    """Return the rank of the time of each row, int64 (rows,).

    Datetimes, times of day, durations and numbers without a unit, such as years or steps, have an order
    in time. Raises `DataError` for others, and for missing values.
    """
    column = table[name]
    unit = _unit(table, name)
    if column.kind not in ("datetime", "number") or unit:
        found = f"numbers of {unit}" if unit else f"{column.kind}s"
        raise DataError(
            f"Column {name!r} must hold times or numbers to split by, but holds {found}: choose another "
            "column."
        )
    if column.missing.any():
        row = int(np.argmax(column.missing))
        raise DataError(
            f"Column {name!r} must hold a time in every row, got nothing in row {row + 1}: fill "
            "the cell, or leave these rows out with `query`."
        )
    return np.unique(column.values, return_inverse=True)[1].astype(np.int64)


def _unit(table: Table, name: str) -> str:
    """Return the unit of a column of numbers, "" for none and for units of time."""
    schema = table.schema
    found = schema[name].format if schema is not None and name in schema else None
    if not isinstance(found, NumberFormat) or not found.unit:
        return ""
    is_time = found.unit != "m" and DurationFormat().parse(f"1 {found.unit}") is not None
    return "" if is_time else found.unit

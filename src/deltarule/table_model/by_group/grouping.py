"""Which rows are in which group, and which of them train and test the model of the group."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule.data import Column, Table
from deltarule.data.table import code_type
from deltarule.errors import SettingError, shortened
from deltarule.preprocessing import Target
from deltarule.splitting import Split, split_rows
from deltarule.table_model.fold_networks import MIN_ROWS_TO_VALIDATE
from deltarule.table_model.split_rule import SplitRule

Array = NDArray[Any]
MIN_TRAINING_ROWS = MIN_ROWS_TO_VALIDATE
"""With fewer training rows, a group has no model of its own: no row would validate it."""
MAX_GROUPS = 50_000
"""Models of one file, whose description names each of them."""
TOO_FEW_ROWS = f"fewer than {MIN_TRAINING_ROWS} training rows"
"""Why most of the groups without a model of their own have none."""


@dataclass(frozen=True, eq=False)
class Group:
    """The rows with one value of the column.

    `training` and `test` (rows,) are ascending indexes into the rows of the table, int64.
    """

    name: str
    training: Array
    test: Array

    @property
    def rows(self) -> Array:
        """All rows of the group, ascending."""
        return np.sort(np.concatenate([self.training, self.test]))


@dataclass(eq=False)
class Grouping:
    """Divides the rows of a table by the values of a column, and each group into training and test rows.

    A random split divides each group by itself, as if it were a table. Groups that are kept together
    and times divide all rows at once, so that no row of a later time, and no other row of the same
    person, trains the model that the test rows are compared with.
    """

    by: str
    seed: int
    groups: tuple[Group, ...] = ()
    small: tuple[str, ...] = ()  # groups with too few training rows
    missing_rows: int = 0
    split: Split = field(default_factory=lambda: Split(*[np.zeros(0, np.int64)] * 3))

    def __call__(
        self, table: Table, target: Target, targets: Array, rule: SplitRule, test_fraction: float
    ) -> Split:
        """Divide the rows that have a target, keep the groups, and return the split of all rows."""
        column = table[self.by]
        names, members = group_members(column)
        self.missing_rows = int(column.missing.sum())
        stratify = target.task.stratified
        test = np.zeros(table.rows, bool)
        whole = rule.groups is not None or rule.times is not None
        if whole and test_fraction:
            fractions = (0.0, test_fraction)
            test[
                rule.split(targets, fractions=fractions, seed=self.seed, stratify=stratify).test
            ] = True
        groups, small, others = [], [], [np.flatnonzero(column.missing)]
        for name, rows in zip(names, members, strict=True):
            if not whole and test_fraction and _trains_alone(len(rows), test_fraction):
                test[rows[_test_places(targets[rows], test_fraction, self.seed, stratify)]] = True
            if np.count_nonzero(~test[rows]) >= MIN_TRAINING_ROWS and (
                whole or not test_fraction or _trains_alone(len(rows), test_fraction)
            ):
                groups.append(Group(name, rows[~test[rows]], rows[test[rows]]))
            else:
                small.append(name)
                others.append(rows)
        rest = np.sort(np.concatenate(others))
        if not whole and test_fraction and len(rest) > 1:
            test[rest[_test_places(targets[rest], test_fraction, self.seed, stratify)]] = True
        self.groups, self.small = tuple(groups), tuple(small)
        self._refuse_useless(len(names), table.rows - self.missing_rows)
        self.split = Split(
            np.flatnonzero(~test).astype(np.int64),
            np.zeros(0, np.int64),
            np.flatnonzero(test).astype(np.int64),
        )
        return self.split

    def no_model(self, group: str, reason: str) -> SettingError:
        """Return what is raised if no group could be trained, with the reason of one."""
        return SettingError(
            "by",
            f"must name a column with groups that can be learned, but none of {self.by!r} can, such as "
            f"{shortened(group)} ({reason})",
            hint="Choose another column, or omit it.",
        )

    def _refuse_useless(self, values: int, rows: int) -> None:
        """Raise `SettingError` if there would be no model but that of all rows, or too many models."""
        if values < 2:
            found = "has no values" if values == 0 else "has the same value in all rows"
            raise SettingError(
                "by",
                f"must name a column with several values, but {self.by!r} {found}",
                hint="Omit it.",
            )
        if not self.groups:
            raise SettingError(
                "by",
                f"must name a column whose values repeat, but {self.by!r} has {values:,} values in "
                f"{counted(rows, 'row')}: each of its groups has {TOO_FEW_ROWS}",
                hint="Choose another column, or omit it.",
            )
        if len(self.groups) > MAX_GROUPS:
            raise SettingError(
                "by",
                f"must name a column with at most {MAX_GROUPS:,} groups, but {self.by!r} has "
                f"{len(self.groups):,} of enough rows",
                hint="Choose a coarser column.",
            )


def group_members(column: Column) -> tuple[list[str], list[Array]]:
    """Return the name and the ascending rows of each group, in the order of the values.

    Rows without a value are in no group.
    """
    rows = np.flatnonzero(~column.missing).astype(np.int64)
    _, first, numbers = np.unique(column.values[rows], return_index=True, return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers[order], np.arange(1, len(first)))
    names = [str(text) for text in column.take(rows[first]).texts()]
    return names, np.split(rows[order], starts) if len(first) else []


def table_of_group(table: Table, rows: Array) -> Table:
    """Return the rows of a table without the levels of texts that they do not have."""
    selected = table.select(rows)
    return replace(selected, columns=tuple(map(_compact, selected.columns)), notes=())


def _compact(column: Column) -> Column:
    if column.kind != "text":
        return column
    used = np.unique(column.values[column.values >= 0])
    if len(used) == len(column.levels):
        return column
    values = np.searchsorted(used, column.values).astype(code_type(len(used)))
    values[column.values < 0] = -1
    return replace(column, values=values, levels=tuple(column.levels[int(i)] for i in used))


def _trains_alone(rows: int, test_fraction: float) -> bool:
    """Whether a group of `rows` rows keeps enough training rows."""
    return rows - int(rows * test_fraction + 0.5) >= MIN_TRAINING_ROWS


def _test_places(targets: Array, test_fraction: float, seed: int, stratify: bool) -> Array:
    return split_rows(targets, fractions=(0.0, test_fraction), seed=seed, stratify=stratify).test

"""The table that is checked before training, and how its values are compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Column, Table
from deltarule.preprocessing import Target
from deltarule.splitting import Split
from deltarule.table_model.design import LabeledTable, TrainingDesign
from deltarule.table_model.settings import TableSettings

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class CheckedTable:
    """A table with the parts that matter to the checks.

    `targets` (rows,) are class numbers or standardized numbers of all rows of `table`; `training` and
    `test` are indexes of rows, validation rows included in `training`. `used` names the input columns,
    `excluded` the target and the columns with another role (weights, groups, time).
    """

    table: Table
    target: Target
    targets: Array
    training: Array
    test: Array
    used: frozenset[str]
    excluded: frozenset[str]
    is_grouped: bool = False
    is_by_time: bool = False
    is_sample: bool = False  # of a streamed table

    @staticmethod
    def of_design(
        labeled: LabeledTable, design: TrainingDesign, split: Split, settings: TableSettings
    ) -> CheckedTable:
        """Return what a model is trained on; validation rows are training rows of `split`."""
        roles = (labeled.target.name, settings.weight, settings.groups, settings.time)
        return CheckedTable(
            labeled.table,
            labeled.target,
            labeled.targets,
            split.training,
            split.test,
            used=frozenset(design.encoder.columns),
            excluded=frozenset(name for name in roles if name is not None),
            is_grouped=labeled.split_rule.groups is not None,
            is_by_time=labeled.split_rule.times is not None,
            is_sample=labeled.whole is not None,
        )

    def inputs(self) -> Iterator[Column]:
        """Iterate over the columns that are used."""
        return (column for column in self.table.columns if column.name in self.used)

    def candidates(self) -> Iterator[Column]:
        """Iterate over all columns without another role, dropped ones included."""
        return (column for column in self.table.columns if column.name not in self.excluded)


def as_numbers(column: Column) -> Array:
    """Return a column as float64 (rows,): codes of texts, datetimes in µs; NaN where missing."""
    if column.kind in ("number", "boolean"):
        return column.values.astype(np.float64)
    values = column.values.astype(np.int64).astype(np.float64)
    values[column.missing] = np.nan
    return values


def evenly_spaced(rows: Array, most: int) -> Array:
    """Return at most `most` of the rows, evenly spaced."""
    return rows if len(rows) <= most else rows[np.arange(most) * len(rows) // most]


def first_few(parts: list[str], most: int = 5) -> str:
    """Return the first few parts and the number of the others."""
    more = len(parts) - most
    return ", ".join(parts[:most]) + (f" and {more:,} more" if more > 0 else "")

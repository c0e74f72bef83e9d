"""Split rows into training, validation and test, by a seed, alike on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.random import Purpose, uniform
from deltarule.errors import DataError, SettingError

__all__ = [
    "Split",
    "fold_rows",
    "split_rows",
]

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """Row indexes (int64, ascending), each row in exactly one of the three."""

    train: Rows
    validation: Rows
    test: Rows


def split_rows(
    target_values: NDArray[Any],
    *,
    fractions: tuple[float, float] = (0.2, 0.2),
    seed: int,
    stratify: bool,
) -> Split:
    """Split the rows of `target_values` (n,) into training, validation and test.

    `fractions` are the shares of (validation, test). With `stratify` the values are classes, and
    each class is shared out in these proportions, as near as whole rows allow; what is cut off by
    rounding is carried over to the next class, so that the totals fit. Every class has at least one
    row in training: rare classes go there first. A part with a fraction above 0 gets at least one
    row where a class (or the whole) has one to spare.

    Raises `DataError` for fewer than 2 rows, `SettingError` for fractions that leave no training.
    """
    validation, test = (
        checks.number(f"{name}_fraction", value, at_least=0.0, below=1.0, hint="Typical: 0.2.")
        for name, value in zip(("validation", "test"), fractions, strict=True)
    )
    if validation + test >= 1:
        raise SettingError(
            "validation_fraction",
            f"must leave rows for training: with `test_fraction` it adds up to {validation + test:g}",
            hint="Typical: 0.2 each.",
        )
    rows = len(target_values)
    if rows < 2:
        raise DataError(
            f"There {'is 1 row' if rows else 'are no rows'} with a target, and at least 2 are "
            "needed to train: add rows."
        )
    # Stable sorting of 53-bit numbers: the same order everywhere.
    order = np.argsort(uniform(seed, Purpose.SPLIT, rows), kind="stable")
    groups = _groups(target_values, order) if stratify else [order]
    parts = _share_out(groups, validation, test)
    return Split(*(np.sort(np.concatenate(part)).astype(np.int64) for part in parts))


def _groups(classes: NDArray[Any], order: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the rows of each class, each in the shuffled order."""
    by_class = order[np.argsort(classes[order], kind="stable")]
    _, starts = np.unique(classes[by_class], return_index=True)
    return np.split(by_class, starts[1:])


def _share_out(
    groups: list[NDArray[Any]], validation: float, test: float
) -> tuple[list[NDArray[Any]], list[NDArray[Any]], list[NDArray[Any]]]:
    counts = np.zeros((len(groups), 2), dtype=np.int64)  # rows of validation and test by group
    owed = np.zeros(2)
    for index, group in enumerate(groups):
        owed += np.array([validation, test]) * len(group)
        free = len(group) - 1
        for part in (1, 0):
            counts[index, part] = min(max(int(owed[part] + 0.5), 0), free)
            free -= counts[index, part]
        owed -= counts[index]
    for part, fraction in enumerate((validation, test)):
        spare = np.array([len(group) for group in groups]) - 1 - counts.sum(axis=1)
        if fraction > 0 and counts[:, part].sum() == 0 and spare.max() > 0:
            counts[int(np.argmax(spare)), part] = 1
    pieces = [
        np.split(group, [v, v + t]) for group, (v, t) in zip(groups, counts.tolist(), strict=True)
    ]
    return [p[2] for p in pieces], [p[0] for p in pieces], [p[1] for p in pieces]


def fold_rows(target_values: NDArray[Any], count: int, *, seed: int) -> list[Rows]:
    """Deal the rows of `target_values` (n,) out to `count` folds; return the rows of each (ascending).

    Rows are dealt in the order of their value, class numbers as well as numbers, each round of `count`
    rows in a random order: every fold has its share of each class, or of small and large numbers, as
    near as whole rows allow. Every row is in exactly one fold; n must be at least `count`.
    """
    checks.integer("folds", count, at_least=2, at_most=len(target_values))
    rows = len(target_values)
    chance = uniform(seed, Purpose.SPLIT, 2 * rows)
    shuffled = np.argsort(chance[:rows], kind="stable")
    order = shuffled[np.argsort(target_values[shuffled], kind="stable")]
    rounds = np.arange(rows) // count
    dealt = np.lexsort((chance[rows:], rounds))  # the places, each round in a random order
    fold = np.empty(rows, np.int64)
    fold[order[dealt]] = np.arange(rows) % count
    return [np.flatnonzero(fold == index).astype(np.int64) for index in range(count)]

"""Random splits and folds, stratified by the target."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.random import Purpose, uniform
from deltarule.errors import DataError
from deltarule.splitting.split import Rows, Split, checked_fractions


def split_rows(
    target_values: NDArray[Any],
    *,
    fractions: tuple[float, float] = (0.2, 0.2),
    seed: int,
    stratify: bool,
) -> Split:
    """Split rows into training, validation and test rows.

    Parameters
    ----------
    target_values : ndarray of shape (n_rows,)
        The target of each row; classes if `stratify`.
    fractions : tuple of float, default (0.2, 0.2)
        Fractions of the rows for validation and for test, each at least 0; together below 1.
    seed : int
        Seed of the random order.
    stratify : bool
        Whether each class is split in the same proportions, as near as whole rows allow.

    Returns
    -------
    Split
        The rows of each part.

    Raises
    ------
    SettingError
        If a fraction is negative, or they leave no rows for training.
    DataError
        If there are fewer than 2 rows.

    Notes
    -----
    What rounding cuts off from a class is carried over to the next one, so that the totals fit. Every
    class has at least one training row. A part with a fraction above 0 has at least one row if a class
    (or, without `stratify`, all rows) can spare one.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.splitting import split_rows
    >>> classes = np.repeat([0, 1], [80, 20])
    >>> split = split_rows(classes, fractions=(0.2, 0.1), seed=0, stratify=True)
    >>> len(split.training), len(split.validation), len(split.test)
    (70, 20, 10)
    >>> np.bincount(classes[split.validation])
    array([16,  4])
    """
    validation, test = checked_fractions(fractions)
    rows = len(target_values)
    if rows < 2:
        raise DataError(
            f"There {'is 1 row' if rows else 'are no rows'} with a target, and at least 2 are "
            "needed to train: add rows."
        )
    # Stable sorting of 53-bit numbers: the same order everywhere.
    order = np.argsort(uniform(seed, Purpose.SPLIT, rows), kind="stable")
    groups = _rows_of_classes(target_values, order) if stratify else [order]
    parts = _divide(groups, validation, test)
    return Split(*(np.sort(np.concatenate(part)).astype(np.int64) for part in parts))


def _rows_of_classes(classes: NDArray[Any], order: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the rows of each class, each in the shuffled order."""
    by_class = order[np.argsort(classes[order], kind="stable")]
    _, starts = np.unique(classes[by_class], return_index=True)
    return np.split(by_class, starts[1:])


def _divide(
    groups: list[NDArray[Any]], validation: float, test: float
) -> tuple[list[NDArray[Any]], list[NDArray[Any]], list[NDArray[Any]]]:
    counts = np.zeros((len(groups), 2), dtype=np.int64)  # rows of validation and test by group
    remainders = np.zeros(2)  # of validation and test, carried over to the next group
    for index, group in enumerate(groups):
        remainders += np.array([validation, test]) * len(group)
        free = len(group) - 1
        for part in (1, 0):
            counts[index, part] = min(max(int(remainders[part] + 0.5), 0), free)
            free -= counts[index, part]
        remainders -= counts[index]
    for part, fraction in enumerate((validation, test)):
        spare = np.array([len(group) for group in groups]) - 1 - counts.sum(axis=1)
        if fraction > 0 and counts[:, part].sum() == 0 and spare.max() > 0:
            counts[int(np.argmax(spare)), part] = 1
    pieces = [
        np.split(group, [v, v + t]) for group, (v, t) in zip(groups, counts.tolist(), strict=True)
    ]
    return [p[2] for p in pieces], [p[0] for p in pieces], [p[1] for p in pieces]


def fold_rows(target_values: NDArray[Any], count: int, *, seed: int) -> list[Rows]:
    """Divide rows into folds that have similar target values.

    Parameters
    ----------
    target_values : ndarray of shape (n_rows,)
        The target of each row: class numbers, or values.
    count : int
        Number of folds, at least 2 and at most the number of rows.
    seed : int
        Seed of the random order.

    Returns
    -------
    list of ndarray of shape (n_rows_of_fold,), dtype int64
        The rows of each fold, ascending; each row is in exactly one fold.

    Raises
    ------
    SettingError
        If there are fewer rows than folds, or fewer than 2 folds.

    Notes
    -----
    Rows sorted by target are assigned to the folds in rounds of `count`, each round in a random order.
    So every fold has its part of each class, or of small and large values, as near as whole rows allow.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.splitting import fold_rows
    >>> classes = np.repeat([0, 1], [6, 3])
    >>> [np.bincount(classes[rows]).tolist() for rows in fold_rows(classes, 3, seed=0)]
    [[2, 1], [2, 1], [2, 1]]
    """
    checks.integer("folds", count, at_least=2, at_most=len(target_values))
    rows = len(target_values)
    numbers = uniform(seed, Purpose.SPLIT, 2 * rows)
    shuffled = np.argsort(numbers[:rows], kind="stable")
    order = shuffled[np.argsort(target_values[shuffled], kind="stable")]
    rounds = np.arange(rows) // count
    places = np.lexsort((numbers[rows:], rounds))  # each round in a random order
    fold = np.empty(rows, np.int64)
    fold[order[places]] = np.arange(rows) % count
    return [np.flatnonzero(fold == index).astype(np.int64) for index in range(count)]

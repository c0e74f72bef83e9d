"""Splits and folds that keep the rows of a group together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted
from deltarule._common.random import Purpose, uniform
from deltarule.errors import DataError
from deltarule.splitting.split import Rows, Split, checked_fractions


def split_groups(
    target_values: NDArray[Any],
    groups: NDArray[Any],
    *,
    fractions: tuple[float, float] = (0.2, 0.2),
    seed: int,
) -> Split:
    """Split rows into training, validation and test rows without dividing a group.

    Parameters
    ----------
    target_values : ndarray of shape (n_rows,)
        The target of each row: class numbers, or values.
    groups : ndarray of shape (n_rows,), dtype int
        Number of the group of each row.
    fractions : tuple of float, default (0.2, 0.2)
        Fractions of the rows for validation and for test, each at least 0; together below 1.
    seed : int
        Seed of the random order.

    Returns
    -------
    Split
        The rows of each part.

    Raises
    ------
    SettingError
        If a fraction is negative, or they leave no rows for training.
    DataError
        If there are fewer groups than parts.

    Notes
    -----
    Groups are visited in the order of their mean target, neighbors in a random order, and each joins the
    part that lacks the most rows. So the parts have similar targets, as near as whole groups allow.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.splitting import split_groups
    >>> persons = np.repeat(np.arange(10), 3)
    >>> split = split_groups(persons % 2, persons, fractions=(0.0, 0.2), seed=0)
    >>> len(split.training), len(np.unique(persons[split.test]))
    (24, 2)
    """
    validation, test = checked_fractions(fractions)
    shares = np.array([1 - validation - test, validation, test])
    members, sizes, order = _ordered_groups(
        target_values, groups, seed, int(1 / shares[shares > 0].min())
    )
    if len(sizes) < np.count_nonzero(shares):
        raise DataError(
            f"There {'is' if len(sizes) == 1 else 'are'} {counted(len(sizes), 'group')}, and at least "
            f"{np.count_nonzero(shares)} are needed: "
            "group by another column."
        )
    lacking = np.zeros(3)
    part = np.zeros(len(sizes), np.int64)
    for group in order.tolist():
        lacking += shares * sizes[group]
        part[group] = int(np.argmax(np.where(shares > 0, lacking, -np.inf)))
        lacking[part[group]] -= sizes[group]
    for empty in np.flatnonzero((shares > 0) & (np.bincount(part, minlength=3) == 0)):
        groups_of_part = np.bincount(part, minlength=3)
        spare = [group for group in order.tolist() if groups_of_part[part[group]] > 1]
        usual = order[: int(empty) + 1].tolist()[-1]
        part[usual if usual in spare else spare[0]] = empty
    return Split(*(np.flatnonzero(part[members] == i).astype(np.int64) for i in range(3)))


def fold_groups(
    target_values: NDArray[Any], groups: NDArray[Any], count: int, *, seed: int
) -> list[Rows]:
    """Divide rows into folds that have similar target values, without dividing a group.

    Parameters
    ----------
    target_values : ndarray of shape (n_rows,)
        The target of each row: class numbers, or values.
    groups : ndarray of shape (n_rows,), dtype int
        Number of the group of each row.
    count : int
        Number of folds, at least 2 and at most the number of groups.
    seed : int
        Seed of the random order.

    Returns
    -------
    list of ndarray of shape (n_rows_of_fold,), dtype int64
        The rows of each fold, ascending; each row is in exactly one fold.

    Raises
    ------
    SettingError
        If there are fewer groups than folds, or fewer than 2 folds.

    Notes
    -----
    Groups sorted by their mean target are assigned to the folds in rounds of `count`; in each round, the
    largest group joins the fold with the fewest rows.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.splitting import fold_groups
    >>> persons = np.array([3, 3, 1, 1, 2, 2])
    >>> [persons[rows].tolist() for rows in fold_groups(persons % 2, persons, 3, seed=0)]
    [[2, 2], [1, 1], [3, 3]]
    """
    members, sizes, order = _ordered_groups(target_values, groups, seed, count)
    checks.integer("folds", count, at_least=2, at_most=len(sizes))
    fold = np.empty(len(sizes), np.int64)
    rows = np.zeros(count, np.int64)
    for begin in range(0, len(order), count):
        some = order[begin : begin + count]
        largest_first = some[np.argsort(-sizes[some], kind="stable")]
        fold[largest_first] = np.argsort(rows, kind="stable")[: len(some)]
        np.add.at(rows, fold[some], sizes[some])
    return [np.flatnonzero(fold[members] == index).astype(np.int64) for index in range(count)]


def _ordered_groups(
    target_values: NDArray[Any], groups: NDArray[Any], seed: int, block: int
) -> tuple[Rows, Rows, Rows]:
    """Return the group of each row, the rows of each group, and the groups in the order of their targets.

    Groups are numbered anew; within blocks of `block` groups the order is random.
    """
    _, members = np.unique(groups, return_inverse=True)
    sizes = np.bincount(members)
    means = np.bincount(members, weights=target_values.astype(np.float64)) / sizes
    random = uniform(seed, Purpose.SPLIT, 2 * len(sizes))
    shuffled = np.argsort(random[: len(sizes)], kind="stable")
    order = shuffled[np.argsort(means[shuffled], kind="stable")]
    blocks = np.arange(len(sizes)) // max(block, 1)
    return members, sizes, order[np.lexsort((random[len(sizes) :], blocks))]

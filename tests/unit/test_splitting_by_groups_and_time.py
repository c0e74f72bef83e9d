"""Splits that keep groups together, and splits by time."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.errors import DataError, SettingError
from deltarule.splitting import fold_groups, split_by_time, split_groups

RANDOM = np.random.default_rng(0)
GROUPS = RANDOM.permutation(np.repeat(np.arange(60), RANDOM.integers(1, 20, 60)))
CLASSES = (GROUPS % 3 == 0).astype(np.int64)
ROWS = len(GROUPS)


def parts(split) -> list[np.ndarray]:
    return [split.training, split.validation, split.test]


@pytest.mark.parametrize("targets", [CLASSES, GROUPS * 1.5 + RANDOM.normal(size=ROWS)])
@pytest.mark.parametrize("seed", [0, 1])
def test_no_group_is_divided_and_the_fractions_are_kept(targets, seed):
    found = parts(split_groups(targets, GROUPS, fractions=(0.2, 0.1), seed=seed))
    assert sorted(np.concatenate(found).tolist()) == list(range(ROWS))
    assert sum(len(np.unique(GROUPS[rows])) for rows in found) == 60
    shares = [len(rows) / ROWS for rows in found]
    np.testing.assert_allclose(shares, [0.7, 0.2, 0.1], atol=0.03)
    means = [targets[rows].mean() for rows in found]
    np.testing.assert_allclose(means, targets.mean(), atol=0.4 * targets.std())


def test_groups_are_split_by_the_seed_alone():
    first = split_groups(CLASSES, GROUPS, seed=3)
    again = split_groups(CLASSES, 7 * GROUPS - 100, seed=3)
    for a, b in zip(parts(first), parts(again), strict=True):
        assert np.array_equal(a, b)
    assert not np.array_equal(first.test, split_groups(CLASSES, GROUPS, seed=4).test)


def test_a_part_without_a_fraction_is_empty_and_every_other_has_a_group():
    split = split_groups(np.arange(3), np.array([5, 6, 7]), fractions=(0.1, 0.1), seed=0)
    assert [len(rows) for rows in parts(split)] == [1, 1, 1]
    split = split_groups(CLASSES, GROUPS, fractions=(0.0, 0.3), seed=0)
    assert len(split.validation) == 0
    large = np.array([0] * 98 + [1, 2])
    split = split_groups(np.zeros(100), large, fractions=(0.0, 0.2), seed=0)
    assert 0 < len(split.test) < 100
    with pytest.raises(DataError, match="2 groups, and at least 3 are needed"):
        split_groups(np.arange(2), np.arange(2), seed=0)
    with pytest.raises(SettingError, match="must leave rows for training"):
        split_groups(CLASSES, GROUPS, fractions=(0.5, 0.5), seed=0)


@pytest.mark.parametrize("sizes", [(9, 1), (1, 9), (5, 5), (20, 1, 1)])
@pytest.mark.parametrize("fractions", [(0.0, 0.2), (0.01, 0.0), (0.3, 0.3)])
def test_as_many_groups_as_parts_leave_no_part_empty(sizes, fractions):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    wanted = [1 - sum(fractions) > 0, *(fraction > 0 for fraction in fractions)]
    if len(sizes) < sum(wanted):
        with pytest.raises(DataError, match="at least 3 are needed"):
            split_groups(groups, groups, fractions=fractions, seed=0)
    else:
        split = split_groups(groups, groups, fractions=fractions, seed=0)
        assert [len(part) > 0 for part in parts(split)] == wanted


def test_folds_of_groups_are_even_and_stratified():
    folds = fold_groups(CLASSES, GROUPS, 5, seed=0)
    assert sorted(np.concatenate(folds).tolist()) == list(range(ROWS))
    sets = [set(GROUPS[rows].tolist()) for rows in folds]
    assert sum(map(len, sets)) == 60
    sizes = np.array([len(rows) for rows in folds])
    assert sizes.max() - sizes.min() <= 20
    shares = [CLASSES[rows].mean() for rows in folds]
    np.testing.assert_allclose(shares, CLASSES.mean(), atol=0.12)
    with pytest.raises(SettingError, match="folds"):
        fold_groups(CLASSES, GROUPS, 61, seed=0)


def test_a_split_by_time_puts_later_rows_last_and_does_not_divide_a_time():
    times = RANDOM.permutation(np.repeat(np.arange(50), 4))
    found = parts(split_by_time(times, fractions=(0.2, 0.1)))
    assert [len(rows) for rows in found] == [140, 40, 20]
    assert times[found[0]].max() < times[found[1]].min()
    assert times[found[1]].max() < times[found[2]].min()
    days = np.datetime64("2024-01-01") + times
    for a, b in zip(found, parts(split_by_time(days, fractions=(0.2, 0.1))), strict=True):
        assert np.array_equal(a, b)


def test_few_times_are_divided_as_near_as_possible():
    years = np.repeat([2020, 2021, 2022], [10, 80, 10])
    found = parts(split_by_time(years, fractions=(0.2, 0.2)))
    assert [years[rows][0] for rows in found] == [2020, 2021, 2022]
    found = parts(split_by_time(years, fractions=(0.0, 0.2)))
    assert [len(rows) for rows in found] == [90, 0, 10]
    with pytest.raises(DataError, match="2 distinct times, and at least 3 are needed"):
        split_by_time(years[:90])

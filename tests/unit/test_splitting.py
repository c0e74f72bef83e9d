"""Splits. Truths: counts by hand; properties that any split must have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.errors import DataError, SettingError
from deltarule.splitting import fold_rows, split_rows


def counts(values: np.ndarray, rows: np.ndarray) -> list[int]:
    return np.bincount(values[rows], minlength=int(values.max()) + 1).tolist()


def test_stratified_by_hand():
    classes = np.repeat([0, 1, 2], [50, 30, 20])
    split = split_rows(classes, fractions=(0.2, 0.1), seed=7, stratify=True)
    assert counts(classes, split.training) == [35, 21, 14]
    assert counts(classes, split.validation) == [10, 6, 4]
    assert counts(classes, split.test) == [5, 3, 2]


def test_plain_by_hand():
    split = split_rows(np.linspace(0, 1, 100), fractions=(0.2, 0.3), seed=7, stratify=False)
    assert [len(part) for part in (split.training, split.validation, split.test)] == [50, 20, 30]
    # Rows are shuffled: 20 drawn rows are practically never neighbors.
    assert np.ptp(split.validation) > 50


def test_the_seed_decides():
    classes = np.arange(90) % 3
    one, same, other = (split_rows(classes, seed=seed, stratify=True) for seed in (1, 1, 2))
    assert one.test.tolist() == same.test.tolist()
    assert one.test.tolist() != other.test.tolist()


@given(
    classes=st.lists(st.integers(0, 6), min_size=2, max_size=60),
    fractions=st.sampled_from([(0.2, 0.2), (0.1, 0.0), (0.0, 0.0), (0.45, 0.45), (0.3, 0.05)]),
    stratify=st.booleans(),
    seed=st.integers(0, 2**64 - 1),
)
def test_every_row_once_and_every_class_in_training(classes, fractions, stratify, seed):
    values = np.array(classes)
    split = split_rows(values, fractions=fractions, seed=seed, stratify=stratify)
    together = np.concatenate([split.training, split.validation, split.test])
    assert sorted(together.tolist()) == list(range(len(values)))
    assert len(split.training) >= 1
    if stratify:
        assert set(values[split.training]) == set(values)
    for fraction, part in zip(fractions, (split.validation, split.test), strict=True):
        assert (fraction > 0) or len(part) == 0
        if not stratify:
            assert abs(len(part) - fraction * len(values)) <= 1


def test_totals_fit_where_many_classes_are_rare():
    # 40 classes of 3 rows: a fifth of each class is 0.6 rows, and of all 24.
    classes = np.repeat(np.arange(40), 3)
    split = split_rows(classes, fractions=(0.2, 0.2), seed=0, stratify=True)
    assert (len(split.validation), len(split.test)) == (24, 24)


def test_small_tables_have_a_row_in_each_part_if_they_can():
    split = split_rows(np.array([0.1, 0.2, 0.3]), fractions=(0.1, 0.1), seed=0, stratify=False)
    assert [len(part) for part in (split.training, split.validation, split.test)] == [1, 1, 1]


@pytest.mark.parametrize(("rows", "words"), [(0, "There are no rows"), (1, "There is 1 row")])
def test_too_few_rows(rows, words):
    with pytest.raises(DataError, match=words):
        split_rows(np.zeros(rows), seed=0, stratify=False)


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (1.0, 0.0), (-0.1, 0.2), (float("nan"), 0.2)])
def test_fractions_that_leave_nothing(fractions):
    with pytest.raises(SettingError, match="_fraction"):
        split_rows(np.zeros(9), fractions=fractions, seed=0, stratify=False)


@pytest.mark.parametrize(("rows", "count"), [(100, 8), (23, 5), (8, 8)])
def test_every_row_is_in_one_fold_and_folds_are_of_one_size(rows, count):
    folds = fold_rows(np.arange(rows) % 3, count, seed=1)
    np.testing.assert_array_equal(np.sort(np.concatenate(folds)), np.arange(rows))
    assert {len(fold) for fold in folds} <= {rows // count, rows // count + 1}


def test_folds_have_equal_parts_of_each_class():
    classes = np.repeat([0, 1, 2], [80, 40, 8])
    for fold in fold_rows(classes, 8, seed=3):
        assert np.bincount(classes[fold], minlength=3).tolist() == [10, 5, 1]


def test_folds_have_equal_parts_of_small_and_large_values():
    numbers = np.random.default_rng(0).lognormal(size=800)
    for fold in fold_rows(numbers, 8, seed=0):
        # One row of each eight neighbors: the ranks are spread evenly.
        ranks = np.sort(np.argsort(np.argsort(numbers))[fold])
        assert (ranks // 8 == np.arange(100)).all()


def test_the_seed_decides_the_folds():
    one, same, other = (fold_rows(np.zeros(50), 5, seed=s) for s in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    assert not all((a == b).all() for a, b in zip(one, other, strict=True))

"""Equal rows are merged, and the result does not depend on their order."""

from __future__ import annotations

import numpy as np

from deltarule.data import read_table
from deltarule.preprocessing.row_deduplication import merge_equal_rows


def test_by_hand():
    table = read_table({"x": [1.0, None, 1.0, None, 2.0], "c": ["a", "b", "a", "b", None]})
    targets = np.array([0, 1, 0, 1, 0])
    merged = merge_equal_rows(table, targets, np.array([1.0, 2, 3, 4, 0]))
    found = {
        (table["c"].texts()[row], weight)
        for row, weight in zip(merged.rows, merged.weights.tolist(), strict=True)
    }
    assert found == {("a", 4.0), ("b", 6.0)}  # the row of weight 0 is gone


def test_rows_with_different_targets_are_distinct():
    table = read_table({"x": [1, 1]})
    assert len(merge_equal_rows(table, np.array([0.0, 1.0]), np.ones(2)).rows) == 2


def test_the_order_depends_on_the_content_only():
    random = np.random.default_rng(0)
    x, y = random.integers(0, 5, 200).astype(float), random.integers(0, 2, 200)
    shuffle = random.permutation(200)
    one = merge_equal_rows(read_table({"x": x}), y, np.ones(200))
    other = merge_equal_rows(read_table({"x": x[shuffle]}), y[shuffle], np.ones(200))
    np.testing.assert_array_equal(x[one.rows], x[shuffle][other.rows])
    np.testing.assert_array_equal(one.weights, other.weights)
    assert one.weights.sum() == 200

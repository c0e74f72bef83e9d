"""Bin edges, compared with hand calculations and with scikit-learn's trees."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.tree import DecisionTreeRegressor

from deltarule import TabularRegressor
from deltarule.embeddings import PiecewiseLinear
from deltarule.table_model.bin_edges import piece_edges

X = np.random.default_rng(0).normal(size=2000)


def test_a_step_is_found_where_it_is():
    x = np.arange(100.0)
    edges = piece_edges(x, (x >= 37)[:, None].astype(float), max_pieces=2)
    assert edges == (0.0, 36.5, 99.0)


def test_best_first_splits_are_those_of_scikit_learn():
    y = np.sin(3 * X) + X
    edges = piece_edges(X, y[:, None], max_pieces=12)
    tree = DecisionTreeRegressor(max_leaf_nodes=12, min_samples_leaf=8).fit(X[:, None], y)
    theirs = np.sort(tree.tree_.threshold[tree.tree_.children_left >= 0])
    np.testing.assert_allclose(edges[1:-1], theirs, rtol=1e-6)


def test_classes_split_as_scikit_learns_trees_on_indicators():
    codes = np.digitize(X + 0.1 * np.sin(50 * X), [-0.5, 0.8])
    indicators = np.eye(3)[codes]
    tree = DecisionTreeRegressor(max_leaf_nodes=5, min_samples_leaf=8).fit(X[:, None], indicators)
    theirs = np.sort(tree.tree_.threshold[tree.tree_.children_left >= 0])
    np.testing.assert_allclose(piece_edges(X, indicators, max_pieces=5)[1:-1], theirs, rtol=1e-6)


def test_equal_values_are_never_separated():
    x = np.repeat([0.0, 1.0, 2.0], 50)
    y = np.random.default_rng(1).normal(size=150) + x
    assert piece_edges(x, y[:, None]) == (0.0, 0.5, 1.5, 2.0)


def test_weights_count_as_repeated_rows():
    x, y = X[:300], np.cos(2 * X[:300])
    weights = np.random.default_rng(2).integers(1, 4, 300)
    repeated = np.repeat(x, weights), np.repeat(y, weights)
    weighted = piece_edges(x, y[:, None], weights.astype(float), max_pieces=2)
    # The least number of rows of a piece counts rows, so only a split far from the ends is the same.
    assert weighted == pytest.approx(piece_edges(repeated[0], repeated[1][:, None], max_pieces=2))


@pytest.mark.parametrize("x", [np.zeros(100), np.arange(10.0)], ids=["constant", "too few"])
def test_without_a_split_there_is_no_embedding(x):
    assert piece_edges(x, np.arange(len(x), dtype=float)[:, None]) is None


def test_a_constant_target_has_no_splits():
    assert piece_edges(X, np.ones((2000, 1))) is None


def test_sample_weights_shape_the_edges_of_an_estimator():
    """Only the step in rows of nonzero weight is an edge; the encoder ignores weights."""
    x = np.random.default_rng(3).permutation(np.linspace(0, 1, 2000))
    early = np.arange(2000) % 2 == 0
    y = np.where(early, x > 0.3, x > 0.7) + 0.0
    found = []
    for weights in (np.where(early, 1.0, 0.0), np.where(early, 0.0, 1.0)):
        model = TabularRegressor(epochs=1, folds=2)
        # Not 0, or the rows would be left out: then each step would be seen alone anyway.
        model.fit(x[:, None], y, sample_weight=np.maximum(weights, 1e-9))
        network = model.model_.networks[0].network
        (pieces,) = (c for c in network.layers[0].columns if isinstance(c, PiecewiseLinear))
        found.append(set(pieces.edges))
    score = norm.ppf([0.3, 0.7])
    for edges, own in zip(found, score, strict=True):
        assert min(abs(edge - own) for edge in edges) < 0.01
    assert found[0] != found[1]

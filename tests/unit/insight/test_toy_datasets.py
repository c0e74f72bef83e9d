"""Toy datasets and principal components compared with their definitions and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule import insight
from deltarule.errors import SettingError, ShapeError


def test_blobs_lie_around_their_centers():
    X, y = insight.make_blobs(n_samples=4000, n_classes=4, noise=0.1, seed=1)
    centers = np.array([X[y == k].mean(axis=0) for k in range(4)])
    assert np.linalg.norm(centers, axis=1) == pytest.approx(0.65, abs=0.02)
    spread = np.concatenate([X[y == k] - centers[k] for k in range(4)]).std()
    assert spread == pytest.approx(0.1, rel=0.05)
    assert np.bincount(y).tolist() == [1000] * 4


def test_the_plane_is_fitted_exactly_by_least_squares():
    X, y = insight.make_plane(n_samples=50)
    found = np.linalg.lstsq(np.c_[X, np.ones(50)], y, rcond=None)[0]
    assert found == pytest.approx([0.5, 0.5, 0.0], abs=1e-12)
    _, noisy = insight.make_plane(n_samples=5000, noise=0.3)
    assert (noisy - insight.make_plane(n_samples=5000)[0].mean(axis=1)).std() == pytest.approx(
        0.3, rel=0.1
    )


def test_hills_have_their_maxima_at_the_centers():
    X, y = insight.make_hills(n_samples=20_000)
    top, bottom = X[y.argmax()], X[y.argmin()]
    assert np.linalg.norm(top) == pytest.approx(0.65, abs=0.1)
    angles = np.degrees([np.arctan2(*top[::-1]), np.arctan2(*bottom[::-1])]) % 120
    assert min(angles[0], 120 - angles[0]) < 10  # every third of the circle a hill,
    assert angles[1] == pytest.approx(60, abs=10)  # half-way between them a hollow
    assert y.max() == pytest.approx(1, abs=0.05)


def test_datasets_are_reproducible():
    for make in (insight.make_blobs, insight.make_plane, insight.make_hills):
        assert np.array_equal(make(seed=3)[0], make(seed=3)[0])
        assert not np.array_equal(make(seed=3)[0], make(seed=4)[0])
    with pytest.raises(SettingError, match=r"`make_blobs\.n_classes` must be"):
        insight.make_blobs(n_classes=1)


def test_principal_components_equal_those_of_scikit_learn():
    decomposition = pytest.importorskip("sklearn.decomposition")
    X = np.random.default_rng(0).normal(size=(200, 5)) @ np.diag([5, 3, 1, 0.5, 0.1])
    ours = insight.principal_components(X, 3)
    theirs = decomposition.PCA(3).fit(X)
    assert ours.explained_variance_ratio == pytest.approx(
        theirs.explained_variance_ratio_, rel=1e-9
    )
    for mine, other in zip(ours.components, theirs.components_, strict=True):
        assert abs(mine @ other) == pytest.approx(1, abs=1e-9)
        assert mine[np.abs(mine).argmax()] > 0
    assert np.abs(ours.transform(X)) == pytest.approx(np.abs(theirs.transform(X)), abs=1e-9)
    back = ours.transform(ours.inverse_transform([[1.0, -2.0, 0.5]]))
    assert back == pytest.approx(np.array([[1.0, -2.0, 0.5]]), abs=1e-12)


def test_principal_components_of_few_rows_equal_those_of_scikit_learn():
    decomposition = pytest.importorskip("sklearn.decomposition")
    X = np.random.default_rng(1).normal(size=(12, 300))
    ours = insight.principal_components(X, 4)
    theirs = decomposition.PCA(4, svd_solver="full").fit(X)
    assert ours.explained_variance_ratio == pytest.approx(
        theirs.explained_variance_ratio_, rel=1e-9
    )
    assert np.abs((ours.components * theirs.components_).sum(axis=1)) == pytest.approx(1, abs=1e-9)
    assert ours.components @ ours.components.T == pytest.approx(np.eye(4), abs=1e-12)
    # Three points on a line in ten dimensions: the second direction has no variance, and length 1.
    line = insight.principal_components(np.arange(3.0)[:, None] * np.ones(10), 2)
    assert line.explained_variance_ratio == pytest.approx([1, 0], abs=1e-12)
    assert line.components @ line.components.T == pytest.approx(np.eye(2), abs=1e-12)


def test_constant_rows_explain_no_variance():
    found = insight.principal_components(np.ones((4, 2)), 2)
    assert found.explained_variance_ratio.tolist() == [0.0, 0.0]
    with pytest.raises(ShapeError):
        insight.principal_components(np.ones(4))
    with pytest.raises(SettingError):
        insight.principal_components(np.ones((4, 2)), 3)

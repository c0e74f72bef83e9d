"""Small synthetic datasets for classification: points in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks

Array = NDArray[Any]


def make_two_clusters(
    n_samples: int = 100, distance: float = 3.0, seed: int = 0
) -> tuple[Array, Array]:
    """Generate two normal clusters that are linearly separable for a large `distance`.

    The standard deviation of each cluster is 0.6.

    Parameters
    ----------
    n_samples : int, default 100
        Number of points, at least 2.
    distance : float, default 3.0
        Distance between the two centers.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), dtype float64
        The points.
    y : ndarray of shape (n_samples,), dtype int64
        Class 0 or 1 of each point.

    Raises
    ------
    SettingError
        If `n_samples` is less than 2.

    Examples
    --------
    >>> from deltarule import insight
    >>> X, y = insight.make_two_clusters(n_samples=6)
    >>> X.shape, y.tolist()
    ((6, 2), [0, 1, 0, 1, 0, 1])
    """
    source, y = begin("make_two_clusters", n_samples, seed)
    center = np.where(y == 1, distance / 2, -distance / 2) / np.sqrt(2)
    return source.normal(size=(n_samples, 2)) * 0.6 + center[:, None], y


def make_circles(n_samples: int = 200, noise: float = 0.12, seed: int = 0) -> tuple[Array, Array]:
    """Generate a disc (class 1) inside a ring (class 0).

    Parameters
    ----------
    n_samples : int, default 200
        Number of points, at least 2.
    noise : float, default 0.12
        Standard deviation of the normal noise added to the radius.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), dtype float64
        The points.
    y : ndarray of shape (n_samples,), dtype int64
        Class 0 or 1 of each point.

    Raises
    ------
    SettingError
        If `n_samples` is less than 2.

    See Also
    --------
    sklearn.datasets.make_circles : Two concentric circles.

    Examples
    --------
    No straight line separates the classes, but the distance from the origin does.

    >>> import numpy as np
    >>> from deltarule import insight
    >>> X, y = insight.make_circles(noise=0.0)
    >>> radius = np.hypot(X[:, 0], X[:, 1])
    >>> bool(radius[y == 1].max() < radius[y == 0].min())
    True
    """
    source, y = begin("make_circles", n_samples, seed)
    radius = np.where(y == 1, 0.5 * np.sqrt(source.uniform(size=n_samples)), 1.0)
    radius = radius + noise * source.normal(size=n_samples)
    angle = source.uniform(0, 2 * np.pi, n_samples)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), y


def make_moons(n_samples: int = 200, noise: float = 0.12, seed: int = 0) -> tuple[Array, Array]:
    """Generate two interleaving half circles.

    Parameters
    ----------
    n_samples : int, default 200
        Number of points, at least 2.
    noise : float, default 0.12
        Standard deviation of the normal noise added to both coordinates.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), dtype float64
        The points.
    y : ndarray of shape (n_samples,), dtype int64
        Class 0 or 1 of each point.

    Raises
    ------
    SettingError
        If `n_samples` is less than 2.

    See Also
    --------
    sklearn.datasets.make_moons : The same shape with other positions.

    Examples
    --------
    >>> from deltarule import insight
    >>> X, y = insight.make_moons(n_samples=200)
    >>> X.shape, y[:4].tolist()
    ((200, 2), [0, 1, 0, 1])
    """
    source, y = begin("make_moons", n_samples, seed)
    angle = source.uniform(0, np.pi, n_samples)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    X = np.where((y == 0)[:, None], upper, -upper)
    return X + noise * source.normal(size=(n_samples, 2)), y


def make_xor(n_samples: int = 200, noise: float = 0.0, seed: int = 0) -> tuple[Array, Array]:
    """Generate points in four squares; class 1 if the coordinates differ in sign.

    Parameters
    ----------
    n_samples : int, default 200
        Number of points, at least 2.
    noise : float, default 0.0
        Standard deviation of the normal noise added to both coordinates.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), dtype float64
        The points.
    y : ndarray of shape (n_samples,), dtype int64
        Class 0 or 1 of each point.

    Raises
    ------
    SettingError
        If `n_samples` is less than 2.

    Examples
    --------
    >>> from deltarule import insight
    >>> X, y = insight.make_xor()
    >>> bool((y == (X[:, 0] * X[:, 1] < 0)).all())
    True
    """
    source, y = begin("make_xor", n_samples, seed)
    size = source.uniform(0.1, 1.0, (n_samples, 2))
    first = source.choice([-1.0, 1.0], n_samples)
    X = size * np.stack([first, np.where(y == 1, -first, first)], axis=1)
    return X + noise * source.normal(size=(n_samples, 2)), y


def make_spirals(n_samples: int = 300, noise: float = 0.03, seed: int = 0) -> tuple[Array, Array]:
    """Generate two intertwined spirals, a hard problem for small networks.

    Parameters
    ----------
    n_samples : int, default 300
        Number of points, at least 2.
    noise : float, default 0.03
        Standard deviation of the normal noise added to both coordinates.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), dtype float64
        The points.
    y : ndarray of shape (n_samples,), dtype int64
        Class 0 or 1 of each point.

    Raises
    ------
    SettingError
        If `n_samples` is less than 2.

    References
    ----------
    Lang and Witbrock (1988), "Learning to tell two spirals apart".

    Examples
    --------
    >>> from deltarule import insight
    >>> X, y = insight.make_spirals()
    >>> X.shape
    (300, 2)
    """
    source, y = begin("make_spirals", n_samples, seed)
    way = np.sqrt(source.uniform(0.01, 1.0, n_samples))
    angle = 3.5 * np.pi * way + np.pi * y
    X = (way * np.stack([np.cos(angle), np.sin(angle)])).T
    return X + noise * source.normal(size=(n_samples, 2)), y


def make_blobs(
    n_samples: int = 200, n_classes: int = 3, noise: float = 0.12, seed: int = 0
) -> tuple[Array, Array]:
    """Generate one normal cluster per class, with centers on a circle of radius 0.65.

    Parameters
    ----------
    n_samples : int, default 200
        Number of points, at least 2.
    n_classes : int, default 3
        Number of classes, at least 2.
    noise : float, default 0.12
        Standard deviation of the clusters.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), dtype float64
        The points.
    y : ndarray of shape (n_samples,), dtype int64
        Class 0 to n_classes − 1 of each point.

    Raises
    ------
    SettingError
        If `n_samples` or `n_classes` is less than 2.

    See Also
    --------
    sklearn.datasets.make_blobs : Clusters with random centers.

    Examples
    --------
    >>> from deltarule import insight
    >>> X, y = insight.make_blobs(n_samples=6, n_classes=3)
    >>> y.tolist()
    [0, 1, 2, 0, 1, 2]
    """
    checks.integer("make_blobs.n_classes", n_classes, at_least=2)
    source, _ = begin("make_blobs", n_samples, seed)
    y = np.arange(n_samples) % n_classes
    angle = 2 * np.pi * y / n_classes + np.pi / 6
    centers = 0.65 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centers + noise * source.normal(size=(n_samples, 2)), y


def make_exam_results(n_samples: int = 120, seed: int = 0) -> tuple[Array, Array]:
    """Generate lectures attended, hours of project work, and who passed an exam.

    Synthetic data: a student passes with probability σ(0.45 · lectures + 0.18 · hours − 6.5).

    Parameters
    ----------
    n_samples : int, default 120
        Number of students, at least 2.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), dtype float64
        Lectures attended (0 to 15) and hours of project work (0 to 40).
    y : ndarray of shape (n_samples,), dtype int64
        1 if the student passed, otherwise 0.

    Raises
    ------
    SettingError
        If `n_samples` is less than 2.

    Examples
    --------
    >>> from deltarule import insight
    >>> X, passed = insight.make_exam_results()
    >>> bool(X[passed == 1, 0].mean() > X[passed == 0, 0].mean())
    True
    """
    source = np.random.default_rng(seed)
    checks.integer("make_exam_results.n_samples", n_samples, at_least=2)
    lectures = source.integers(0, 16, n_samples).astype(np.float64)
    hours = np.round(source.uniform(0, 40, n_samples), 1)
    chance = 1 / (1 + np.exp(-(0.45 * lectures + 0.18 * hours - 6.5)))
    passed = (source.uniform(size=n_samples) < chance).astype(np.int64)
    return np.stack([lectures, hours], axis=1), passed


def begin(owner: str, n_samples: int, seed: int) -> tuple[np.random.Generator, Array]:
    """Return the source of random numbers and alternating classes, of shape (n_samples,)."""
    checks.integer(f"{owner}.n_samples", n_samples, at_least=2)
    return np.random.default_rng(seed), np.arange(n_samples) % 2

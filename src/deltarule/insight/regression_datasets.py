"""Small synthetic datasets for regression."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.insight.toy_datasets import begin

Array = NDArray[Any]


def make_plane(n_samples: int = 200, noise: float = 0.0, seed: int = 0) -> tuple[Array, Array]:
    """Generate a linear regression problem, y = (x₁ + x₂) / 2 plus noise.

    Parameters
    ----------
    n_samples : int, default 200
        Number of points, at least 2.
    noise : float, default 0.0
        Standard deviation of the normal noise added to y.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), dtype float64
        The points, uniform in [−1, 1]².
    y : ndarray of shape (n_samples,), dtype float64
        The target values.

    Raises
    ------
    SettingError
        If `n_samples` is less than 2.

    Examples
    --------
    >>> from deltarule import insight
    >>> X, y = insight.make_plane()
    >>> bool((y == X.mean(axis=1)).all())
    True
    """
    source, _ = begin("make_plane", n_samples, seed)
    X = source.uniform(-1, 1, (n_samples, 2))
    return X, X.mean(axis=1) + noise * source.normal(size=n_samples)


def make_hills(n_samples: int = 300, noise: float = 0.0, seed: int = 0) -> tuple[Array, Array]:
    """Generate a regression problem with three hills and three hollows on a circle.

    y = Σₖ ± e^(−‖x − cₖ‖² / 0.08) plus noise, with six centers cₖ on a circle of radius 0.65.

    Parameters
    ----------
    n_samples : int, default 300
        Number of points, at least 2.
    noise : float, default 0.0
        Standard deviation of the normal noise added to y.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 2), dtype float64
        The points, uniform in [−1, 1]².
    y : ndarray of shape (n_samples,), dtype float64
        The target values.

    Raises
    ------
    SettingError
        If `n_samples` is less than 2.

    Examples
    --------
    >>> from deltarule import insight
    >>> X, y = insight.make_hills()
    >>> round(float(y.max())), round(float(y.min()))
    (1, -1)
    """
    source, _ = begin("make_hills", n_samples, seed)
    X = source.uniform(-1, 1, (n_samples, 2))
    angle = 2 * np.pi * np.arange(6) / 6
    centers = 0.65 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    distance = np.square(X[:, None] - centers).sum(axis=2)
    y = np.exp(-distance / 0.08) @ np.where(np.arange(6) % 2 == 0, 1.0, -1.0)
    return X, y + noise * source.normal(size=n_samples)


def make_noisy_sine(n_samples: int = 30, noise: float = 0.2, seed: int = 0) -> tuple[Array, Array]:
    """Generate a regression problem in one variable, y = sin(π x) plus noise.

    Parameters
    ----------
    n_samples : int, default 30
        Number of points, at least 2.
    noise : float, default 0.2
        Standard deviation of the normal noise added to y.
    seed : int, default 0
        Seed of the random numbers. The same seed gives the same data.

    Returns
    -------
    X : ndarray of shape (n_samples, 1), dtype float64
        Values in [−1, 1], sorted.
    y : ndarray of shape (n_samples,), dtype float64
        The target values.

    Raises
    ------
    SettingError
        If `n_samples` is less than 2.

    Examples
    --------
    >>> from deltarule import insight
    >>> X, y = insight.make_noisy_sine(n_samples=5)
    >>> X.shape, y.shape
    ((5, 1), (5,))
    """
    source = np.random.default_rng(seed)
    checks.integer("make_noisy_sine.n_samples", n_samples, at_least=2)
    x = np.sort(source.uniform(-1, 1, n_samples))
    return x[:, None], np.sin(np.pi * x) + noise * source.normal(size=n_samples)


def legendre_features(x: ArrayLike, degree: int) -> Array:
    """Compute the Legendre polynomials P₁(x) to P_degree(x).

    They span the same functions as x, x², …, but are nearly uncorrelated on [−1, 1], so that gradient
    descent converges faster.

    Parameters
    ----------
    x : array-like of shape (n_samples,) or (n_samples, 1)
        Values in [−1, 1].
    degree : int
        Highest degree, at least 1.

    Returns
    -------
    ndarray of shape (n_samples, degree), dtype float64
        One column per degree, without the constant P₀.

    Raises
    ------
    SettingError
        If `degree` is less than 1.

    Examples
    --------
    >>> from deltarule import insight
    >>> insight.legendre_features([-1.0, 0.0, 1.0], degree=2)
    array([[-1. ,  1. ],
           [ 0. , -0.5],
           [ 1. ,  1. ]])
    """
    checks.integer("legendre_features.degree", degree, at_least=1)
    values = np.asarray(x, np.float64).ravel()
    return np.polynomial.legendre.legvander(values, degree)[:, 1:]

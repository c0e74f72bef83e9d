"""Small made-up problems to think with: points of the plane in two classes, and others.

Each returns X, float64 (rows, columns), and y; the same for the same seed. None of it is real data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks

Array = NDArray[Any]


def make_two_clusters(
    n_samples: int = 100, distance: float = 3.0, seed: int = 0
) -> tuple[Array, Array]:
    """Two normal clouds whose centers lie `distance` apart, classes 0 and 1: one line parts them."""
    source, y = _begin("make_two_clusters", n_samples, seed)
    center = np.where(y == 1, distance / 2, -distance / 2) / np.sqrt(2)
    return source.normal(size=(n_samples, 2)) * 0.6 + center[:, None], y


def make_circles(n_samples: int = 200, noise: float = 0.12, seed: int = 0) -> tuple[Array, Array]:
    """A disc (class 1) inside a ring (class 0): no line parts them, three or more bent ones do."""
    source, y = _begin("make_circles", n_samples, seed)
    radius = np.where(y == 1, 0.5 * np.sqrt(source.uniform(size=n_samples)), 1.0)
    radius = radius + noise * source.normal(size=n_samples)
    angle = source.uniform(0, 2 * np.pi, n_samples)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), y


def make_moons(n_samples: int = 200, noise: float = 0.12, seed: int = 0) -> tuple[Array, Array]:
    """Two half-circles that reach into each other."""
    source, y = _begin("make_moons", n_samples, seed)
    angle = source.uniform(0, np.pi, n_samples)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    X = np.where((y == 0)[:, None], upper, -upper)
    return X + noise * source.normal(size=(n_samples, 2)), y


def make_xor(n_samples: int = 200, noise: float = 0.0, seed: int = 0) -> tuple[Array, Array]:
    """Four squares; class 1 where the signs of both coordinates differ."""
    source, y = _begin("make_xor", n_samples, seed)
    size = source.uniform(0.1, 1.0, (n_samples, 2))
    first = source.choice([-1.0, 1.0], n_samples)
    X = size * np.stack([first, np.where(y == 1, -first, first)], axis=1)
    return X + noise * source.normal(size=(n_samples, 2)), y


def make_spirals(n_samples: int = 300, noise: float = 0.03, seed: int = 0) -> tuple[Array, Array]:
    """Two spirals around each other (Lang and Witbrock 1988): hard for a small network."""
    source, y = _begin("make_spirals", n_samples, seed)
    way = np.sqrt(source.uniform(0.01, 1.0, n_samples))
    angle = 3.5 * np.pi * way + np.pi * y
    X = (way * np.stack([np.cos(angle), np.sin(angle)])).T
    return X + noise * source.normal(size=(n_samples, 2)), y


def make_exam_results(n_samples: int = 120, seed: int = 0) -> tuple[Array, Array]:
    """Lectures attended (0 to 15) and hours spent on a project (0 to 40), and who passed (1) or not.

    Made up: a student passes with the probability σ(0.45 · lectures + 0.18 · hours − 6.5).
    """
    source = np.random.default_rng(seed)
    checks.integer("make_exam_results.n_samples", n_samples, at_least=2)
    lectures = source.integers(0, 16, n_samples).astype(np.float64)
    hours = np.round(source.uniform(0, 40, n_samples), 1)
    chance = 1 / (1 + np.exp(-(0.45 * lectures + 0.18 * hours - 6.5)))
    passed = (source.uniform(size=n_samples) < chance).astype(np.int64)
    return np.stack([lectures, hours], axis=1), passed


def make_blobs(
    n_samples: int = 200, n_classes: int = 3, noise: float = 0.12, seed: int = 0
) -> tuple[Array, Array]:
    """Normal clouds of spread `noise` around `classes` centers on a circle of radius 0.65."""
    checks.integer("make_blobs.n_classes", n_classes, at_least=2)
    source, _ = _begin("make_blobs", n_samples, seed)
    y = np.arange(n_samples) % n_classes
    angle = 2 * np.pi * y / n_classes + np.pi / 6
    centers = 0.65 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centers + noise * source.normal(size=(n_samples, 2)), y


def make_plane(n_samples: int = 200, noise: float = 0.0, seed: int = 0) -> tuple[Array, Array]:
    """y = (x₁ + x₂) / 2 and normal noise, numbers: one linear unit is enough."""
    source, _ = _begin("make_plane", n_samples, seed)
    X = source.uniform(-1, 1, (n_samples, 2))
    return X, X.mean(axis=1) + noise * source.normal(size=n_samples)


def make_hills(n_samples: int = 300, noise: float = 0.0, seed: int = 0) -> tuple[Array, Array]:
    """Three bells up and three down, e^(−‖x − c‖² / 0.08), and normal noise; y is a number."""
    source, _ = _begin("make_hills", n_samples, seed)
    X = source.uniform(-1, 1, (n_samples, 2))
    angle = 2 * np.pi * np.arange(6) / 6
    centers = 0.65 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    distance = np.square(X[:, None] - centers).sum(axis=2)
    y = np.exp(-distance / 0.08) @ np.where(np.arange(6) % 2 == 0, 1.0, -1.0)
    return X, y + noise * source.normal(size=n_samples)


def make_noisy_sine(n_samples: int = 30, noise: float = 0.2, seed: int = 0) -> tuple[Array, Array]:
    """y = sin(π x) and normal noise, x in [−1, 1]: X (rows, 1), y (rows,) of numbers."""
    source = np.random.default_rng(seed)
    checks.integer("make_noisy_sine.n_samples", n_samples, at_least=2)
    x = np.sort(source.uniform(-1, 1, n_samples))
    return x[:, None], np.sin(np.pi * x) + noise * source.normal(size=n_samples)


def legendre_features(x: ArrayLike, degree: int) -> Array:
    """Return the Legendre polynomials P₁ … P_degree of x in [−1, 1], shape (rows, degree).

    They span the same curves as x, x², …, but do not resemble each other, so that descent gets on.
    """
    checks.integer("legendre_features.degree", degree, at_least=1)
    values = np.asarray(x, np.float64).ravel()
    return np.polynomial.legendre.legvander(values, degree)[:, 1:]


def _begin(owner: str, n_samples: int, seed: int) -> tuple[np.random.Generator, Array]:
    checks.integer(f"{owner}.n_samples", n_samples, at_least=2)
    return np.random.default_rng(seed), np.arange(n_samples) % 2

"""Small data of the kinds that published programs use."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

IRIS = Path(__file__).parents[2] / "examples" / "iris.csv"


@cache
def iris() -> tuple[Any, Any]:
    """Return the measurements in cm, shuffled, and the species as 0, 1 or 2."""
    with IRIS.open() as file:
        rows = [line.strip().split(",") for line in list(file)[1:] if line.strip()]
    order = np.random.default_rng(0).permutation(len(rows))
    names = sorted({row[-1] for row in rows})
    X = np.array([[float(cell) for cell in row[:4]] for row in rows], np.float32)
    return X[order], np.array([names.index(row[-1]) for row in rows])[order]


@cache
def images(rows: int = 400) -> tuple[Any, Any]:
    """Return images of 8 × 8 pixels from 0 to 255 that show one of four patterns, and the pattern."""
    chance = np.random.default_rng(1)
    patterns = chance.random((4, 8, 8)) > 0.5
    y = chance.integers(0, 4, rows)
    noise = chance.normal(0, 40, (rows, 8, 8))
    return (patterns[y] * 180 + 30 + noise).clip(0, 255).astype(np.uint8), y


@cache
def housing(rows: int = 400) -> tuple[Any, Any]:
    """Return columns of very different size and a price that depends on them."""
    chance = np.random.default_rng(2)
    X = chance.normal(size=(rows, 5))
    y = 2 + X[:, 0] - 0.5 * X[:, 1] + np.tanh(2 * X[:, 2]) + 0.1 * chance.normal(size=rows)
    return (X * [1, 10, 0.1, 1000, 3] + [0, 50, 1, 3000, 0]).astype(np.float32), y.astype(
        np.float32
    )


@cache
def binary(rows: int = 400, share: float = 0.5) -> tuple[Any, Any]:
    """Return eight columns, as in tables of patients or customers, and a class of the given share."""
    chance = np.random.default_rng(3)
    X = chance.normal(size=(rows, 8)).astype(np.float32)
    score = 2 * X[:, 0] - X[:, 1] + X[:, 2] * X[:, 3] + 0.3 * chance.normal(size=rows)
    return X, (score > np.quantile(score, 1 - share)).astype(np.int64)


@cache
def words(rows: int = 300) -> tuple[Any, Any]:
    """Return reviews as rows of 0 and 1, whether each of 100 words is in them, and their verdict."""
    chance = np.random.default_rng(4)
    y = chance.integers(0, 2, rows)
    rate = np.where(np.arange(100) < 20, 0.2 + 0.4 * y[:, None], 0.2)
    return (chance.random((rows, 100)) < rate).astype(np.float32), y

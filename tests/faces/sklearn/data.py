"""Small data that several tests share."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes, load_iris

Array = Any


def flowers() -> tuple[Array, Array]:
    """150 flowers in three classes, standardized."""
    X, y = load_iris(return_X_y=True)
    return (X - X.mean(0)) / X.std(0), y


def patients(outputs: int = 1) -> tuple[Array, Array]:
    """440 patients and the progression of their diabetes, standardized; second output: age."""
    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    X = X[:440] * 20
    return X, y[:440] if outputs == 1 else np.column_stack([y[:440], X[:, 0]])

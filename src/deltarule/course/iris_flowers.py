"""Fisher's 150 iris flowers for the figures: measurements, species, a split, and a standardization."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.playground.toy_datasets import iris_table
from deltarule.splitting import Split, split_rows

Array = NDArray[Any]
MEASUREMENTS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
SPECIES = ("setosa", "versicolor", "virginica")


@cache
def iris_flowers() -> tuple[Array, Array]:
    """Return the measurements in cm, float64 (150, 4), and the numbers of the species, int64 (150,)."""
    table = iris_table()
    X = np.stack([table[name].values.astype(np.float64) for name in MEASUREMENTS], axis=1)
    species = table["species"].texts().astype(str)
    return X, np.array([SPECIES.index(name) for name in species])


def split_flowers(seed: int) -> Split:
    """Return 90 training, 30 validation and 30 test rows, each with a third of each species."""
    return split_rows(iris_flowers()[1], fractions=(0.2, 0.2), seed=seed, stratify=True)


@dataclass(frozen=True)
class Standardization:
    """Means and standard deviations of columns, computed from training rows."""

    mean: Array
    deviation: Array

    @classmethod
    def of(cls, X: Array) -> Standardization:
        """Return that of rows (n_rows, n_columns)."""
        return cls(X.mean(axis=0), X.std(axis=0))

    def __call__(self, X: Any) -> Array:
        """Return rows in standard deviations from the mean."""
        return (np.asarray(X, np.float64) - self.mean) / self.deviation

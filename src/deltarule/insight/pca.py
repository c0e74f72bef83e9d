"""Principal components: the directions in which rows differ most (Pearson 1901).

With X̄ the rows less their mean, X̄ = U S Vᵀ: the rows of Vᵀ are the directions, S² / Σ S² the shares of
the variance that they explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.errors import ShapeError

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """`axes` (n_components, columns), each of length 1, the most telling first; `mean` (columns,)."""

    mean: Array
    components: Array
    explained_variance_ratio: Array  # (n_components,): share of the variance

    def transform(self, X: ArrayLike) -> Array:
        """Return where rows (rows, columns) lie along the axes, (rows, n_components)."""
        return (np.asarray(X, np.float64) - self.mean) @ self.components.T

    def inverse_transform(self, Z: ArrayLike) -> Array:
        """Return the rows (rows, columns) that lie in the span of the axes at `coordinates`."""
        return self.mean + np.asarray(Z, np.float64) @ self.components


def principal_components(X: ArrayLike, n_components: int = 2) -> PrincipalComponents:
    """Return the first `n_components` principal components of the rows X (rows, columns).

    An axis points to where its largest entry is positive, so that pictures do not flip.
    """
    rows = np.asarray(X, np.float64)
    if rows.ndim != 2 or min(rows.shape) < 1:
        raise ShapeError(f"X must have two dimensions (rows, columns), got shape {rows.shape}.")
    checks.integer(
        "principal_components.n_components", n_components, at_least=1, at_most=rows.shape[1]
    )
    mean = rows.mean(axis=0)
    # Of the covariance: as many columns as it takes, whatever the number of rows.
    centered = rows - mean
    sizes, axes = np.linalg.eigh(centered.T @ centered)
    order = np.argsort(-sizes, kind="stable")[:n_components]
    chosen = axes.T[order]
    largest = np.abs(chosen).argmax(axis=1)
    chosen = chosen * np.sign(chosen[np.arange(n_components), largest])[:, None]
    total = float(sizes.sum()) or 1.0
    return PrincipalComponents(mean, chosen, np.maximum(sizes[order], 0) / total)

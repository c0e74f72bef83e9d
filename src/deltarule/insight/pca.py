"""Principal component analysis (Pearson 1901)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.formatting import counted, format_percent
from deltarule._common.notebook_display import NotebookDisplay, listed
from deltarule.errors import ShapeError

Array = NDArray[Any]
MIN_SHARE = 1e-6
"""Smallest variance, as a share of the largest, of an axis that is computed from products of rows."""


@dataclass(frozen=True, eq=False, repr=False)
class PrincipalComponents(NotebookDisplay):
    """Principal components of a dataset, with the attributes of scikit-learn's PCA.

    Parameters
    ----------
    mean : ndarray of shape (n_features,), dtype float64
        Mean of the rows.
    components : ndarray of shape (n_components, n_features), dtype float64
        Directions of largest variance, each of length 1, sorted by decreasing variance.
    explained_variance_ratio : ndarray of shape (n_components,), dtype float64
        Share of the total variance explained by each component.

    See Also
    --------
    principal_components : Compute the components of a dataset.
    """

    mean: Array
    components: Array
    explained_variance_ratio: Array

    def _sentence(self) -> str:
        shares = [format_percent(float(share)) for share in self.explained_variance_ratio]
        names = counted(len(shares), "component")
        return (
            f"{names} of {counted(len(self.mean), 'feature')}: {listed(shares, 6)} of the variance"
        )

    def transform(self, X: ArrayLike) -> Array:
        """Project rows onto the components.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows to project.

        Returns
        -------
        ndarray of shape (n_rows, n_components), dtype float64
            Coordinates along the components.
        """
        return (np.asarray(X, np.float64) - self.mean) @ self.components.T

    def inverse_transform(self, Z: ArrayLike) -> Array:
        """Map coordinates along the components back to rows.

        Parameters
        ----------
        Z : array-like of shape (n_rows, n_components)
            Coordinates along the components.

        Returns
        -------
        ndarray of shape (n_rows, n_features), dtype float64
            The rows in the span of the components.
        """
        return self.mean + np.asarray(Z, np.float64) @ self.components


@single_blas_thread()
def principal_components(X: ArrayLike, n_components: int = 2) -> PrincipalComponents:
    """Compute the first principal components of a dataset.

    The sign of a component is chosen such that its largest entry in absolute value is positive, so that
    plots do not flip.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        The data.
    n_components : int, default 2
        Number of components, from 1 to `n_features`.

    Returns
    -------
    PrincipalComponents
        The components and the mean.

    Raises
    ------
    ShapeError
        If `X` is not a non-empty two-dimensional array.
    SettingError
        If `n_components` is out of range.

    Notes
    -----
    With the centered rows X̄ = U S Vᵀ, the components are the rows of Vᵀ, and S² / Σ S² are the shares of
    explained variance.

    Examples
    --------
    >>> from deltarule import insight
    >>> pca = insight.principal_components([[0, 0], [1, 2], [2, 4], [3, 6]], n_components=1)
    >>> pca.components.round(3)
    array([[0.447, 0.894]])
    >>> pca.explained_variance_ratio
    array([1.])
    """
    rows = np.asarray(X, np.float64)
    if rows.ndim != 2 or min(rows.shape) < 1:
        raise ShapeError(f"X must have two dimensions (rows, columns), got shape {rows.shape}.")
    checks.integer(
        "principal_components.n_components", n_components, at_least=1, at_most=rows.shape[1]
    )
    mean = rows.mean(axis=0)
    centered = rows - mean
    sizes, chosen = _largest_axes(centered, n_components)
    largest = np.abs(chosen).argmax(axis=1)
    chosen = chosen * np.sign(chosen[np.arange(n_components), largest])[:, None]
    total = float(sizes.sum()) or 1.0
    return PrincipalComponents(mean, chosen, np.maximum(sizes[:n_components], 0) / total)


def _largest_axes(centered: Array, n_components: int) -> tuple[Array, Array]:
    """Return the variances of all axes times the number of rows, largest first, and the first axes."""
    n_rows, n_features = centered.shape
    if n_components < n_rows < n_features:
        sizes, left = np.linalg.eigh(centered @ centered.T)
        order = np.argsort(-sizes, kind="stable")
        sizes, left = sizes[order], left[:, order[:n_components]]
        # An axis without variance is not a sum of rows.
        if sizes[n_components - 1] > MIN_SHARE * sizes[0]:
            return sizes, (left / np.sqrt(sizes[:n_components])).T @ centered
    sizes, axes = np.linalg.eigh(centered.T @ centered)
    order = np.argsort(-sizes, kind="stable")
    return sizes[order], axes.T[order[:n_components]]

"""The base class and the family of column embeddings, and the column itself."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks, random
from deltarule._common.descriptions import Description, Family

__all__ = ["COLUMN_EMBEDDINGS", "MAX_FEATURES", "ColumnEmbedding", "Plain"]

Array = NDArray[Any]
PURPOSE = random.Purpose.EMBEDDING

MAX_FEATURES = 1024
"""Largest number of frequencies or bins of one column."""


@dataclass(frozen=True)
class ColumnEmbedding(Description):
    """Base class of all column embeddings.

    Parameters
    ----------
    rate_factor : float, default 1.0
        Factor of the learning rate of the column's parameters, at least 0.
    decay_factor : float, default 1.0
        Factor of the weight decay of the column's parameters, at least 0.

    Raises
    ------
    SettingError
        If a setting is out of range.
    """

    optional: ClassVar[dict[str, Any]] = {"rate_factor": 1.0, "decay_factor": 1.0}
    rate_factor: float = field(default=1.0, kw_only=True)
    decay_factor: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        owner = type(self).__name__
        checks.number(f"{owner}.rate_factor", self.rate_factor, at_least=0)
        checks.number(f"{owner}.decay_factor", self.decay_factor, at_least=0)

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Number of values per row that the column becomes."""

    @property
    @abstractmethod
    def parameter_count(self) -> int:
        """Number of the column's parameters."""

    @property
    def feature_count(self) -> int:
        """Number of values between the column and its outputs, such as frequencies; 0 if none."""
        return 0

    @abstractmethod
    def initial_parameters(self, seed: int, column: int) -> Array:
        """Return the parameters before the first update.

        Parameters
        ----------
        seed : int
            Seed of the random numbers.
        column : int
            Number of the column, which selects the random stream.

        Returns
        -------
        ndarray of shape (parameter_count,), dtype float64
            Initial parameters.
        """

    @abstractmethod
    def embed(self, x: Array, p: Array) -> Array:
        """Return the embedding of a column.

        Parameters
        ----------
        x : ndarray of shape (n_samples,)
            Values of the column.
        p : ndarray of shape (parameter_count,)
            Parameters of the column.

        Returns
        -------
        ndarray of shape (n_samples, outputs)
            Embedded values, of x's dtype.
        """

    @abstractmethod
    def gradient(self, x: Array, p: Array, delta: Array) -> Array:
        """Return the gradient of the column's parameters.

        Parameters
        ----------
        x : ndarray of shape (n_samples,)
            Values of the column.
        p : ndarray of shape (parameter_count,)
            Parameters of the column.
        delta : ndarray of shape (n_samples, outputs)
            ∂J/∂embed(x, p).

        Returns
        -------
        ndarray of shape (parameter_count,)
            ∂J/∂p, summed over the rows.
        """


COLUMN_EMBEDDINGS: Family[ColumnEmbedding] = Family("column embedding")


@COLUMN_EMBEDDINGS.register
@dataclass(frozen=True)
class Plain(ColumnEmbedding):
    """The column itself: x ↦ x.

    Parameters
    ----------
    rate_factor : float, default 1.0
        Factor of the learning rate of the column's parameters, at least 0.
    decay_factor : float, default 1.0
        Factor of the weight decay of the column's parameters, at least 0.

    Raises
    ------
    SettingError
        If a setting is out of range.
    """

    kind = "plain"

    @property
    def outputs(self) -> int:
        return 1

    @property
    def parameter_count(self) -> int:
        return 0

    def initial_parameters(self, seed: int, column: int) -> Array:
        return np.zeros(0)

    def embed(self, x: Array, p: Array) -> Array:
        return x[:, None]

    def gradient(self, x: Array, p: Array, delta: Array) -> Array:
        return np.zeros_like(p)

"""Embeddings of numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from deltarule._common import checks, random
from deltarule.embeddings.base import (
    COLUMN_EMBEDDINGS,
    MAX_FEATURES,
    PURPOSE,
    Array,
    ColumnEmbedding,
)
from deltarule.errors import SettingError

__all__ = ["Periodic", "PiecewiseLinear"]


@COLUMN_EMBEDDINGS.register
@dataclass(frozen=True)
class Periodic(ColumnEmbedding):
    """Periodic embedding: x ↦ [x, cos(2π w x + b) V + c].

    Parameters
    ----------
    frequencies : int, default 16
        Number of frequencies, from 1 to 1024.
    width : int, default 4
        Number of outputs, from 2 to 1024; the first is x itself.
    sigma : float, default 0.1
        Standard deviation of the initial frequencies, greater than 0.
    rate_factor : float, default 1.0
        Factor of the learning rate of the column's parameters, at least 0.
    decay_factor : float, default 1.0
        Factor of the weight decay of the column's parameters, at least 0.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    Initial values: w from N(0, sigma²), b from U(−π, π), V of shape (frequencies, width − 1) and c
    of shape (width − 1,) from U(±1/√frequencies). The parameters are p = [w, b, V by rows, c].

    References
    ----------
    D. Holzmüller, L. Grinsztajn and I. Steinwart, "Better by default", 2024, section 3 (PBLD).

    Examples
    --------
    >>> from deltarule.embeddings import Periodic
    >>> column = Periodic(frequencies=8, width=4)
    >>> column.outputs, column.parameter_count
    (4, 43)
    """

    kind = "periodic"
    frequencies: int = 16
    width: int = 4
    sigma: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("Periodic.frequencies", self.frequencies, at_least=1, at_most=MAX_FEATURES)
        checks.integer("Periodic.width", self.width, at_least=2, at_most=1024)
        checks.number("Periodic.sigma", self.sigma, above=0)

    @property
    def feature_count(self) -> int:
        return self.frequencies

    @property
    def outputs(self) -> int:
        return self.width

    @property
    def parameter_count(self) -> int:
        return 2 * self.frequencies + (self.frequencies + 1) * (self.width - 1)

    def initial_parameters(self, seed: int, column: int) -> Array:
        count = self.frequencies
        w = self.sigma * random.normal(seed, PURPOSE, count, layer=2 * column)
        rest = 2 * random.uniform(seed, PURPOSE, self.parameter_count - count, layer=2 * column + 1)
        rest -= 1
        rest[:count] *= math.pi
        rest[count:] /= math.sqrt(count)
        return np.concatenate([w, rest])

    def _parts(self, p: Array) -> tuple[Array, Array, Array, Array]:
        count = self.frequencies
        matrix = p[2 * count :].reshape(count + 1, self.width - 1)
        return p[:count], p[count : 2 * count], matrix[:count], matrix[count]

    def embed(self, x: Array, p: Array) -> Array:
        w, b, matrix, c = self._parts(p)
        waves = np.cos(2 * math.pi * x[:, None] * w + b)
        return np.concatenate([x[:, None], waves @ matrix + c], axis=1)

    def gradient(self, x: Array, p: Array, delta: Array) -> Array:
        w, b, matrix, _ = self._parts(p)
        angles = 2 * math.pi * x[:, None] * w + b
        learned = delta[:, 1:]
        slope = -np.sin(angles) * (learned @ matrix.T)
        of_w = 2 * math.pi * (slope * x[:, None]).sum(axis=0)
        of_matrix = np.cos(angles).T @ learned
        return np.concatenate([of_w, slope.sum(axis=0), of_matrix.ravel(), learned.sum(axis=0)])


@COLUMN_EMBEDDINGS.register
@dataclass(frozen=True)
class PiecewiseLinear(ColumnEmbedding):
    """Piecewise linear embedding: x ↦ e(x) V + c, one value of e for each bin.

    Parameters
    ----------
    edges : tuple of float, default (-1.0, 0.0, 1.0)
        Increasing edges of 1 to 1024 bins, usually quantiles of the training rows.
    width : int, default 8
        Number of outputs, from 1 to 1024.
    rate_factor : float, default 1.0
        Factor of the learning rate of the column's parameters, at least 0.
    decay_factor : float, default 1.0
        Factor of the weight decay of the column's parameters, at least 0.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    eₜ(x) = min(1, max(0, (x − edgeₜ) / (edgeₜ₊₁ − edgeₜ))), followed by a linear layer, as in TabM.
    Initial values: V of shape (bins, width) and c of shape (width,) from U(±1/√bins). The parameters
    are p = [V by rows, c].

    References
    ----------
    Y. Gorishniy, I. Rubachev and A. Babenko, "On embeddings for numerical features in tabular deep
    learning", 2022, section 3.2.

    Examples
    --------
    >>> from deltarule.embeddings import PiecewiseLinear
    >>> column = PiecewiseLinear(edges=(0, 1, 4), width=3)
    >>> column.bins, column.parameter_count
    (2, 9)
    """

    kind = "piecewise_linear"
    edges: tuple[float, ...] = (-1.0, 0.0, 1.0)
    width: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("PiecewiseLinear.width", self.width, at_least=1, at_most=1024)
        if not isinstance(self.edges, tuple | list):
            raise SettingError(
                "PiecewiseLinear.edges",
                "must be a list of numbers",
                self.edges,
                "Use quantiles of the column.",
            )
        for edge in self.edges:
            checks.number("PiecewiseLinear.edges", edge)
        if len(self.edges) > MAX_FEATURES + 1:
            raise SettingError(
                "PiecewiseLinear.edges",
                f"must have at most {MAX_FEATURES + 1} numbers, got {len(self.edges)}",
                hint="Use fewer quantiles of the column.",
            )
        if len(self.edges) < 2 or any(
            a >= b for a, b in zip(self.edges, self.edges[1:], strict=False)
        ):
            raise SettingError(
                "PiecewiseLinear.edges",
                "must be at least two increasing numbers, such as quantiles of the column",
                self.edges,
            )
        object.__setattr__(self, "edges", tuple(float(edge) for edge in self.edges))

    @property
    def bins(self) -> int:
        """Number of bins."""
        return len(self.edges) - 1

    @property
    def feature_count(self) -> int:
        return self.bins

    @property
    def outputs(self) -> int:
        return self.width

    @property
    def parameter_count(self) -> int:
        return (self.bins + 1) * self.width

    def initial_parameters(self, seed: int, column: int) -> Array:
        unit = random.uniform(seed, PURPOSE, self.parameter_count, layer=2 * column)
        return (2 * unit - 1) / math.sqrt(self.bins)

    def _encoded(self, x: Array) -> Array:
        edges = np.asarray(self.edges, x.dtype)
        # Edges that are equal in this dtype make a step.
        widths = np.maximum(edges[1:] - edges[:-1], np.finfo(x.dtype).tiny)
        with np.errstate(over="ignore"):
            return np.clip((x[:, None] - edges[:-1]) * (1 / widths), 0, 1)

    def embed(self, x: Array, p: Array) -> Array:
        matrix = p.reshape(self.bins + 1, self.width)
        return self._encoded(x) @ matrix[:-1] + matrix[-1]

    def gradient(self, x: Array, p: Array, delta: Array) -> Array:
        return np.concatenate([(self._encoded(x).T @ delta).ravel(), delta.sum(axis=0)])

"""Column embeddings: what one input column becomes before the first dense layer; formula and NumPy.

Each is a frozen description. It turns the numbers x of one column, shape (rows,), into
`outputs` numbers a row, using `parameter_count` parameters of its own, one flat vector p:

    `embed(x, p)`            returns shape (rows, outputs)
    `gradient(x, p, delta)`  returns ∂J/∂p of p's shape, from delta = ∂J/∂embed(x, p)

To add one: write it here, list it in `COLUMN_EMBEDDINGS`, and give it a number and a formula in
`native/core/columns.hpp`; the contract grid then tests it on every engine.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks, random
from deltarule._common.descriptions import Description, Family
from deltarule.errors import SettingError

__all__ = [
    "COLUMN_EMBEDDINGS",
    "MAX_FEATURES",
    "Category",
    "ColumnEmbedding",
    "Periodic",
    "PiecewiseLinear",
    "Plain",
]

Array = NDArray[Any]

MAX_FEATURES = 1024
"""At most so many frequencies or pieces has one column."""


@dataclass(frozen=True)
class ColumnEmbedding(Description):
    """Base of all column embeddings.

    `rate_factor` and `decay_factor` multiply learning rate and weight decay of its parameters.
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
        """How many numbers a row the column becomes."""

    @property
    @abstractmethod
    def parameter_count(self) -> int:
        """How many parameters the column has."""

    @property
    def feature_count(self) -> int:
        """The numbers between the column and its outputs, such as frequencies; 0 where there are none."""
        return 0

    @abstractmethod
    def initial_parameters(self, seed: int, column: int) -> Array:
        """Return the parameters before the first update, float64; `column` names the stream of chance."""

    @abstractmethod
    def embed(self, x: Array, p: Array) -> Array:
        """Return what the column becomes, shape (rows, outputs), x's dtype."""

    @abstractmethod
    def gradient(self, x: Array, p: Array, delta: Array) -> Array:
        """Return ∂J/∂p, p's shape, summed over the rows."""


COLUMN_EMBEDDINGS: Family[ColumnEmbedding] = Family("column embedding")


@COLUMN_EMBEDDINGS.register
@dataclass(frozen=True)
class Plain(ColumnEmbedding):
    """x ↦ x: the column as it is."""

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


@COLUMN_EMBEDDINGS.register
@dataclass(frozen=True)
class Periodic(ColumnEmbedding):
    """x ↦ [x, cos(2π w x + b) V + c]: PBLD of Holzmüller et al. (2024), section 3.

    w: `frequencies` numbers from N(0, sigma²), b from U(−π, π); V of shape (frequencies, width − 1) and
    c of shape (width − 1,) from U(±1/√frequencies). p = [w, b, V by rows, c].
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
        w = self.sigma * random.normal(seed, _PURPOSE, count, layer=2 * column)
        rest = 2 * random.uniform(
            seed, _PURPOSE, self.parameter_count - count, layer=2 * column + 1
        )
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
    """x ↦ e(x) V + c, eₜ(x) = min(1, max(0, (x − edgeₜ) / (edgeₜ₊₁ − edgeₜ))) for each bin t.

    Gorishniy et al. (2022), section 3.2, followed by a linear layer, as in TabM. `edges`: increasing,
    from the training rows' quantiles; V of shape (bins, width) and c of shape (width,) from
    U(±1/√bins). p = [V by rows, c].
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
        """The number of pieces."""
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
        unit = random.uniform(seed, _PURPOSE, self.parameter_count, layer=2 * column)
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


@COLUMN_EMBEDDINGS.register
@dataclass(frozen=True)
class Category(ColumnEmbedding):
    """x ↦ row x of a table E of shape (count, width), x whole numbers 0 … count − 1; E from N(0, 1).

    What is no such number counts as the nearest one, NaN as 0. p = E by rows.
    """

    kind = "category"
    count: int = 2
    width: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("Category.count", self.count, at_least=1, at_most=1 << 24)
        checks.integer("Category.width", self.width, at_least=1, at_most=1024)

    @property
    def feature_count(self) -> int:
        return self.count

    @property
    def outputs(self) -> int:
        return self.width

    @property
    def parameter_count(self) -> int:
        return self.count * self.width

    def initial_parameters(self, seed: int, column: int) -> Array:
        return random.normal(seed, _PURPOSE, self.parameter_count, layer=2 * column)

    def _codes(self, x: Array) -> Array:
        return np.clip(np.rint(np.nan_to_num(x, nan=0.0)), 0, self.count - 1).astype(np.int64)

    def embed(self, x: Array, p: Array) -> Array:
        return p.reshape(self.count, self.width)[self._codes(x)]

    def gradient(self, x: Array, p: Array, delta: Array) -> Array:
        table = np.zeros((self.count, self.width), p.dtype)
        np.add.at(table, self._codes(x), delta)
        return table.ravel()


_PURPOSE = random.Purpose.EMBEDDING

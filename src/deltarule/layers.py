"""Layers: what a network is a chain of.

Dense layers compute; Dropout and Scale change what a dense layer sees; an Embedding, first in the chain,
turns columns into more numbers than they came with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule.activations import ACTIVATIONS, Activation
from deltarule.embeddings import COLUMN_EMBEDDINGS, ColumnEmbedding
from deltarule.errors import SettingError
from deltarule.initializers import INITIALIZERS, Initializer
from deltarule.schedules import SCHEDULES, Schedule, as_number_or_schedule

__all__ = [
    "FACTOR_INITIALIZERS",
    "LAYERS",
    "PARAMETERIZATIONS",
    "SHARINGS",
    "Dense",
    "Dropout",
    "Embedding",
    "Layer",
    "Scale",
]

Array = NDArray[Any]

PARAMETERIZATIONS = ("standard", "ntk")
SHARINGS = ("shared", "input_factors", "factors", "separate")
FACTOR_INITIALIZERS = ("ones", "signs", "normal")


@dataclass(frozen=True)
class Layer(Description):
    """Base of all layers."""

    name: str | None


LAYERS: Family[Layer] = Family("layer")


@LAYERS.register
@dataclass(frozen=True, init=False)
class Dense(Layer):
    """x ↦ g(x W + b): every unit sees every input.

    W has shape (inputs, units), b (units,). `activation`, `initializer` and `bias_initializer` take a
    description or its name. `l1` and `l2` add l1 Σ|W| + l2 ΣW² to the loss (weights only, Keras's
    scale: no half). `max_norm` keeps the Euclidean norm of each unit's incoming weights at or below it
    after every update (Srebro et al. 2005).

    `parameterization`: "ntk" computes x W / √inputs + b (Jacot et al. 2018), so that weights of size 1
    suit a layer of any width. `learned_activation`: z ↦ z + a (g(z) − z), one learned a for each unit,
    1 at the start (Holzmüller et al. 2024). `rate_factor` and `decay_factor` multiply learning rate and
    weight decay of W, `bias_…` those of b, `activation_…` those of a.

    `sharing` says what the members of a network of several (`Network(..., members=k)`) have in common:
    "shared" all, "input_factors" all but a factor for each input, "factors" W alone, with factors r for
    inputs and s for outputs and a bias of each member's own, ((x ⊙ r) W) ⊙ s + b (Wen et al. 2020;
    Gorishniy et al. 2025), "separate" nothing. `factor_initializer`: r at first: "ones", "signs" (±1) or
    "normal", drawn once for all numbers that come from one column; s is 1 at first.
    """

    kind = "dense"
    optional: ClassVar[dict[str, Any]] = {
        "parameterization": "standard",
        "learned_activation": False,
        "rate_factor": 1.0,
        "decay_factor": 1.0,
        "bias_rate_factor": 1.0,
        "bias_decay_factor": 1.0,
        "activation_rate_factor": 1.0,
        "activation_decay_factor": 1.0,
        "sharing": "shared",
        "factor_initializer": "ones",
    }
    units: int
    activation: Activation
    bias: bool
    initializer: Initializer
    bias_initializer: Initializer
    l1: float
    l2: float
    max_norm: float | None
    parameterization: str
    learned_activation: bool
    rate_factor: float
    decay_factor: float
    bias_rate_factor: float
    bias_decay_factor: float
    activation_rate_factor: float
    activation_decay_factor: float
    sharing: str
    factor_initializer: str

    def __init__(
        self,
        units: int,
        activation: Activation | str = "identity",
        bias: bool = True,
        initializer: Initializer | str = "glorot",
        bias_initializer: Initializer | str = "zeros",
        l1: float = 0.0,
        l2: float = 0.0,
        max_norm: float | None = None,
        name: str | None = None,
        *,
        parameterization: str = "standard",
        learned_activation: bool = False,
        rate_factor: float = 1.0,
        decay_factor: float = 1.0,
        bias_rate_factor: float = 1.0,
        bias_decay_factor: float = 1.0,
        activation_rate_factor: float = 1.0,
        activation_decay_factor: float = 1.0,
        sharing: str = "shared",
        factor_initializer: str = "ones",
    ) -> None:
        checks.integer("Dense.units", units, at_least=1, hint="A layer needs at least one unit.")
        factors = {
            "rate_factor": rate_factor,
            "decay_factor": decay_factor,
            "bias_rate_factor": bias_rate_factor,
            "bias_decay_factor": bias_decay_factor,
            "activation_rate_factor": activation_rate_factor,
            "activation_decay_factor": activation_decay_factor,
        }
        values = {
            "units": int(units),
            "activation": ACTIVATIONS.resolve(activation, "Dense.activation"),
            "bias": checks.flag("Dense.bias", bias),
            "initializer": INITIALIZERS.resolve(initializer, "Dense.initializer"),
            "bias_initializer": INITIALIZERS.resolve(bias_initializer, "Dense.bias_initializer"),
            "l1": checks.number("Dense.l1", l1, at_least=0),
            "l2": checks.number("Dense.l2", l2, at_least=0),
            "max_norm": max_norm
            if max_norm is None
            else checks.number("Dense.max_norm", max_norm, above=0),
            "name": _checked_name(name),
            "parameterization": checks.one_of(
                "Dense.parameterization", parameterization, PARAMETERIZATIONS
            ),
            "learned_activation": checks.flag("Dense.learned_activation", learned_activation),
            "sharing": checks.one_of("Dense.sharing", sharing, SHARINGS),
            "factor_initializer": checks.one_of(
                "Dense.factor_initializer", factor_initializer, FACTOR_INITIALIZERS
            ),
        } | {
            factor: checks.number(f"Dense.{factor}", value, at_least=0)
            for factor, value in factors.items()
        }
        for field, value in values.items():
            object.__setattr__(self, field, value)
        if self.initializer.place == "biases" or self.bias_initializer.place == "weights":
            raise SettingError(
                "Dense.initializer",
                f"{self.initializer.kind!r} cannot be combined with "
                f"`Dense.bias_initializer` {self.bias_initializer.kind!r}",
                hint="unit_variance is for weights and he_plus for biases.",
            )
        if self.learned_activation and self.activation.kind == "softmax":
            raise SettingError(
                "Dense.learned_activation",
                "must be False for softmax, which does not act on each unit separately",
            )

    @property
    def is_plain(self) -> bool:
        """Whether the layer is x W + b and g alone: no factors, nothing learned but W and b."""
        names = ("parameterization", "learned_activation", "sharing")
        return all(getattr(self, name) == self.optional[name] for name in names)


@LAYERS.register
@dataclass(frozen=True, init=False)
class Dropout(Layer):
    """In training, x ↦ x / (1 − rate) or 0, the 0 with probability `rate`; afterwards x ↦ x.

    Srivastava et al. (2014), with the scaling in training ("inverted"), as Keras and PyTorch do. `rate`
    may be a schedule.
    """

    kind = "dropout"
    rate: float | Schedule

    def __init__(self, rate: float | Schedule = 0.5, name: str | None = None) -> None:
        checked = as_number_or_schedule("Dropout.rate", rate, below=1, hint="Typical: 0.1 to 0.5.")
        object.__setattr__(self, "rate", checked)
        object.__setattr__(self, "name", _checked_name(name))


@LAYERS.register
@dataclass(frozen=True, init=False)
class Scale(Layer):
    """x ↦ s ⊙ x: one learned factor for each number, 1 at the start (Holzmüller et al. 2024).

    `rate_factor` and `decay_factor` multiply learning rate and weight decay of s.
    """

    kind = "scale"
    rate_factor: float
    decay_factor: float

    def __init__(
        self, rate_factor: float = 1.0, decay_factor: float = 1.0, name: str | None = None
    ) -> None:
        object.__setattr__(
            self, "rate_factor", checks.number("Scale.rate_factor", rate_factor, at_least=0)
        )
        object.__setattr__(
            self, "decay_factor", checks.number("Scale.decay_factor", decay_factor, at_least=0)
        )
        object.__setattr__(self, "name", _checked_name(name))


@LAYERS.register
@dataclass(frozen=True, init=False)
class Embedding(Layer):
    """Each input column through an embedding of its own, side by side in the columns' order.

    `columns`: a `ColumnEmbedding` for each input column of the network; the layer comes first. With
    `sources` (input columns from 0, one for each embedding) a column may be embedded in several ways.
    """

    kind = "embedding"
    optional: ClassVar[dict[str, Any]] = {"sources": None}
    columns: tuple[ColumnEmbedding, ...]
    sources: tuple[int, ...] | None

    def __init__(
        self,
        columns: Iterable[ColumnEmbedding],
        name: str | None = None,
        sources: Iterable[int] | None = None,
    ) -> None:
        if isinstance(columns, str) or not isinstance(columns, Iterable):
            raise SettingError(
                "Embedding.columns", "must be a list with one embedding per column", columns
            )
        resolved = tuple(
            COLUMN_EMBEDDINGS.resolve(column, f"Embedding.columns[{i}]")
            for i, column in enumerate(columns)
        )
        if not resolved:
            raise SettingError("Embedding.columns", "must embed at least one column")
        object.__setattr__(self, "columns", resolved)
        object.__setattr__(self, "sources", _checked_sources(sources, len(resolved)))
        object.__setattr__(self, "name", _checked_name(name))

    @property
    def inputs(self) -> int:
        """How many numbers a row must have."""
        return len(self.columns) if self.sources is None else max(self.sources) + 1

    @property
    def source_columns(self) -> tuple[int, ...]:
        """The input column that each embedding reads."""
        return tuple(range(len(self.columns))) if self.sources is None else self.sources

    @property
    def outputs(self) -> int:
        """How many numbers a row becomes."""
        return sum(column.outputs for column in self.columns)

    @property
    def parameter_count(self) -> int:
        """How many parameters all columns have."""
        return sum(column.parameter_count for column in self.columns)

    def embed(self, x: Array, parameters: Array) -> Array:
        """Return what rows become: x of shape (rows, columns), the result (rows, outputs)."""
        result = np.empty((len(x), self.outputs), np.result_type(x, parameters))
        place = 0
        own = self._own(parameters)
        for column, j, p in zip(self.columns, self.source_columns, own, strict=True):
            result[:, place : place + column.outputs] = column.embed(x[:, j], p)
            place += column.outputs
        return result

    def gradient(self, x: Array, parameters: Array, delta: Array) -> Array:
        """Return ∂J/∂parameters from delta = ∂J/∂embed(x, parameters), shape (parameter_count,)."""
        pieces, start = [], 0
        own = self._own(parameters)
        for column, j, p in zip(self.columns, self.source_columns, own, strict=True):
            part = delta[:, start : start + column.outputs]
            pieces.append(column.gradient(x[:, j], p, part))
            start += column.outputs
        return np.concatenate(pieces)

    def _own(self, parameters: Array) -> list[Array]:
        ends = np.cumsum([column.parameter_count for column in self.columns])
        return np.split(parameters, ends[:-1])


LAYERS.nest("activation", ACTIVATIONS)
LAYERS.nest("initializer", INITIALIZERS)
LAYERS.nest("bias_initializer", INITIALIZERS)
LAYERS.nest("rate", SCHEDULES)
LAYERS.nest("columns", COLUMN_EMBEDDINGS)


def _checked_sources(sources: Iterable[int] | None, count: int) -> tuple[int, ...] | None:
    if sources is None:
        return None
    if isinstance(sources, str) or not isinstance(sources, Iterable):
        raise SettingError("Embedding.sources", "must be a list of columns", sources)
    checked = tuple(checks.integer("Embedding.sources", source, at_least=0) for source in sources)
    named = sorted(set(checked))
    if len(checked) != count or named != list(range(len(named))):
        raise SettingError(
            "Embedding.sources",
            f"must name a column for each of the {count} embeddings, and each column at least once",
            checked,
        )
    return checked


def _checked_name(name: str | None) -> str | None:
    if name is not None and (not isinstance(name, str) or not name):
        raise SettingError("name", "must be text", name)
    return name

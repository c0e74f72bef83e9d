"""Blocks: the dense layers of a network with the layers before them, and their parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from deltarule._common.notebook_display import NotebookDisplay
from deltarule.layers import Dense, Embedding, Scale
from deltarule.schedules import Schedule

__all__ = ["PART_NAMES", "Block", "Part"]

PART_NAMES = (
    "embedding", "scale", "weights", "biases", "slopes", "input_factors", "output_factors",
)  # fmt: skip
"""The arrays of parameters that a block can have, in the order of `Parameters.flat`."""


@dataclass(frozen=True)
class Part:
    """One array of parameters of a block, in the order of `Parameters.flat`.

    Parameters
    ----------
    name : str
        One of `PART_NAMES`.
    shape : tuple of int
        Shape of the array.
    groups : tuple of (int, float, float)
        Count, learning rate factor and weight decay factor of consecutive values.
    """

    name: str
    shape: tuple[int, ...]
    groups: tuple[tuple[int, float, float], ...]

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


@dataclass(frozen=True, repr=False)
class Block(NotebookDisplay):
    """A dense layer with the layers that transform its input: the unit in which engines compute.

    Parameters
    ----------
    dense : Dense
        The dense layer.
    name : str
        Its name.
    inputs : int
        Number of its inputs.
    dropout_rate : float or Schedule, default 0.0
        Dropout of its input, 0 without a Dropout layer.
    scale : Scale, optional
        Scale layer before it.
    embedding : Embedding, optional
        Embedding layer before it, in the first block only.
    members : int, default 1
        Members of the network.
    """

    dense: Dense
    name: str
    inputs: int
    dropout_rate: float | Schedule = 0.0  # of the block's input, 0 where there is no Dropout
    scale: Scale | None = None
    embedding: Embedding | None = None  # of the first block only
    members: int = 1

    def _sentence(self) -> str:
        before = [name for name in ("scale", "embedding") if getattr(self, name) is not None]
        before += ["dropout"] if self.dropout_rate != 0 else []
        layers = " → ".join([*before, f"{self.dense.units:,} {self.dense.activation.kind}"])
        return f"{self.name}: {self.inputs:,} inputs → {layers}"

    @property
    def weight_factor(self) -> float:
        """Factor of the weighted sums: 1, or 1/√n_inputs under "ntk"."""
        return 1 / math.sqrt(self.inputs) if self.dense.parameterization == "ntk" else 1.0

    @property
    def is_plain(self) -> bool:
        """Whether the block is g(x W + b) after at most a dropout."""
        return self.dense.is_plain and self.scale is None and self.embedding is None

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The block's arrays of parameters."""
        dense, inputs, units, members = self.dense, self.inputs, self.dense.units, self.members
        weights = (dense.rate_factor, dense.decay_factor)
        biases = (dense.bias_rate_factor, dense.bias_decay_factor)
        parts = []
        if self.embedding is not None:
            columns = self.embedding.columns
            groups = [(c.parameter_count, c.rate_factor, c.decay_factor) for c in columns]
            size = self.embedding.parameter_count
            parts.append(Part("embedding", (size,), tuple(g for g in groups if g[0])))
        if self.scale is not None:
            factors = (self.scale.rate_factor, self.scale.decay_factor)
            parts.append(_part("scale", (inputs,), factors))
        separate = (members,) if dense.sharing == "separate" else ()
        own_biases = (members,) if dense.sharing in ("separate", "factors") else ()
        parts.append(_part("weights", (*separate, inputs, units), weights))
        if dense.bias:
            parts.append(_part("biases", (*own_biases, units), biases))
        if dense.learned_activation:
            factors = (dense.activation_rate_factor, dense.activation_decay_factor)
            parts.append(_part("slopes", (units,), factors))
        if dense.sharing in ("factors", "input_factors"):
            parts.append(_part("input_factors", (members, inputs), weights))
        if dense.sharing == "factors":
            parts.append(_part("output_factors", (members, units), weights))
        return tuple(parts)

    @cached_property
    def parameter_count(self) -> int:
        """Number of the block's parameters."""
        return sum(part.size for part in self.parts)


def _part(name: str, shape: tuple[int, ...], factors: tuple[float, float]) -> Part:
    return Part(name, shape, ((math.prod(shape), *factors),))

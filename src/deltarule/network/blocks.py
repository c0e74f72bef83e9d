"""Blocks: the dense layers of a network with the layers before them, and their parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from deltarule._common.notebook_display import NotebookDisplay
from deltarule.layers import Dense, Embedding, Layer, Normalization, Scale
from deltarule.schedules import Schedule

__all__ = ["PART_NAMES", "Block", "Part"]

PART_NAMES = (
    "embedding", "scale", "gamma", "beta", "moving_mean", "moving_variance", "weights", "biases",
    "slopes", "input_factors", "output_factors",
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
    trainable : bool, default True
        Whether updates change the array: not that of a frozen layer, nor a moving average.
    """

    name: str
    shape: tuple[int, ...]
    groups: tuple[tuple[int, float, float], ...]
    trainable: bool = True

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
    normalization : Normalization, optional
        Batch or layer normalization of its input.
    drops_first : bool, default False
        Whether the dropout comes before the normalization.
    """

    dense: Dense
    name: str
    inputs: int
    dropout_rate: float | Schedule = 0.0  # of the block's input, 0 where there is no Dropout
    scale: Scale | None = None
    embedding: Embedding | None = None  # of the first block only
    members: int = 1
    normalization: Normalization | None = None
    drops_first: bool = False

    def _sentence(self) -> str:
        before = [name for name in ("scale", "embedding") if getattr(self, name) is not None]
        before += ["dropout"] if self.dropout_rate != 0 else []
        if self.normalization is not None:
            before.insert(len(before) if self.drops_first else 0, self.normalization.label)
        layers = " → ".join([*before, f"{self.dense.units:,} {self.dense.activation.kind}"])
        return f"{self.name}: {self.inputs:,} inputs → {layers}"

    @property
    def weight_factor(self) -> float:
        """Factor of the weighted sums: 1, or 1/√n_inputs under "ntk"."""
        return 1 / math.sqrt(self.inputs) if self.dense.parameterization == "ntk" else 1.0

    @property
    def is_plain(self) -> bool:
        """Whether the block is g(x W + b) after at most a dropout."""
        others = (self.scale, self.embedding, self.normalization)
        return self.dense.is_plain and all(layer is None for layer in others)

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
            size, trainable = self.embedding.parameter_count, self.embedding.trainable
            own_groups = tuple(g for g in groups if g[0])
            parts.append(Part("embedding", (size,), own_groups, trainable))
        if self.scale is not None:
            factors = (self.scale.rate_factor, self.scale.decay_factor)
            parts.append(_part("scale", (inputs,), factors, self.scale.trainable))
        if self.normalization is not None:
            for name in self.normalization.part_names:
                trainable = self.normalization.trainable and not name.startswith("moving")
                parts.append(_part(name, (inputs,), (1.0, 1.0), trainable))
        separate = (members,) if dense.sharing == "separate" else ()
        own_biases = (members,) if dense.sharing in ("separate", "factors") else ()
        own: list[tuple[str, tuple[int, ...], tuple[float, float]]] = [
            ("weights", (*separate, inputs, units), weights)
        ]
        if dense.bias:
            own.append(("biases", (*own_biases, units), biases))
        if dense.learned_activation:
            factors = (dense.activation_rate_factor, dense.activation_decay_factor)
            own.append(("slopes", (units,), factors))
        if dense.sharing in ("factors", "input_factors"):
            own.append(("input_factors", (members, inputs), weights))
        if dense.sharing == "factors":
            own.append(("output_factors", (members, units), weights))
        return (*parts, *(_part(*each, dense.trainable) for each in own))

    def owner(self, part: str) -> str:
        """Return the name of the layer that an array belongs to, for the names in model files.

        Parameters
        ----------
        part : str
            Name of the array, one of `PART_NAMES`.

        Returns
        -------
        str
            The name of the normalization layer for its arrays, else of the dense layer.
        """
        layer: Layer | None = self.normalization
        if layer is None or layer.name is None or part not in self.normalization_parts:
            return self.name
        return layer.name

    @property
    def normalization_parts(self) -> tuple[str, ...]:
        """Names of the arrays of the normalization layer; () without one."""
        return () if self.normalization is None else self.normalization.part_names

    @cached_property
    def parameter_count(self) -> int:
        """Number of the block's parameters."""
        return sum(part.size for part in self.parts)


def _part(
    name: str, shape: tuple[int, ...], factors: tuple[float, float], trainable: bool = True
) -> Part:
    return Part(name, shape, ((math.prod(shape), *factors),), trainable)

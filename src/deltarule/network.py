"""Networks: a chain of dense layers, as a value that checks itself.

A network here runs forward only: no arrows back, no jumps. Images, text, recurrence and attention need
other layers; use PyTorch or Keras for them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from deltarule._common import checks
from deltarule._common.descriptions import Json
from deltarule._common.strict_reader import StrictReader, broken_rules_are_file_errors
from deltarule.errors import SettingError, ShapeError
from deltarule.layers import LAYERS, Dense, Dropout, Embedding, Layer, Scale
from deltarule.schedules import Schedule

__all__ = [
    "PART_NAMES",
    "Block",
    "Network",
    "Part",
]

PART_NAMES = (
    "embedding", "scale", "weights", "biases", "slopes", "input_factors", "output_factors",
)  # fmt: skip
"""What a block may learn, in the order in which its numbers lie."""


@dataclass(frozen=True)
class Part:
    """One array of parameters of a block, in the order of `Parameters.flat`.

    `groups`: (count, rate_factor, decay_factor) for one stretch of its numbers after the other.
    """

    name: str
    shape: tuple[int, ...]
    groups: tuple[tuple[int, float, float], ...]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Block:
    """One dense layer with what stands before it: the unit in which engines compute."""

    dense: Dense
    name: str
    inputs: int
    dropout_rate: float | Schedule = 0.0  # of the block's input, 0 where there is no Dropout
    scale: Scale | None = None
    embedding: Embedding | None = None  # of the first block only
    members: int = 1

    @property
    def weight_factor(self) -> float:
        """What the sum over inputs is multiplied by: 1, or 1/√inputs under "ntk"."""
        return 1 / math.sqrt(self.inputs) if self.dense.parameterization == "ntk" else 1.0

    @property
    def is_plain(self) -> bool:
        """Whether the block is x W + b and g, behind no more than a dropout."""
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
        """The number of the block's parameters."""
        return sum(part.size for part in self.parts)


def _part(name: str, shape: tuple[int, ...], factors: tuple[float, float]) -> Part:
    return Part(name, shape, ((math.prod(shape), *factors),))


@dataclass(frozen=True, init=False)
class Network:
    """A chain of layers: `Network([Dense(8, "relu"), Dense(3, "softmax")], inputs=4)`.

    `inputs`: how many numbers a sample has; None until the data say it (`with_inputs`). `members`: how
    many networks it is that share parameters, as each dense layer's `sharing` says. They are trained on
    the mean of their losses, and predict the mean of their outputs (Gorishniy et al. 2025).
    """

    layers: tuple[Layer, ...]
    inputs: int | None
    members: int

    def __init__(
        self, layers: Iterable[Layer], inputs: int | None = None, members: int = 1
    ) -> None:
        chain = tuple(layers)
        _check_chain(chain)
        if inputs is not None:
            checks.integer("Network.inputs", inputs, at_least=1)
            _check_columns(chain, inputs)
        _check_members(chain, checks.integer("Network.members", members, at_least=1))
        object.__setattr__(self, "layers", _named(chain))
        object.__setattr__(self, "inputs", None if inputs is None else int(inputs))
        object.__setattr__(self, "members", int(members))

    def with_inputs(self, inputs: int) -> Network:
        """Return this network for samples of `inputs` numbers; `ShapeError` if it says otherwise."""
        if self.inputs not in (None, inputs):
            raise ShapeError(
                f"The network was made for {self.inputs} inputs, but the data have {inputs} columns: "
                f"make it with inputs={inputs} or leave inputs out."
            )
        return Network(self.layers, inputs, self.members)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The dense layers with their names, input widths and what stands before each."""
        blocks: list[Block] = []
        width = self.known_inputs
        before: dict[str, Any] = {}
        for layer in self.layers:
            if isinstance(layer, Dense):
                blocks.append(Block(layer, layer.name or "", width, members=self.members, **before))
                width, before = layer.units, {}
            elif isinstance(layer, Dropout):
                before["dropout_rate"] = layer.rate
            elif isinstance(layer, Scale):
                before["scale"] = layer
            elif isinstance(layer, Embedding):
                before["embedding"], width = layer, layer.outputs
        return tuple(blocks)

    @property
    def known_inputs(self) -> int:
        """`inputs`, or a `ShapeError` while nobody has said it."""
        if self.inputs is None:
            raise ShapeError("The network does not know its inputs yet: use with_inputs(columns).")
        return self.inputs

    @property
    def outputs(self) -> int:
        """The number of units of the last layer."""
        return self.output_layer.units

    @property
    def output_layer(self) -> Dense:
        """The last layer."""
        last = self.layers[-1]
        assert isinstance(last, Dense)  # _check_chain saw to it
        return last

    @cached_property
    def parameter_count(self) -> int:
        """The number of parameters: weights, biases and whatever else is learned."""
        return sum(block.parameter_count for block in self.blocks)

    @property
    def is_plain(self) -> bool:
        """Whether the network is dense layers and dropout alone."""
        return self.members == 1 and all(block.is_plain for block in self.blocks)

    def to_json(self) -> Json:
        """Return the network as strict JSON types."""
        members = {} if self.members == 1 else {"members": self.members}
        layers = [layer.to_json() for layer in self.layers]
        return {"inputs": self.inputs, "layers": layers, **members}

    @classmethod
    def from_json(cls, data: object, where: str = "network") -> Network:
        """Return the network that `to_json` wrote; anything else is a `ModelFileError`."""
        reader = StrictReader(data, where)
        inputs = reader.take_any("inputs")
        members = reader.take_any("members") if "members" in reader else 1
        layers = [
            LAYERS.from_json(layer, f"{where}.layers[{i}]")
            for i, layer in enumerate(reader.take("layers", list))
        ]
        reader.finish()
        with broken_rules_are_file_errors(where):
            return cls(layers, inputs, members)  # type: ignore[arg-type]

    def __str__(self) -> str:
        """Return a table: name, kind, shape and parameter count of each layer."""
        counts = iter([] if self.inputs is None else self.blocks)
        rows = [("layer", "kind", "output", "parameters")]
        width = self.inputs
        for layer in self.layers:
            name = layer.name or ""
            if isinstance(layer, Dense):
                block = next(counts, None)
                own = "?" if block is None else f"{_own_parameters(block):,}"
                width = layer.units
                rows.append((name, f"Dense, {layer.activation.kind}", str(width), own))
            elif isinstance(layer, Dropout):
                rate = "by a schedule" if isinstance(layer.rate, Schedule) else f"{layer.rate:g}"
                rows.append((name, f"Dropout, {rate}", "as before", "0"))
            elif isinstance(layer, Scale):
                rows.append((name, "Scale", "as before", "?" if width is None else f"{width:,}"))
            elif isinstance(layer, Embedding):
                width = layer.outputs
                kind = f"Embedding, {len(layer.columns)} columns"
                rows.append((name, kind, str(width), f"{layer.parameter_count:,}"))
        total = "?" if self.inputs is None else f"{self.parameter_count:,}"
        kind = f"{self.inputs or '?'} inputs"
        kind += "" if self.members == 1 else f", {self.members} members"
        rows.append(("total", kind, str(self.outputs), total))
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        return "\n".join(
            f"{r[0]:<{widths[0]}}  {r[1]:<{widths[1]}}  {r[2]:>{widths[2]}}  {r[3]:>{widths[3]}}"
            for r in rows
        )


def _own_parameters(block: Block) -> int:
    """Return what the dense layer itself has, without what stands before it."""
    return sum(part.size for part in block.parts if part.name not in ("embedding", "scale"))


def _check_chain(chain: tuple[Layer, ...]) -> None:
    for layer in chain:
        if not isinstance(layer, Dense | Dropout | Scale | Embedding):
            raise SettingError(
                "Network.layers",
                "must be a chain of Dense, Dropout, Scale and Embedding layers",
                layer,
                "For images, text or recurrence use PyTorch or Keras.",
            )
    if not chain or not isinstance(chain[-1], Dense):
        raise SettingError("Network.layers", "must end with a Dense layer, the output layer")
    if chain[-1].learned_activation:
        raise SettingError("Dense.learned_activation", "must be False in the last layer")
    if any(isinstance(layer, Embedding) for layer in chain[1:]):
        raise SettingError(
            "Network.layers",
            "must have an Embedding only as the first layer, which reads the columns of the table",
        )
    before: list[type[Layer]] = []
    for layer in chain:
        if isinstance(layer, Dense):
            before = []
            continue
        if type(layer) in before:
            advice = "Use one with a higher rate." if isinstance(layer, Dropout) else "Use one."
            raise SettingError(
                "Network.layers",
                f"must not have two {type(layer).__name__} layers in a row",
                hint=advice,
            )
        before.append(type(layer))


def _check_columns(chain: tuple[Layer, ...], inputs: int) -> None:
    first = chain[0]
    if isinstance(first, Embedding) and first.inputs != inputs:
        raise ShapeError(
            f"The Embedding describes {first.inputs} columns, but a sample has {inputs} numbers: "
            "describe each column once."
        )


def _check_members(chain: tuple[Layer, ...], members: int) -> None:
    own = [layer for layer in chain if isinstance(layer, Dense) and layer.sharing != "shared"]
    if members == 1 and own:
        raise SettingError(
            "Dense.sharing",
            f"is {own[0].sharing!r} in layer {own[0].name or own[0].kind!r}, but the "
            "network has one member",
            hint="Make it with Network(..., members=k).",
        )
    if members > 1 and not own:
        raise SettingError(
            "Network.members",
            f"is {members}, but the members share all parameters and would be equal",
            hint='Give a Dense layer a sharing of "factors", "input_factors" or "separate".',
        )
    if members > 1 and any(
        layer.max_norm is not None for layer in chain if isinstance(layer, Dense)
    ):
        raise SettingError("Dense.max_norm", "cannot be used in a network of several members")


def _named(chain: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Give nameless layers names like dense_1 and check that no name comes twice."""
    taken = {layer.name for layer in chain if layer.name}
    counts: dict[str, int] = {}
    named: list[Layer] = []
    for layer in chain:
        name = layer.name
        while name is None or (layer.name is None and name in taken):
            counts[layer.kind] = counts.get(layer.kind, 0) + 1
            name = f"{layer.kind}_{counts[layer.kind]}"
        named.append(replace(layer, name=name))
    names = [layer.name for layer in named]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise SettingError.message(f"Two layers are called {double!r}: give each its own name.")
    return tuple(named)

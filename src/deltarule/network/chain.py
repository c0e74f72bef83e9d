"""The network: a chain of layers that checks itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from deltarule._common import checks
from deltarule._common.descriptions import Json
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.other_terms import NamesOtherTerms, refuses_other_terms
from deltarule._common.strict_reader import StrictReader, broken_rules_are_file_errors
from deltarule.errors import ShapeError
from deltarule.layers import LAYERS, Dense, Dropout, Embedding, Layer, Normalization, Scale
from deltarule.network.blocks import Block
from deltarule.network.chain_rules import (
    as_chain,
    check_chain,
    check_columns,
    check_length,
    check_members,
    named,
)
from deltarule.schedules import Schedule

__all__ = ["Network"]


@dataclass(frozen=True, init=False, repr=False)
class Network(NamesOtherTerms, NotebookDisplay):
    """Chain of layers, as an immutable value.

    Parameters
    ----------
    layers : iterable of Layer
        The layers; the last one must be Dense.
    inputs : int, optional
        Number of inputs; by default it is set by the data at training (`with_inputs`).
    members : int, default 1
        Number of networks that share parameters according to each Dense layer's ``sharing``. They are
        trained on the mean of their losses and predict the mean of their outputs (Gorishniy et al.
        2025).

    Raises
    ------
    SettingError
        If the layers do not form a network.
    ShapeError
        If `inputs` does not fit an Embedding.

    See Also
    --------
    fit : Trains a network.
    Dense : A dense layer.

    Examples
    --------
    >>> import deltarule as dr
    >>> network = dr.Network([dr.Dense(8, "relu"), dr.Dense(3, "softmax")], inputs=4)
    >>> network.parameter_count
    67
    >>> print(network)
    layer    kind            output  parameters
    dense_1  Dense, relu          8          40
    dense_2  Dense, softmax       3          27
    total    4 inputs             3          67
    """

    layers: tuple[Layer, ...]
    inputs: int | None
    members: int

    @refuses_other_terms("Network")
    def __init__(
        self, layers: Iterable[Layer], inputs: int | None = None, members: int = 1
    ) -> None:
        chain = as_chain(layers)
        check_chain(chain)
        if inputs is not None:
            checks.integer("Network.inputs", inputs, at_least=1)
            check_columns(chain, inputs)
        check_members(chain, checks.integer("Network.members", members, at_least=1))
        object.__setattr__(self, "layers", named(chain))
        object.__setattr__(self, "inputs", None if inputs is None else int(inputs))
        object.__setattr__(self, "members", int(members))

    def with_inputs(self, inputs: int) -> Network:
        """Return this network with a number of inputs.

        Parameters
        ----------
        inputs : int
            Number of inputs, at least 1.

        Returns
        -------
        Network
            The network.

        Raises
        ------
        ShapeError
            If the network has another number of inputs.
        """
        if self.inputs not in (None, inputs):
            raise ShapeError(
                f"The network was made for {self.inputs} inputs, but the data have {inputs} columns: "
                f"make it with inputs={inputs} or leave inputs out."
            )
        return Network(self.layers, inputs, self.members)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Dense layers with the layers before each of them."""
        blocks: list[Block] = []
        width = self.known_inputs
        before: dict[str, Any] = {}
        for layer in self.layers:
            if isinstance(layer, Dense):
                blocks.append(Block(layer, layer.name or "", width, members=self.members, **before))
                width, before = layer.units, {}
            elif isinstance(layer, Dropout):
                before["dropout_rate"] = layer.rate
            elif isinstance(layer, Normalization):
                before["normalization"], before["drops_first"] = layer, "dropout_rate" in before
            elif isinstance(layer, Scale):
                before["scale"] = layer
            elif isinstance(layer, Embedding):
                before["embedding"], width = layer, layer.outputs
        return tuple(blocks)

    @property
    def known_inputs(self) -> int:
        """Number of inputs.

        Raises
        ------
        ShapeError
            If it is not known yet.
        """
        if self.inputs is None:
            raise ShapeError("The network does not know its inputs yet: use with_inputs(columns).")
        return self.inputs

    @property
    def outputs(self) -> int:
        """Number of units of the last layer."""
        return self.output_layer.units

    @property
    def output_layer(self) -> Dense:
        """Last layer."""
        last = self.layers[-1]
        assert isinstance(last, Dense)  # _check_chain saw to it
        return last

    @cached_property
    def parameter_count(self) -> int:
        """Number of parameters."""
        return sum(block.parameter_count for block in self.blocks)

    @cached_property
    def trainable_count(self) -> int:
        """Number of parameters that training changes, without moving averages and frozen layers."""
        parts = (part for block in self.blocks for part in block.parts)
        return sum(part.size for part in parts if part.trainable)

    @property
    def uses_batch(self) -> bool:
        """Whether training normalizes with the statistics of each batch."""
        return any(isinstance(layer, Normalization) and layer.uses_batch for layer in self.layers)

    @cached_property
    def is_plain(self) -> bool:
        """Whether the network has one member, and only plain dense layers and dropout."""
        return self.members == 1 and all(block.is_plain for block in self.blocks)

    def to_json(self) -> Json:
        """Return the network in strict JSON types.

        Returns
        -------
        dict
            ``{"inputs": ..., "layers": [...]}``, and "members" if there are several.
        """
        members = {} if self.members == 1 else {"members": self.members}
        layers = [layer.to_json() for layer in self.layers]
        return {"inputs": self.inputs, "layers": layers, **members}

    @classmethod
    def from_json(cls, data: object, where: str = "network") -> Network:
        """Return the network that `to_json` described.

        Parameters
        ----------
        data : object
            The description.
        where : str, default "network"
            Where the description was found, for error messages.

        Returns
        -------
        Network
            The network.

        Raises
        ------
        ModelFileError
            If `data` does not describe a network.
        """
        reader = StrictReader(data, where)
        inputs = reader.take_any("inputs")
        members = reader.take_any("members") if "members" in reader else 1
        described = reader.take("layers", list)
        reader.finish()
        with broken_rules_are_file_errors(where):
            check_length(len(described))
        layers = [
            LAYERS.from_json(layer, f"{where}.layers[{i}]") for i, layer in enumerate(described)
        ]
        with broken_rules_are_file_errors(where):
            return cls(layers, inputs, members)  # type: ignore[arg-type]

    def _sentence(self) -> str:
        shape = chain_shape(self)
        if self.inputs is None:
            return f"inputs as in the data → {shape}"
        members = "" if self.members == 1 else f"{self.members} members, "
        return f"{self.inputs:,} inputs → {shape}; {members}{counted(self.parameter_count, 'parameter')}"

    def __str__(self) -> str:
        """Return a table: name, kind, shape and parameter count of each layer."""
        rows = [("layer", "kind", "output", "parameters")]
        for name, kind, units, count in layer_rows(self):
            output = "as before" if units is None else str(units)
            rows.append((name, kind, output, "?" if count is None else f"{count:,}"))
        total = "?" if self.inputs is None else f"{self.parameter_count:,}"
        kind = f"{self.inputs or '?'} inputs"
        kind += "" if self.members == 1 else f", {self.members} members"
        rows.append(("total", kind, str(self.outputs), total))
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        return "\n".join(
            f"{r[0]:<{widths[0]}}  {r[1]:<{widths[1]}}  {r[2]:>{widths[2]}}  {r[3]:>{widths[3]}}"
            for r in rows
        )


def layer_rows(network: Network) -> list[tuple[str, str, int | None, int | None]]:
    """Return name, kind, units and number of parameters of each layer.

    The units are None for a layer that leaves them as they are, the parameters where they are not known
    before the number of inputs.
    """
    blocks = iter([] if network.inputs is None else network.blocks)
    width, rows = network.inputs, []
    for layer in network.layers:
        units, count = None, 0 if isinstance(layer, Dropout) else None
        if isinstance(layer, Dense):
            block = next(blocks, None)
            count = None if block is None else _own_parameters(block)
            width = units = layer.units
        elif isinstance(layer, Embedding):
            width, count = layer.outputs, layer.parameter_count
            units = width
        elif isinstance(layer, Scale | Normalization) and width is not None:
            count = width * (len(layer.part_names) if isinstance(layer, Normalization) else 1)
        rows.append((layer.name or "", _kind(layer), units, count))
    return rows


def _kind(layer: Layer) -> str:
    """Return the class of a layer and what matters most of its settings."""
    name = type(layer).__name__
    if isinstance(layer, Dropout):
        rate = "by a schedule" if isinstance(layer.rate, Schedule) else f"{layer.rate:g}"
        return f"{name}, {rate}"
    if isinstance(layer, Embedding):
        return f"{name}, {len(layer.columns)} columns"
    if isinstance(layer, Normalization) and layer.activation.kind == "identity":
        return name
    if isinstance(layer, Dense | Normalization):
        return f"{name}, {layer.activation.kind}"
    return name


def chain_shape(network: Network, most: int = 9) -> str:
    """Return the layers in a line, such as "16 tanh → dropout 0.1 → 2 softmax"."""
    parts = []
    for layer in network.layers:
        if isinstance(layer, Dense):
            parts.append(f"{layer.units:,} {layer.activation.kind}")
        elif isinstance(layer, Dropout):
            rate = "" if isinstance(layer.rate, Schedule) else f" {layer.rate:g}"
            parts.append(f"dropout{rate}")
        elif isinstance(layer, Embedding):
            parts.append(f"embedding of {counted(len(layer.columns), 'column')}")
        elif isinstance(layer, Normalization) and layer.activation.kind != "identity":
            parts.append(f"{layer.label} {layer.activation.kind}")
        else:
            parts.append(layer.label)
    if len(parts) > most:
        half = most // 2
        parts = [*parts[:half], f"… {len(parts) - 2 * half} layers …", *parts[-half:]]
    return " → ".join(parts)


def _own_parameters(block: Block) -> int:
    """Return the number of parameters of the dense layer alone."""
    before = ("embedding", "scale", *block.normalization_parts)
    return sum(part.size for part in block.parts if part.name not in before)

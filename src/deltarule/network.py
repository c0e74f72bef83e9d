"""Networks: a chain of dense layers, as a value that checks itself.

A network here runs forward only: no arrows back, no jumps. Images, text, recurrence and attention need
other layers; use PyTorch or Keras for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from deltarule import checks
from deltarule.activations import ACTIVATIONS, Activation
from deltarule.descriptions import Description, Family, Json
from deltarule.errors import ModelFileError, SettingError, ShapeError
from deltarule.initializers import INITIALIZERS, Initializer


@dataclass(frozen=True)
class Layer(Description):
    """Base of all layers."""

    name: str | None


@dataclass(frozen=True, init=False)
class Dense(Layer):
    """x ↦ g(x W + b): every unit sees every input.

    W has shape (inputs, units), b (units,). `activation`, `initializer` and `bias_initializer` take a
    description or its name. `l1` and `l2` add l1 Σ|W| + l2 ΣW² to the loss (weights only, Keras's
    scale: no half). `max_norm` keeps the Euclidean norm of each unit's incoming weights at or below it
    after every update (Srebro et al. 2005).
    """

    kind = "dense"
    units: int
    activation: Activation
    bias: bool
    initializer: Initializer
    bias_initializer: Initializer
    l1: float
    l2: float
    max_norm: float | None

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
    ) -> None:
        checks.integer("Dense.units", units, at_least=1, hint="A layer needs at least one unit.")
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
        }
        for field, value in values.items():
            object.__setattr__(self, field, value)


@dataclass(frozen=True, init=False)
class Dropout(Layer):
    """In training, x ↦ x / (1 − rate) or 0, the 0 with probability `rate`; afterwards x ↦ x.

    Srivastava et al. (2014), with the scaling in training ("inverted"), as Keras and PyTorch do.
    """

    kind = "dropout"
    rate: float

    def __init__(self, rate: float = 0.5, name: str | None = None) -> None:
        checks.number("Dropout.rate", rate, at_least=0, below=1, hint="Typical: 0.1 to 0.5.")
        object.__setattr__(self, "rate", float(rate))
        object.__setattr__(self, "name", _checked_name(name))


LAYERS: Family[Layer] = Family("layer", (Dense, Dropout))
LAYERS.nest("activation", ACTIVATIONS)
LAYERS.nest("initializer", INITIALIZERS)
LAYERS.nest("bias_initializer", INITIALIZERS)


@dataclass(frozen=True)
class Block:
    """One dense layer with what stands before it: the unit in which engines compute."""

    dense: Dense
    name: str
    inputs: int
    dropout_rate: float  # of the block's input, 0 where there is no Dropout


@dataclass(frozen=True, init=False)
class Network:
    """A chain of layers: `Network([Dense(8, "relu"), Dense(3, "softmax")], inputs=4)`.

    `inputs`: how many numbers a sample has; None until the data say it (`with_inputs`).
    """

    layers: tuple[Layer, ...]
    inputs: int | None

    def __init__(self, layers: Iterable[Layer], inputs: int | None = None) -> None:
        chain = tuple(layers)
        _check_chain(chain)
        if inputs is not None:
            checks.integer("Network.inputs", inputs, at_least=1)
        object.__setattr__(self, "layers", _named(chain))
        object.__setattr__(self, "inputs", None if inputs is None else int(inputs))

    def with_inputs(self, inputs: int) -> Network:
        """Return this network for samples of `inputs` numbers; `ShapeError` if it says otherwise."""
        if self.inputs not in (None, inputs):
            raise ShapeError(
                f"The network was made for {self.inputs} inputs, but the data have {inputs} columns: "
                f"make it with inputs={inputs} or leave inputs out."
            )
        return Network(self.layers, inputs)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The dense layers with their names, input widths and the dropout before each."""
        blocks, width, rate = [], self.known_inputs, 0.0
        for layer in self.layers:
            if isinstance(layer, Dense):
                blocks.append(Block(layer, layer.name or "", width, rate))
                width, rate = layer.units, 0.0
            elif isinstance(layer, Dropout):
                rate = layer.rate
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

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return sum((b.inputs + b.dense.bias) * b.dense.units for b in self.blocks)

    def to_json(self) -> Json:
        """Return the network as strict JSON types."""
        return {"inputs": self.inputs, "layers": [layer.to_json() for layer in self.layers]}

    @classmethod
    def from_json(cls, data: object, where: str = "network") -> Network:
        """Return the network that `to_json` wrote; anything else is a `ModelFileError`."""
        if not isinstance(data, dict) or set(data) != {"inputs", "layers"}:
            raise ModelFileError(f"{where} must have exactly the keys inputs and layers.")
        if not isinstance(data["layers"], list):
            raise ModelFileError(f"{where}.layers must be a list.")
        layers = [
            LAYERS.from_json(layer, f"{where}.layers[{i}]")
            for i, layer in enumerate(data["layers"])
        ]
        try:
            return cls(layers, data["inputs"])
        except (SettingError, ShapeError) as error:
            raise ModelFileError(f"{where} is no possible network: {error}") from error

    def __str__(self) -> str:
        """Return a table: name, kind, shape and parameter count of each layer."""
        width = self.inputs
        rows = [("layer", "kind", "output", "parameters")]
        for layer in self.layers:
            name = layer.name or ""
            if isinstance(layer, Dense):
                fan_in = 0 if width is None else width + layer.bias
                count = "?" if width is None else f"{fan_in * layer.units:,}"
                width = layer.units
                rows.append((name, f"Dense, {layer.activation.kind}", str(width), count))
            elif isinstance(layer, Dropout):
                rows.append((name, f"Dropout, {layer.rate:g}", "as before", "0"))
        total = "?" if self.inputs is None else f"{self.parameter_count:,}"
        rows.append(("total", f"{self.inputs or '?'} inputs", str(self.outputs), total))
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        return "\n".join(
            f"{r[0]:<{widths[0]}}  {r[1]:<{widths[1]}}  {r[2]:>{widths[2]}}  {r[3]:>{widths[3]}}"
            for r in rows
        )


def _check_chain(chain: tuple[Layer, ...]) -> None:
    for layer in chain:
        if not isinstance(layer, (Dense, Dropout)):
            raise SettingError(
                f"Network.layers takes Dense and Dropout layers in a chain, got {layer!r}; for "
                "images, text or recurrence use PyTorch or Keras."
            )
    if not chain or not isinstance(chain[-1], Dense):
        raise SettingError("Network.layers must end with a Dense layer: the one that answers.")
    for before, after in pairwise(chain):
        if isinstance(before, Dropout) and isinstance(after, Dropout):
            raise SettingError(
                "Two Dropout layers follow each other: one of a higher rate does it."
            )


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
        raise SettingError(f"Two layers are called {double!r}: each needs a name of its own.")
    return tuple(named)


def _checked_name(name: str | None) -> str | None:
    if name is not None and (not isinstance(name, str) or not name):
        raise SettingError(f"A layer's name must be text, got {name!r}.")
    return name

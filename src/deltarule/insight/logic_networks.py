"""A compiler from Boolean formulas to networks of sign units that realize them exactly.

Truth is 1 and −1. A unit over n literals lᵢ = ±xᵢ is

    AND = sign(Σ lᵢ − (n − ½))        OR = sign(Σ lᵢ + (n − ½))        McCulloch and Pitts (1943)

which for two inputs are the course's sign(x₁ + x₂ − 1.5) and sign(x₁ + x₂ + 1.5). Negation costs
nothing: the weight becomes −1. Exclusive or is (a & ~b) | (~a & b): two layers, as no single line
separates it (Minsky and Papert 1969). A value that a later layer needs is carried by a unit sign(x).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import SettingError
from deltarule.insight.boolean_formulas import (
    And,
    Constant,
    Node,
    Not,
    Or,
    Variable,
    Xor,
    names_of,
    parse_formula,
    written,
)
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
MAX_NAMES = 16  # of a truth table: 65,536 rows
MAX_PARTS = 20_000  # of a formula whose exclusive ors are written out: each doubles its two sides


@dataclass(frozen=True, eq=False)
class TruthTable:
    """All 2ⁿ assignments of −1 and 1 in `inputs` (2ⁿ, n), and the answers (2ⁿ,) to them."""

    names: tuple[str, ...]
    inputs: Array
    outputs: Array
    formula: str

    def __str__(self) -> str:
        """Return the table as text, one row for each assignment."""
        widths = [max(len(name), 2) for name in self.names]
        head = "  ".join(f"{n:>{w}}" for n, w in zip(self.names, widths, strict=True))
        lines = [f"{head}  |  {self.formula}"]
        for row, answer in zip(self.inputs, self.outputs, strict=True):
            cells = "  ".join(f"{int(v):>{w}}" for v, w in zip(row, widths, strict=True))
            lines.append(f"{cells}  |  {int(answer):>2}")
        return "\n".join(lines).replace("-", "−")


@dataclass(frozen=True, eq=False)
class LogicNetwork:
    """A formula as a network: inputs are `names` in order, one output, all −1 or 1.

    `unit_formulas`: for each layer what each of its units computes, in the names of the inputs.
    """

    formula: str
    names: tuple[str, ...]
    network: Network
    parameters: Parameters
    unit_formulas: tuple[tuple[str, ...], ...]

    @property
    def trained(self) -> TrainedNetwork:
        """The network as one that predicts, is drawn and becomes a file."""
        return TrainedNetwork(self.network, self.parameters)

    def truth_table(self) -> TruthTable:
        """Run every assignment through the network; `SettingError` for more than 16 names."""
        if len(self.names) > MAX_NAMES:
            raise SettingError(
                "formula",
                f"must have at most {MAX_NAMES} names for a truth table of 2ⁿ rows, got "
                f"{len(self.names)}",
            )
        inputs = assignments(len(self.names))
        outputs = self.trained.predict(inputs, engine="reference")[:, 0]
        return TruthTable(self.names, inputs, outputs, self.formula)


def compile_formula(formula: str) -> LogicNetwork:
    """Return the network that realizes `formula`, such as "z1 & ~z2 | ~z1 & z2".

    Names, `& | ^ ~` (or `and or xor not`), parentheses, 0 and 1; ~ binds strongest, then &, ^, |. Raises
    `SettingError` that points at the column of a mistake.
    """
    tree = parse_formula(formula)
    names = names_of(tree)
    if not names:
        raise SettingError("formula", "must name at least one input", str(formula))
    network, parameters, units = compile_tree(tree, names)
    return LogicNetwork(" ".join(formula.split()), names, network, parameters, units)


def assignments(names: int) -> Array:
    """Return all rows of −1 and 1 for `names` inputs, float64 (2ⁿ, n), counted up from all −1."""
    rows = np.arange(2**names)[:, None] >> np.arange(names - 1, -1, -1) & 1
    return 2.0 * rows - 1.0


def compile_tree(
    tree: Node, names: tuple[str, ...]
) -> tuple[Network, Parameters, tuple[tuple[str, ...], ...]]:
    """Return the network of a tree over inputs `names`, its parameters and its units' formulas."""
    if _size(tree) > MAX_PARTS:
        raise SettingError(
            "formula",
            f"must have at most {MAX_PARTS} parts once its exclusive ors are expanded",
            hint="Nest fewer of them.",
        )
    root = simplified(tree)
    if isinstance(root, Constant):
        weights = np.zeros((len(names), 1))
        bias = np.array([1.0 if root.value else -1.0])
        network = Network([Dense(1, "sign")], len(names))
        return network, Parameters((weights,), (bias,)), ((written(root),),)
    layers = _layers(root)
    weights_of: list[Array] = []
    biases: list[Array | None] = []
    below: list[Node] = [Variable(name) for name in names]
    for layer in layers:
        place = {unit: i for i, unit in enumerate(below)}
        weights, bias = np.zeros((len(below), len(layer))), np.zeros(len(layer))
        for j, unit in enumerate(layer):
            _wire(unit, place, weights[:, j], bias, j)
        weights_of.append(weights)
        biases.append(bias)
        below = layer
    network = Network([Dense(len(layer), "sign") for layer in layers], len(names))
    units = tuple(tuple(written(unit) for unit in layer) for layer in layers)
    return network, Parameters(tuple(weights_of), tuple(biases)), units


def simplified(node: Node) -> Node:
    """Return an equal tree of literals, AND and OR: constants folded, parts flat and each once."""
    if isinstance(node, Constant | Variable):
        return node
    if isinstance(node, Not):
        return _opposite(simplified(node.part))
    if isinstance(node, Xor):
        a, b = simplified(node.first), simplified(node.second)
        pair = And((a, _opposite(b))), And((_opposite(a), b))
        return simplified(Or(pair))
    kind: type[And] | type[Or] = And if isinstance(node, And) else Or
    swallows = kind is Or  # the constant that decides alone: 1 for OR, 0 for AND
    parts: dict[Node, None] = {}
    for part in map(simplified, node.parts):
        for inner in part.parts if isinstance(part, kind) else (part,):
            if isinstance(inner, Constant) and inner.value is swallows:
                return inner
            if not isinstance(inner, Constant):
                parts[inner] = None
    if any(_opposite(part) in parts for part in parts):
        return Constant(swallows)
    if not parts:
        return Constant(not swallows)
    return next(iter(parts)) if len(parts) == 1 else kind(tuple(parts))


def _size(node: Node) -> int:
    """Return how many parts a tree has once each a ^ b is written as (a & ~b) | (~a & b)."""
    if isinstance(node, Not):
        return 1 + _size(node.part)
    if isinstance(node, And | Or):
        return 1 + sum(map(_size, node.parts))
    if isinstance(node, Xor):
        return 5 + 2 * (_size(node.first) + _size(node.second))
    return 1


def _opposite(node: Node) -> Node:
    if isinstance(node, Constant):
        return Constant(not node.value)
    return node.part if isinstance(node, Not) else Not(node)


def _bare(node: Node) -> Node:
    return node.part if isinstance(node, Not) else node


def _depth(node: Node, known: dict[Node, int]) -> int:
    """Return the layer that a node's unit can stand in at the earliest, inputs at 0."""
    node = _bare(node)
    if node not in known:
        parts = node.parts if isinstance(node, And | Or) else ()
        known[node] = 1 + max(_depth(part, known) for part in parts) if parts else 0
    return known[node]


def _layers(root: Node) -> list[list[Node]]:
    """Return the units of each layer, from the inputs' side; a unit in an earlier place is carried."""
    depths: dict[Node, int] = {}
    height = max(_depth(root, depths), 1)
    layers: list[list[Node]] = [[root]]
    for level in range(height - 1, 0, -1):
        needed: dict[Node, None] = {}
        for unit in layers[0]:
            bare = _bare(unit)
            # A unit that first stands in the layer above takes its parts from here; others are carried.
            here = (
                bare.parts if isinstance(bare, And | Or) and depths[bare] == level + 1 else (bare,)
            )
            needed.update(dict.fromkeys(map(_bare, here)))
        layers.insert(0, list(needed))
    return layers


def _wire(unit: Node, place: dict[Node, int], weights: Array, bias: Array, j: int) -> None:
    """Write the weights of unit j and its bias, from the units in `place`."""
    sign = -1.0 if isinstance(unit, Not) else 1.0
    bare = _bare(unit)
    if bare in place:  # an input, or a value carried from the layer before
        weights[place[bare]] = sign
        return
    assert isinstance(bare, And | Or)
    for part in bare.parts:
        weights[place[_bare(part)]] = -sign if isinstance(part, Not) else sign
    threshold = len(bare.parts) - 0.5
    bias[j] = sign * (threshold if isinstance(bare, Or) else -threshold)

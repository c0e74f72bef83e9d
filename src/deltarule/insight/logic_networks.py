"""Compile Boolean formulas to networks of sign units that compute them exactly.

True is 1 and false is −1. A unit over n literals lᵢ = ±xᵢ is

    AND = sign(Σ lᵢ − (n − ½))        OR = sign(Σ lᵢ + (n − ½))        McCulloch and Pitts (1943)

which for two inputs are sign(x₁ + x₂ − 1.5) and sign(x₁ + x₂ + 1.5). Negation is a weight of −1.
Exclusive or is (a & ~b) | (~a & b) and needs two layers, because no single line separates it (Minsky
and Papert 1969). Values that a later layer needs are passed on by a unit sign(x).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, true_minus
from deltarule._common.notebook_display import NotebookDisplay, one_line
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
MAX_NAMES = 16  # 65,536 rows of a truth table
MAX_PARTS = 20_000  # after expanding exclusive ors, which doubles both sides


@dataclass(frozen=True, eq=False, repr=False)
class TruthTable(NotebookDisplay):
    """A truth table computed by a network.

    Parameters
    ----------
    names : tuple of str
        Names of the n inputs.
    inputs : ndarray of shape (2ⁿ, n), dtype float64
        All assignments of −1 and 1.
    outputs : ndarray of shape (2ⁿ,), dtype float64
        The output of the network, −1 or 1, for each assignment.
    formula : str
        The formula.

    See Also
    --------
    LogicNetwork.truth_table : Compute the table of a formula.
    """

    names: tuple[str, ...]
    inputs: Array
    outputs: Array
    formula: str

    def _sentence(self) -> str:
        true = int((self.outputs > 0).sum())
        return f"{one_line(self.formula, 120)} is true in {true:,} of {counted(len(self.outputs), 'row')}"

    def __str__(self) -> str:
        """Return the table as text, one row per assignment."""
        widths = [max(len(name), 2) for name in self.names]
        head = "  ".join(f"{n:>{w}}" for n, w in zip(self.names, widths, strict=True))
        lines = [f"{head}  |  {self.formula}"]
        for row, answer in zip(self.inputs, self.outputs, strict=True):
            cells = "  ".join(f"{int(v):>{w}}" for v, w in zip(row, widths, strict=True))
            lines.append(f"{cells}  |  {int(answer):>2}")
        return true_minus("\n".join(lines))


@dataclass(frozen=True, eq=False, repr=False)
class LogicNetwork(NotebookDisplay):
    """A Boolean formula as a network with one output; all values are −1 or 1.

    Parameters
    ----------
    formula : str
        The formula.
    names : tuple of str
        Names of the inputs, in order.
    network : Network
        The layers.
    parameters : Parameters
        The weights and biases.
    unit_formulas : tuple of tuple of str
        For each layer, the formula that each unit computes.

    See Also
    --------
    compile_formula : Compile a formula.
    """

    formula: str
    names: tuple[str, ...]
    network: Network
    parameters: Parameters
    unit_formulas: tuple[tuple[str, ...], ...]

    def _sentence(self) -> str:
        return f"{one_line(self.formula, 120)} as {self.network._sentence()}"

    @property
    def trained(self) -> TrainedNetwork:
        """Network and parameters, for predictions, plots and files."""
        return TrainedNetwork(self.network, self.parameters)

    def truth_table(self) -> TruthTable:
        """Compute the output of the network for all assignments.

        Returns
        -------
        TruthTable
            The table; print it to see it as text.

        Raises
        ------
        SettingError
            If the formula has more than 16 names.
        """
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
    """Compile a Boolean formula to a network that computes it exactly.

    Operators in order of precedence are ~ (not), & (and), ^ (xor) and | (or); the words are accepted as
    well.

    Parameters
    ----------
    formula : str
        Names, operators, parentheses, 0 and 1, for example "z1 & ~z2 | ~z1 & z2".

    Returns
    -------
    LogicNetwork
        A network of sign units; inputs and output are −1 (false) and 1 (true).

    Raises
    ------
    SettingError
        If the formula has a syntax error (the message marks its position), contains no name, or is too
        long.

    Examples
    --------
    >>> import deltarule as dr
    >>> xor = dr.compile_formula("z1 & ~z2 | ~z1 & z2")
    >>> print(xor.truth_table())
    z1  z2  |  z1 & ~z2 | ~z1 & z2
    −1  −1  |  −1
    −1   1  |   1
     1  −1  |   1
     1   1  |  −1
    >>> xor.unit_formulas
    (('z1 & ~z2', '~z1 & z2'), ('z1 & ~z2 | ~z1 & z2',))
    """
    tree = parse_formula(formula)
    names = names_of(tree)
    if not names:
        raise SettingError("formula", "must name at least one input", str(formula))
    network, parameters, units = compile_tree(tree, names)
    return LogicNetwork(" ".join(formula.split()), names, network, parameters, units)


def assignments(names: int) -> Array:
    """Return all 2ⁿ rows of −1 and 1 for n inputs, float64, in binary order from all −1."""
    rows = np.arange(2**names)[:, None] >> np.arange(names - 1, -1, -1) & 1
    return 2.0 * rows - 1.0


def compile_tree(
    tree: Node, names: tuple[str, ...]
) -> tuple[Network, Parameters, tuple[tuple[str, ...], ...]]:
    """Return the network of a tree over the inputs `names`, its parameters and its units' formulas."""
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
    """Return an equivalent tree of literals, AND and OR, with constants folded and duplicates removed."""
    if isinstance(node, Constant | Variable):
        return node
    if isinstance(node, Not):
        return _opposite(simplified(node.part))
    if isinstance(node, Xor):
        a, b = simplified(node.first), simplified(node.second)
        pair = And((a, _opposite(b))), And((_opposite(a), b))
        return simplified(Or(pair))
    kind: type[And] | type[Or] = And if isinstance(node, And) else Or
    dominant = kind is Or  # the constant that determines the result: 1 for OR, 0 for AND
    parts: dict[Node, None] = {}
    for part in map(simplified, node.parts):
        for inner in part.parts if isinstance(part, kind) else (part,):
            if isinstance(inner, Constant) and inner.value is dominant:
                return inner
            if not isinstance(inner, Constant):
                parts[inner] = None
    if any(_opposite(part) in parts for part in parts):
        return Constant(dominant)
    if not parts:
        return Constant(not dominant)
    return next(iter(parts)) if len(parts) == 1 else kind(tuple(parts))


def _size(node: Node) -> int:
    """Return the number of parts of a tree after each a ^ b is replaced by (a & ~b) | (~a & b)."""
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
    """Return the earliest layer in which a node can be computed; inputs are layer 0."""
    node = _bare(node)
    if node not in known:
        parts = node.parts if isinstance(node, And | Or) else ()
        known[node] = 1 + max(_depth(part, known) for part in parts) if parts else 0
    return known[node]


def _layers(root: Node) -> list[list[Node]]:
    """Return the units of each layer, first layer first; values of earlier layers are passed on."""
    depths: dict[Node, int] = {}
    height = max(_depth(root, depths), 1)
    layers: list[list[Node]] = [[root]]
    for index in range(height - 1, 0, -1):
        needed: dict[Node, None] = {}
        for unit in layers[0]:
            bare = _bare(unit)
            # A unit computed in the next layer takes its parts from here; others are passed on.
            here = (
                bare.parts if isinstance(bare, And | Or) and depths[bare] == index + 1 else (bare,)
            )
            needed.update(dict.fromkeys(map(_bare, here)))
        layers.insert(0, list(needed))
    return layers


def _wire(unit: Node, place: dict[Node, int], weights: Array, bias: Array, j: int) -> None:
    """Set the weights and the bias of unit j, whose inputs are at the indices in `place`."""
    sign = -1.0 if isinstance(unit, Not) else 1.0
    bare = _bare(unit)
    if bare in place:  # an input, or a value passed on from the layer before
        weights[place[bare]] = sign
        return
    assert isinstance(bare, And | Or)
    for part in bare.parts:
        weights[place[_bare(part)]] = -sign if isinstance(part, Not) else sign
    threshold = len(bare.parts) - 0.5
    bias[j] = sign * (threshold if isinstance(bare, Or) else -threshold)

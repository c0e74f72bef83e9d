"""A trace: every number of one sample's way through the network and back.

    forward    z⁽ˡ⁾ = x⁽ˡ⁻¹⁾ W⁽ˡ⁾ + b⁽ˡ⁾                  x⁽ˡ⁾ = g(z⁽ˡ⁾)
    at the end δ⁽ᴸ⁾ = ∂J/∂z⁽ᴸ⁾
    backward   δ⁽ˡ⁻¹⁾ = g′(z⁽ˡ⁻¹⁾) ⊙ (W⁽ˡ⁾ δ⁽ˡ⁾)
    update     w ← w − η x δ,  b ← b − η δ                  the delta rule

Rumelhart, Hinton and Williams (1986). Upper indices count layers from 1; x⁽⁰⁾ is the sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.activations import Elementwise
from deltarule.drawing.svg import element
from deltarule.engines.equations import (
    backward,
    dense_targets,
    forward,
    output_delta,
    row_losses,
)
from deltarule.insight.layer_activations import require_plain
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork, TrainingResult
from deltarule.training.fitting import chosen_loss
from deltarule.training.input_arrays import as_data
from deltarule.training.trained_network import as_trained

Array = NDArray[Any]
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One layer's numbers for one sample; arrays over its units unless said otherwise."""

    name: str
    number: int  # l, from 1
    activation: str
    x_in: Array  # x⁽ˡ⁻¹⁾, (inputs,)
    weights: Array  # W⁽ˡ⁾, (inputs, units)
    biases: Array | None
    z: Array
    x: Array
    slope: Array | None  # g′(z); None where g works on the whole layer (softmax)
    delta: Array  # δ = ∂J/∂z
    weight_gradient: Array  # ∂J/∂W = x_in δᵀ, (inputs, units); penalties included
    bias_gradient: Array | None  # ∂J/∂b = δ
    recursion: str  # the formula by which δ came about

    @property
    def index(self) -> str:
        """l as an upper index: ⁽²⁾."""
        return raised(self.number)


@dataclass(frozen=True, eq=False)
class Trace:
    """One sample's way: `layers` from the input's side, `loss` its J."""

    network: Network
    sample: Array  # (inputs,)
    target: Array  # (outputs,)
    loss_name: str
    loss: float
    layers: tuple[LayerTrace, ...]

    @property
    def prediction(self) -> Array:
        """ŷ, the outputs of the last layer."""
        return self.layers[-1].x

    def updated(self, learning_rate: float) -> Parameters:
        """Return the parameters after one step of gradient descent on this sample, w − η x δ."""
        rate = checks.number("updated.learning_rate", learning_rate, above=0)
        weights, biases = [], []
        for layer in self.layers:
            weights.append(layer.weights - rate * layer.weight_gradient)
            bias = layer.biases
            biases.append(None if bias is None else bias - rate * layer.delta)
        return Parameters(tuple(weights), tuple(biases))

    def __str__(self) -> str:
        """Return all numbers as a text table, forward then backward, with the formulas."""
        lines = [
            f"sample x⁽⁰⁾ = {_numbers(self.sample)}, target y = {_numbers(self.target)}",
            f"prediction ŷ = {_numbers(self.prediction)}, {self.loss_name} J = {self.loss:.6g}",
        ]
        for layer in self.layers:
            lines += ["", *_table(layer)]
        lines += ["", "backward, the last layer first"]
        for layer in reversed(self.layers):
            lines.append(f"  {layer.recursion} = {_numbers(layer.delta)}")
            before = raised(layer.number - 1)
            lines.append(f"  ∂J/∂W{layer.index} = x{before} δ{layer.index}ᵀ =")
            lines += [f"      {_numbers(row)}" for row in layer.weight_gradient]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Show the numbers in a notebook: one table, a row for each unit."""
        head = ("layer", "unit", "z", "x = g(z)", "g′(z)", "δ", "δ came from")
        rows = [element("tr", *(element("th", word) for word in head))]
        for layer in self.layers:
            for j in range(len(layer.z)):
                slope = "" if layer.slope is None else _number(layer.slope[j])
                cells = (
                    layer.name if j == 0 else "", j + 1, _number(layer.z[j]), _number(layer.x[j]),
                    slope, _number(layer.delta[j]), layer.recursion if j == 0 else "",
                )  # fmt: skip
                rows.append(element("tr", *(element("td", cell) for cell in cells)))
        told = (
            f"x⁽⁰⁾ = {_numbers(self.sample)}, y = {_numbers(self.target)}, "
            f"ŷ = {_numbers(self.prediction)}, {self.loss_name} J = {self.loss:.6g}"
        )
        return element("table", element("caption", told), *rows)


def trace(
    trained: TrainedNetwork | TrainingResult,
    sample: ArrayLike,
    target: ArrayLike,
    loss: Loss | str | None = None,
) -> Trace:
    """Follow one sample (inputs,) forward and its error back, in float64, without dropout.

    `target`: a number, a class number, or a row (outputs,), as `fit` takes them. `loss`: by default what
    the output activation predicts. Raises `SettingError` for a network that is not plain, and what `fit`
    raises for data that do not fit.
    """
    trained = as_trained(trained, "trace")
    require_plain(trained.network, "trace")
    chosen = chosen_loss(trained.network, loss)
    row, goal = np.asarray(sample)[None], np.asarray(target)[None]
    data = as_data(trained.network, chosen, row, goal, None, "float64")
    network = trained.network.with_inputs(data.inputs.shape[1])
    parameters = trained.parameters.astype(np.float64)
    targets = dense_targets(chosen, data.targets, network.outputs, "float64")
    passed = forward(network, parameters, data.inputs)
    delta = output_delta(network, chosen, passed, targets, None)
    back = backward(network, parameters, passed, delta)
    layers = []
    for i, block in enumerate(network.blocks):
        g, z = block.dense.activation, passed.logits[i]
        bias = back.biases[i]
        layers.append(
            LayerTrace(
                name=block.name,
                number=i + 1,
                activation=g.kind,
                x_in=passed.inputs[i][0],
                weights=parameters.weights[i],
                biases=parameters.biases[i],
                z=z[0],
                x=passed.outputs[i][0],
                slope=g.derivative(z)[0] if isinstance(g, Elementwise) else None,
                delta=back.deltas[i][0],
                weight_gradient=back.weights[i],
                bias_gradient=bias,
                recursion=_recursion(network, chosen, i),
            )
        )
    value = float(row_losses(network, chosen, passed, targets)[0])
    return Trace(network, data.inputs[0], targets[0], chosen.kind, value, tuple(layers))


def raised(number: int) -> str:
    """Return a layer's number as an upper index: 2 becomes ⁽²⁾."""
    return f"⁽{str(number).translate(_RAISED)}⁾"


def _recursion(network: Network, loss: Loss, i: int) -> str:
    """Return the formula of layer i's δ (from 0)."""
    here, after = raised(i + 1), raised(i + 2)
    if i < len(network.blocks) - 1:
        if isinstance(network.blocks[i].dense.activation, Elementwise):
            return f"δ{here} = g′(z{here}) ⊙ (W{after} δ{after})"
        return f"δ{here} = G′(z{here}) (W{after} δ{after})"
    activation = network.output_layer.activation.kind
    if activation == loss.fused_with and activation in ("sigmoid", "softmax"):
        share = f" / {network.outputs}" if activation == "sigmoid" and network.outputs > 1 else ""
        return f"δ{here} = ∂J/∂z{here} = {'(ŷ − y)' if share else 'ŷ − y'}{share}"
    return f"δ{here} = ∂J/∂z{here} = g′(z{here}) ⊙ ∂J/∂ŷ"


def _table(layer: LayerTrace) -> list[str]:
    head = (
        f"layer {layer.number}, {layer.name}: x{layer.index} = {layer.activation}(z{layer.index})"
    )
    rows = [("unit", "z", "x = g(z)", "g′(z)", "δ")]
    for j in range(len(layer.z)):
        slope = "" if layer.slope is None else _number(layer.slope[j])
        rows.append(
            (str(j + 1), _number(layer.z[j]), _number(layer.x[j]), slope, _number(layer.delta[j]))
        )
    return [head, *("  " + "  ".join(f"{cell:>10}" for cell in row) for row in rows)]


def _number(value: float) -> str:
    return f"{float(value):.4g}".replace("-", "−")


def _numbers(values: Array) -> str:
    return f"({', '.join(_number(v) for v in values)})"

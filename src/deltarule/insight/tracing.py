"""Traces: every number of the forward and backward pass of one sample.

    forward    z⁽ˡ⁾ = x⁽ˡ⁻¹⁾ W⁽ˡ⁾ + b⁽ˡ⁾                  x⁽ˡ⁾ = g(z⁽ˡ⁾)
    output     δ⁽ᴸ⁾ = ∂J/∂z⁽ᴸ⁾
    backward   δ⁽ˡ⁻¹⁾ = g′(z⁽ˡ⁻¹⁾) ⊙ (W⁽ˡ⁾ δ⁽ˡ⁾)
    update     w ← w − η x δ,  b ← b − η δ                  the delta rule

Rumelhart, Hinton and Williams (1986). Superscripts count layers from 1; x⁽⁰⁾ is the sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted, format_number, layer_index, true_minus
from deltarule._common.notebook_display import NotebookDisplay, one_line
from deltarule.activations import Elementwise
from deltarule.engines.equations import (
    backward,
    dense_targets,
    forward,
    output_delta,
    row_losses,
)
from deltarule.insight.layer_activations import require_plain
from deltarule.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork, TrainingResult
from deltarule.training.fit_arguments import chosen_loss
from deltarule.training.input_arrays import as_data
from deltarule.training.trained_network import as_trained

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class LayerTrace(NotebookDisplay):
    """The numbers of one layer for one sample.

    Parameters
    ----------
    name : str
        Name of the layer.
    number : int
        Number l of the layer, from 1.
    activation : str
        Name of the activation function g.
    x_in : ndarray of shape (n_inputs,), dtype float64
        Outputs of the layer before, x⁽ˡ⁻¹⁾.
    weights : ndarray of shape (n_inputs, n_units), dtype float64
        The weight matrix W⁽ˡ⁾.
    biases : ndarray of shape (n_units,) or None
        The biases b⁽ˡ⁾.
    z : ndarray of shape (n_units,), dtype float64
        Pre-activations.
    x : ndarray of shape (n_units,), dtype float64
        Outputs g(z).
    slope : ndarray of shape (n_units,) or None
        Slopes g′(z); None for softmax, which acts on the whole layer.
    delta : ndarray of shape (n_units,), dtype float64
        Errors δ = ∂J/∂z.
    weight_gradient : ndarray of shape (n_inputs, n_units), dtype float64
        Gradient ∂J/∂W = x_in δᵀ, including penalties.
    bias_gradient : ndarray of shape (n_units,) or None
        Gradient ∂J/∂b = δ.
    delta_formula : str
        The formula of δ in this layer.

    See Also
    --------
    deltarule.trace : Compute the trace of a sample.
    """

    name: str
    number: int
    activation: str
    x_in: Array
    weights: Array
    biases: Array | None
    z: Array
    x: Array
    slope: Array | None
    delta: Array
    weight_gradient: Array
    bias_gradient: Array | None
    delta_formula: str

    def _sentence(self) -> str:
        inputs, units = len(self.x_in), len(self.x)
        return f"{one_line(self.name, 40)}, {inputs:,} inputs → {units:,} {self.activation}"

    @property
    def superscript(self) -> str:
        """The layer number as a superscript, such as ⁽²⁾."""
        return layer_index(self.number)


@dataclass(frozen=True, eq=False, repr=False)
class Trace(NotebookDisplay):
    """The forward and backward pass of one sample; `print` shows it as text, a notebook as a table.

    Parameters
    ----------
    network : Network
        The network.
    sample : ndarray of shape (n_inputs,), dtype float64
        The inputs x⁽⁰⁾.
    target : ndarray of shape (n_outputs,), dtype float64
        The target y; one-hot for classes.
    loss_name : str
        Name of the loss function.
    loss : float
        The loss J.
    layers : tuple of LayerTrace
        The layers, first layer first.

    See Also
    --------
    deltarule.trace : Compute the trace of a sample.
    deltarule.plots.trace : Draw a trace.
    """

    network: Network
    sample: Array
    target: Array
    loss_name: str
    loss: float
    layers: tuple[LayerTrace, ...]

    def _sentence(self) -> str:
        layers = counted(len(self.layers), "layer")
        return f"{layers}, {self.loss_name} {format_number(self.loss)}; print shows every number"

    @property
    def prediction(self) -> Array:
        """Outputs ŷ of the last layer, float64 of shape (n_outputs,)."""
        return self.layers[-1].x

    def updated(self, learning_rate: float) -> Parameters:
        """Return the parameters after one step of gradient descent, w − η x δ.

        Parameters
        ----------
        learning_rate : float
            The step size η, greater than 0.

        Returns
        -------
        Parameters
            The updated parameters.

        Raises
        ------
        SettingError
            If `learning_rate` is not greater than 0.
        """
        rate = checks.number("updated.learning_rate", learning_rate, above=0)
        weights, biases = [], []
        for layer in self.layers:
            weights.append(layer.weights - rate * layer.weight_gradient)
            bias = layer.biases
            biases.append(None if bias is None else bias - rate * layer.delta)
        return Parameters(tuple(weights), tuple(biases))

    def __str__(self) -> str:
        """Return all numbers as text, forward then backward, with the formulas."""
        lines = [
            f"sample x⁽⁰⁾ = {_numbers(self.sample)}, target y = {_numbers(self.target)}",
            f"prediction ŷ = {_numbers(self.prediction)}, {self.loss_name} J = {self.loss:.6g}",
        ]
        for layer in self.layers:
            lines += ["", *_table(layer)]
        lines += ["", "backward pass, last layer first"]
        for layer in reversed(self.layers):
            lines.append(f"  {layer.delta_formula} = {_numbers(layer.delta)}")
            before = layer_index(layer.number - 1)
            lines.append(f"  ∂J/∂W{layer.superscript} = x{before} δ{layer.superscript}ᵀ =")
            lines += [f"      {_numbers(row)}" for row in layer.weight_gradient]
        return "\n".join(lines)


def trace(
    trained: TrainedNetwork | TrainingResult,
    sample: ArrayLike,
    target: ArrayLike,
    loss: Loss | str | None = None,
) -> Trace:
    """Trace one sample through the forward and the backward pass.

    All numbers are computed in float64, without dropout.

    Parameters
    ----------
    trained : TrainedNetwork or TrainingResult
        A network whose layers are all of the form g(x W + b).
    sample : array-like of shape (n_inputs,)
        The inputs.
    target : float, int or array-like of shape (n_outputs,)
        The target, as in `fit`: a number, a class number or one value per output.
    loss : Loss or str, optional
        Loss function. By default it is chosen by the output activation, as in `fit`.

    Returns
    -------
    Trace
        Every z, x, δ and gradient.

    Raises
    ------
    SettingError
        If the network has embeddings, members or learned activations.
    ShapeError
        If the sample or the target does not match the network.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> trace = dr.trace(insight.perceptron(1, [3, -2]), sample=[-1, 2], target=1)
    >>> trace.layers[0].z
    array([-6.])
    >>> trace.layers[0].delta.round(4)  # ŷ − y
    array([-0.9975])
    >>> trace.layers[0].delta_formula
    'δ⁽¹⁾ = ∂J/∂z⁽¹⁾ = ŷ − y'
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
                delta_formula=_delta_formula(network, chosen, i),
            )
        )
    value = float(row_losses(network, chosen, passed, targets)[0])
    return Trace(network, data.inputs[0], targets[0], chosen.kind, value, tuple(layers))


def _delta_formula(network: Network, loss: Loss, i: int) -> str:
    """Return the formula of δ in layer i, from 0."""
    here, after = layer_index(i + 1), layer_index(i + 2)
    if i < len(network.blocks) - 1:
        if isinstance(network.blocks[i].dense.activation, Elementwise):
            return f"δ{here} = g′(z{here}) ⊙ (W{after} δ{after})"
        return f"δ{here} = G′(z{here}) (W{after} δ{after})"
    activation = network.output_layer.activation.kind
    if activation == loss.fused_with and type(loss) in (
        BinaryCrossEntropy,
        CategoricalCrossEntropy,
    ):
        share = f" / {network.outputs}" if activation == "sigmoid" and network.outputs > 1 else ""
        return f"δ{here} = ∂J/∂z{here} = {'(ŷ − y)' if share else 'ŷ − y'}{share}"
    return f"δ{here} = ∂J/∂z{here} = g′(z{here}) ⊙ ∂J/∂ŷ"


def _table(layer: LayerTrace) -> list[str]:
    head = (
        f"layer {layer.number}, {layer.name}: "
        f"x{layer.superscript} = {layer.activation}(z{layer.superscript})"
    )
    rows = [("unit", "z", "x = g(z)", "g′(z)", "δ")]
    for j in range(len(layer.z)):
        slope = "" if layer.slope is None else _number(layer.slope[j])
        rows.append(
            (str(j + 1), _number(layer.z[j]), _number(layer.x[j]), slope, _number(layer.delta[j]))
        )
    return [head, *("  " + "  ".join(f"{cell:>10}" for cell in row) for row in rows)]


def _number(value: float) -> str:
    return true_minus(f"{float(value):.4g}")


def _numbers(values: Array) -> str:
    return f"({', '.join(_number(v) for v in values)})"

"""The grid: every activation × loss × place × regularizer as a small problem and its slope.

New members of a family are tested automatically. The numerical gradient knows nothing of
backpropagation: it evaluates J at shifted parameters, for all shifts at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.activations import ACTIVATIONS, ELU, Activation, Identity, LeakyReLU
from deltarule.engines.data import ArrayData
from deltarule.layers import Dense, Dropout, Layer
from deltarule.losses import (
    LOSSES,
    BinaryCrossEntropy,
    BinaryFocalCrossEntropy,
    CategoricalCrossEntropy,
    CategoricalFocalCrossEntropy,
    CategoricalHinge,
    Hinge,
    Huber,
    KLDivergence,
    Loss,
    Quantile,
)
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat

Array = NDArray[Any]

ROWS, INPUTS, OUTPUTS = 5, 3, 3
STEP = 1e-3  # h of the central difference: truncation and rounding both near 1e-12 · J

FLAT = {kind for kind, member in ACTIVATIONS.members.items() if not member.learns}  # g′ = 0

ALL_ACTIVATIONS = (
    *(member() for member in ACTIVATIONS.members.values()),
    LeakyReLU(negative_slope=0.3),
    ELU(alpha=1.7),
)
ALL_LOSSES = (
    *(member() for member in LOSSES.members.values()),
    Huber(delta=0.4),
    BinaryCrossEntropy(label_smoothing=0.2),
    CategoricalCrossEntropy(label_smoothing=0.1),
    Quantile(quantile=0.85),
    BinaryFocalCrossEntropy(label_smoothing=0.1, gamma=1.5, alpha=0.3),
    BinaryFocalCrossEntropy(gamma=0.0),
    CategoricalFocalCrossEntropy(label_smoothing=0.1, gamma=0.7, alpha=2.0),
)
ROW_KINDS = (CategoricalCrossEntropy, CategoricalHinge, KLDivergence)  # targets are rows of shares
CROSSED_KINDS = (
    "mean_squared_error", "mean_absolute_error", "huber", "poisson", "quantile", "hinge",
    "binary_cross_entropy", "categorical_cross_entropy",
)  # fmt: skip
CROSSED_LOSSES = tuple(loss for loss in ALL_LOSSES if loss.kind in CROSSED_KINDS)
OTHER_LOSSES = tuple(loss for loss in ALL_LOSSES if loss.kind not in CROSSED_KINDS)
PENALTIES = ((0.0, 0.0), (0.03, 0.0), (0.0, 0.07), (0.02, 0.05))  # l1 and l2


@dataclass(frozen=True)
class Case:
    """A problem, where J is smooth in all parameters, and its numerical gradient."""

    name: str
    network: Network
    loss: Loss
    start: Array  # flat parameters, float64
    data: ArrayData  # as an engine takes it
    dense_targets: Array  # (rows, outputs)
    value: float  # J
    slope: Array  # ∂J/∂parameters by central differences, shape (parameters,)

    @property
    def parameters(self) -> Parameters:
        """The starting parameters."""
        return from_flat(self.network, self.start.copy())

    def error(self, gradient: Array) -> float:
        """Return the largest relative error of a gradient.

        Components count separately; one below a thousandth of the largest counts against that, one
        below 1e-6 of J, where a central difference has nothing left but rounding, against that.
        """
        scale = np.maximum(np.abs(self.slope), np.abs(gradient))
        floor = max(1e-3 * float(np.abs(self.slope).max()), 1e-6 * max(abs(self.value), 1.0))
        return float((np.abs(gradient - self.slope) / np.maximum(scale, floor)).max())


def natural_output(loss: Loss) -> Activation:
    """Return the output activation a loss is usually used with."""
    return ACTIVATIONS.resolve(loss.fused_with, "output") if loss.fused_with else Identity()


def placed(activation: Activation, loss: Loss, place: str, **settings: Any) -> list[Layer]:
    """Return a chain of dense layers with the activation in the hidden layers or on the output."""
    if place == "hidden":
        return [
            Dense(4, activation, **settings),
            Dense(3, activation, **settings),
            Dense(OUTPUTS, natural_output(loss), **settings),
        ]
    return [Dense(4, "sigmoid", **settings), Dense(OUTPUTS, activation, **settings)]


@cache
def cases(activation: Activation, loss: Loss) -> tuple[Case, ...]:
    """Return the problems of one activation and one loss: places × penalties × bias or none."""
    return tuple(_cases(activation, loss))


def _cases(activation: Activation, loss: Loss) -> Iterator[Case]:
    number = 0
    for place in ("hidden", "output"):
        for l1, l2 in PENALTIES:
            for bias in (True, False):
                layers = placed(activation, loss, place, l1=l1, l2=l2, bias=bias)
                name = f"{activation} as {place}, {loss}, l1={l1}, l2={l2}, bias={bias}"
                yield smooth_case(name, Network(layers, INPUTS), loss, number)
                number += 1


@cache
def rotating_cases(loss: Loss) -> tuple[Case, ...]:
    """Return problems of one loss with every activation on the output, and some in hidden layers.

    Penalties and bias rotate.
    """
    found = []
    for number, activation in enumerate(ALL_ACTIVATIONS):
        for place in ("hidden", "output") if number % 6 == 0 else ("output",):
            l1, l2 = PENALTIES[number % 4]
            bias = number % 3 > 0
            layers = placed(activation, loss, place, l1=l1, l2=l2, bias=bias)
            name = f"{activation} as {place}, {loss}, l1={l1}, l2={l2}, bias={bias}"
            found.append(smooth_case(name, Network(layers, INPUTS), loss, number))
    return tuple(found)


def smooth_case(name: str, network: Network, loss: Loss, number: int, masks: Any = None) -> Case:
    """Return a problem whose J has a gradient: no kink (ReLU at 0, |e| at 0, …) within the step.

    Kinks are not looked up: near one, central differences of two widths disagree. Where the network
    can learn at all, every weight matrix must have some gradient. `number` varies the targets.
    """
    flat = any(block.dense.activation.kind in FLAT for block in network.blocks)
    for attempt in range(300):
        case = _drawn(name, network, loss, number, attempt)
        with np.errstate(all="ignore"):
            values = objectives(
                network, loss, case.data, case.dense_targets, case.start[None], masks
            )
            wide, narrow = numerical_gradients(case, masks)
        if not (np.isfinite(wide).all() and np.isfinite(narrow).all() and np.isfinite(values[0])):
            continue
        smooth = np.abs(wide - narrow).max() <= 1e-8 * max(np.abs(wide).max(), 1e-2)
        alive = flat or all(np.abs(w).max() > 1e-5 for w in from_flat(network, wide).weights)
        if smooth and alive:
            return replace(case, value=float(values[0]), slope=wide)
    raise AssertionError(f"no smooth place found for: {name}")


def _drawn(name: str, network: Network, loss: Loss, number: int, attempt: int) -> Case:
    random = np.random.default_rng([number, attempt])
    inputs = random.uniform(-1.5, 1.5, (ROWS, network.known_inputs))
    # Some losses want positive predictions, some activations answer with numbers around 0: every
    # second attempt asks for a larger last layer.
    start = random.normal(0, 0.8, network.parameter_count)
    last = network.blocks[-1]
    if attempt % 2:
        size = (last.inputs + last.dense.bias) * last.dense.units
        start[-size:] = np.abs(start[-size:]) * (0.3 if attempt % 4 == 1 else 1.0)
    given, dense = targets(loss, random, network.outputs, number)
    weights = None
    if number % 3:
        weights = random.uniform(0.3, 2.0, ROWS)
        weights[number % ROWS] = 0.0
    data = ArrayData(inputs, given, weights)
    return Case(name, network, loss, start, data, dense, 0.0, start)


def targets(loss: Loss, random: Any, outputs: int, number: int, rows: int = ROWS) -> Any:
    """Return targets as an engine takes them and as a matrix; `number` varies their kind.

    A loss that is not named here is tested with real numbers.
    """
    real = random.normal(0, 1, (rows, outputs))
    if loss.kind == "poisson":
        real = random.poisson(2.0, (rows, outputs)).astype(np.float64)
    elif loss.kind == "mean_squared_logarithmic_error":
        real = random.gamma(2.0, 1.0, (rows, outputs))
    elif isinstance(loss, Hinge):
        real = np.where(random.random((rows, outputs)) < 0.5, -1.0, 1.0)
    elif isinstance(loss, BinaryCrossEntropy):
        real = random.random((rows, outputs)).round(number % 2)
    elif isinstance(loss, ROW_KINDS):
        numbers = random.integers(0, outputs, rows)
        one_hot = np.eye(outputs)[numbers]
        soft = 0.7 * one_hot + 0.3 * random.dirichlet(np.ones(outputs), rows)
        choices = ((numbers.astype(np.int32), one_hot), (one_hot, one_hot), (soft, soft))
        return choices[number % 3]
    return real, real


def objectives(
    network: Network, loss: Loss, data: ArrayData, dense: Array, vectors: Array, masks: Any = None
) -> Array:
    """Return J at each of many parameter vectors of shape (vectors, parameters), shape (vectors,).

    `masks`: what each layer's input is multiplied by, None for no dropout.
    """
    x, penalty, start = data.inputs[None], np.zeros(len(vectors)), 0
    for i, block in enumerate(network.blocks):
        units, fan_in = block.dense.units, block.inputs
        end = start + fan_in * units
        weight = vectors[:, start:end].reshape(-1, fan_in, units)
        penalty = penalty + block.dense.l1 * np.abs(weight).sum(axis=(1, 2))
        penalty = penalty + block.dense.l2 * np.square(weight).sum(axis=(1, 2))
        if masks is not None and masks[i] is not None:
            x = x * masks[i]
        z = x @ weight
        start = end
        if block.dense.bias:
            start = end + units
            z = z + vectors[:, None, end:start]
        x = block.dense.activation(z)
    tiled = np.tile(dense, (len(vectors), 1))
    if network.output_layer.activation.kind == loss.fused_with:
        losses = loss.values_from_logits(z.reshape(len(tiled), -1), tiled)
    else:
        losses = loss.values(x.reshape(len(tiled), -1), tiled)
    weights = np.ones(len(dense)) if data.weights is None else data.weights
    result: Array = losses.reshape(len(vectors), -1) @ weights / len(dense) + penalty
    return result


def numerical_gradients(case: Case, masks: Any = None) -> tuple[Array, Array]:
    """Return ∂J/∂parameters by central differences of fourth order, of width h and of width h/2.

    f′ ≈ (f(x−2h) − 8 f(x−h) + 8 f(x+h) − f(x+2h)) / 12h  (Abramowitz and Stegun, 25.3.6)
    """
    size = case.start.size
    unit = np.eye(size)
    shifts = STEP * np.array([-2, -1, -0.5, 0.5, 1, 2])
    vectors = (case.start + shifts[:, None, None] * unit).reshape(-1, size)
    f = objectives(case.network, case.loss, case.data, case.dense_targets, vectors, masks)
    a, b, c, d, e, g = f.reshape(6, size)
    wide = (a - 8 * b + 8 * e - g) / (12 * STEP)
    narrow = (b - 8 * c + 8 * d - e) / (6 * STEP)
    return wide, narrow


def layer_kinds(network: Network) -> set[str]:
    """Return the kinds of layers in a network."""
    return {layer.kind for layer in network.layers}


def with_dropout(activation: Activation, loss: Loss, **settings: Any) -> Network:
    """Return a network with dropout before and between its dense layers."""
    return Network(
        [
            Dropout(0.2),
            Dense(6, activation, **settings),
            Dropout(0.4),
            Dense(5, activation, **settings),
            Dense(OUTPUTS, natural_output(loss), **settings),
        ],
        INPUTS,
    )

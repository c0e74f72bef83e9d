"""Activations as nodes.

onnxruntime computes Selu, Elu, Softplus, Erf and LeakyRelu in float32 only. In float64 they are made of
other nodes, but erf is computed in float32, with an error of 1e-7.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from deltarule.activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    Exponential,
    Identity,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    Sign,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Step,
    Tanh,
)
from deltarule.activations.rectifiers import SELU_ALPHA, SELU_SCALE
from deltarule.errors import SettingError
from deltarule.export.onnx_graph import FLOAT, OnnxGraph, type_of

MISH_LIMIT = 20.0
"""From here on z tanh(log(1 + e^z)) is z in either precision."""
Numbers = Callable[[float], str]


def activation(g: OnnxGraph, function: Activation, z: str, dtype: Any) -> str:
    """Return the activations of weighted sums of a dtype; raise `SettingError` for an unknown one."""

    def number(value: float) -> str:
        return g.constant(value, dtype)

    is_float32 = type_of(dtype) == FLOAT

    def softplus() -> str:
        if is_float32:
            return g.node("Softplus", z)
        small = g.node("Exp", g.node("Neg", g.node("Abs", z)))
        return g.node("Add", g.node("Relu", z), g.node("Log", g.node("Add", small, number(1))))

    def exponential_unit(scale: float, alpha: float) -> str:
        below = g.node("Sub", g.node("Exp", g.node("Min", z, number(0))), number(1))
        above = z if scale == 1 else g.node("Mul", z, number(scale))
        return _where_positive(g, z, number, above, g.node("Mul", below, number(scale * alpha)))

    match function:
        case Identity():
            return z
        case Sign():
            return g.node("Sign", z)
        case Step():
            return g.node("Cast", g.node("GreaterOrEqual", z, number(0)), to=type_of(dtype))
        case Sigmoid():
            return g.node("Sigmoid", z)
        case Tanh():
            return g.node("Tanh", z)
        case Softsign():
            return g.node("Div", z, g.node("Add", g.node("Abs", z), number(1)))
        case ReLU():
            return g.node("Relu", z)
        case LeakyReLU(negative_slope=slope) if is_float32:
            return g.node("LeakyRelu", z, alpha=slope)
        case LeakyReLU(negative_slope=slope):
            return _where_positive(g, z, number, z, g.node("Mul", z, number(slope)))
        case ELU(alpha=alpha) if is_float32:
            return g.node("Elu", z, alpha=alpha)
        case ELU(alpha=alpha):
            return exponential_unit(1.0, alpha)
        case SELU() if is_float32:
            return g.node("Selu", z, alpha=SELU_ALPHA, gamma=SELU_SCALE)
        case SELU():
            return exponential_unit(SELU_SCALE, SELU_ALPHA)
        case GELU():
            scaled = g.node("Mul", z, number(math.sqrt(0.5)))
            if is_float32:
                erf = g.node("Erf", scaled)
            else:
                erf = g.node("Erf", g.node("Cast", scaled, to=FLOAT))
                erf = g.node("Cast", erf, to=type_of(dtype))
            share = g.node("Mul", g.node("Add", erf, number(1)), number(0.5))
            return g.node("Mul", z, share)
        case SiLU():
            return g.node("Mul", z, g.node("Sigmoid", z))
        case Mish():  # tanh(log(1 + e)) = n / (n + 2), which is faster and more exact
            product = _mish_product(g, z, number)
            share = g.node("Div", product, g.node("Add", product, number(2)))
            return g.node("Mul", z, share)
        case Softplus():
            return softplus()
        case Exponential():
            return g.node("Exp", z)
        case Softmax():
            return g.node("Softmax", z, axis=-1)
    raise SettingError(
        "model",
        f"uses the activation {function!r}, which ONNX export does not know",
        hint="Train it with another activation, such as 'relu'.",
    )


def learned_activation(
    g: OnnxGraph, function: Activation, z: str, slopes: NDArray[Any], dtype: Any
) -> str:
    """Return z + a ⊙ (g(z) − z) for the slopes a."""
    if isinstance(function, Mish):  # g(z) − z = −2 z / (n + 2)

        def number(value: float) -> str:
            return g.constant(value, dtype)

        divisor = g.node("Add", _mish_product(g, z, number), number(2))
        share = g.node("Div", z, divisor)
        return g.node("Add", z, g.node("Mul", g.constant(-2 * slopes), share))
    outputs = activation(g, function, z, dtype)
    return g.node("Add", z, g.node("Mul", g.constant(slopes), g.node("Sub", outputs, z)))


def _mish_product(g: OnnxGraph, z: str, number: Numbers) -> str:
    """Return n = e (e + 2) with e = exp z."""
    power = g.node("Exp", g.node("Min", z, number(MISH_LIMIT)))
    return g.node("Mul", power, g.node("Add", power, number(2)))


def _where_positive(g: OnnxGraph, z: str, number: Numbers, above: str, below: str) -> str:
    return g.node("Where", g.node("Greater", z, number(0)), above, below)

"""Activations under Keras's names: each is the core's description, and can be called on an array."""

from __future__ import annotations

from typing import Any

from deltarule._common.checks import did_you_mean
from deltarule.activations import (
    ACTIVATIONS,
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
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from deltarule.errors import SettingError
from deltarule.keras.unsupported import lookup

__all__ = [
    "elu",
    "exponential",
    "gelu",
    "get",
    "leaky_relu",
    "linear",
    "mish",
    "name_of",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "swish",
    "tanh",
]

linear = Identity()
relu = ReLU()
sigmoid = Sigmoid()
tanh = Tanh()
softmax = Softmax()
elu = ELU()
selu = SELU()
gelu = GELU()
silu = swish = SiLU()
mish = Mish()
softplus = Softplus()
exponential = Exponential()
leaky_relu = LeakyReLU(0.2)  # Keras's function; its layer has 0.3, the paper 0.01

_NAMES = {name: value for name, value in dict(globals()).items() if isinstance(value, Activation)}
_MISSING = {
    "use one of those that are": (
        "celu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
        "log_sigmoid", "log_softmax", "relu6", "soft_shrink", "softsign", "sparse_plus",
        "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink", "threshold",
    ),
}  # fmt: skip


def get(identifier: object) -> Activation:
    """Return the activation of a name, a description or None (linear)."""
    if identifier is None:
        return linear
    if isinstance(identifier, Activation):
        return identifier
    own = getattr(
        identifier, "activation", None
    )  # of a layer such as LeakyReLU(0.2), as Keras takes it
    if isinstance(own, Activation) and not getattr(identifier, "arrays", None):
        return own
    if isinstance(identifier, str):
        found = _NAMES.get(identifier)
        if found is None and identifier in ("sign", "step"):  # the course's perceptrons
            found = ACTIVATIONS.resolve(identifier, "activation")
        if found is not None:
            return found
    raise SettingError(
        f"activation must be one of {', '.join(_NAMES)}; got {identifier!r}."
        f"{did_you_mean(identifier, _NAMES)}"
    )


def name_of(activation: Activation) -> str:
    """Return Keras's name of an activation."""
    return next((name for name, value in _NAMES.items() if value == activation), activation.kind)


def __getattr__(name: str) -> Any:
    return lookup("activations", name, _MISSING, _NAMES)

"""Initializers under Keras's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule.errors import ShapeError
from deltarule.keras import configs
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.initializers.base import (
    Array,
    Constant,
    Initializer,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    Shape,
    TruncatedNormal,
    Zeros,
)
from deltarule.keras.initializers.scaled import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)
from deltarule.keras.unsupported import lookup

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "get",
]


OrthogonalInitializer = Orthogonal

CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        Zeros, Ones, Constant, RandomUniform, RandomNormal, TruncatedNormal, VarianceScaling,
        GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal, Orthogonal,
    )
}  # fmt: skip
_SNAKE = {
    "random_uniform": RandomUniform, "uniform": RandomUniform, "random_normal": RandomNormal,
    "normal": RandomNormal, "truncated_normal": TruncatedNormal,
    "variance_scaling": VarianceScaling, "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal, "he_uniform": HeUniform, "he_normal": HeNormal,
    "lecun_uniform": LecunUniform, "lecun_normal": LecunNormal, "orthogonal": Orthogonal,
    "zeros": Zeros, "zero": Zeros, "ones": Ones, "one": Ones, "constant": Constant,
}  # fmt: skip


def get(identifier: object, owner: str = "initializer") -> Any:
    """Return an initializer.

    Parameters
    ----------
    identifier : str, Initializer, class, callable or dict
        Name such as "he_normal", initializer or class, function of (shape, dtype=...), or a config.
    owner : str, default "initializer"
        Name of the setting in error messages.

    Returns
    -------
    Initializer or callable
        The initializer; functions are returned unchanged.
    """
    refuse_foreign(owner, identifier, "initializers")
    if callable(identifier) and not isinstance(identifier, Initializer | type):
        return identifier
    return configs.resolve(
        identifier, Initializer, CLASSES | _SNAKE, owner, "an initializer", "initializers"
    )


def check(initializer: Any) -> None:
    """Raise an error if an initializer of this module has an impossible setting."""
    if isinstance(initializer, Initializer) and type(initializer).__call__ is Initializer.__call__:
        initializer._describe((2, 2))


def draw(initializer: Any, shape: Shape, dtype: str) -> Array:
    """Return initial values of `shape` from an initializer or a function."""
    values = np.array(initializer(shape, dtype=dtype), dtype=dtype)
    if values.shape != shape:
        raise ShapeError(f"The initializer gave shape {values.shape} where {shape} was asked for.")
    return values


def __getattr__(name: str) -> Any:
    if name in _SNAKE:  # in Keras another name of the class, such as initializers.he_normal
        return _SNAKE[name]
    return lookup("initializers", name, CLASSES)

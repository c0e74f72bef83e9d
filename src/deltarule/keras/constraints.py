"""Constraints on weights under Keras's names."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.unsupported import lookup

__all__ = [
    "Constraint",
    "MaxNorm",
    "get",
    "max_norm",
]


class Constraint(configs.Configurable, Overridable):
    """Base of all constraints: of MaxNorm, for `isinstance`.

    Custom constraints are not supported: the engine knows MaxNorm only.
    """

    _overrides = Overrides(
        "the engine limits norms and calls no function between updates; choose MaxNorm, or use Keras "
        "itself (import keras)"
    )

    def __call__(self, w: ArrayLike) -> NDArray[Any]:
        """Return weights that satisfy the constraint."""
        raise NotImplementedError

    def get_config(self) -> configs.Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        raise NotImplementedError


class MaxNorm(Constraint):
    """Limit the Euclidean norm of each unit's incoming weights.

    Parameters
    ----------
    max_value : float, default 2
        Maximum norm, > 0; after each update, longer weights are scaled down to it.
    axis : int, default 0
        Only 0, the inputs of each unit, is supported.

    Raises
    ------
    SettingError
        If max_value <= 0 or for another axis.
    """

    def __init__(self, max_value: float = 2, axis: int = 0) -> None:
        self.max_value = checks.number("MaxNorm.max_value", max_value, above=0)
        if axis != 0:
            raise SettingError(
                "MaxNorm.axis", "must be 0 (the incoming weights of each unit)", axis
            )

    def __call__(self, w: ArrayLike) -> NDArray[Any]:
        weights = np.asarray(w)
        norms = np.sqrt(np.square(weights).sum(axis=0, keepdims=True))
        return weights * (np.clip(norms, 0, self.max_value) / (1e-7 + norms))

    def get_config(self) -> configs.Config:
        return {"max_value": self.max_value}


CLASSES: dict[str, Any] = {"MaxNorm": MaxNorm}
_NAMES = CLASSES | {"max_norm": MaxNorm}
max_norm = MaxNorm


def get(identifier: object, owner: str = "kernel_constraint") -> MaxNorm | None:
    """Return a constraint.

    Parameters
    ----------
    identifier : str, MaxNorm, class, dict or None
        "max_norm", a constraint, the class or a config.
    owner : str, default "kernel_constraint"
        Name of the setting in error messages.

    Returns
    -------
    MaxNorm or None
        The constraint, None for None.

    Raises
    ------
    SettingError
        If there is no such constraint, or for a function of your own.
    """
    if identifier is None:
        return None
    if isinstance(identifier, FunctionType):
        raise SettingError(
            owner, "must be MaxNorm: the engine limits norms and calls no function between updates"
        )
    return configs.resolve(identifier, MaxNorm, _NAMES, owner, "a constraint", "constraints")


def __getattr__(name: str) -> Any:
    return lookup("constraints", name, _NAMES)

"""Constraints on weights under Keras's names."""

from __future__ import annotations

from typing import Any

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.unsupported import lookup

__all__ = [
    "MaxNorm",
    "get",
    "max_norm",
]


class MaxNorm(Overridable):
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

    _overrides = Overrides(
        "the engine limits norms from `max_value`; choose MaxNorm, or use Keras itself (import keras)"
    )

    def __init__(self, max_value: float = 2, axis: int = 0) -> None:
        self.max_value = checks.number("MaxNorm.max_value", max_value, above=0)
        if axis != 0:
            raise SettingError(
                "MaxNorm.axis", "must be 0 (the incoming weights of each unit)", axis
            )

    def get_config(self) -> configs.Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        return {"max_value": self.max_value}


CLASSES: dict[str, Any] = {"MaxNorm": MaxNorm}
_NAMES = CLASSES | {"max_norm": MaxNorm}
_MISSING = {
    "use MaxNorm": (
        "NonNeg", "UnitNorm", "MinMaxNorm", "Constraint", "min_max_norm", "non_neg", "unit_norm",
    ),
}  # fmt: skip
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
    """
    if identifier is None:
        return None
    return configs.resolve(identifier, MaxNorm, _NAMES, owner, "a constraint")


def __getattr__(name: str) -> Any:
    return lookup("constraints", name, _MISSING, _NAMES)

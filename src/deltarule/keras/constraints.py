"""Constraints under Keras's names."""

from __future__ import annotations

from typing import Any

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.unsupported import lookup

__all__ = [
    "MaxNorm",
    "get",
    "max_norm",
]


class MaxNorm:
    """The Euclidean norm of each unit's incoming weights stays at or below `max_value`."""

    def __init__(self, max_value: float = 2, axis: int = 0) -> None:
        self.max_value = checks.number("MaxNorm.max_value", max_value, above=0)
        if axis != 0:
            raise SettingError(
                f"MaxNorm.axis must be 0 (the incoming weights of each unit), got {axis!r}."
            )

    def get_config(self) -> configs.Config:
        """Return the settings as strict JSON."""
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
    """Return a constraint, or None for none."""
    if identifier is None:
        return None
    return configs.resolve(identifier, MaxNorm, _NAMES, owner, "a constraint")


def __getattr__(name: str) -> Any:
    return lookup("constraints", name, _MISSING, _NAMES)

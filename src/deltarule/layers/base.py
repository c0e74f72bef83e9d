"""The base class and the family of layers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from inspect import signature

from deltarule._common.descriptions import Description, Family
from deltarule.activations import ACTIVATIONS
from deltarule.embeddings import COLUMN_EMBEDDINGS
from deltarule.errors import SettingError
from deltarule.initializers import INITIALIZERS
from deltarule.schedules import SCHEDULES

__all__ = ["LAYERS", "Layer"]


@dataclass(frozen=True)
class Layer(Description):
    """Base class of all layers.

    Parameters
    ----------
    name : str or None
        Name of the layer, unique in its network.
    """

    name: str | None

    def __repr__(self) -> str:
        """Return the call that makes the layer, with the settings that are not its defaults."""
        parameters = signature(type(self)).parameters
        shown = []
        for field in fields(self):
            value = getattr(self, field.name)
            parameter = parameters.get(field.name)
            if parameter is None or not _is_default(value, parameter.default):
                shown.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


def _is_default(value: object, default: object) -> bool:
    """Return whether a setting has its default, which may be the name of a description."""
    if isinstance(value, Description) and isinstance(default, str):
        return default in (value.kind, *value.aliases) and value == type(value)()
    return value == default


LAYERS: Family[Layer] = Family("layer")


def checked_name(name: str | None) -> str | None:
    if name is not None and (not isinstance(name, str) or not name):
        raise SettingError("name", "must be text", name)
    return name


LAYERS.nest("activation", ACTIVATIONS)
LAYERS.nest("initializer", INITIALIZERS)
LAYERS.nest("bias_initializer", INITIALIZERS)
LAYERS.nest("rate", SCHEDULES)
LAYERS.nest("columns", COLUMN_EMBEDDINGS)

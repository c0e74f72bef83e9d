"""The base class and the family of layers."""

from __future__ import annotations

from dataclasses import dataclass

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

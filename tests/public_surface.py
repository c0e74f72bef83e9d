"""The public surface of deltarule: its public modules, and what each of them exports."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from importlib import import_module
from typing import Any

PUBLIC_MODULES = (
    "deltarule",
    "deltarule.activations",
    "deltarule.cluster",
    "deltarule.course",
    "deltarule.data",
    "deltarule.embeddings",
    "deltarule.engines",
    "deltarule.errors",
    "deltarule.estimators",
    "deltarule.export",
    "deltarule.history",
    "deltarule.initializers",
    "deltarule.insight",
    "deltarule.keras",
    "deltarule.keras.activations",
    "deltarule.keras.backend",
    "deltarule.keras.callbacks",
    "deltarule.keras.constraints",
    "deltarule.keras.initializers",
    "deltarule.keras.layers",
    "deltarule.keras.losses",
    "deltarule.keras.metrics",
    "deltarule.keras.models",
    "deltarule.keras.ops",
    "deltarule.keras.optimizers",
    "deltarule.keras.optimizers.schedules",
    "deltarule.keras.regularizers",
    "deltarule.keras.saving",
    "deltarule.keras.utils",
    "deltarule.layers",
    "deltarule.losses",
    "deltarule.mlflow",
    "deltarule.network",
    "deltarule.optimizers",
    "deltarule.parameters",
    "deltarule.playground",
    "deltarule.plots",
    "deltarule.preprocessing",
    "deltarule.report",
    "deltarule.sampling",
    "deltarule.schedules",
    "deltarule.splitting",
    "deltarule.stopping",
    "deltarule.table_model",
    "deltarule.training",
    "deltarule.tuning",
)

Item = tuple[str, Any]


def exported_names() -> list[str]:
    """Return the dotted name of everything that a public module exports."""
    return [
        f"{module}.{name}" for module in PUBLIC_MODULES for name in import_module(module).__all__
    ]


def documented_items() -> Iterator[Item]:
    """Yield dotted name and object of each exported function and class, and of their public members.

    An object that several modules export, and a member that several classes inherit, come once.
    """
    seen: set[int] = set()
    for dotted in exported_names():
        module, _, name = dotted.rpartition(".")
        thing = getattr(import_module(module), name)
        if isinstance(thing, types.ModuleType) or not callable(thing) or id(thing) in seen:
            continue
        seen.add(id(thing))
        if not isinstance(thing, type):
            if isinstance(thing, types.FunctionType):
                yield dotted, thing
            continue
        yield dotted, thing
        for member, value in _members(thing):
            if id(value) not in seen:
                seen.add(id(value))
                yield f"{dotted}.{member}", value


def _members(cls: type) -> Iterator[Item]:
    """Yield the public methods and properties that deltarule itself gives to a class."""
    if issubclass(cls, Enum):
        return
    for name in sorted(dir(cls)):
        if name.startswith("_"):
            continue
        owners = [c for c in cls.__mro__ if name in vars(c)]
        if not owners or not owners[0].__module__.startswith("deltarule"):
            continue
        value = vars(owners[0])[name]
        if isinstance(value, classmethod | staticmethod):
            value = value.__func__
        is_documentable = isinstance(value, types.FunctionType | property | cached_property)
        inherits = not value.__doc__ and any(
            inspect.getdoc(vars(c)[name]) for c in owners[1:] if vars(c)[name] is not None
        )
        if is_documentable and not inherits:
            yield name, value

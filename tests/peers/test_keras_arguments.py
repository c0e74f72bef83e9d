"""Every argument of a class that Keras has too exists in deltarule.keras, or is refused."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

from deltarule.errors import DeltaruleError
from deltarule.keras.unsupported import Absent

keras = pytest.importorskip("keras")

MODULES = (
    "callbacks", "constraints", "initializers", "layers", "losses", "metrics", "models",
    "optimizers", "optimizers.schedules", "regularizers",
)  # fmt: skip
REQUIRED = {  # values of arguments without a default
    "activation": "relu", "boundaries": [1], "class_id": 0, "decay_rate": 0.5, "decay_steps": 9,
    "filename": "log.csv", "filepath": "m.keras", "fn": lambda y_true, y_pred: 0.0,
    "initial_learning_rate": 0.1, "first_decay_steps": 9, "num_classes": 2, "precision": 0.5,
    "rate": 0.1, "recall": 0.5, "target_class_ids": [0], "schedule": lambda epoch: 0.1,
    "sensitivity": 0.5, "shape": (2,), "specificity": 0.5, "units": 3, "values": [0.1, 0.2],
}  # fmt: skip
BASES = {  # with arguments of deltarule's own: made by subclasses or by Input
    "callbacks.Callback", "layers.InputLayer", "layers.Layer", "losses.Loss", "metrics.Metric",
    "optimizers.Optimizer",
}  # fmt: skip
TAKEN = {"ema_momentum", "from_logits"}  # by **settings, with any value
CLASSES = [
    f"{module}.{name}"
    for module in MODULES
    for name, value in sorted(vars(importlib.import_module(f"keras.{module}")).items())
    if isinstance(value, type) and f"{module}.{name}" not in BASES
]


def found(path: str) -> tuple[Any, Any]:
    module, _, name = path.rpartition(".")
    ours = getattr(importlib.import_module(f"deltarule.keras.{module}"), name)
    return ours, getattr(importlib.import_module(f"keras.{module}"), name)


def parameters(made: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(made).parameters)


@pytest.mark.parametrize("path", CLASSES)
def test_an_argument_of_keras_exists_or_is_refused(path: str) -> None:
    ours, theirs = found(path)
    if isinstance(ours, type(Absent)):
        return
    known = parameters(ours)
    given = {
        name: REQUIRED[name] for name, p in known.items()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    }  # fmt: skip
    for name, parameter in parameters(theirs).items():
        if (
            name in known
            or name in TAKEN
            or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        ):
            continue
        with pytest.raises(DeltaruleError):
            ours(**given, **{name: object()})


@pytest.mark.parametrize("path", CLASSES)
def test_defaults_are_those_of_keras(path: str) -> None:
    ours, theirs = found(path)
    if isinstance(ours, type(Absent)):
        return
    known = parameters(ours)
    for name, parameter in parameters(theirs).items():
        if name in known and name != "name" and parameter.default is not parameter.empty:
            assert known[name].default == parameter.default, name

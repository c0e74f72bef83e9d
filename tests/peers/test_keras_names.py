"""Every public name of Keras exists in deltarule.keras, or raises a sentence; so do its methods."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from deltarule import keras as ours
from deltarule.errors import SettingError
from deltarule.keras.absent import MODULES
from deltarule.keras.overrides import Overridable
from deltarule.keras.unsupported import Absent

keras = pytest.importorskip("keras")

FAMILIES = {
    "layers.Layer": ours.layers.Layer,
    "layers.Dense": ours.layers.Dense,
    "layers.Dropout": ours.layers.Dropout,
    "layers.Activation": ours.layers.Activation,
    "layers.Normalization": ours.layers.Normalization,
    "losses.Loss": ours.losses.Loss,
    "losses.Huber": ours.losses.Huber,
    "metrics.Metric": ours.metrics.Metric,
    "optimizers.Optimizer": ours.optimizers.Optimizer,
    "optimizers.Adam": ours.optimizers.Adam,
    "optimizers.schedules.LearningRateSchedule": ours.optimizers.schedules.LearningRateSchedule,
    "regularizers.Regularizer": ours.regularizers.Regularizer,
    "constraints.Constraint": ours.constraints.Constraint,
    "initializers.Initializer": ours.initializers.Initializer,
    "callbacks.Callback": ours.callbacks.Callback,
    "callbacks.EarlyStopping": ours.callbacks.EarlyStopping,
    "callbacks.ReduceLROnPlateau": ours.callbacks.ReduceLROnPlateau,
    "Model": ours.Model,
    "Sequential": ours.Sequential,
}
ATTRIBUTES = {  # of Keras's classes; set on an object, or a property that no training calls
    "compute_dtype", "dtype", "dtype_policy", "input_dtype", "input_spec", "iterations",
    "jit_compile", "metrics_variables", "path", "quantization_mode", "run_eagerly",
    "supports_masking", "trainable", "variable_dtype",
}  # fmt: skip
CALLED_BY_USERS = {  # of Keras's classes, which call them nowhere by themselves
    "add_variable", "add_weight", "convert_weight", "enable_lora", "export",
    "get_quantization_layer_structure", "jax_state_sync", "variable_serialization_spec",
}  # fmt: skip


def modules() -> Iterator[tuple[str, Any]]:
    """Yield path and module of Keras's public modules, two levels deep."""
    yield "", keras
    for name, module in vars(keras).items():
        if isinstance(module, ModuleType) and not name.startswith("_") and name != "src":
            yield name, module
            for inner, deeper in vars(module).items():
                if isinstance(deeper, ModuleType) and deeper.__name__.startswith("keras."):
                    yield f"{name}.{inner}", deeper


@pytest.mark.parametrize("path", [path for path, _ in modules()])
def test_every_name_is_there_or_raises_a_sentence(path: str) -> None:
    theirs = dict(modules())[path]
    if path in MODULES:
        with pytest.raises(ImportError, match=rf"deltarule\.keras has no module '{path}': .*\.$"):
            importlib.import_module(f"deltarule.keras.{path}")
        return
    family = path.partition(".")[0]
    if family in MODULES:
        return
    if family in ("ops", "backend"):  # functions for metrics
        for name in vars(theirs):
            if not name.startswith("_") and not hasattr(getattr(ours, family), name):
                with pytest.raises(AttributeError, match=rf"has no '{name}': .*NumPy"):
                    getattr(getattr(ours, family), name)
        return
    place = importlib.import_module(f"deltarule.keras.{path}".rstrip("."))
    for name, value in vars(theirs).items():
        if name.startswith("_") or isinstance(value, ModuleType):
            continue
        found = getattr(place, name)
        if isinstance(found, type(Absent)):
            with pytest.raises(SettingError, match=rf"{name} is not supported: .*\.$"):
                found()
            if isinstance(value, type):
                with pytest.raises(SettingError, match=rf"{name} is not supported: .*\.$"):
                    type("Mine", (found,), {})


@pytest.mark.parametrize("path", FAMILIES)
def test_every_override_takes_effect_or_is_refused(path: str) -> None:
    theirs: Any = keras
    for part in path.split("."):
        theirs = getattr(theirs, part)
    base = FAMILIES[path]
    assert issubclass(base, Overridable)
    honored = {*base._overrides.honored, "get_config", "from_config"}
    for name in dir(theirs):
        value = inspect.getattr_static(theirs, name)
        if name.startswith("_") and name != "__call__":
            continue
        if not callable(value) and not isinstance(value, property | classmethod | staticmethod):
            continue
        if name in honored | ATTRIBUTES | CALLED_BY_USERS or isinstance(value, type):
            continue
        if path.startswith("callbacks") and "batch" in name:
            continue  # refused by fit, or called
        with pytest.raises(SettingError, match="would never be called"):
            type("Mine", (base,), {name: lambda self, *given: None})


@pytest.mark.parametrize(
    "name", [name for name in ours.activations.__all__ if name not in ("get", "name_of")]
)
def test_the_activation_of_a_layer_has_the_name_of_keras(name: str) -> None:
    named = [k.layers.Dense(2, name).activation.__name__ for k in (ours, keras)]
    assert named[0] == named[1]

"""Write models as files: safetensors with a description as strict JSON.

The files run no code. Any file name is allowed; Keras cannot read them, nor can deltarule read Keras's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.formats.model_file import write_model
from deltarule.keras import configs, losses, metrics, optimizers
from deltarule.keras.custom_objects import is_custom, name_in_file
from deltarule.keras.layers import Layer
from deltarule.keras.optimizers import schedules
from deltarule.keras.overrides import is_own

Array = NDArray[Any]
Path = str | os.PathLike[str]
FUNCTION = "function"  # class name of a custom function
MODEL_KIND, WEIGHTS_KIND = "keras model", "keras weights"
SLOT_PREFIX = "optimizer/slot_"  # of the optimizer's arrays


def write_whole_model(model: Any, path: Path) -> None:
    """Write a built model: layers, arrays and the settings of `compile`."""
    description = {
        "class_name": next(c.__name__ for c in type(model).__mro__ if is_own(c)),
        "name": model.name,
        "layers": [configs.to_config(layer) for layer in model.all_layers],
        "compile": _compile_config(model),
    }
    write_model(path, description, _arrays(model), kind=MODEL_KIND)


def save_weights(model: Any, path: Path) -> None:
    """Write only the weights and the optimizer's state."""
    description = {"iterations": _iterations(model)}
    write_model(path, description, _arrays(model), kind=WEIGHTS_KIND)


def _compile_config(model: Any) -> dict[str, Any] | None:
    compiled = model.compiled_settings
    if compiled is None:
        return None
    unweighted = [_named(m) for m in compiled.metrics]
    weighted = [_named(m) for m in compiled.weighted_metrics]
    rate = compiled.optimizer.get_config()["learning_rate"]
    schedule = "" if isinstance(rate, float) else rate["class_name"]
    known = (
        all(
            isinstance(m, str) or _is_known(_maker(m), metrics.CLASSES)
            for m in [*unweighted, *weighted]
        )
        and (not schedule or schedule in schedules.CLASSES or is_custom(schedule))
        and _is_known(type(compiled.loss), losses.CLASSES)
        and _is_known(type(compiled.optimizer), optimizers.CLASSES)
    )
    if not known:  # a description of deltarule: the model is then loaded without compile
        return None

    def to_json(metric: Any) -> Any:
        if isinstance(metric, str):
            return metric
        if isinstance(metric, type) and is_own(metric):
            metric = metric()
        if isinstance(metric, metrics.Metric):
            return configs.to_config(metric)
        return {"class_name": FUNCTION, "config": name_in_file(metric)}

    return {
        "optimizer": configs.to_config(compiled.optimizer),
        "loss": configs.to_config(compiled.loss),
        "metrics": [to_json(m) for m in unweighted],
        "weighted_metrics": [to_json(m) for m in weighted],
        "iterations": _iterations(model),
    }


def _named(metric: Any) -> Any:
    """Return a function of keras.metrics by its name, everything else as it is."""
    name = getattr(metric, "__name__", "")
    is_ours = name in metrics.NAMES and getattr(metrics, name, None) is metric
    return name if is_ours else metric


def _maker(metric: Any) -> Any:
    """Return the class of a metric, or the function or class itself."""
    return type(metric) if isinstance(metric, metrics.Metric) else metric


def _is_known(maker: Any, classes: dict[str, Any]) -> bool:
    """Return whether a file can refer to a class or a function by name."""
    return is_custom(name_in_file(maker)) or classes.get(getattr(maker, "__name__", "")) is maker


def _iterations(model: Any) -> int:
    return 0 if model.optimizer is None else int(model.optimizer.updates_done)


def layers_by_key(layers: Iterable[Layer]) -> list[tuple[str, Layer]]:
    """Return the layers that have arrays, by their key in the file: their position, as in Keras.

    Names such as dense_7 depend on the number of layers created before.
    """
    with_arrays = [layer for layer in layers if layer.arrays]
    return [(f"layer_{i}", layer) for i, layer in enumerate(with_arrays, start=1)]


def _arrays(model: Any) -> dict[str, Array]:
    for layer in model.all_layers:
        layer.refresh()
    arrays = {
        f"{key}/{name}": np.asarray(array, order="C")
        for key, layer in layers_by_key(model.all_layers)
        for name, array in layer.arrays.items()
    }
    slots = {} if model.optimizer is None else model.optimizer.slots
    return arrays | {f"{SLOT_PREFIX}{name}": np.ascontiguousarray(a) for name, a in slots.items()}

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
from deltarule.keras.layers import Layer
from deltarule.keras.optimizers import schedules

Array = NDArray[Any]
Path = str | os.PathLike[str]
MODEL_KIND, WEIGHTS_KIND = "keras model", "keras weights"
SLOT_PREFIX = "optimizer/slot_"  # of the optimizer's arrays


def save_model(model: Any, path: Path) -> None:
    """Write a model to one file, as `Model.save` does.

    Parameters
    ----------
    model : Model
        A built model.
    path : str or path-like
        Name of the file.
    """
    description = {
        "class_name": type(model).__name__,
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
    all_metrics = [*compiled.metrics, *compiled.weighted_metrics]
    loss = type(compiled.loss).__name__
    known = all(isinstance(m, str) or type(m).__name__ in metrics.CLASSES for m in all_metrics)
    # Custom functions cannot be saved: the model is then loaded without compile.
    rate = compiled.optimizer.get_config()["learning_rate"]
    known = known and (isinstance(rate, float) or rate["class_name"] in schedules.CLASSES)
    known = known and loss in losses.CLASSES
    if not known or type(compiled.optimizer).__name__ not in optimizers.CLASSES:
        return None

    def to_json(metric: Any) -> Any:
        return metric if isinstance(metric, str) else configs.to_config(metric)

    return {
        "optimizer": configs.to_config(compiled.optimizer),
        "loss": configs.to_config(compiled.loss),
        "metrics": [to_json(m) for m in compiled.metrics],
        "weighted_metrics": [to_json(m) for m in compiled.weighted_metrics],
        "iterations": _iterations(model),
    }


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

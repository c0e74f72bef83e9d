"""Models as files: safetensors with a description as strict JSON.

The files run no code. Any file name is allowed; Keras cannot read them, nor can deltarule read Keras's.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.activations import ACTIVATIONS
from deltarule.errors import ModelFileError, SettingError, ShapeError
from deltarule.formats.model_file import ModelFile, read_model, write_model
from deltarule.keras import configs, losses, metrics, optimizers
from deltarule.keras.layers import CLASSES, Layer
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


def read_layers(path: Path) -> tuple[ModelFile, list[Layer]]:
    """Return the content of a model file and its layers, not built."""
    file = read_model(path, kind=MODEL_KIND)
    reader = StrictReader(file.description, str(path))
    layers = reader.take("layers", list)
    reader.exactly(["class_name", "name", "compile"])
    return file, [_layer(config, f"{path}: layers[{i}]") for i, config in enumerate(layers)]


def read_compile(file: ModelFile) -> dict[str, Any] | None:
    """Return the arguments of `compile` from a model file, or None."""
    config = file.description["compile"]
    if config is None:
        return None
    keys = ("optimizer", "loss", "metrics", "weighted_metrics", "iterations")
    config = StrictReader(config, f"{file.path}: compile").exactly(keys)
    try:
        found: dict[str, Any] = {
            "optimizer": optimizers.get(config["optimizer"]),
            "loss": losses.get(config["loss"]),
            "metrics": [_metric(m) for m in config["metrics"]],
            "weighted_metrics": [_metric(m) for m in config["weighted_metrics"]],
        }
        found["optimizer"].iterations = int(config["iterations"])
    except (SettingError, TypeError, ValueError) as error:
        raise ModelFileError(f"{file.path} has invalid settings: {error}") from error
    return found


def set_arrays(model: Any, arrays: dict[str, Array], path: Path) -> None:
    """Set the arrays of the layers and the state of the optimizer from a file."""
    left = dict(arrays)
    for key, layer in _layers_by_key(model):
        names = [f"{key}/{name}" for name in layer.arrays]
        missing = [name for name in names if name not in left]
        if missing:
            raise ModelFileError(f"{path} lacks the array {missing[0]!r} of this model.")
        try:
            layer.set_weights([left.pop(name) for name in names])
        except ShapeError as error:
            raise ModelFileError(f"{path} does not fit the model: {error}") from error
    slots = {
        name.removeprefix(SLOT_PREFIX): left.pop(name)
        for name in list(left)
        if name.startswith(SLOT_PREFIX)
    }
    if left:
        raise ModelFileError(f"{path} has an array {min(left)!r} that is not part of the model.")
    if model.optimizer is not None:
        model.optimizer.slots = slots


def load_weights(model: Any, path: Path) -> None:
    """Set the weights of a model from a file of `save_weights` or `save`."""
    file = read_model(path, kind=None)
    if file.kind not in (MODEL_KIND, WEIGHTS_KIND):
        raise ModelFileError(f"{path} is a deltarule {file.kind!r} file, not a file of weights.")
    set_arrays(model, file.arrays, path)
    iterations = file.description.get("iterations", 0)
    if model.optimizer is not None and isinstance(iterations, int):
        model.optimizer.iterations = iterations


def _layer(config: object, owner: str) -> Layer:
    if isinstance(config, dict) and isinstance(config.get("config"), dict):
        settings = dict(config["config"])
        if isinstance(settings.get("activation"), dict):
            settings["activation"] = ACTIVATIONS.from_json(settings["activation"], owner)
        config = {**config, "config": settings}
    layer: Layer = configs.from_config(config, CLASSES, owner)
    return layer


def _metric(config: object) -> Any:
    if isinstance(config, str):
        return config
    return configs.from_config(config, metrics.CLASSES, "metrics")


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
    return 0 if model.optimizer is None else int(model.optimizer.iterations)


def _layers_by_key(model: Any) -> list[tuple[str, Layer]]:
    """Return the layers that have arrays, by their key in the file: their position, as in Keras.

    Names such as dense_7 depend on the number of layers created before.
    """
    with_arrays = [layer for layer in model.all_layers if layer.arrays]
    return [(f"layer_{i}", layer) for i, layer in enumerate(with_arrays, start=1)]


def _arrays(model: Any) -> dict[str, Array]:
    for layer in model.all_layers:
        layer.refresh()
    arrays = {
        f"{key}/{name}": np.ascontiguousarray(array)
        for key, layer in _layers_by_key(model)
        for name, array in layer.arrays.items()
    }
    slots = {} if model.optimizer is None else model.optimizer.slots
    return arrays | {f"{SLOT_PREFIX}{name}": np.ascontiguousarray(a) for name, a in slots.items()}

"""Read models from files: shapes are compared first, and no array is drawn or copied before that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule._common.array_reader import ArrayReader
from deltarule._common.strict_reader import StrictReader, broken_rules_are_file_errors, file_error
from deltarule.activations import ACTIVATIONS
from deltarule.errors import ModelFileError, SettingError, ShapeError, shortened
from deltarule.formats.model_file import ModelFile, read_model
from deltarule.keras import configs, initializers, losses, metrics, optimizers
from deltarule.keras.custom_objects import MissingObjectError, find
from deltarule.keras.layers import (
    CLASSES,
    Activation,
    BatchNormalization,
    Dense,
    InputLayer,
    Layer,
    LayerNormalization,
    Normalization,
)
from deltarule.keras.layers.base import Shape
from deltarule.keras.model_conversion import convert
from deltarule.keras.model_file import (
    FUNCTION,
    MODEL_KIND,
    SLOT_PREFIX,
    WEIGHTS_KIND,
    Array,
    Path,
    layers_by_key,
)

MAX_LAYERS = 30_000  # a network of 10,000 layers, each with an activation and a dropout of its own
MAX_ITERATIONS = 10**12
_FLOATS = ("float32", "float64")
_KERAS_FILES = (b"PK\x03\x04", b"\x89HDF")  # the beginning of .keras and .h5


def read_file(path: Path) -> tuple[ModelFile, list[Layer]]:
    """Return the content of a model file and its layers, built with its arrays if it has an input."""
    file = _read(path, MODEL_KIND)
    reader = StrictReader(file.description, file.path)
    described = reader.take("layers", list)
    reader.take("class_name", str), reader.take("name", str)
    reader.exactly(["compile"])
    with broken_rules_are_file_errors(file.path):
        checks.integer("layers", len(described), at_most=MAX_LAYERS)
    layers = [_layer(config, f"{file.path}: layers[{i}]") for i, config in enumerate(described)]
    if any(isinstance(layer, InputLayer) for layer in layers[1:]):
        raise file_error(f"{file.path}: layers must have an InputLayer only as the first one.")
    arrays, _ = _apart(file)
    with _file_errors(file.path):
        _build(layers, ArrayReader(arrays, file.path))
    return file, layers


def read_compile(file: ModelFile) -> dict[str, Any] | None:
    """Return the arguments of `compile` from a model file, or None."""
    config = file.description["compile"]
    if config is None:
        return None
    where = f"{file.path}: compile"
    reader = StrictReader(config, where)
    with _file_errors(where):
        optimizer = optimizers.get(reader.take("optimizer", dict))
        found: dict[str, Any] = {
            "optimizer": optimizer,
            "loss": _named(losses.get(reader.take("loss", dict))),
            "metrics": [_metric(m) for m in reader.take("metrics", list)],
            "weighted_metrics": [_metric(m) for m in reader.take("weighted_metrics", list)],
        }
        optimizer.updates_done = _iterations(reader)
        optimizer.description()  # checks its settings
        with np.errstate(all="ignore"):
            checks.number("learning_rate", optimizer.present_rate, at_least=0)
    reader.finish()
    return found


def slots_of(file: ModelFile) -> dict[str, Array]:
    """Return the state of the optimizer from a file."""
    _, slots = _apart(file)
    reader = ArrayReader(slots, file.path)
    return {name.removeprefix(SLOT_PREFIX): reader.take(name, (None,), _FLOATS) for name in slots}


def load_weights(model: Any, path: Path) -> None:
    """Set the weights of a model from a file of `save_weights` or `save`."""
    file = _read(path, None)
    if file.kind not in (MODEL_KIND, WEIGHTS_KIND):
        kind = shortened(file.kind)
        raise ModelFileError(f"{path} is a deltarule {kind} file, not a file of weights.")
    iterations = 0
    if file.kind == WEIGHTS_KIND:
        description = StrictReader(file.description, file.path)
        iterations = _iterations(description)
        description.finish()
    arrays, _ = _apart(file)
    slots = slots_of(file)
    reader = ArrayReader(arrays, f"{path} does not fit the model: it", ModelFileError)
    found = []
    for key, layer in layers_by_key(model.all_layers):
        if not layer.built:
            raise ShapeError(
                f"Layer {layer.shown_name} has no weights yet: give the model an Input, or build it."
            )
        taken = {
            name: _converted(reader, f"{key}/{name}", array) for name, array in layer.arrays.items()
        }
        found.append((layer, taken))
        _check_variance(taken, file.path)
    reader.finish()
    for layer, taken in found:
        layer.set_weights(list(taken.values()))
    if model.optimizer is not None:
        model.optimizer.slots, model.optimizer.updates_done = slots, iterations


def _read(path: Path, kind: str | None) -> ModelFile:
    try:
        return read_model(path, kind=kind)
    except ModelFileError as error:
        if _first_bytes(path) in _KERAS_FILES:
            raise ModelFileError(
                f"{os.fspath(path)!r} is not a model file of deltarule, and files of Keras cannot be "
                "read: build the layers, and copy the weights: set_weights(keras_model.get_weights())."
            ) from error
        raise


def _first_bytes(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(4)
    except OSError:
        return b""


def _apart(file: ModelFile) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the arrays of the layers and those of the optimizer."""
    slots = {name: a for name, a in file.arrays.items() if name.startswith(SLOT_PREFIX)}
    arrays = {name: a for name, a in file.arrays.items() if name not in slots}
    for name, array in arrays.items():
        if name.endswith("/count") and array.shape == (1,):  # as version 0.1 wrote it
            arrays[name] = array.reshape(())
    return arrays, slots


def _build(layers: list[Layer], reader: ArrayReader) -> None:
    """Build each layer with its arrays, and check that the model can compute."""
    if layers and isinstance(layers[0], InputLayer):
        shape, number = layers[0].input_shape or (None,), 0
        for layer in layers[1:]:
            types = _array_types(layer, shape)
            number += bool(types)
            arrays = {
                name: reader.take(f"layer_{number}/{name}", size, dtype)
                for name, (size, dtype) in types.items()
            }
            _check_variance(arrays, reader.where)
            shape = _built(layer, shape, arrays)
        if any(isinstance(layer, Dense) for layer in layers):
            converted = convert(layers)
            with np.errstate(all="ignore"):
                converted.rows(np.zeros((1, *converted.sample_shape)), "a row of zeros")
    reader.finish()


def _built(layer: Layer, shape: Shape, arrays: dict[str, Array]) -> Shape:
    """Build a layer with its arrays, or one without arrays, and return the shape of its outputs."""
    if not arrays:
        layer.build(shape)
    layer.arrays = arrays
    layer.input_shape, layer.output_shape = shape, layer.compute_output_shape(shape)
    return layer.output_shape


def _array_types(layer: Layer, shape: Shape) -> dict[str, tuple[tuple[int, ...], str]]:
    """Return the shape and the dtype of each array of a layer for inputs of this shape."""
    layer.compute_output_shape(shape)  # refuses inputs that do not fit
    width = shape[-1]
    assert width is not None  # an InputLayer knows its sizes
    if isinstance(layer, Dense):
        bias = {"bias": ((layer.units,), layer.dtype)} if layer.use_bias else {}
        return {"kernel": ((width, layer.units), layer.dtype), **bias}
    if isinstance(layer, BatchNormalization | LayerNormalization):
        return dict.fromkeys(layer.describe().part_names, ((width,), layer.dtype))
    if isinstance(layer, Normalization) and layer._given is None:
        each = (() if layer._axis is None else (width,), layer.dtype)
        return {"mean": each, "variance": each, "count": ((), "int32")}
    return {}


def _check_variance(arrays: dict[str, Array], where: str) -> None:
    for name in ("variance", "moving_variance"):
        if name in arrays and (arrays[name] < 0).any():
            raise file_error(f"{where}: the {name} of a layer must be at least 0.")


def _converted(reader: ArrayReader, name: str, like: Array) -> Array:
    allowed = _FLOATS if like.dtype.kind == "f" else (like.dtype.name,)
    array = reader.take(name, like.shape, allowed)
    with np.errstate(over="ignore"):
        converted = array.astype(like.dtype)
    if not np.isfinite(converted).all():
        raise file_error(
            f"{reader.where} holds numbers beyond {like.dtype.name} in {shortened(name)}."
        )
    return converted


def _iterations(reader: StrictReader) -> int:
    with broken_rules_are_file_errors(reader.where):
        value = reader.take("iterations", int)
        return checks.integer("iterations", value, at_least=0, at_most=MAX_ITERATIONS)


def _layer(config: object, where: str) -> Layer:
    if isinstance(config, dict) and isinstance(config.get("config"), dict):
        settings = dict(config["config"])
        if isinstance(settings.get("activation"), dict):
            settings["activation"] = ACTIVATIONS.from_json(settings["activation"], where)
        config = {**config, "config": settings}
    with _file_errors(where):
        layer: Layer = configs.from_config(config, CLASSES, where)
        known = {*layer.get_config(), *(("activation",) if isinstance(layer, Activation) else ())}
        more = set(config["config"]) - known if isinstance(config, dict) else ()
        if more:
            raise file_error(f"{where} has the unknown setting {shortened(min(more))}.")
        if isinstance(layer, Dense):
            for initializer in (layer.kernel_initializer, layer.bias_initializer):
                initializers.check(initializer)
        if isinstance(layer, BatchNormalization | LayerNormalization):
            for initializer in layer._initializers.values():
                initializers.check(initializer)
    return layer


def _metric(config: object) -> Any:
    if isinstance(config, str):
        if config.lower() not in ("accuracy", "acc"):
            metrics.get(config)  # raises if there is no such metric
        return config
    if isinstance(config, dict) and config.get("class_name") == FUNCTION:
        function = find(str(config.get("config")), "metrics")
        if function is None:
            raise SettingError("metrics", "must be metrics or functions of the user", config)
        return function
    return _named(configs.from_config(config, metrics.CLASSES, "metrics"))


def _named(thing: Any) -> Any:
    if not isinstance(thing.name, str):
        raise SettingError("name", "must be text", thing.name)
    return thing


@contextmanager
def _file_errors(where: str) -> Iterator[None]:
    """Turn whatever an impossible setting raises into a `ModelFileError` that names the file."""
    try:
        with broken_rules_are_file_errors(where):
            yield
    except MissingObjectError:
        raise
    except ModelFileError as error:
        if str(error).startswith(where):
            raise
        raise ModelFileError(f"{where}: {error}") from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise file_error(f"{where} has invalid settings: {str(error)[:200]}.") from None

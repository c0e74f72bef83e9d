"""Models under Keras's names: Sequential, Model, and models from files, JSON and other models."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Any

from deltarule._common.strict_reader import broken_rules_are_file_errors
from deltarule._common.user_warnings import warn_user
from deltarule.errors import FileWarning, SettingError
from deltarule.formats.model_file import ModelFile
from deltarule.keras import model_reading
from deltarule.keras.custom_objects import CustomObjectScope, MissingObjectError
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.layers import InputLayer, Layer
from deltarule.keras.model import Model
from deltarule.keras.old_settings import known_settings_only
from deltarule.keras.sequential import Sequential
from deltarule.keras.serialization import read_json
from deltarule.keras.unsupported import lookup, require_default

__all__ = [
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]


@known_settings_only
def load_model(
    filepath: str | PathLike[str], custom_objects: Any = None, compile: bool = True,
    safe_mode: bool = True,
) -> Model:  # fmt: skip
    """Read a model from a file.

    The file holds data only; no code is run.

    Parameters
    ----------
    filepath : str or path-like
        File written by `Model.save`.
    custom_objects : dict of str to type or callable, optional
        Your own subclasses and functions that the model uses, by name; those decorated with
        `keras.saving.register_keras_serializable` need not be given.
    compile : bool, default True
        Whether to restore the settings of `compile` and the optimizer's state. A model whose custom
        metrics or schedules are not given is loaded without them, with a warning.
    safe_mode : bool, default True
        Ignored: all files are safe.

    Returns
    -------
    Model
        A `Sequential` or a `Model`, as saved.

    Raises
    ------
    SettingError
        If custom_objects holds something that a model cannot use.

    Warns
    -----
    UserWarning
        If the settings of `compile` need a class or a function that is not given.

    Examples
    --------
    >>> from deltarule import keras
    >>> model = keras.Sequential([keras.Input(2), keras.layers.Dense(1)])
    >>> model.save("model.keras")
    >>> keras.models.load_model("model.keras").count_params()
    3
    """
    scope = CustomObjectScope(custom_objects)
    for thing in scope.custom_objects.values():
        if isinstance(thing, type) and issubclass(thing, Model):
            raise SettingError(
                "custom_objects",
                "must not hold models: `load_model` returns a Sequential or a Model",
                hint=f"Create {thing.__name__}(...) and call load_weights.",
            )
    with scope:
        file, layers = model_reading.read_file(filepath)
        settings = _compile_settings(file)
    name, slots = str(file.description["name"]), model_reading.slots_of(file)
    with broken_rules_are_file_errors(file.path):
        has_input = bool(layers) and isinstance(layers[0], InputLayer)
        if file.description["class_name"] == "Sequential" or not has_input:
            model: Model = Sequential._of_layers(layers, name)
        else:
            tensor = layers[0].output
            for layer in layers[1:]:
                tensor = layer(tensor)
            model = Model(layers[0].output, tensor, name=name)
        if isinstance(settings, dict) and compile:
            model.compile(**settings)
    if isinstance(settings, MissingObjectError) and compile:
        warn_user(f"The model is loaded without compile: {settings}", FileWarning)
    if model.optimizer is not None:
        model.optimizer.slots = slots
    return model


@known_settings_only
def save_model(
    model: Any,
    filepath: str | PathLike[str],
    overwrite: bool = True,
    zipped: None = None,
) -> None:
    """Write a model to one file, as `Model.save` does.

    Parameters
    ----------
    model : Model
        A built model.
    filepath : str or path-like
        Name of the file.
    overwrite : bool, default True
        Whether to replace an existing file.
    zipped : None
        Not supported; only None is allowed.

    Raises
    ------
    SettingError
        If it is no model of deltarule.keras.
    """
    if not isinstance(model, Model):
        refuse_foreign("save_model.model", model, "models")
        raise SettingError("save_model.model", "must be a model", model)
    model.save(filepath, overwrite, zipped=zipped)


def _compile_settings(file: ModelFile) -> dict[str, Any] | MissingObjectError | None:
    try:
        return model_reading.read_compile(file)
    except MissingObjectError as error:
        return error


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Any = None,
    recursive: bool = False,
) -> Model:
    """Return a model with the same layers and new weights.

    Parameters
    ----------
    model : Model
        The model.
    input_tensors : None
        Not supported; only None is allowed.
    clone_function : callable, optional
        Function of each layer but the input that returns the layer of the new model.
    call_function : None
        Not supported; only None is allowed.
    recursive : bool, default False
        Ignored: chains have no nested models.

    Returns
    -------
    Model
        A `Sequential` or a `Model`, not compiled.

    Raises
    ------
    SettingError
        If `model` is not a model, or `clone_function` returns something else than a layer.

    Examples
    --------
    >>> from deltarule import keras
    >>> model = keras.Sequential([keras.Input(4), keras.layers.Dense(3)])
    >>> clone = keras.models.clone_model(model)
    >>> clone.count_params(), clone.layers[0] is model.layers[0]
    (15, False)
    """
    if not isinstance(model, Model):
        raise SettingError("clone_model.model", "must be a Sequential or a Model", model)
    others = {"input_tensors": (input_tensors, None), "call_function": (call_function, None)}
    require_default("clone_model", others, "the clone has an input of its own")

    def clone(layer: Layer) -> Layer:
        if clone_function is None or isinstance(layer, InputLayer):
            copied: Layer = type(layer).from_config(layer.get_config())
            return copied
        made = clone_function(layer)
        if not isinstance(made, Layer):
            raise SettingError("clone_model.clone_function", "must return a layer", made)
        return made

    layers = [clone(layer) for layer in model.all_layers]
    if isinstance(model, Sequential):
        return Sequential._of_layers(layers, model.name)
    tensor = layers[0].output
    for layer in layers[1:]:
        tensor = layer(tensor)
    return Model(layers[0].output, tensor, name=model.name)


def model_from_json(json_string: str, custom_objects: Any = None) -> Model:
    """Return the model of `Model.to_json`, written here or by Keras, with new weights.

    Parameters
    ----------
    json_string : str
        The JSON.
    custom_objects : dict, optional
        Your own subclasses of layers by name.

    Returns
    -------
    Model
        A `Sequential` or a `Model`, compiled if the JSON has the settings of `compile`.

    Examples
    --------
    >>> from deltarule import keras
    >>> model = keras.Sequential([keras.Input(4), keras.layers.Dense(3)])
    >>> keras.models.model_from_json(model.to_json()).count_params()
    15
    """
    entry = read_json(json_string)
    kind = Sequential if entry["class_name"] == "Sequential" else Model
    model: Model = kind.from_config(entry.get("config", {}), custom_objects)
    if entry.get("compile_config"):
        model.compile_from_config(entry["compile_config"])
    return model


def __getattr__(name: str) -> Any:
    return lookup("models", name, __all__)

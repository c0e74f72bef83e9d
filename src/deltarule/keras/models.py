"""Models under Keras's names: Sequential, Model, load_model, save_model."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from os import PathLike
from typing import Any

from deltarule._common.number_arrays import plain_array
from deltarule._common.strict_reader import broken_rules_are_file_errors
from deltarule.errors import SettingError, shortened
from deltarule.formats.model_file import ModelFile
from deltarule.keras import model_reading
from deltarule.keras.custom_objects import CustomObjectScope, MissingObjectError
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.global_state import automatic_name
from deltarule.keras.layers import InputLayer, KerasTensor, Layer
from deltarule.keras.model import Model
from deltarule.keras.model_conversion import ConvertedModel, single_array
from deltarule.keras.old_settings import known_settings_only
from deltarule.keras.unsupported import lookup

__all__ = ["Model", "Sequential", "load_model", "save_model"]


class Sequential(Model):
    """A model from a list of layers.

    Without an `Input`, it takes its input shape from the first data.

    Parameters
    ----------
    layers : list of Layer, KerasTensor or Model, optional
        Layers in order, an `Input` first.
    trainable : bool, default True
        False freezes all layers, which then cannot be trained.
    name : str, optional
        Name of the model, by default "sequential", "sequential_1", ...

    Attributes
    ----------
    history : History or None
        Result of the last `fit`.
    stop_training : bool
        Callbacks set it to True to end training after the current epoch.

    Examples
    --------
    Classify iris flowers:

    >>> from sklearn.datasets import load_iris
    >>> from deltarule import keras
    >>> X, y = load_iris(return_X_y=True)
    >>> keras.utils.set_random_seed(0)
    >>> normalization = keras.layers.Normalization()
    >>> normalization.adapt(X)
    >>> model = keras.Sequential(
    ...     [
    ...         keras.Input(4),
    ...         normalization,
    ...         keras.layers.Dense(16, activation="relu"),
    ...         keras.layers.Dense(3, activation="softmax"),
    ...     ]
    ... )
    >>> model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    >>> history = model.fit(X, y, epochs=100, verbose=0)
    >>> loss, accuracy = model.evaluate(X, y, verbose=0)
    >>> accuracy > 0.9
    True
    >>> model.predict(X[:2], verbose=0).argmax(axis=1).tolist()
    [0, 0]
    """

    def __init__(
        self, layers: Sequence[Any] | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        self._set_up(name or automatic_name("Sequential"))
        self.all_layers = []
        for layer in layers or ():
            self.add(layer)
        if not trainable:
            self.trainable = False

    @classmethod
    def _of_layers(cls, layers: list[Layer], name: str) -> Sequential:
        """Return the model of layers with distinct names, the first of which may be an `InputLayer`."""
        double, count = (
            Counter(layer.name for layer in layers).most_common(1)[0] if layers else ("", 1)
        )
        if count > 1:
            raise _same_name(double)
        model = cls(name=name)
        model.all_layers = list(layers)
        if layers and isinstance(layers[0], InputLayer):
            model._connect()
        return model

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Append a layer.

        Parameters
        ----------
        layer : Layer, KerasTensor or Model
            A layer, an `Input`, or a model whose layers are appended.
        rebuild : bool, default True
            Ignored.

        Raises
        ------
        SettingError
            If it is none of these, or a layer or its name occurs twice.
        """
        if isinstance(layer, KerasTensor) and isinstance(layer.layer, InputLayer):
            layer = layer.layer
        if isinstance(layer, Model):
            for inner in layer.all_layers:
                if not (isinstance(inner, InputLayer) and self.all_layers):
                    self.add(inner)
            return
        if not isinstance(layer, Layer):
            refuse_foreign("Sequential.layers", layer, "layers")
            raise SettingError("Sequential.layers", "must be layers", layer)
        if isinstance(layer, InputLayer) and self.all_layers:
            raise SettingError.message("Sequential already has an Input or layers before it.")
        if any(layer is other for other in self.all_layers):
            raise SettingError.message(
                f"Layer {layer.name} is in the chain already: make a second one."
            )
        if any(layer.name == other.name for other in self.all_layers):
            raise _same_name(layer.name)
        if not self.all_layers and layer.given_shape and not isinstance(layer, InputLayer):
            self.all_layers.append(InputLayer(layer.given_shape, dtype=layer.dtype))
        self.all_layers.append(layer)
        if isinstance(self.all_layers[0], InputLayer):
            self._connect()

    def pop(self, rebuild: bool = True) -> Layer:
        """Remove the last layer.

        Parameters
        ----------
        rebuild : bool, default True
            Ignored.

        Returns
        -------
        Layer
            The removed layer.

        Raises
        ------
        SettingError
            If there is no layer.
        """
        if not self.layers:
            raise SettingError.message("Sequential has no layer to remove.")
        return self.all_layers.pop()

    @property
    def layers(self) -> list[Layer]:
        """The layers without the input layer, as in Keras."""
        return [layer for layer in self.all_layers if not isinstance(layer, InputLayer)]

    def build(self, input_shape: Any = None) -> None:
        """Create the arrays for inputs of this shape.

        Parameters
        ----------
        input_shape : tuple of int or None
            Shape with None for the rows, such as (None, 4).

        Raises
        ------
        SettingError
            If the shape is missing.
        """
        if not self.all_layers or isinstance(self.all_layers[0], InputLayer):
            return
        if input_shape is None:
            raise SettingError("build.input_shape", "is required", hint="Typical: (None, 4).")
        self.all_layers.insert(0, InputLayer(tuple(input_shape)[1:]))
        self._connect()

    def _connect(self) -> None:
        tensor = self.all_layers[0].output
        for layer in self.all_layers[1:]:
            tensor = layer(tensor)

    def _converted_for(self, x: Any) -> ConvertedModel:
        if not self.built and self.all_layers:
            shape = plain_array(single_array(x, "x", 2), "x").shape
            self.build(shape if len(shape) > 1 else (None, 1))
        return self._converted()


def _same_name(name: str) -> SettingError:
    return SettingError.message(f"Two layers are called {shortened(name)}: give each its own name.")


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
        warnings.warn(f"The model is loaded without compile: {settings}", stacklevel=2)
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


def __getattr__(name: str) -> Any:
    return lookup("models", name, __all__)

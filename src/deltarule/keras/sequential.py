"""Sequential: a model from a list of layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from deltarule._common.number_arrays import plain_array
from deltarule.errors import SettingError, shortened
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.global_state import automatic_name
from deltarule.keras.layers import InputLayer, KerasTensor, Layer
from deltarule.keras.model import Model
from deltarule.keras.model_conversion import ConvertedModel, single_array
from deltarule.keras.serialization import layers_of


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
        Set it to True during `fit`, in a callback or another thread, to end training after the current
        batch of a fit batch by batch, else after the current epoch. Without callbacks, the engine first
        ends the epochs of its call, about 0.05 s of them.

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

    _is_sequential = True

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> Any:
        """Return a model with these layers and new weights.

        Parameters
        ----------
        config : dict
            Result of `get_config`, of this class or of Keras.
        custom_objects : dict, optional
            Your own subclasses of layers by name.

        Returns
        -------
        Sequential
            The model, not compiled.
        """
        name, layers = layers_of(config, custom_objects)
        model = cls(name=name)
        for layer in layers:
            model.add(layer)
        shape = config.get("build_input_shape")
        if shape is not None and not model.built:
            model.build(tuple(shape))
        return model

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
                f"Layer {layer.shown_name} is in the chain already: make a second one."
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

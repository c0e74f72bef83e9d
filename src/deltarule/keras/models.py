"""Models under Keras's names: Sequential, Model, load_model, save_model."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from deltarule.errors import SettingError
from deltarule.keras import model_file
from deltarule.keras.global_state import automatic_name
from deltarule.keras.layers import InputLayer, KerasTensor, Layer
from deltarule.keras.model import Model
from deltarule.keras.model_conversion import ConvertedModel
from deltarule.keras.model_file import save_model

__all__ = ["Model", "Sequential", "load_model", "save_model"]


class Sequential(Model):
    """A chain given as a list: `Sequential([Input(4), Dense(8, "relu"), Dense(3, "softmax")])`.

    Without an Input it learns the shape of its inputs from the first data.
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

    def add(self, layer: Any) -> None:
        """Append a layer, an Input, or all layers of another model."""
        if isinstance(layer, KerasTensor) and isinstance(layer.layer, InputLayer):
            layer = layer.layer
        if isinstance(layer, Model):
            for inner in layer.all_layers:
                if not (isinstance(inner, InputLayer) and self.all_layers):
                    self.add(inner)
            return
        if not isinstance(layer, Layer):
            raise SettingError(f"Sequential takes layers, got {layer!r}.")
        if isinstance(layer, InputLayer) and self.all_layers:
            raise SettingError("Sequential has an Input already, or layers before it.")
        if any(layer is other for other in self.all_layers):
            raise SettingError(f"Layer {layer.name} is in the chain already: make a second one.")
        if any(layer.name == other.name for other in self.all_layers):
            raise SettingError(
                f"Two layers are called {layer.name!r}: each needs a name of its own."
            )
        if not self.all_layers and layer.given_shape and not isinstance(layer, InputLayer):
            self.all_layers.append(InputLayer(layer.given_shape, dtype=layer.dtype))
        self.all_layers.append(layer)
        if isinstance(self.all_layers[0], InputLayer):
            self._connect()

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer away."""
        if not self.layers:
            raise SettingError("Sequential has no layer to take away.")
        return self.all_layers.pop()

    @property
    def layers(self) -> list[Layer]:
        """The layers without the input, as in Keras."""
        return [layer for layer in self.all_layers if not isinstance(layer, InputLayer)]

    def build(self, input_shape: Any = None) -> None:
        """Make the layers' arrays for inputs of `input_shape`, rows in front."""
        if not self.all_layers or isinstance(self.all_layers[0], InputLayer):
            return
        if input_shape is None:
            raise SettingError("build needs the shape of inputs, such as (None, 4).")
        self.all_layers.insert(0, InputLayer(tuple(input_shape)[1:]))
        self._connect()

    def _connect(self) -> None:
        tensor = self.all_layers[0].output
        for layer in self.all_layers[1:]:
            tensor = layer(tensor)

    def _converted_for(self, x: Any) -> ConvertedModel:
        if not self.built and self.all_layers:
            shape = np.asarray(x).shape
            self.build(shape if len(shape) > 1 else (None, 1))
        return self._converted()


def load_model(
    filepath: str | PathLike[str], custom_objects: Any = None, compile: bool = True,
    safe_mode: bool = True,
) -> Model:  # fmt: skip
    """Read what `save` wrote: layers, weights, and the optimizer with its memory. Runs no code."""
    file, layers = model_file.read_layers(filepath)
    tensor = layers[0].output if isinstance(layers[0], InputLayer) else None
    name = str(file.description["name"])
    if file.description["class_name"] == "Sequential" or tensor is None:
        model: Model = Sequential(layers, name=name)
    else:
        begin = tensor
        for layer in layers[1:]:
            tensor = layer(tensor)
        model = Model(begin, tensor, name=name)
    settings = model_file.read_compile(file)
    if settings is not None and compile:
        model.compile(**settings)
    model_file.fill(model, file.arrays, filepath)
    return model

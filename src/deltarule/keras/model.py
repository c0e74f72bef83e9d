"""Model: a chain of layers from one input to one output."""

from __future__ import annotations

from os import PathLike
from typing import Any

from numpy.typing import NDArray

from deltarule.errors import SettingError
from deltarule.keras import model_file
from deltarule.keras.arguments import (
    check_overwrite,
    single,
    trace_layers,
)
from deltarule.keras.global_state import automatic_name
from deltarule.keras.layers import InputLayer, KerasTensor, Layer
from deltarule.keras.progress import print_line
from deltarule.keras.summary import summary_text
from deltarule.keras.trainer import Trainer
from deltarule.keras.unsupported import PURPOSE, not_offered, require_default
from deltarule.training.trained_network import TrainedNetwork

Array = NDArray[Any]
_ARRAYS = "give arrays; an epoch is one pass over their rows"
_ABSENT = {
    "call fit with epochs=1 on these rows": ("train_on_batch",),
    "call evaluate or predict on these rows": ("test_on_batch", "predict_on_batch"),
    "save writes one file with all of it, and load_model reads it": (
        "get_config", "from_config", "to_json", "export", "get_compile_config", "compile_from_config",
    ),
}  # fmt: skip


class Model(Trainer):
    """A chain of layers from one input to one output: `Model(inputs, outputs)`."""

    def __init__(self, inputs: Any = None, outputs: Any = None, name: str | None = None) -> None:
        chain = trace_layers(single(inputs, "inputs"), single(outputs, "outputs"))
        self._set_up(name or automatic_name("Functional"))
        self.all_layers: list[Layer] = chain

    def __init_subclass__(cls) -> None:
        for method in ("call", "train_step", "test_step"):
            if method in cls.__dict__ and cls.__module__ != __name__:
                raise SettingError(
                    f"{cls.__name__}.{method} cannot be trained here: {PURPOSE}; build the chain from "
                    "layers, or use Keras itself (import keras)."
                )

    def build(self, input_shape: Any = None) -> None:
        """Make the layers' arrays; a model with an input has them already."""

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the outputs for an array of rows, or the end of the chain begun by a tensor."""
        if isinstance(inputs, KerasTensor):
            for layer in self.all_layers:
                if not isinstance(layer, InputLayer):
                    inputs = layer(inputs)
            return inputs
        if training:
            raise SettingError("training=True is for fit; a model called by hand predicts.")
        return self._outputs(inputs)

    predict_on_batch = __call__

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print Keras's table of the layers, or hand it to `print_fn`."""
        require_default(
            "summary", {"positions": (positions, None), "layer_range": (layer_range, None)},
            "the table is small",
        )  # fmt: skip
        text = summary_text(self, line_length, show_trainable)
        if print_fn is None:
            print_line(text.rstrip("\n"))
        else:
            print_fn(text)

    def save(self, filepath: str | PathLike[str], overwrite: bool = True, **more: Any) -> None:
        """Write the model to one file: layers, weights, what `compile` was given."""
        require_default(
            "save", {name: (value, None) for name, value in more.items()}, "leave it out"
        )
        if not self.built:
            raise SettingError(
                "Build the model before save: begin it with Input((columns,)), or fit it."
            )
        check_overwrite(filepath, overwrite)
        model_file.save_model(self, filepath)

    def save_weights(self, filepath: str | PathLike[str], overwrite: bool = True) -> None:
        """Write the weights to one file."""
        check_overwrite(filepath, overwrite)
        model_file.save_weights(self, filepath)

    def load_weights(self, filepath: str | PathLike[str]) -> None:
        """Read the weights of a model of the same shape."""
        model_file.load_weights(self, filepath)

    def to_trained_network(self) -> TrainedNetwork:
        """Return the model as deltarule's own, for its plots and reports; parameters are copied.

        Raises `SettingError` where Normalization stands in front: it is no part of a network.
        """
        converted = self._converted()
        if any(layer.arrays for layer in converted.preprocessing):
            raise SettingError("Leave Normalization out and standardize the rows before.")
        return TrainedNetwork(converted.network, converted.parameters.astype(converted.dtype))

    def __getattr__(self, name: str) -> Any:
        """Say of what a Keras model has, and this one has not, what to do instead."""
        for instead, names in _ABSENT.items():
            if name in names:
                raise AttributeError(str(not_offered(f"Model.{name}", instead)))
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}.")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

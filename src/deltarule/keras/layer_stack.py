"""The layers of a model: their arrays and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.errors import SettingError, ShapeError
from deltarule.keras.layers import KerasTensor, Layer, Variable
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.unsupported import PURPOSE

Array = NDArray[Any]


class LayerStack(Overridable):
    """Base of `Model`: access to its layers and their arrays."""

    _overrides = Overrides(
        f"{PURPOSE}; build the chain from layers, or use Keras itself (import keras)",
        honored=(
            "add", "compile", "count_params", "evaluate", "fit", "get_layer", "get_weights",
            "load_weights", "pop", "predict", "predict_on_batch", "save", "save_weights",
            "set_weights", "summary", "test_on_batch", "to_json", "to_trained_network",
            "train_on_batch",
        ),
        of_keras=(
            "add_loss", "add_metric", "add_variable", "add_weight", "build_from_config", "call",
            "compile_from_config", "compute_loss", "compute_loss_and_updates", "compute_mask",
            "compute_metrics", "compute_output_shape", "compute_output_spec", "get_build_config",
            "get_compile_config", "get_metrics_result", "get_state_tree", "load_own_variables",
            "losses", "make_predict_function", "make_test_function", "make_train_function",
            "metrics", "predict_step", "quantize", "quantized_build",
            "quantized_call", "rematerialized_call", "reset_metrics", "save_own_variables",
            "set_state_tree", "stateless_call", "stateless_compute_loss", "symbolic_call",
            "test_step", "train_step",
        ),
    )  # fmt: skip

    all_layers: list[Layer]

    @property
    def layers(self) -> list[Layer]:
        """The layers, starting with the input layer."""
        return list(self.all_layers)

    @property
    def trainable(self) -> bool:
        """Whether any layer is trainable; setting it sets all layers."""
        return any(layer.trainable for layer in self.all_layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.all_layers:
            layer.trainable = bool(value)

    @property
    def built(self) -> bool:
        """Whether all layers have their arrays."""
        return all(layer.built for layer in self.all_layers)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its index.

        Parameters
        ----------
        name : str, optional
            Name of the layer.
        index : int, optional
            Index in `layers`.

        Returns
        -------
        Layer
            The layer itself.

        Raises
        ------
        SettingError
            If there is no such layer, or not exactly one of the two arguments is given.
        """
        if (name is None) == (index is None):
            raise SettingError.message("get_layer takes either a name or an index.")
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise SettingError("get_layer.index", f"must be less than {len(layers)}", index)
            return layers[index]
        found = next((layer for layer in layers if layer.name == name), None)
        if found is None:
            names = [layer.name for layer in layers]
            raise SettingError(
                "get_layer.name",
                f"must be one of {', '.join(names)}",
                name,
                checks.did_you_mean(name, names),
            )
        return found

    @property
    def weights(self) -> list[Variable]:
        """All arrays in the order of the layers, as a list of variables."""
        return [variable for layer in self.all_layers for variable in layer.weights]

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The arrays that training changes, as a list of variables."""
        return [v for layer in self.all_layers for v in layer.trainable_weights]

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The arrays that training does not change, as a list of variables."""
        return [v for layer in self.all_layers for v in layer.non_trainable_weights]

    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[Array]:
        """Return copies of all arrays.

        Returns
        -------
        list of ndarray of shape (...)
            Kernel and bias of each layer, in the order of the layers.
        """
        return [array for layer in self.all_layers for array in layer.get_weights()]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Set all arrays.

        Parameters
        ----------
        weights : list of array-like of shape (...)
            In the order and with the shapes of `get_weights`.

        Raises
        ------
        ShapeError
            If the number or a shape differs.
        """
        counts = [len(layer.arrays) for layer in self.all_layers]
        if len(weights) != sum(counts):
            raise ShapeError(f"The model has {sum(counts)} arrays, got {len(weights)}.")
        start = 0
        for layer, count in zip(self.all_layers, counts, strict=True):
            if count:
                layer.set_weights(weights[start : start + count])
            start += count

    def count_params(self) -> int:
        """Return the number of weights and biases.

        Returns
        -------
        int
            Total over all layers.
        """
        return sum(layer.count_params() for layer in self.all_layers)

    @property
    def inputs(self) -> list[KerasTensor]:
        """The input tensor, in a list."""
        return [self.input]

    @property
    def outputs(self) -> list[KerasTensor]:
        """The output tensor, in a list."""
        return [self.output]

    @property
    def input(self) -> KerasTensor:
        """The input tensor."""
        return self.all_layers[0].output

    @property
    def output(self) -> KerasTensor:
        """The output tensor."""
        return self.all_layers[-1].output

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Shape of the inputs, with None for the rows."""
        return self.all_layers[0].input_shape or (None,)

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """Shape of the outputs, with None for the rows."""
        return self.all_layers[-1].output_shape or (None,)

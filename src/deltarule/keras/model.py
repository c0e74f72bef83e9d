"""Model: a chain of layers from one input to one output."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from numpy.typing import NDArray

from deltarule._common.notebook_display import html_of
from deltarule.errors import SettingError
from deltarule.keras import model_file, model_reading
from deltarule.keras.absent import instead_of
from deltarule.keras.arguments import (
    check_overwrite,
    single,
    trace_layers,
)
from deltarule.keras.configs import Config
from deltarule.keras.global_state import automatic_name
from deltarule.keras.layers import InputLayer, KerasTensor, Layer
from deltarule.keras.old_settings import known_settings_only
from deltarule.keras.progress import print_line
from deltarule.keras.serialization import layers_of, model_config, to_json
from deltarule.keras.summary import summary_text
from deltarule.keras.trainer import Trainer
from deltarule.keras.unsupported import not_offered, require_default
from deltarule.keras.values import as_tensor
from deltarule.training.trained_network import TrainedNetwork

Array = NDArray[Any]
_ARRAYS = "give arrays; an epoch is one pass over their rows"


class Model(Trainer):
    """A chain of layers from one input to one output.

    Branches, joins, and subclasses with their own `call` are not supported.

    Parameters
    ----------
    inputs : KerasTensor
        Result of `Input`, or a layer's output within another model.
    outputs : KerasTensor
        Result of the last layer.
    name : str, optional
        Name of the model, by default "functional", "functional_1", ...

    Attributes
    ----------
    history : History or None
        Result of the last `fit`.
    stop_training : bool
        Set it to True during `fit`, in a callback or another thread, to end training after the current
        batch of a fit batch by batch, else after the current epoch. Without callbacks, the engine first
        ends the epochs of its call, about 0.05 s of them.

    Raises
    ------
    SettingError
        If outputs is not connected to inputs by a chain of layers.

    See Also
    --------
    Sequential : The same from a list of layers.

    Examples
    --------
    >>> from deltarule import keras
    >>> inputs = keras.Input(4)
    >>> hidden = keras.layers.Dense(8, "relu")(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(hidden))
    >>> model.count_params()
    67
    >>> model.output_shape
    (None, 3)
    """

    def __init__(self, inputs: Any = None, outputs: Any = None, name: str | None = None) -> None:
        chain = trace_layers(single(inputs, "inputs"), single(outputs, "outputs"))
        self._set_up(name or automatic_name("Functional"))
        self.all_layers: list[Layer] = chain

    _is_sequential = False

    def build(self, input_shape: Any = None) -> None:
        """Do nothing: a model with an input is built already.

        Parameters
        ----------
        input_shape : tuple, optional
            Ignored.
        """

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the outputs for an array of rows, or the output tensor for an input tensor.

        Parameters
        ----------
        inputs : array-like of shape (n_samples, ...) or KerasTensor
            Rows, or the tensor to which all layers are applied.
        training : bool, optional
            With True, `Dropout` layers set their inputs to 0 at random, other ones in each call: the
            spread of many calls shows how certain the network is (Monte Carlo dropout).

        Returns
        -------
        ndarray of shape (n_samples, n_outputs) or KerasTensor
            Predictions, or the output tensor.
        """
        if isinstance(inputs, KerasTensor):
            for layer in self.all_layers:
                if not isinstance(layer, InputLayer):
                    inputs = layer(inputs, training=training)
            return inputs
        return as_tensor(self._outputs(inputs, bool(training)))

    @known_settings_only
    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print a table of the layers.

        Parameters
        ----------
        line_length : int, optional
            Width in characters, by default that of the terminal.
        positions : None
            Not supported; only None is allowed.
        print_fn : callable, optional
            Function to call with the text instead of printing it.
        expand_nested : bool, default False
            Ignored: chains have no nested models.
        show_trainable : bool, default False
            Whether to show which layers are trainable.
        layer_range : None
            Not supported; only None is allowed.

        Examples
        --------
        >>> from deltarule import keras
        >>> output = keras.layers.Dense(3, name="output")
        >>> model = keras.Sequential([keras.Input(4), output], name="m")
        >>> model.summary(line_length=60)  # doctest: +NORMALIZE_WHITESPACE
        Model: "m"
        ┏━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓
        ┃ Layer (type)             ┃ Output Shape      ┃   Param # ┃
        ┡━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩
        │ output (Dense)           │ (None, 3)         │        15 │
        └──────────────────────────┴───────────────────┴───────────┘
         Total params: 15 (60.00 B)
         Trainable params: 15 (60.00 B)
         Non-trainable params: 0 (0.00 B)
        """
        require_default(
            "summary", {"positions": (positions, None), "layer_range": (layer_range, None)},
            "the table is small",
        )  # fmt: skip
        text = summary_text(self, line_length, show_trainable)
        if print_fn is None:
            print_line(text.rstrip("\n"))
        else:
            print_fn(text)

    def get_config(self) -> Config:
        """Return name and layers.

        Returns
        -------
        dict
            In Keras's form, as JSON types; Keras can read it, too.

        Examples
        --------
        >>> from deltarule import keras
        >>> model = keras.Sequential([keras.Input(4), keras.layers.Dense(3, "relu")])
        >>> [layer["class_name"] for layer in model.get_config()["layers"]]
        ['InputLayer', 'Dense']
        """
        return model_config(self, self._is_sequential)

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
        Model
            The model, not compiled.

        Raises
        ------
        SettingError
            If config describes no chain of known layers that begins with an input.
        """
        name, layers = layers_of(config, custom_objects)
        if not layers:
            raise SettingError("config.layers", "must hold a layer")
        if not isinstance(layers[0], InputLayer):
            raise SettingError("config.layers", "must begin with an InputLayer")
        tensor = layers[0].output
        for layer in layers[1:]:
            tensor = layer(tensor)
        return cls(layers[0].output, tensor, name=name)

    def to_json(self) -> str:
        """Return layers and settings of `compile` as JSON, without weights.

        Returns
        -------
        str
            What `keras.models.model_from_json` reads; Keras can read it, too.
        """
        return to_json(self, self._is_sequential)

    def save(self, filepath: str | PathLike[str], overwrite: bool = True, **more: Any) -> None:
        """Write layers, weights and the settings of `compile` to one file.

        The file is in deltarule's format, whatever its name; Keras cannot read it.

        Parameters
        ----------
        filepath : str or path-like
            Name of the file.
        overwrite : bool, default True
            Whether to replace an existing file.
        **more
            Not supported; only None is allowed.

        Raises
        ------
        SettingError
            If the model is not built.

        See Also
        --------
        load_model : Reads the file.
        """
        require_default(
            "save", {name: (value, None) for name, value in more.items()}, "leave it out"
        )
        if not self.built:
            raise SettingError.message(
                "Build the model before save: start it with Input(shape), or call fit."
            )
        check_overwrite(filepath, overwrite)
        model_file.write_whole_model(self, filepath)

    @known_settings_only
    def save_weights(self, filepath: str | PathLike[str], overwrite: bool = True) -> None:
        """Write the weights and the optimizer's state to one file.

        Parameters
        ----------
        filepath : str or path-like
            Name of the file.
        overwrite : bool, default True
            Whether to replace an existing file.
        """
        check_overwrite(filepath, overwrite)
        model_file.save_weights(self, filepath)

    @known_settings_only
    def load_weights(self, filepath: str | PathLike[str]) -> None:
        """Read the weights of a model with the same layers.

        Parameters
        ----------
        filepath : str or path-like
            File written by `save_weights` or `save`.
        """
        model_reading.load_weights(self, filepath)

    def to_trained_network(self) -> TrainedNetwork:
        """Return the model as deltarule's own object, for plots, `trace` and reports.

        Returns
        -------
        deltarule.TrainedNetwork
            Network and copies of the parameters.

        Raises
        ------
        SettingError
            If the model contains a `Normalization` layer, or dropout that is active in predictions.
        """
        converted = self._converted()
        if converted.standardizations:
            raise SettingError.message(
                "Remove the Normalization layer and standardize the rows before."
            )
        return converted.trained_network()

    def _parts_for_export(self) -> tuple[TrainedNetwork, list[tuple[Any, Any]]]:
        """Return the network, and the means and scales that standardize its inputs before."""
        converted = self._converted()
        return converted.trained_network(), converted.standardizations

    def __getattr__(self, name: str) -> Any:
        """Explain what to use instead of methods that only Keras has."""
        instead = instead_of("Model", name)
        if instead is not None:
            raise AttributeError(str(not_offered(f"Model.{name}", instead)))
        return super().__getattr__(name)

    def _repr_html_(self) -> str | None:
        return html_of(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

"""The base of all layers: a name, arrays, and calls on tensors or arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.errors import SettingError, ShapeError, shortened, shortened_name
from deltarule.keras.configs import Config, Configurable
from deltarule.keras.dtypes import FLOATS, dtype_name
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.global_state import automatic_name
from deltarule.keras.layers.variables import Variable, WeightSource
from deltarule.keras.old_settings import refuse_unknown
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.unsupported import PURPOSE
from deltarule.keras.values import as_tensor

Array = NDArray[Any]
Shape = tuple[int | None, ...]  # with the rows in front, None: any number


@dataclass(frozen=True, eq=False)
class KerasTensor:
    """A tensor between two layers of a model under construction.

    Parameters
    ----------
    shape : tuple of int or None
        Shape with the rows first; None means any size.
    dtype : {"float32", "float64"}
        Type of its values.
    layer : Layer
        The layer that returned it.
    source : KerasTensor or None
        Input of that layer; None if the layer is the input layer.
    """

    shape: Shape
    dtype: str
    layer: Layer
    source: KerasTensor | None  # None: `layer` is the input

    @property
    def name(self) -> str:
        """The name of the layer that returned it."""
        return self.layer.name

    def _refuse(self, *others: object, **settings: object) -> NoReturn:
        raise SettingError.message(
            f"The output of layer {shortened_name(self.name)} has no values to calculate with: "
            f"{PURPOSE}. "
            "Apply a layer to it, or use Keras itself (import keras) for a network that branches "
            "or calculates."
        )

    __array__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __matmul__ = __rmatmul__ = __pow__ = __neg__ = __getitem__ = (
        _refuse
    )


class Layer(Configurable, Overridable):
    """Base of all layers.

    Custom layers are not supported: the engines know the layers of this module only.

    Parameters
    ----------
    **settings
        Name (str, by default "dense", "dense_1", ...), dtype ("float32", the default, or "float64"),
        trainable (bool), and input_shape or input_dim (shape of one sample, for the first layer of a
        `Sequential` without `Input`).

    Attributes
    ----------
    input_shape, output_shape : tuple of int or None
        Shapes with None for the rows, once the layer is built.

    Raises
    ------
    SettingError
        For an unknown setting, or a name or dtype that is not valid.
    """

    _overrides = Overrides(
        "the engine computes each layer from its settings; build the model from the layers of "
        "keras.layers, or use Keras itself (import keras)",
        of_keras=(
            "add_loss", "add_metric", "add_variable", "add_weight", "build_from_config",
            "compute_mask", "compute_output_spec", "finalize_state", "get_build_config",
            "load_assets", "load_own_variables", "losses", "metrics", "non_trainable_variables",
            "quantize", "quantized_build", "quantized_call", "rematerialized_call", "reset_state",
            "save_assets", "save_own_variables", "stateless_call", "symbolic_call",
            "trainable_variables", "update_state",
        ),
    )  # fmt: skip
    offers: ClassVar[tuple[str, ...]] = (
        "name", "dtype", "trainable", "input_shape", "input_dim", "batch_input_shape",
    )  # fmt: skip

    @property
    def shown_name(self) -> str:
        """The name as messages print it."""
        return shortened_name(self.name)

    def __init__(self, **settings: Any) -> None:
        owner = type(self).__name__
        refuse_unknown(owner, [name for name in settings if name not in Layer.offers], self.offers)
        name = settings.get("name")
        if name is not None and (not isinstance(name, str) or not name):
            raise SettingError(f"{owner}.name", "must be text", name)
        self.has_given_name = name is not None
        self.name: str = name or automatic_name(owner)
        self.dtype = "float32"
        if settings.get("dtype") is not None:
            self.dtype = dtype_name(f"{owner}.dtype", settings["dtype"], FLOATS)
        self.trainable = checks.flag(f"{owner}.trainable", settings.get("trainable", True))
        self.given_shape = _given_shape(owner, settings)
        self.arrays: dict[str, Array] = {}
        self.weight_source: WeightSource | None = None
        self.input_shape: Shape | None = None
        self.output_shape: Shape | None = None
        self._output: KerasTensor | None = None

    @property
    def built(self) -> bool:
        """Whether the input shape is known and the arrays exist."""
        return self.input_shape is not None

    def build(self, input_shape: Shape) -> None:
        """Create the arrays for inputs of this shape.

        Parameters
        ----------
        input_shape : tuple of int or None
            Shape with None for the rows, such as (None, 4).

        Raises
        ------
        ShapeError
            If the layer was built for another shape.
        """
        shape = tuple(input_shape)
        if self.built:
            if self.input_shape is not None and shape[1:] != self.input_shape[1:]:
                raise ShapeError(
                    f"Layer {self.shown_name} was built for inputs of shape {self.input_shape}, "
                    "and is now "
                    f"given {shape}: create another layer for that shape."
                )
            return
        self.output_shape = self.compute_output_shape(shape)
        self._create(shape)
        self.input_shape = shape

    def _create(self, input_shape: Shape) -> None:
        """Create the layer's arrays; most layers have none."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the outputs.

        Parameters
        ----------
        input_shape : tuple of int or None
            Shape with None for the rows.

        Returns
        -------
        tuple of int or None
            Shape with None for the rows.
        """
        return tuple(input_shape)

    def call(self, x: Array) -> Array:
        """Return the outputs for rows, as in prediction.

        Parameters
        ----------
        x : ndarray of shape (n_samples, ...)
            Inputs.

        Returns
        -------
        ndarray of shape (n_samples, ...)
            Outputs.
        """
        raise NotImplementedError

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the next tensor of a model, or the outputs for an array of rows.

        With training=True, `Dropout` sets inputs to 0 at random.
        """
        if isinstance(inputs, KerasTensor):
            self._connect(training)
            self.build(inputs.shape)
            shape = self.compute_output_shape(inputs.shape)
            tensor = KerasTensor(shape, self.dtype, self, inputs)
            self._output = self._output or tensor
            return tensor
        if isinstance(inputs, list | tuple) and any(isinstance(i, KerasTensor) for i in inputs):
            raise SettingError.message(
                f"Layer {self.shown_name} is called with {len(inputs)} tensors: {PURPOSE}. A "
                "network that joins branches needs Keras itself (import keras)."
            )
        if type(inputs).__name__ == "KerasTensor":
            refuse_foreign(f"{type(self).__name__}.inputs", inputs, "layers")
        x = np.asarray(inputs, dtype=self.dtype)
        self.build((None, *x.shape[1:]))
        self.refresh()
        with np.errstate(all="ignore"):  # outputs overflow silently, as in Keras
            return as_tensor(self._call_with(x, bool(training)))

    def _call_with(self, inputs: Array, training: bool) -> Array:
        """Return the outputs for an array of rows, in training or in prediction."""
        return self.call(inputs)

    def _call_in_model(self, inputs: Array, training: bool) -> Array:
        """Return the outputs for an array of rows as part of a model."""
        return self._call_with(inputs, training)

    def _connect(self, training: bool | None) -> None:
        """Keep the `training` of a call in a model under construction, for layers that differ by it."""

    @property
    def input(self) -> KerasTensor:
        """The input tensor, once the layer is part of a model."""
        if self.output.source is None:
            return self.output
        return self.output.source

    @property
    def output(self) -> KerasTensor:
        """The output tensor, once the layer is part of a model.

        Raises
        ------
        SettingError
            Before that.
        """
        if self._output is None:
            raise SettingError.message(
                f"Layer {self.shown_name} has no output yet: build the model first."
            )
        return self._output

    def refresh(self) -> None:
        """Copy the newest weights from a training run in progress."""
        if self.weight_source is not None:
            self.weight_source.pull()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle has: the newest weights, but no training run in progress."""
        self.refresh()
        return {**vars(self), "weight_source": None}

    @property
    def weights(self) -> list[Variable]:
        """All arrays, as a list of variables."""
        return [*self.trainable_weights, *self.non_trainable_weights]

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The arrays that training changes, as a list of variables."""
        return [Variable(self, key, True) for key in self.arrays] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The arrays that training does not change, as a list of variables."""
        return [] if self.trainable else [Variable(self, key, False) for key in self.arrays]

    def get_weights(self) -> list[Array]:
        """Return copies of the arrays.

        Returns
        -------
        list of ndarray of shape (...)
            For `Dense`, the kernel and the bias.
        """
        self.refresh()
        return [array.copy() for array in self.arrays.values()]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Set all arrays.

        Parameters
        ----------
        weights : list of array-like of shape (...)
            In the order and with the shapes of `get_weights`.

        Raises
        ------
        ShapeError
            If the number or a shape differs, or the layer is not built.
        """
        if not self.built:
            raise ShapeError(
                f"Layer {self.shown_name} has no weights yet: give the model an Input, or build it."
            )
        if len(weights) != len(self.arrays):
            raise ShapeError(
                f"Layer {self.shown_name} has {len(self.arrays)} arrays "
                f"({', '.join(self.arrays) or 'none'}),"
                f" got {len(weights)}."
            )
        self.refresh()
        values = {}
        for (key, array), weight in zip(self.arrays.items(), weights, strict=True):
            value = np.array(weight, dtype=array.dtype)
            if value.shape != array.shape:
                raise ShapeError(
                    f"{self.shown_name}/{key} has shape {array.shape}, got {value.shape}."
                )
            values[key] = value
        self.arrays.update(values)
        if self.weight_source is not None:
            self.weight_source.push()

    def count_params(self) -> int:
        """Return the number of weights and biases.

        Returns
        -------
        int
            Total size of the arrays.
        """
        return sum(array.size for array in self.arrays.values())

    def get_config(self) -> Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        return {"name": self.name, "dtype": self.dtype, "trainable": self.trainable}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def as_shape(owner: str, value: Any) -> tuple[int, ...]:
    """Return the shape of a sample from 4, (4,), (28, 28) or [4]."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value,)
    if not isinstance(value, tuple | list) or not value:
        raise ShapeError(
            f"{owner} must be the shape of one sample, such as 4 or (4,) or (28, 28); "
            f"got {shortened(value)}."
        )
    return tuple(checks.integer(owner, size, at_least=1) for size in value)


def _given_shape(owner: str, settings: dict[str, Any]) -> tuple[int, ...] | None:
    if settings.get("input_dim") is not None:
        return as_shape(f"{owner}.input_dim", settings["input_dim"])
    if settings.get("batch_input_shape") is not None:
        return as_shape(f"{owner}.batch_input_shape", settings["batch_input_shape"][1:])
    if settings.get("input_shape") is not None:
        return as_shape(f"{owner}.input_shape", settings["input_shape"])
    return None

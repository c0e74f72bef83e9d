"""Dense, the layer that this project is about."""

from __future__ import annotations

from typing import Any, ClassVar

from deltarule import layers as core
from deltarule.activations import Activation
from deltarule.engines import prediction_engine
from deltarule.errors import SettingError, ShapeError
from deltarule.keras import activations, configs, constraints, initializers, regularizers
from deltarule.keras.layers.base import Array, Layer, Shape
from deltarule.keras.unsupported import require_default
from deltarule.network import Network
from deltarule.parameters import Parameters

_WEIGHTS_ONLY = "penalties and limits hold for the kernel; leave it out"


class Dense(Layer):
    """activation(x · kernel + bias): every unit sees every input.

    `kernel` has shape (inputs, units), `bias` (units,).
    """

    offers: ClassVar[tuple[str, ...]] = (
        *Layer.offers, "units", "activation", "use_bias", "kernel_initializer",
        "bias_initializer", "kernel_regularizer", "kernel_constraint",
    )  # fmt: skip

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        require_default(
            "Dense",
            {
                "bias_regularizer": (bias_regularizer, None),
                "activity_regularizer": (activity_regularizer, None),
                "bias_constraint": (bias_constraint, None),
            },
            _WEIGHTS_ONLY,
        )
        self.units = units
        self.activation: Activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer, "kernel_initializer")
        self.bias_initializer = initializers.get(bias_initializer, "bias_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.describe()  # checks units and use_bias

    def describe(self) -> core.Dense:
        """Return the core's layer. Its starting values are handed over, so initializers stay out."""
        penalty, limit = self.kernel_regularizer, self.kernel_constraint
        return core.Dense(
            self.units,
            self.activation,
            bias=self.use_bias,
            l1=penalty.l1 if penalty else 0.0,
            l2=penalty.l2 if penalty else 0.0,
            max_norm=limit.max_value if limit else None,
            name=self.name,
        )

    def _create(self, input_shape: Shape) -> None:
        width = _width(self.name, input_shape)
        self.arrays["kernel"] = initializers.draw(
            self.kernel_initializer, (width, self.units), self.dtype
        )
        if self.use_bias:
            self.arrays["bias"] = initializers.draw(
                self.bias_initializer, (self.units,), self.dtype
            )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        _width(self.name, input_shape)
        return (*input_shape[:-1], self.units)

    def call(self, x: Array) -> Array:
        network = Network([self.describe()], inputs=x.shape[1])
        parameters = Parameters((self.arrays["kernel"],), (self.arrays.get("bias"),))
        return prediction_engine(network).predict(network, parameters, x)

    @property
    def kernel(self) -> Any:
        """The weights, shape (inputs, units)."""
        return next(v for v in self.weights if v.name == "kernel")

    @property
    def bias(self) -> Any:
        """The biases, shape (units,), or None."""
        return next((v for v in self.weights if v.name == "bias"), None)

    def get_config(self) -> configs.Config:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": self.activation.to_json(),
            "use_bias": self.use_bias,
            "kernel_initializer": _config(self.kernel_initializer),
            "bias_initializer": _config(self.bias_initializer),
            "kernel_regularizer": _config(self.kernel_regularizer),
            "kernel_constraint": _config(self.kernel_constraint),
        }


def _width(name: str, shape: Shape) -> int:
    if len(shape) != 2:
        raise ShapeError(
            f"Layer {name} needs rows of numbers, shape (None, inputs), and is given {shape}: put "
            "Flatten() before it."
        )
    if shape[1] is None:
        raise SettingError(f"Layer {name} must know how many inputs it has, got shape {shape}.")
    return shape[1]


def _config(thing: Any) -> Any:
    if thing is None:
        return None
    if not hasattr(thing, "get_config"):  # a function of the user's own: its values are in the file
        return configs.to_config(initializers.Zeros())
    return configs.to_config(thing)

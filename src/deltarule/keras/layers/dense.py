"""The Dense layer."""

from __future__ import annotations

from typing import Any, ClassVar

from deltarule import layers as core
from deltarule.activations import Activation
from deltarule.engines import prediction_engine
from deltarule.errors import SettingError, ShapeError, shortened, shortened_name
from deltarule.keras import activations, configs, constraints, initializers, regularizers
from deltarule.keras.layers.base import Array, Layer, Shape
from deltarule.keras.unsupported import keras_names, require_default
from deltarule.network import Network
from deltarule.parameters import Parameters

_WEIGHTS_ONLY = "penalties and limits hold for the kernel; leave it out"


class Dense(Layer):
    """Fully connected layer: activation(x · kernel + bias).

    Parameters
    ----------
    units : int
        Number of outputs.
    activation : str, Activation or layer, optional
        Name such as "relu", or an object of `keras.activations`; None means linear.
    use_bias : bool, default True
        Whether to add a bias.
    kernel_initializer : str, Initializer or callable, default "glorot_uniform"
        Initial weights.
    bias_initializer : str, Initializer or callable, default "zeros"
        Initial biases.
    kernel_regularizer : str or L1L2, optional
        Penalty on the weights: "l1", "l2" or an object of `keras.regularizers`.
    bias_regularizer, activity_regularizer : None
        Not supported; only None is allowed.
    kernel_constraint : str or MaxNorm, optional
        "max_norm" or `keras.constraints.MaxNorm(...)`.
    bias_constraint : None
        Not supported; only None is allowed.
    **settings
        See `Layer`: name, dtype, trainable, input_shape, input_dim.

    Raises
    ------
    SettingError
        For a value that is not valid or not supported.

    See Also
    --------
    deltarule.Dense : The same layer as a description.

    Examples
    --------
    >>> from deltarule import keras
    >>> layer = keras.layers.Dense(3, activation="relu")
    >>> layer(keras.Input(4)).shape
    (None, 3)
    >>> layer.count_params()  # 4 · 3 weights and 3 biases
    15
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
        with keras_names("Dense", {"bias": "use_bias"}):
            self.describe()  # checks units and use_bias

    def describe(self) -> core.Dense:
        """Return the layer as a description, without initializers.

        Returns
        -------
        deltarule.Dense
            Units, activation, penalties and constraint.
        """
        penalty, limit = self.kernel_regularizer, self.kernel_constraint
        return core.Dense(
            self.units,
            self.activation,
            bias=self.use_bias,
            l1=penalty.l1 if penalty else 0.0,
            l2=penalty.l2 if penalty else 0.0,
            max_norm=limit.max_value if limit else None,
            name=self.name,
            trainable=self.trainable,
        )

    def _create(self, input_shape: Shape) -> None:
        width = input_width(self.name, input_shape)
        self.arrays["kernel"] = initializers.draw(
            self.kernel_initializer, (width, self.units), self.dtype
        )
        if self.use_bias:
            self.arrays["bias"] = initializers.draw(
                self.bias_initializer, (self.units,), self.dtype
            )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        input_width(self.name, input_shape)
        return (*input_shape[:-1], self.units)

    def call(self, x: Array) -> Array:
        network = Network([self.describe()], inputs=x.shape[1])
        parameters = Parameters((self.arrays["kernel"],), (self.arrays.get("bias"),))
        return prediction_engine(network).predict(network, parameters, x)

    @property
    def kernel(self) -> Any:
        """The weights, of shape (n_inputs, units)."""
        return next(v for v in self.weights if v.name == "kernel")

    @property
    def bias(self) -> Any:
        """The biases, of shape (units,), or None."""
        return next((v for v in self.weights if v.name == "bias"), None)

    def get_config(self) -> configs.Config:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.config_of(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializer_config(self.kernel_initializer),
            "bias_initializer": initializer_config(self.bias_initializer),
            "kernel_regularizer": initializer_config(self.kernel_regularizer),
            "bias_regularizer": None,
            "kernel_constraint": initializer_config(self.kernel_constraint),
            "bias_constraint": None,
        }


def input_width(name: str, shape: Shape) -> int:
    """Return the number of inputs of a layer; an error if a sample is no row."""
    if len(shape) != 2:
        raise ShapeError(
            f"Layer {shortened_name(name)} needs inputs of shape (None, n_inputs), got "
            f"{shortened(shape)}: add "
            "Flatten() before it."
        )
    if shape[1] is None:
        raise SettingError.message(
            f"Layer {shortened_name(name)} must know its number of inputs, got shape {shape}."
        )
    return shape[1]


def initializer_config(thing: Any) -> Any:
    """Return the config of an initializer, a regularizer or a constraint, for files."""
    if thing is None:
        return None
    if not hasattr(thing, "get_config"):  # a function of the user's own: its values are in the file
        return configs.to_config(initializers.Zeros())
    return configs.to_config(thing)

"""Layers that normalize between Dense layers: BatchNormalization, LayerNormalization."""

from __future__ import annotations

from typing import Any, ClassVar

from deltarule import layers as core
from deltarule.engines.normalization import moved_averages, normalize
from deltarule.errors import SettingError
from deltarule.keras import configs, initializers
from deltarule.keras.layers.base import Array, Layer, Shape
from deltarule.keras.layers.dense import initializer_config, input_width
from deltarule.keras.layers.variables import Variable
from deltarule.keras.unsupported import keras_names, require_default

_ONE_AXIS = "a sample is a row of numbers; use -1"
_LEFT_OUT = "gamma and beta have no penalties or limits; leave it out"
_INITIALIZERS = {
    "gamma": "ones", "beta": "zeros", "moving_mean": "zeros", "moving_variance": "ones",
}  # fmt: skip


class _NormalizationLayer(Layer):
    """What both layers have."""

    array_names: ClassVar[tuple[str, ...]] = ("gamma", "beta")

    def __init__(
        self, axis: Any, epsilon: float, center: bool, scale: bool, more: dict[str, Any]
    ) -> None:
        owner = type(self).__name__
        self._initializers = {
            name: initializers.get(
                more.pop(f"{name}_initializer", _INITIALIZERS[name]), f"{name}_initializer"
            )
            for name in self.array_names
        }
        left_out = {
            f"{name}_{kind}": (more.pop(f"{name}_{kind}", None), None)
            for name in ("beta", "gamma")
            for kind in ("regularizer", "constraint")
        }
        super().__init__(**more)
        axis = axis[0] if isinstance(axis, list | tuple) and len(axis) == 1 else axis
        if isinstance(axis, bool) or axis not in (-1, 1):
            raise SettingError(
                f"{owner}.axis", "must be -1, the axis of the units", axis, _ONE_AXIS
            )
        require_default(owner, left_out, _LEFT_OUT)
        self.epsilon, self.center, self.scale = epsilon, center, scale
        with keras_names(owner, {}):
            self.describe()  # checks the settings

    def describe(self) -> core.Normalization:
        """Return the layer as a description.

        Returns
        -------
        deltarule.layers.Normalization
            The layer of deltarule.
        """
        raise NotImplementedError

    def _create(self, input_shape: Shape) -> None:
        width = input_width(self.name, input_shape)
        for name in self.describe().part_names:
            self.arrays[name] = initializers.draw(self._initializers[name], (width,), self.dtype)

    def _call_with(self, inputs: Array, training: bool) -> Array:
        layer = self.describe()
        passed = normalize(layer, self.arrays, inputs, training)
        if passed.batch is not None:  # as in Keras, which updates the averages in such a call
            self.arrays.update(moved_averages(layer, self.arrays, passed.batch))
            if self.weight_source is not None:
                self.weight_source.push()
        return passed.outputs

    def _connect(self, training: bool | None) -> None:
        if training is not None and "moving_mean" in self.array_names:
            raise SettingError(
                f"{type(self).__name__}.training",
                "must not be given in a model under construction",
                training,
                "With trainable=False, the layer uses its moving averages in training too.",
            )

    def call(self, x: Array) -> Array:
        return self._call_with(x, False)

    @property
    def trainable_weights(self) -> list[Variable]:
        """Gamma and beta, as a list of variables, unless the layer is frozen."""
        if not self.trainable:
            return []
        return [Variable(self, key, True) for key in self.arrays if not key.startswith("moving")]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The moving averages, as a list of variables; all arrays if the layer is frozen."""
        return [
            Variable(self, key, False)
            for key in self.arrays
            if not self.trainable or key.startswith("moving")
        ]

    def get_config(self) -> configs.Config:
        drawn = {
            f"{name}_initializer": initializer_config(initializer)
            for name, initializer in self._initializers.items()
        }
        own = {"epsilon": self.epsilon, "center": self.center, "scale": self.scale}
        return {**super().get_config(), "axis": -1, **own, **drawn}


class BatchNormalization(_NormalizationLayer):
    """Normalize each unit over the rows of the batch, and learn its scale and shift.

    Prediction uses moving averages of mean and variance. `Activation` layers may follow.

    Parameters
    ----------
    axis : int, default -1
        Only -1, or 1, which is the same, is supported.
    momentum : float, default 0.99
        Share of the moving averages that each update keeps.
    epsilon : float, default 0.001
        Added to the variance.
    center : bool, default True
        Whether to learn the shift, beta.
    scale : bool, default True
        Whether to learn the scale, gamma.
    **settings
        Settings beta_initializer, gamma_initializer, moving_mean_initializer and
        moving_variance_initializer. `synchronized`, `renorm` and regularizers and constraints of beta and
        gamma are not supported. See `Layer`: name, dtype, trainable. With trainable=False the layer uses
        its moving averages in training too.

    Raises
    ------
    SettingError
        For a value that is not valid or not supported.

    See Also
    --------
    deltarule.BatchNormalization : The same layer as a description, with its equations.

    Examples
    --------
    >>> from deltarule import keras
    >>> layer = keras.layers.BatchNormalization()
    >>> layer(keras.Input(4)).shape
    (None, 4)
    >>> [variable.name for variable in layer.weights]
    ['gamma', 'beta', 'moving_mean', 'moving_variance']
    """

    offers: ClassVar[tuple[str, ...]] = (
        *Layer.offers, "axis", "momentum", "epsilon", "center", "scale", "beta_initializer",
        "gamma_initializer", "moving_mean_initializer", "moving_variance_initializer",
    )  # fmt: skip
    array_names = tuple(_INITIALIZERS)

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        **settings: Any,
    ) -> None:
        only = {
            "synchronized": False, "renorm": False, "renorm_clipping": None, "renorm_momentum": 0.99,
        }  # fmt: skip
        given = {name: (settings.pop(name, value), value) for name, value in only.items()}
        require_default("BatchNormalization", given, "leave it out")
        self.momentum = momentum
        super().__init__(axis, epsilon, center, scale, settings)

    def describe(self) -> core.BatchNormalization:
        """Return the layer as a description.

        Returns
        -------
        deltarule.BatchNormalization
            The layer of deltarule.
        """
        return core.BatchNormalization(
            self.momentum,
            self.epsilon,
            self.center,
            self.scale,
            trainable=self.trainable,
            name=self.name,
        )

    def get_config(self) -> configs.Config:
        return {**super().get_config(), "momentum": self.momentum}


class LayerNormalization(_NormalizationLayer):
    """Normalize each row over its units, and learn a scale and a shift of each unit.

    Parameters
    ----------
    axis : int, default -1
        Only -1, or 1, which is the same, is supported.
    epsilon : float, default 0.001
        Added to the variance.
    center : bool, default True
        Whether to learn the shift, beta.
    scale : bool, default True
        Whether to learn the scale, gamma.
    **settings
        Settings beta_initializer and gamma_initializer; regularizers and constraints of beta and gamma
        are not supported. See `Layer`: name, dtype, trainable.

    Raises
    ------
    SettingError
        For a value that is not valid or not supported.

    See Also
    --------
    deltarule.layers.LayerNormalization : The same layer as a description, with its equations.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.layers.LayerNormalization()([[1.0, 3.0]]).numpy().round(1).tolist()
    [[-1.0, 1.0]]
    """

    offers: ClassVar[tuple[str, ...]] = (
        *Layer.offers, "axis", "epsilon", "center", "scale", "beta_initializer",
        "gamma_initializer",
    )  # fmt: skip

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        **settings: Any,
    ) -> None:
        super().__init__(axis, epsilon, center, scale, settings)

    def describe(self) -> core.LayerNormalization:
        """Return the layer as a description.

        Returns
        -------
        deltarule.layers.LayerNormalization
            The layer of deltarule.
        """
        return core.LayerNormalization(
            self.epsilon, self.center, self.scale, trainable=self.trainable, name=self.name
        )

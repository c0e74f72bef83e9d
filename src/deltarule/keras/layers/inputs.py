"""Layers before the first Dense layer: Input, Flatten, Normalization."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule.errors import SettingError, ShapeError
from deltarule.keras import configs
from deltarule.keras.layers.base import Array, KerasTensor, Layer, Shape, as_shape
from deltarule.keras.layers.variables import Variable
from deltarule.keras.old_settings import known_settings_only
from deltarule.keras.unsupported import require_default


class InputLayer(Layer):
    """The first layer of a model; `Input` creates it.

    Parameters
    ----------
    shape : int or tuple of int
        Shape of one sample.
    **settings
        See `Layer`: name, dtype, input_shape.
    """

    def __init__(self, shape: Any = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.given_shape = as_shape("Input.shape", shape if shape else self.given_shape)
        self.build((None, *self.given_shape))
        self._output = KerasTensor(self.input_shape or (None,), self.dtype, self, None)

    def call(self, x: Array) -> Array:
        return x

    def get_config(self) -> configs.Config:
        return {**super().get_config(), "shape": list(self.given_shape or ())}


@known_settings_only
def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    name: str | None = None,
    batch_shape: Any = None,
    sparse: bool | None = None,
    tensor: None = None,
    optional: bool = False,
    ragged: bool | None = None,
) -> KerasTensor:
    """Return the input tensor of a model.

    Parameters
    ----------
    shape : int or tuple of int
        Shape of one sample: 4 means (4,).
    batch_size : int, optional
        Ignored: models take any number of rows.
    dtype : {"float32", "float64"}, optional
        Type of the inputs, "float32" by default.
    name : str, optional
        Name of the layer.
    batch_shape : tuple, optional
        Shape including the rows, instead of `shape`.
    sparse, tensor, optional, ragged : optional
        Not supported; only the defaults are allowed.

    Returns
    -------
    KerasTensor
        Tensor of shape (None, *shape).

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.Input((28, 28)).shape
    (None, 28, 28)
    """
    require_default(
        "Input",
        {
            "sparse": (sparse or None, None),
            "tensor": (tensor, None),
            "optional": (optional, False),
            "ragged": (ragged or None, None),
        },
        "models take arrays",
    )
    if batch_shape is not None:
        shape = tuple(batch_shape)[1:]
    layer = InputLayer(shape, dtype=dtype, **({"name": name} if name else {}))
    return layer.output


class Flatten(Layer):
    """Reshape each sample to one row: (None, 28, 28) becomes (None, 784).

    Parameters
    ----------
    data_format : {"channels_last"}, optional
        Order of the axes; "channels_first" is not supported.
    **settings
        See `Layer`: name, dtype, input_shape.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.layers.Flatten()(keras.Input((28, 28))).shape
    (None, 784)
    """

    def __init__(self, data_format: str | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        require_default(
            "Flatten", {"data_format": (data_format or "channels_last", "channels_last")},
            "transpose the images",
        )  # fmt: skip

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        sizes = [size for size in input_shape[1:] if size is not None]
        return (None, math.prod(sizes))

    def call(self, x: Array) -> Array:
        return x.reshape(len(x), -1)


class Normalization(Layer):
    """Standardize each feature: (x − mean) / √variance.

    It has to precede the first `Dense` layer. The smallest standard deviation is 1e-7, as in Keras.

    Parameters
    ----------
    axis : -1, 1 or None, default -1
        Axis of the features, the last of rows of shape (n_features,); None: one mean and one variance for
        all features.
    mean, variance : array-like of shape (n_features,) or scalar, optional
        Known mean and variance; without them, call `adapt`.
    invert : bool, default False
        Not supported; only False is allowed.
    **settings
        See `Layer`: name, dtype, input_shape.

    Raises
    ------
    SettingError
        If only one of mean and variance is given.

    Examples
    --------
    >>> from deltarule import keras
    >>> layer = keras.layers.Normalization()
    >>> layer.adapt([[1.0], [3.0]])
    >>> layer([[5.0]]).tolist()
    [[3.0]]
    """

    _overrides = Layer._overrides.also("adapt")
    epsilon = 1e-7  # minimum standard deviation, as in Keras

    def __init__(
        self, axis: int | None = -1, mean: ArrayLike | None = None,
        variance: ArrayLike | None = None, invert: bool = False, **settings: Any,
    ) -> None:  # fmt: skip
        super().__init__(**settings)
        if axis is not None and (isinstance(axis, bool) or axis not in (-1, 1)):
            raise SettingError(
                "Normalization.axis", "must be -1, 1 (for rows of one axis) or None", axis
            )
        require_default(
            "Normalization", {"invert": (invert, False)}, "it standardizes, and does not undo it"
        )
        self._axis = axis
        if (mean is None) != (variance is None):
            raise SettingError.message(
                "Normalization needs both mean and variance, or neither and adapt()."
            )
        self._given = None
        if mean is not None:
            self._given = (_numbers("mean", mean), _numbers("variance", variance))
            if (self._given[1] < 0).any():
                raise SettingError("Normalization.variance", "must be at least 0", variance)

    @property
    def trainable_weights(self) -> list[Variable]:
        return []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        return [Variable(self, key, False) for key in self.arrays]

    def _create(self, input_shape: Shape) -> None:
        width = input_shape[-1]
        if width is None:
            raise ShapeError(f"Layer {self.shown_name} must know how many features it has.")
        if self._axis == 1 and len(input_shape) != 2:
            raise ShapeError(
                f"Layer {self.shown_name} has axis=1, which is not the last one of rows of shape "
                f"{input_shape[1:]}. Use axis=-1."
            )
        if self._given is not None:
            try:
                self._mean, self._variance = (
                    np.broadcast_to(part.astype(self.dtype), (width,)) for part in self._given
                )
            except ValueError:
                shapes = " and ".join(str(part.shape) for part in self._given)
                raise ShapeError(
                    f"Layer {self.shown_name} has mean and variance of shape {shapes} for {width} "
                    "features."
                ) from None
            return
        shape = () if self._axis is None else (width,)
        self.arrays["mean"] = np.zeros(shape, self.dtype)
        self.arrays["variance"] = np.ones(shape, self.dtype)
        self.arrays["count"] = np.zeros((), np.int32)

    def adapt(self, data: ArrayLike, batch_size: int | None = None, steps: Any = None) -> None:
        """Compute mean and variance of each feature.

        Parameters
        ----------
        data : array-like of shape (n_samples, n_features)
            Training rows.
        batch_size : int, optional
            Ignored: all rows are read at once.
        steps : None
            Not supported; only None is allowed.

        Raises
        ------
        SettingError
            If mean and variance were passed to the constructor.
        """
        require_default("adapt", {"steps": (steps, None)}, "give the rows to read")
        values = np.asarray(data, dtype=np.float64)
        if values.ndim == 1:
            values = values[:, None]
        self.build((None, *values.shape[1:]))
        if not self.arrays:
            raise SettingError.message(
                f"Layer {self.shown_name} already has its mean and variance."
            )
        rows = values.reshape(-1, 1 if self._axis is None else values.shape[-1])
        shape = self.arrays["mean"].shape
        self.arrays["mean"] = rows.mean(axis=0).astype(self.dtype).reshape(shape)
        self.arrays["variance"] = rows.var(axis=0).astype(self.dtype).reshape(shape)

    @property
    def mean(self) -> Array:
        """Mean of each feature, of shape (n_features,); of shape () with axis=None."""
        return self.arrays["mean"] if self.arrays else self._mean

    @property
    def variance(self) -> Array:
        """Variance of each feature, of shape (n_features,); of shape () with axis=None."""
        return self.arrays["variance"] if self.arrays else self._variance

    @property
    def _scale(self) -> Array:
        """Standard deviation of each feature that it divides by, at least 1e-7."""
        root = np.sqrt(self.variance)
        return np.maximum(root, root.dtype.type(self.epsilon))

    def call(self, x: Array) -> Array:
        return (x - self.mean) / self._scale

    def get_config(self) -> configs.Config:
        given = self._given
        pair = {} if given is None else {"mean": given[0].tolist(), "variance": given[1].tolist()}
        return {**super().get_config(), "axis": self._axis, **pair}


def _numbers(setting: str, values: ArrayLike | None) -> Array:
    array = np.asarray(values)
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise SettingError(f"Normalization.{setting}", "must be finite numbers", values)
    return array

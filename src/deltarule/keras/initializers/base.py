"""The base of all initializers, and those with values or ranges as settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule import initializers as core
from deltarule._common import checks
from deltarule._common.random import Purpose
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.dtypes import dtype_name
from deltarule.keras.global_state import next_seed
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.unsupported import keras_names

Array = NDArray[Any]
Shape = tuple[int, ...]
MAX_SEED = 2**64 - 1


class Initializer(configs.Configurable, Overridable):
    """Base of all initializers.

    Calling it with a shape returns an array.

    Parameters
    ----------
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.

    Raises
    ------
    SettingError
        If the seed is negative, or no integer of 64 bits.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.initializers.HeNormal(seed=0)((4, 3)).shape
    (4, 3)
    """

    _overrides = Overrides(
        "layers call the initializer with the shape of an array; override __call__(shape, dtype)",
        honored=("__call__",),
        of_keras=("clone",),
    )
    _names: ClassVar[Mapping[str, str]] = {}  # of settings, deltarule's → Keras's

    def __init__(self, seed: int | None = None) -> None:
        if seed is not None:
            checks.integer(f"{type(self).__name__}.seed", seed, at_least=0, at_most=MAX_SEED)
        self.seed = seed

    def _describe(self, shape: Shape) -> core.Initializer:
        """Return deltarule's description for arrays of `shape`."""
        raise NotImplementedError

    def __call__(self, shape: Shape, dtype: Any = "float32") -> Array:
        """Return an array of `shape`; the same in each call if there is a seed, as in Keras."""
        seed = next_seed() if self.seed is None else self.seed
        with keras_names(type(self).__name__, self._names):
            description = self._describe(shape)
        drawn = description.sample(tuple(shape), seed, Purpose.INITIAL_WEIGHTS, 0)
        kind = "float32" if dtype is None else dtype_name(f"{type(self).__name__}.dtype", dtype)
        return drawn.astype(kind)

    def get_config(self) -> configs.Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        return dict(vars(self))


class Zeros(Initializer):
    """Set all values to 0."""

    def __init__(self) -> None:
        super().__init__()

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Zeros()

    def get_config(self) -> configs.Config:
        return {}


class Ones(Zeros):
    """Set all values to 1."""

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Constant(1.0)


class Constant(Initializer):
    """Set all values to the same number.

    Parameters
    ----------
    value : float or array-like of shape (1,), default 0.0
        The number.

    Raises
    ------
    SettingError
        If the value is no number, or an array with other than one.
    """

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        if isinstance(value, np.ndarray | list | tuple):
            given = np.asarray(value)
            if given.size != 1 or given.dtype.kind not in "iuf":
                raise SettingError(
                    "Constant.value", "must be one number", value,
                    "Set different values with layer.set_weights.",
                )  # fmt: skip
            value = float(given.item())
        self.value = value

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Constant(self.value)

    def get_config(self) -> configs.Config:
        return {"value": self.value}


class RandomUniform(Initializer):
    """Draw from U[minval, maxval).

    Parameters
    ----------
    minval : float, default -0.05
        Lower bound.
    maxval : float, default 0.05
        Upper bound.
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.
    """

    _names: ClassVar[Mapping[str, str]] = {"low": "minval", "high": "maxval"}

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Uniform(self.minval, self.maxval)


class RandomNormal(Initializer):
    """Draw from N(mean, stddev²).

    Parameters
    ----------
    mean : float, default 0.0
        Mean.
    stddev : float, default 0.05
        Standard deviation.
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.
    """

    _names: ClassVar[Mapping[str, str]] = {"standard_deviation": "stddev"}

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Normal(self.mean, self.stddev)


class TruncatedNormal(RandomNormal):
    """Draw from N(mean, stddev²) without the values farther than two stddev from the mean.

    Parameters
    ----------
    mean : float, default 0.0
        Mean.
    stddev : float, default 0.05
        Standard deviation before truncation.
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.
    """

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.TruncatedNormal(self.mean, self.stddev)


class Orthogonal(Initializer):
    """Draw a random orthogonal matrix.

    Parameters
    ----------
    gain : float, default 1.0
        Factor of the matrix.
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Orthogonal(self.gain)

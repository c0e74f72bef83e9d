"""Initializers under Keras's names: each says which description of the core it is for a shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule import initializers as core
from deltarule._common.random import Purpose
from deltarule.errors import SettingError, ShapeError
from deltarule.keras import configs
from deltarule.keras.global_state import next_seed
from deltarule.keras.unsupported import lookup

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "VarianceScaling",
    "Zeros",
    "get",
]

Array = NDArray[Any]
Shape = tuple[int, ...]


class Initializer:
    """Base of all initializers: called with a shape, it returns an array of it."""

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed

    def _describe(self, shape: Shape) -> core.Initializer:
        """Return the core's description for arrays of `shape`."""
        raise NotImplementedError

    def __call__(self, shape: Shape, dtype: Any = "float32") -> Array:
        """Return values of `shape`; the same each time where there is a seed, as in Keras."""
        seed = next_seed() if self.seed is None else self.seed
        drawn = self._describe(shape).sample(tuple(shape), seed, Purpose.INITIAL_WEIGHTS, 0)
        return drawn.astype(dtype)

    def get_config(self) -> configs.Config:
        """Return the settings as strict JSON."""
        return dict(vars(self))


class Zeros(Initializer):
    """All zero."""

    def __init__(self) -> None:
        super().__init__()

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Zeros()

    def get_config(self) -> configs.Config:
        return {}


class Ones(Zeros):
    """All one."""

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Constant(1.0)


class Constant(Initializer):
    """All equal to `value`."""

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = value

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Constant(self.value)

    def get_config(self) -> configs.Config:
        return {"value": self.value}


class RandomUniform(Initializer):
    """U[minval, maxval)."""

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Uniform(self.minval, self.maxval)


class RandomNormal(Initializer):
    """N(mean, stddev²)."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Normal(self.mean, self.stddev)


class VarianceScaling(Initializer):
    """Zero mean, variance scale / n, n by `mode`: fan_in, fan_out or fan_avg.

    Where Keras says "truncated_normal" the tails are not cut here; the variance is the same.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise SettingError(
                f"VarianceScaling.mode must be fan_in, fan_out or fan_avg, got {mode!r}."
            )
        if distribution not in ("truncated_normal", "untruncated_normal", "uniform"):
            raise SettingError(
                "VarianceScaling.distribution must be truncated_normal, untruncated_normal or "
                f"uniform, got {distribution!r}."
            )
        self.scale, self.mode, self.distribution = scale, mode, distribution

    def _describe(self, shape: Shape) -> core.Initializer:
        fans = {"fan_in": shape[0], "fan_out": shape[-1], "fan_avg": (shape[0] + shape[-1]) / 2}
        variance = self.scale / max(1.0, fans[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return core.Uniform(-limit, limit)
        return core.Normal(0.0, math.sqrt(variance))


class _Named(Initializer):
    """An initializer that the core knows by name."""

    _core: Callable[[str], core.Initializer]
    _distribution = "uniform"

    def _describe(self, shape: Shape) -> core.Initializer:
        return type(self)._core(self._distribution)


class GlorotUniform(_Named):
    """Glorot and Bengio (2010), uniform: Keras's default for weights."""

    _core = core.Glorot


class GlorotNormal(GlorotUniform):
    """Glorot and Bengio (2010), normal; not truncated."""

    _distribution = "normal"


class HeUniform(_Named):
    """He et al. (2015), uniform."""

    _core = core.He


class HeNormal(HeUniform):
    """He et al. (2015), normal; not truncated."""

    _distribution = "normal"


class LecunUniform(_Named):
    """LeCun et al. (1998), uniform."""

    _core = core.LeCun


class LecunNormal(LecunUniform):
    """LeCun et al. (1998), normal; not truncated."""

    _distribution = "normal"


class Orthogonal(Initializer):
    """gain times a random orthogonal matrix."""

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def _describe(self, shape: Shape) -> core.Initializer:
        return core.Orthogonal(self.gain)


OrthogonalInitializer = Orthogonal

CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        Zeros, Ones, Constant, RandomUniform, RandomNormal, VarianceScaling, GlorotUniform,
        GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal, Orthogonal,
    )
}  # fmt: skip
_SNAKE = {
    "random_uniform": RandomUniform, "uniform": RandomUniform, "random_normal": RandomNormal,
    "normal": RandomNormal, "variance_scaling": VarianceScaling, "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal, "he_uniform": HeUniform, "he_normal": HeNormal,
    "lecun_uniform": LecunUniform, "lecun_normal": LecunNormal, "orthogonal": Orthogonal,
    "zeros": Zeros, "zero": Zeros, "ones": Ones, "one": Ones, "constant": Constant,
}  # fmt: skip
_MISSING = {
    "use RandomNormal or one of the others": (
        "TruncatedNormal", "Identity", "IdentityInitializer", "RandomInitializer", "STFT",
        "STFTInitializer",
    ),
}  # fmt: skip


def get(identifier: object, owner: str = "initializer") -> Any:
    """Return an initializer, or a function of the user's own (shape, dtype=...) as it is."""
    if callable(identifier) and not isinstance(identifier, Initializer | type):
        return identifier
    return configs.resolve(identifier, Initializer, CLASSES | _SNAKE, owner, "an initializer")


def draw(initializer: Any, shape: Shape, dtype: str) -> Array:
    """Return starting values of `shape` from an initializer or from a user's function."""
    values = np.array(initializer(shape, dtype=dtype), dtype=dtype)
    if values.shape != shape:
        raise ShapeError(f"The initializer gave shape {values.shape} where {shape} was asked for.")
    return values


def __getattr__(name: str) -> Any:
    return lookup("initializers", name, _MISSING, CLASSES)

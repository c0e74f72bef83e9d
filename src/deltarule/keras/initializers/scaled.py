"""Initializers whose variance depends on the shape."""

from __future__ import annotations

import math
from collections.abc import Callable

from deltarule import initializers as core
from deltarule.errors import SettingError
from deltarule.keras.initializers.base import Initializer, Shape

REMAINING_DEVIATION = 0.87962566103423978
"""Standard deviation of the standard normal distribution truncated at −2 and 2."""


class VarianceScaling(Initializer):
    """Draw with mean 0 and variance scale / n.

    Parameters
    ----------
    scale : float, default 1.0
        Factor of the variance.
    mode : {"fan_in", "fan_out", "fan_avg"}, default "fan_in"
        What n is: the number of inputs, of outputs, or their mean.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        Distribution, by default "truncated_normal", which is truncated at two standard deviations.
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.

    Raises
    ------
    SettingError
        For another mode or distribution.
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
            raise SettingError("VarianceScaling.mode", "must be fan_in, fan_out or fan_avg", mode)
        if distribution not in ("truncated_normal", "untruncated_normal", "uniform"):
            raise SettingError(
                "VarianceScaling.distribution",
                "must be truncated_normal, untruncated_normal or uniform",
                distribution,
            )
        self.scale, self.mode, self.distribution = scale, mode, distribution

    def _describe(self, shape: Shape) -> core.Initializer:
        fans = {"fan_in": shape[0], "fan_out": shape[-1], "fan_avg": (shape[0] + shape[-1]) / 2}
        variance = self.scale / max(1.0, fans[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return core.Uniform(-limit, limit)
        if self.distribution == "untruncated_normal":
            return core.Normal(0.0, math.sqrt(variance))
        return _truncated(variance)


class _Named(Initializer):
    """An initializer that deltarule has by name."""

    _core: Callable[[], core.VarianceScaling]
    _truncates = False

    def _describe(self, shape: Shape) -> core.Initializer:
        uniform = type(self)._core()
        return _truncated(uniform.variance(shape[0], shape[-1])) if self._truncates else uniform


def _truncated(variance: float) -> core.Initializer:
    """Return the truncated normal distribution with this variance."""
    return core.TruncatedNormal(0.0, math.sqrt(variance) / REMAINING_DEVIATION)


class GlorotUniform(_Named):
    """Draw from a uniform distribution with variance 2 / (fan_in + fan_out).

    Parameters
    ----------
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.

    References
    ----------
    .. [1] Glorot, X., Bengio, Y., "Understanding the difficulty of training deep feedforward neural
       networks", AISTATS 2010.
    """

    _core = core.Glorot


class GlorotNormal(GlorotUniform):
    """Draw from a truncated normal distribution with variance 2 / (fan_in + fan_out).

    Parameters
    ----------
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.

    References
    ----------
    .. [1] Glorot, X., Bengio, Y., "Understanding the difficulty of training deep feedforward neural
       networks", AISTATS 2010.
    """

    _truncates = True


class HeUniform(_Named):
    """Draw from a uniform distribution with variance 2 / fan_in.

    Parameters
    ----------
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.

    References
    ----------
    .. [1] He, K., et al., "Delving deep into rectifiers", ICCV 2015.
    """

    _core = core.He


class HeNormal(HeUniform):
    """Draw from a truncated normal distribution with variance 2 / fan_in.

    Parameters
    ----------
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.

    References
    ----------
    .. [1] He, K., et al., "Delving deep into rectifiers", ICCV 2015.
    """

    _truncates = True


class LecunUniform(_Named):
    """Draw from a uniform distribution with variance 1 / fan_in.

    Parameters
    ----------
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.

    References
    ----------
    .. [1] LeCun, Y., et al., "Efficient BackProp", 1998.
    """

    _core = core.LeCun


class LecunNormal(LecunUniform):
    """Draw from a truncated normal distribution with variance 1 / fan_in.

    Parameters
    ----------
    seed : int, optional
        Seed; the same values are drawn in each call. By default, a seed from Python's generator.

    References
    ----------
    .. [1] LeCun, Y., et al., "Efficient BackProp", 1998.
    """

    _truncates = True

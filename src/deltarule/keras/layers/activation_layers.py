"""Activations as layers, after a Dense layer."""

from __future__ import annotations

from typing import Any

from deltarule import activations as core_activations
from deltarule.keras import activations, configs
from deltarule.keras.layers.base import Array, Layer
from deltarule.keras.unsupported import require_default


class Activation(Layer):
    """Apply an activation to the outputs of the preceding Dense layer.

    The Dense layer must have no activation itself.

    Parameters
    ----------
    activation : str, Activation or layer
        Name such as "relu", or an object of `keras.activations`.
    **settings
        See `Layer`: name, dtype.
    """

    def __init__(self, activation: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.activation = activations.get(activation)

    def call(self, x: Array) -> Array:
        return self.activation(x)

    def get_config(self) -> configs.Config:
        return {**super().get_config(), **self._settings()}

    def _settings(self) -> configs.Config:
        """Return the settings of this class."""
        return {"activation": activations.config_of(self.activation)}


class ReLU(Activation):
    """Apply max(0, x).

    Parameters
    ----------
    max_value : None
        Not supported; only None is allowed.
    negative_slope : float, default 0.0
        Slope for x < 0.
    threshold : float, default 0.0
        Not supported; only 0 is allowed.
    **settings
        See `Layer`: name, dtype.
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0,
        **settings: Any,
    ) -> None:  # fmt: skip
        require_default(
            "ReLU", {"max_value": (max_value, None), "threshold": (threshold, 0.0)}, "leave it out"
        )
        kind = core_activations.LeakyReLU(negative_slope) if negative_slope else activations.relu
        super().__init__(settings.pop("activation", kind), **settings)

    def _settings(self) -> configs.Config:
        slope = getattr(self.activation, "negative_slope", 0.0)
        return {"max_value": None, "negative_slope": slope, "threshold": 0.0}


class LeakyReLU(Activation):
    """Apply x for x > 0, and negative_slope · x otherwise.

    Parameters
    ----------
    negative_slope : float, default 0.3
        Slope for x < 0, Keras's default. The function "leaky_relu" has 0.2.
    **settings
        See `Layer`: name, dtype.
    """

    def __init__(self, negative_slope: float = 0.3, **settings: Any) -> None:
        kind = core_activations.LeakyReLU(settings.pop("alpha", negative_slope))
        super().__init__(settings.pop("activation", kind), **settings)

    def _settings(self) -> configs.Config:
        return {"negative_slope": getattr(self.activation, "negative_slope", 0.0)}


class ELU(Activation):
    """Apply x for x > 0, and alpha (eˣ − 1) otherwise.

    Parameters
    ----------
    alpha : float, default 1.0
        Minus the limit for x → −∞.
    **settings
        See `Layer`: name, dtype.
    """

    def __init__(self, alpha: float = 1.0, **settings: Any) -> None:
        super().__init__(settings.pop("activation", core_activations.ELU(alpha)), **settings)

    def _settings(self) -> configs.Config:
        return {"alpha": getattr(self.activation, "alpha", 1.0)}


class Softmax(Activation):
    """Apply eˣ divided by its sum over each row.

    Parameters
    ----------
    axis : int, default -1
        Only -1 is supported.
    **settings
        See `Layer`: name, dtype.
    """

    def __init__(self, axis: int = -1, **settings: Any) -> None:
        require_default("Softmax", {"axis": (axis, -1)}, "a sample is a row")
        super().__init__(settings.pop("activation", activations.softmax), **settings)

    def _settings(self) -> configs.Config:
        return {"axis": -1}

"""What follows a Dense layer: activations as layers, Dropout."""

from __future__ import annotations

from typing import Any

from deltarule import activations as core_activations
from deltarule import layers as core
from deltarule.keras import activations, configs
from deltarule.keras.layers.base import Array, Layer
from deltarule.keras.unsupported import require_default


class Activation(Layer):
    """An activation as a layer of its own; it belongs to the Dense before it."""

    def __init__(self, activation: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.activation = activations.get(activation)

    def call(self, x: Array) -> Array:
        return self.activation(x)

    def get_config(self) -> configs.Config:
        return {**super().get_config(), "activation": self.activation.to_json()}


class ReLU(Activation):
    """max(0, x), or negative_slope · x below 0."""

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0,
        **settings: Any,
    ) -> None:  # fmt: skip
        require_default(
            "ReLU", {"max_value": (max_value, None), "threshold": (threshold, 0.0)}, "leave it out"
        )
        kind = core_activations.LeakyReLU(negative_slope) if negative_slope else activations.relu
        super().__init__(settings.pop("activation", kind), **settings)


class LeakyReLU(Activation):
    """x above 0, negative_slope · x below."""

    def __init__(self, negative_slope: float = 0.3, **settings: Any) -> None:
        kind = core_activations.LeakyReLU(settings.pop("alpha", negative_slope))
        super().__init__(settings.pop("activation", kind), **settings)


class ELU(Activation):
    """x above 0, alpha (eˣ − 1) below."""

    def __init__(self, alpha: float = 1.0, **settings: Any) -> None:
        super().__init__(settings.pop("activation", core_activations.ELU(alpha)), **settings)


class Softmax(Activation):
    """e^x over its sum along each row."""

    def __init__(self, axis: int = -1, **settings: Any) -> None:
        require_default("Softmax", {"axis": (axis, -1)}, "a sample is a row")
        super().__init__(settings.pop("activation", activations.softmax), **settings)


class Dropout(Layer):
    """In training, sets each input to 0 with probability `rate` and scales the rest by 1 / (1 − rate).

    `seed`: one for the run, which then repeats its masks and its order of rows.
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        require_default("Dropout", {"noise_shape": (noise_shape, None)}, "each input has its own")
        core.Dropout(rate)  # refuses what is no rate
        self.rate, self.seed = float(rate), seed

    def call(self, x: Array) -> Array:
        return x

    def get_config(self) -> configs.Config:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}

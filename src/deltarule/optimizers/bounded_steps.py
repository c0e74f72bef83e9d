"""Optimizers whose steps have a largest size: Adamax and Lion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from deltarule.optimizers.base import OPTIMIZERS, Array, Slots, Stepwise
from deltarule.schedules import Schedule

__all__ = ["Adamax", "Lion"]


@OPTIMIZERS.register
@dataclass(frozen=True)
class Adamax(Stepwise):
    """Adamax: Adam with the largest decayed gradient so far instead of the root mean square.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        Learning rate η > 0 of each update.
    decay_mean : float, default 0.9
        Decay β₁ of the gradient's mean, 0 ≤ β₁ < 1.
    decay_square : float, default 0.999
        Decay β₂ of the largest gradient, 0 ≤ β₂ < 1.
    epsilon : float, default 1e-08
        Constant ε > 0 in the denominator.
    clip_norm : float, optional
        Largest Euclidean norm of the whole gradient; a larger gradient is scaled down to it first
        (Pascanu et al. 2013). By default gradients are not clipped.
    clip_array_norm : float, optional
        The same limit for the gradient of each array of parameters by itself, such as the weights of one
        layer. By default arrays are not clipped.
    clip_value : float, optional
        Largest absolute value of each component of the gradient; larger ones are cut. By default values
        are not cut.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    m ← β₁ m + (1−β₁) g and u ← max(β₂ u, |g|); then w ← w − η m̂ / (u + ε) with m̂ = m / (1−β₁ᵗ), as in
    Keras. PyTorch and Optax add ε to |g| instead.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.optimizers import Adamax
    >>> optimizer, w = Adamax(), np.array([1.0, 1.0])
    >>> slots = optimizer.new_slots(2, np.float64)
    >>> optimizer.update(w, np.array([0.5, -20.0]), slots, 0.1, t=1)
    >>> w.round(3)  # the first step has the size of the learning rate
    array([0.9, 1.1])
    """

    kind = "adamax"
    label = "Adamax"
    keras_name = "Adamax"
    keras_settings: ClassVar[dict[str, str]] = {
        "decay_mean": "beta_1",
        "decay_square": "beta_2",
        "epsilon": "epsilon",
    }
    slot_names = ("mean", "largest")
    learning_rate: float | Schedule = 1e-3
    decay_mean: float = 0.9  # β₁
    decay_square: float = 0.999  # β₂
    epsilon: float = 1e-8

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        mean, largest = slots["mean"], slots["largest"]
        mean *= self.decay_mean
        mean += (1 - self.decay_mean) * gradient
        largest *= self.decay_square
        np.maximum(largest, np.abs(gradient), out=largest)
        weights -= learning_rate * (mean / (1 - self.decay_mean**t)) / (largest + self.epsilon)


@OPTIMIZERS.register
@dataclass(frozen=True)
class Lion(Stepwise):
    """Lion: w ← w − η sign(β₁ m + (1−β₁) g), m ← β₂ m + (1−β₂) g.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        Learning rate η > 0, the size of every step of every parameter.
    decay_mean : float, default 0.9
        Share β₁ of the mean in the direction of a step, 0 ≤ β₁ < 1.
    decay_square : float, default 0.99
        Decay β₂ of the gradient's mean, 0 ≤ β₂ < 1.
    clip_norm : float, optional
        Largest Euclidean norm of the whole gradient; a larger gradient is scaled down to it first
        (Pascanu et al. 2013). By default gradients are not clipped.
    clip_array_norm : float, optional
        The same limit for the gradient of each array of parameters by itself, such as the weights of one
        layer. By default arrays are not clipped.
    clip_value : float, optional
        Largest absolute value of each component of the gradient; larger ones are cut. By default values
        are not cut.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    A learning rate 3 to 10 times smaller than Adam's is usual.

    References
    ----------
    X. Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.optimizers import Lion
    >>> optimizer, w = Lion(), np.array([1.0, 1.0])
    >>> optimizer.update(w, np.array([0.5, -20.0]), optimizer.new_slots(2, np.float64), 0.1, t=1)
    >>> w
    array([0.9, 1.1])
    """

    kind = "lion"
    label = "Lion"
    keras_name = "Lion"
    keras_settings: ClassVar[dict[str, str]] = {"decay_mean": "beta_1", "decay_square": "beta_2"}
    slot_names = ("mean",)
    learning_rate: float | Schedule = 1e-3
    decay_mean: float = 0.9  # β₁
    decay_square: float = 0.99  # β₂

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        mean = slots["mean"]
        weights -= learning_rate * np.sign(
            self.decay_mean * mean + (1 - self.decay_mean) * gradient
        )
        mean *= self.decay_square
        mean += (1 - self.decay_square) * gradient

"""Optimizers that divide by the root of squared gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from deltarule._common import checks
from deltarule.optimizers.base import OPTIMIZERS, Array, Slots, Stepwise
from deltarule.schedules import Schedule

__all__ = ["AdaGrad", "Adadelta", "RMSprop"]


@OPTIMIZERS.register
@dataclass(frozen=True)
class AdaGrad(Stepwise):
    """AdaGrad: s ← s + g², w ← w − η g / (√s + ε).

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.01
        Learning rate η > 0 of each update.
    initial_square_sum : float, default 0.0
        Value of s before the first update, at least 0.
    epsilon : float, default 1e-10
        Constant ε > 0 in the denominator.
    epsilon_inside_root : bool, default False
        Whether the denominator is √(s + ε), as in Keras and Optax.
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
    By default ε is outside the root and s starts at 0, as in PyTorch; Keras and Optax start s at 0.1.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", 2011.
    """

    kind = "adagrad"
    label = "AdaGrad"
    keras_name = "Adagrad"
    keras_settings: ClassVar[dict[str, str]] = {
        "initial_square_sum": "initial_accumulator_value",
        "epsilon": "epsilon",
    }
    slot_names = ("square_sum",)
    learning_rate: float | Schedule = 1e-2
    optional: ClassVar[dict[str, Any]] = {**Stepwise.optional, "epsilon_inside_root": False}
    initial_square_sum: float = 0.0
    epsilon: float = 1e-10
    epsilon_inside_root: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.number("AdaGrad.initial_square_sum", self.initial_square_sum, at_least=0)

    def new_slots(self, size: int, dtype: Any) -> Slots:
        return {"square_sum": np.full(size, self.initial_square_sum, dtype)}

    def formula_settings(self) -> dict[str, float]:
        return {"epsilon_inside" if self.epsilon_inside_root else "epsilon": self.epsilon}

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        square_sum = slots["square_sum"]
        square_sum += gradient * gradient
        if self.epsilon_inside_root:
            weights -= learning_rate * gradient / np.sqrt(square_sum + self.epsilon)
        else:
            weights -= learning_rate * gradient / (np.sqrt(square_sum) + self.epsilon)


@OPTIMIZERS.register
@dataclass(frozen=True)
class Adadelta(Stepwise):
    """Adadelta: steps in the ratio of the root mean squares of past steps and gradients.

    Parameters
    ----------
    learning_rate : float or Schedule, default 1.0
        Learning rate η > 0 of each update.
    decay : float, default 0.95
        Decay ρ of both means, 0 ≤ ρ < 1.
    epsilon : float, default 1e-06
        Constant ε > 0 inside both roots.
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
    s ← ρ s + (1−ρ) g², d = √(u + ε) / √(s + ε) · g, u ← ρ u + (1−ρ) d², w ← w − η d, with η = 1 in
    the paper. With Keras's default η of 0.001 it is very slow.

    References
    ----------
    M. D. Zeiler, "ADADELTA: an adaptive learning rate method", 2012, algorithm 1.
    """

    kind = "adadelta"
    label = "Adadelta"
    keras_name = "Adadelta"
    keras_settings: ClassVar[dict[str, str]] = {"decay": "rho", "epsilon": "epsilon"}
    slot_names = ("square", "step_square")
    learning_rate: float | Schedule = 1.0
    decay: float = 0.95  # ρ
    epsilon: float = 1e-6

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        square, step_square = slots["square"], slots["step_square"]
        square *= self.decay
        square += (1 - self.decay) * gradient * gradient
        step = np.sqrt(step_square + self.epsilon) / np.sqrt(square + self.epsilon) * gradient
        step_square *= self.decay
        step_square += (1 - self.decay) * step * step
        weights -= learning_rate * step


@OPTIMIZERS.register
@dataclass(frozen=True)
class RMSprop(Stepwise):
    """RMSprop: s ← ρ s + (1−ρ) g², w ← w − η g / (√s + ε).

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        Learning rate η > 0 of each update.
    decay : float, default 0.9
        Decay ρ of the squared gradient's mean, 0 ≤ ρ < 1.
    epsilon : float, default 1e-07
        Constant ε > 0 in the denominator.
    epsilon_inside_root : bool, default False
        Whether the denominator is √(s + ε), as in Keras. The two forms differ for gradients below √ε.
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
    By default ε is outside the root, as in PyTorch.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5: RMSprop", Coursera, 2012.
    """

    kind = "rmsprop"
    label = "RMSprop"
    keras_name = "RMSprop"
    keras_settings: ClassVar[dict[str, str]] = {"decay": "rho", "epsilon": "epsilon"}
    slot_names = ("square",)
    learning_rate: float | Schedule = 1e-3
    decay: float = 0.9  # ρ
    epsilon: float = 1e-7
    epsilon_inside_root: bool = False

    def formula_settings(self) -> dict[str, float]:
        epsilon = "epsilon_inside" if self.epsilon_inside_root else "epsilon"
        return {"decay": self.decay, epsilon: self.epsilon}

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        square = slots["square"]
        square *= self.decay
        square += (1 - self.decay) * gradient * gradient
        if self.epsilon_inside_root:
            weights -= learning_rate * gradient / np.sqrt(square + self.epsilon)
        else:
            weights -= learning_rate * gradient / (np.sqrt(square) + self.epsilon)

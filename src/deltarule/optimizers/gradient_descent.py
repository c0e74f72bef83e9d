"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deltarule.optimizers.base import OPTIMIZERS, Array, Slots, Stepwise
from deltarule.schedules import Schedule

__all__ = ["GradientDescent", "Momentum", "Nesterov"]


@OPTIMIZERS.register
@dataclass(frozen=True)
class GradientDescent(Stepwise):
    """Gradient descent: w ← w − η g.

    With one sample per update it is stochastic gradient descent.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.1
        Learning rate η > 0 of each update.
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

    References
    ----------
    A. Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", 1847.

    H. Robbins and S. Monro, "A stochastic approximation method", 1951.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.optimizers import GradientDescent
    >>> w = np.array([1.0, 2.0])
    >>> GradientDescent().update(w, np.array([10.0, 0.0]), {}, 0.1, t=1)
    >>> w
    array([0., 2.])
    """

    kind = "gradient_descent"
    aliases = ("sgd",)
    keras_name = "SGD"
    learning_rate: float | Schedule = 1e-1

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        weights -= learning_rate * gradient


@OPTIMIZERS.register
@dataclass(frozen=True)
class Momentum(Stepwise):
    """Gradient descent with momentum: v ← μ v − η g, w ← w + v.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.01
        Learning rate η > 0 of each update.
    momentum : float, default 0.9
        Momentum μ, 0 ≤ μ < 1.
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
    η is inside v, as in Keras and scikit-learn. PyTorch's v ← μ v + g, w ← w − η v is the same while
    η is constant.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.

    Examples
    --------
    >>> from deltarule.optimizers import Momentum
    >>> Momentum(0.1, 0.95).slot_names
    ('velocity',)
    """

    kind = "momentum"
    label = "gradient descent with momentum"
    keras_name = "SGD"
    keras_settings: ClassVar[dict[str, str]] = {"momentum": "momentum"}
    slot_names = ("velocity",)
    learning_rate: float | Schedule = 1e-2
    momentum: float = 0.9  # μ

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        velocity = slots["velocity"]
        velocity *= self.momentum
        velocity -= learning_rate * gradient
        weights += velocity


@OPTIMIZERS.register
@dataclass(frozen=True)
class Nesterov(Stepwise):
    """Nesterov's momentum: v ← μ v − η g, w ← w + μ v − η g.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.01
        Learning rate η > 0 of each update.
    momentum : float, default 0.9
        Momentum μ, 0 ≤ μ < 1.
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
    Written so that g is the gradient at w itself, as in Keras, PyTorch and scikit-learn (Bengio et
    al. 2013).

    References
    ----------
    Y. Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k²)",
    1983.

    I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and
    momentum in deep learning", 2013.
    """

    kind = "nesterov"
    label = "Nesterov's momentum"
    keras_name = "SGD"
    keras_settings: ClassVar[dict[str, str]] = {"momentum": "momentum"}
    keras_extras: ClassVar[dict[str, Any]] = {"nesterov": True}
    slot_names = ("velocity",)
    learning_rate: float | Schedule = 1e-2
    momentum: float = 0.9  # μ

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        velocity = slots["velocity"]
        velocity *= self.momentum
        velocity -= learning_rate * gradient
        weights += self.momentum * velocity - learning_rate * gradient

"""Adam and its variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.optimizers.base import OPTIMIZERS, Array, Slots, Stepwise
from deltarule.schedules import Schedule, as_number_or_schedule

__all__ = ["AMSGrad", "Adam", "AdamW", "Nadam"]


@OPTIMIZERS.register
@dataclass(frozen=True)
class Adam(Stepwise):
    """Adam: adaptive moment estimation.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        Learning rate η > 0 of each update.
    decay_mean : float, default 0.9
        Decay β₁ of the gradient's mean, 0 ≤ β₁ < 1.
    decay_square : float, default 0.999
        Decay β₂ of the squared gradient's mean, 0 ≤ β₂ < 1.
    epsilon : float, default 1e-08
        Constant ε > 0 in the denominator.
    epsilon_uncorrected : bool, default False
        Whether ε is added to √v before the correction of its bias, as in Keras and scikit-learn: it then
        acts as ε / √(1−β₂ᵗ), which is 32 ε in the first update.
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
    m ← β₁ m + (1−β₁) g and v ← β₂ v + (1−β₂) g²; then w ← w − η m̂ / (√v̂ + ε) with m̂ = m / (1−β₁ᵗ)
    and v̂ = v / (1−β₂ᵗ). By default ε is added to √v̂, as in PyTorch; the ε̂ of the paper's section 2 is
    `epsilon_uncorrected`.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.optimizers import Adam
    >>> optimizer, w = Adam(), np.array([1.0, 1.0])
    >>> slots = optimizer.new_slots(2, np.float64)
    >>> optimizer.update(w, np.array([0.5, -20.0]), slots, 0.1, t=1)
    >>> w.round(3)  # the first step has the size of the learning rate
    array([0.9, 1.1])
    """

    kind = "adam"
    label = "Adam"
    keras_name = "Adam"
    keras_settings: ClassVar[dict[str, str]] = {
        "decay_mean": "beta_1",
        "decay_square": "beta_2",
        "epsilon": "epsilon",
    }
    optional: ClassVar[dict[str, Any]] = {**Stepwise.optional, "epsilon_uncorrected": False}
    slot_names = ("mean", "square")
    learning_rate: float | Schedule = 1e-3
    decay_mean: float = 0.9  # β₁
    decay_square: float = 0.999  # β₂
    epsilon: float = 1e-8
    epsilon_uncorrected: bool = False

    def formula_settings(self) -> dict[str, float]:
        return _formula_settings(self)

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        _update_moments(self, gradient, slots)
        mean, square = _unbiased(self, slots["mean"], slots["square"], t)
        weights -= learning_rate * mean / (np.sqrt(square) + _epsilon(self, t))


@OPTIMIZERS.register
@dataclass(frozen=True)
class AdamW(Stepwise):
    """AdamW: w ← w − η λ w, then the step of Adam (decoupled weight decay).

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        Learning rate η > 0 of each update.
    weight_decay : float or Schedule, default 0.01
        Weight decay λ, at least 0.
    decay_mean : float, default 0.9
        Decay β₁ of the gradient's mean, 0 ≤ β₁ < 1.
    decay_square : float, default 0.999
        Decay β₂ of the squared gradient's mean, 0 ≤ β₂ < 1.
    epsilon : float, default 1e-08
        Constant ε > 0 in the denominator.
    epsilon_uncorrected : bool, default False
        Whether ε is added to √v before the correction of its bias, as in Keras and scikit-learn: it then
        acts as ε / √(1−β₂ᵗ), which is 32 ε in the first update.
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
    λ does not enter the gradient. It applies to all parameters, biases included, as in PyTorch and
    Keras; a layer's ``decay_factor`` multiplies it.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019, algorithm 2 with λ
    scaled by η.

    Examples
    --------
    >>> from deltarule.optimizers import AdamW
    >>> from deltarule.schedules import Cosine
    >>> AdamW(Cosine(0.01), weight_decay=0.05).weight_decay
    0.05
    """

    kind = "adamw"
    label = "AdamW"
    keras_name = "AdamW"
    keras_settings: ClassVar[dict[str, str]] = {
        "weight_decay": "weight_decay",
        **Adam.keras_settings,
    }
    optional: ClassVar[dict[str, Any]] = {**Stepwise.optional, "epsilon_uncorrected": False}
    slot_names = ("mean", "square")
    learning_rate: float | Schedule = 1e-3
    weight_decay: float | Schedule = 1e-2  # λ
    decay_mean: float = 0.9  # β₁
    decay_square: float = 0.999  # β₂
    epsilon: float = 1e-8
    epsilon_uncorrected: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        as_number_or_schedule("AdamW.weight_decay", self.weight_decay)

    def formula_settings(self) -> dict[str, float]:
        return _formula_settings(self)

    def update(
        self,
        weights: Array,
        gradient: Array,
        slots: Slots,
        learning_rate: float | Array,
        t: int,
        weight_decay: float | Array | None = None,
    ) -> None:
        """Make one update in place.

        Parameters
        ----------
        weights : ndarray of shape (n_parameters,)
            Parameters, changed in place.
        gradient : ndarray of shape (n_parameters,)
            Gradient of the loss.
        slots : dict of str to ndarray
            Arrays of shape (n_parameters,) that the optimizer keeps, changed in place.
        learning_rate : float or ndarray of shape (n_parameters,)
            Learning rate η of this update.
        t : int
            Number of the update, from 1.
        weight_decay : float or ndarray of shape (n_parameters,), optional
            Weight decay λ of this update; by default the optimizer's setting.

        Raises
        ------
        SettingError
            If the setting is a schedule and `weight_decay` is not given.
        """
        _update_moments(self, gradient, slots)
        mean, square = _unbiased(self, slots["mean"], slots["square"], t)
        decay = self.weight_decay if weight_decay is None else weight_decay
        if isinstance(decay, Schedule):
            raise SettingError(
                "AdamW.weight_decay",
                "is a schedule, which has a value only for an update",
                hint="Pass the number of the update.",
            )
        weights *= 1 - learning_rate * decay
        weights -= learning_rate * mean / (np.sqrt(square) + _epsilon(self, t))


@OPTIMIZERS.register
@dataclass(frozen=True)
class Nadam(Stepwise):
    """Nadam: Adam with Nesterov's momentum.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        Learning rate η > 0 of each update.
    decay_mean : float, default 0.9
        Decay β₁ of the gradient's mean, 0 ≤ β₁ < 1.
    decay_square : float, default 0.999
        Decay β₂ of the squared gradient's mean, 0 ≤ β₂ < 1.
    epsilon : float, default 1e-08
        Constant ε > 0 in the denominator.
    momentum_decay : float, default 0.004
        Rate ψ at which the momentum approaches β₁, at least 0.
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
    μₜ = β₁ (1 − ½ · 0.96^(ψ t)) and Πₜ = μ₁ ⋯ μₜ; m, v and v̂ as in Adam. Then
    m̂ = μₜ₊₁ m / (1 − Πₜ₊₁) + (1 − μₜ) g / (1 − Πₜ) and w ← w − η m̂ / (√v̂ + ε), as in PyTorch and
    Keras.

    References
    ----------
    T. Dozat, "Incorporating Nesterov momentum into Adam", 2016.
    """

    kind = "nadam"
    label = "Nadam"
    keras_name = "Nadam"
    keras_settings = Adam.keras_settings
    slot_names = ("mean", "square", "momentum_product")
    learning_rate: float | Schedule = 1e-3
    decay_mean: float = 0.9  # β₁
    decay_square: float = 0.999  # β₂
    epsilon: float = 1e-8
    momentum_decay: float = 4e-3  # ψ

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.number("Nadam.momentum_decay", self.momentum_decay, at_least=0)

    def new_slots(self, size: int, dtype: Any) -> Slots:
        slots = super().new_slots(size, dtype)
        slots["momentum_product"] = np.ones(1)  # Πₜ, one float64 for all parameters
        return slots

    def momentum_at(self, t: int) -> float:
        """Return the momentum of an update.

        Parameters
        ----------
        t : int
            Number of the update, from 1.

        Returns
        -------
        float
            The momentum μₜ.
        """
        return float(self.decay_mean * (1 - 0.5 * 0.96 ** (t * self.momentum_decay)))

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        _update_moments(self, gradient, slots)
        now, following = self.momentum_at(t), self.momentum_at(t + 1)
        slots["momentum_product"] *= now
        product = float(slots["momentum_product"][0])
        mean = (following / (1 - product * following)) * slots["mean"]
        mean += ((1 - now) / (1 - product)) * gradient
        square = slots["square"] / (1 - self.decay_square**t)
        weights -= learning_rate * mean / (np.sqrt(square) + self.epsilon)


@OPTIMIZERS.register
@dataclass(frozen=True)
class AMSGrad(Stepwise):
    """AMSGrad: Adam with the largest v so far in the denominator.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        Learning rate η > 0 of each update.
    decay_mean : float, default 0.9
        Decay β₁ of the gradient's mean, 0 ≤ β₁ < 1.
    decay_square : float, default 0.999
        Decay β₂ of the squared gradient's mean, 0 ≤ β₂ < 1.
    epsilon : float, default 1e-08
        Constant ε > 0 in the denominator.
    epsilon_uncorrected : bool, default False
        Whether ε is added to √v before the correction of its bias, as in Keras and scikit-learn: it then
        acts as ε / √(1−β₂ᵗ), which is 32 ε in the first update.
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
    vₘ ← max(vₘ, v) replaces v; m̂ and v̂ are corrected for bias as in PyTorch and Keras.

    References
    ----------
    S. J. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", 2018, algorithm 2.
    """

    kind = "amsgrad"
    label = "AMSGrad"
    keras_name = "Adam"
    keras_settings = Adam.keras_settings
    keras_extras: ClassVar[dict[str, Any]] = {"amsgrad": True}
    optional: ClassVar[dict[str, Any]] = {**Stepwise.optional, "epsilon_uncorrected": False}
    slot_names = ("mean", "square", "square_max")
    learning_rate: float | Schedule = 1e-3
    decay_mean: float = 0.9  # β₁
    decay_square: float = 0.999  # β₂
    epsilon: float = 1e-8
    epsilon_uncorrected: bool = False

    def formula_settings(self) -> dict[str, float]:
        return _formula_settings(self)

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        _update_moments(self, gradient, slots)
        np.maximum(slots["square_max"], slots["square"], out=slots["square_max"])
        mean, square = _unbiased(self, slots["mean"], slots["square_max"], t)
        weights -= learning_rate * mean / (np.sqrt(square) + _epsilon(self, t))


def _formula_settings(rule: Adam | AdamW | AMSGrad) -> dict[str, float]:
    epsilon = "epsilon_uncorrected" if rule.epsilon_uncorrected else "epsilon"
    moments = {"decay_mean": rule.decay_mean, "decay_square": rule.decay_square}
    return {**moments, epsilon: rule.epsilon}


def _epsilon(rule: Adam | AdamW | AMSGrad, t: int) -> float:
    """Return what is added to √v̂."""
    if not rule.epsilon_uncorrected:
        return rule.epsilon
    return float(rule.epsilon / np.sqrt(1 - rule.decay_square**t))


def _update_moments(rule: Adam | AdamW | AMSGrad | Nadam, gradient: Array, slots: Slots) -> None:
    slots["mean"] *= rule.decay_mean
    slots["mean"] += (1 - rule.decay_mean) * gradient
    slots["square"] *= rule.decay_square
    slots["square"] += (1 - rule.decay_square) * gradient * gradient


def _unbiased(
    rule: Adam | AdamW | AMSGrad, mean: Array, square: Array, t: int
) -> tuple[Array, Array]:
    return mean / (1 - rule.decay_mean**t), square / (1 - rule.decay_square**t)

"""Optimizers: how a gradient g changes the parameters w; formula, source and NumPy beside each other.

`update` works in place on flat vectors of one dtype: `weights` and `gradient` of shape (size,), and
`slots`, the optimizer's memory of the same shape, named by `slot_names`. t counts updates from 1; η is
an argument, because a schedule decides it. To add one, write the class here and its formula in
`native/core/optimizers.hpp`; the contract grid tests it on every engine.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule.errors import SettingError
from deltarule.schedules import SCHEDULES, Schedule, as_number_or_schedule, as_schedule

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "AMSGrad",
    "AdaGrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "GradientDescent",
    "Momentum",
    "Nadam",
    "Nesterov",
    "Optimizer",
    "RMSprop",
    "Stepwise",
    "clip_gradient",
]

Array = NDArray[Any]
Slots = dict[str, Array]


@dataclass(frozen=True)
class Optimizer(Description):
    """Base of all optimizers.

    `clip_norm`: where the Euclidean norm of the whole gradient exceeds it, the gradient is scaled down
    to that norm before anything else is done with it (Pascanu et al. 2013); None: never.
    """

    slot_names: ClassVar[tuple[str, ...]] = ()
    keras_name: ClassVar[str | None] = None  # class in Keras; None: it has no such class
    keras_settings: ClassVar[dict[str, str]] = {}  # our setting → the argument of that class
    keras_extras: ClassVar[dict[str, Any]] = {}  # arguments of that class with a fixed value
    clip_norm: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.clip_norm is not None:
            checks.number(f"{type(self).__name__}.clip_norm", self.clip_norm, above=0)


OPTIMIZERS: Family[Optimizer] = Family("optimizer")


@dataclass(frozen=True)
class Stepwise(Optimizer):
    """An optimizer that takes one step per batch, as all but L-BFGS do."""

    learning_rate: float | Schedule = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        as_schedule(self.learning_rate, f"{type(self).__name__}.learning_rate")
        for name in ("momentum", "decay", "decay_mean", "decay_square"):
            if hasattr(self, name):
                value = getattr(self, name)
                checks.number(f"{type(self).__name__}.{name}", value, at_least=0, below=1)
        if hasattr(self, "epsilon"):
            checks.number(f"{type(self).__name__}.epsilon", self.epsilon, above=0)

    @property
    def schedule(self) -> Schedule:
        """The learning rate as a schedule."""
        return as_schedule(self.learning_rate, f"{type(self).__name__}.learning_rate")

    def new_slots(self, size: int, dtype: Any) -> Slots:
        """Return the memory before the first update: zeros of shape (size,) for each name."""
        return {name: np.zeros(size, dtype) for name in self.slot_names}

    def formula_settings(self) -> dict[str, float]:
        """Return the settings of the update formula that are the same in each update, by name."""
        others = ("learning_rate", "weight_decay", "clip_norm")
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in others}

    @abstractmethod
    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        """Change `weights` and `slots` in place by update number t (from 1).

        `learning_rate`: one number, or one for each parameter.
        """


@OPTIMIZERS.register
@dataclass(frozen=True)
class GradientDescent(Stepwise):
    """w ← w − η g (Cauchy 1847); with one sample at a time, Robbins and Monro's (1951) SGD."""

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
    """v ← μ v − η g        w ← w + v   (Polyak 1964)

    η stands inside v, as in Keras and scikit-learn; PyTorch's v ← μ v + g, w ← w − η v is the same as
    long as η is constant.
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
    """v ← μ v − η g        w ← w + μ v − η g   (Nesterov 1983; Sutskever et al. 2013 as rewritten by
    Bengio et al. 2013, so that g is taken at w itself, as in Keras, PyTorch and scikit-learn)
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


@OPTIMIZERS.register
@dataclass(frozen=True)
class AdaGrad(Stepwise):
    """s ← s + g²        w ← w − η g / (√s + ε)   (Duchi et al. 2011)

    ε stands outside the root, as in PyTorch; Keras and Optax start s at 0.1 and put ε inside.
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
    initial_square_sum: float = 0.0
    epsilon: float = 1e-10

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.number("AdaGrad.initial_square_sum", self.initial_square_sum, at_least=0)

    def new_slots(self, size: int, dtype: Any) -> Slots:
        return {"square_sum": np.full(size, self.initial_square_sum, dtype)}

    def formula_settings(self) -> dict[str, float]:
        return {"epsilon": self.epsilon}

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        square_sum = slots["square_sum"]
        square_sum += gradient * gradient
        weights -= learning_rate * gradient / (np.sqrt(square_sum) + self.epsilon)


@OPTIMIZERS.register
@dataclass(frozen=True)
class Adadelta(Stepwise):
    """s ← ρ s + (1−ρ) g²     d = √(u + ε) / √(s + ε) · g     u ← ρ u + (1−ρ) d²     w ← w − η d

    Zeiler (2012), algorithm 1, where η = 1. Keras's default η of 0.001 makes it crawl.
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
    """s ← ρ s + (1−ρ) g²        w ← w − η g / (√s + ε)   (Tieleman and Hinton 2012, lecture 6.5)

    ε stands outside the root, as in PyTorch. With `epsilon_inside_root` the root is √(s + ε), as in
    Keras: gradients below √ε then count for less, and the two part where gradients are that small.
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

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.flag("RMSprop.epsilon_inside_root", self.epsilon_inside_root)

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


@OPTIMIZERS.register
@dataclass(frozen=True)
class Adam(Stepwise):
    """Adaptive moments (Kingma and Ba 2015, algorithm 1).

    m ← β₁ m + (1−β₁) g        v ← β₂ v + (1−β₂) g²
    w ← w − η m̂ / (√v̂ + ε)    with m̂ = m / (1−β₁ᵗ), v̂ = v / (1−β₂ᵗ)

    ε stands outside the root and beside √v̂, as in PyTorch; Keras and scikit-learn put it beside √v.
    """

    kind = "adam"
    label = "Adam"
    keras_name = "Adam"
    keras_settings: ClassVar[dict[str, str]] = {
        "decay_mean": "beta_1",
        "decay_square": "beta_2",
        "epsilon": "epsilon",
    }
    slot_names = ("mean", "square")
    learning_rate: float | Schedule = 1e-3
    decay_mean: float = 0.9  # β₁
    decay_square: float = 0.999  # β₂
    epsilon: float = 1e-8

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        _update_moments(self, gradient, slots)
        mean, square = _unbiased(self, slots["mean"], slots["square"], t)
        weights -= learning_rate * mean / (np.sqrt(square) + self.epsilon)


@OPTIMIZERS.register
@dataclass(frozen=True)
class AdamW(Stepwise):
    """w ← w − η λ w, then Adam's step (Loshchilov and Hutter 2019, algorithm 2, λ scaled by η).

    The decay λ is no part of the gradient. It holds for all parameters, biases too, as in PyTorch and
    Keras; a layer's `decay_factor` multiplies it for that layer's parameters. λ may be a schedule.
    """

    kind = "adamw"
    label = "AdamW"
    keras_name = "AdamW"
    keras_settings: ClassVar[dict[str, str]] = {
        "weight_decay": "weight_decay",
        **Adam.keras_settings,
    }
    slot_names = ("mean", "square")
    learning_rate: float | Schedule = 1e-3
    weight_decay: float | Schedule = 1e-2  # λ
    decay_mean: float = 0.9  # β₁
    decay_square: float = 0.999  # β₂
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        as_number_or_schedule("AdamW.weight_decay", self.weight_decay)

    def update(
        self,
        weights: Array,
        gradient: Array,
        slots: Slots,
        learning_rate: float | Array,
        t: int,
        weight_decay: float | Array | None = None,
    ) -> None:
        """Change `weights` and `slots` in place; `weight_decay`: λ of this update, by default the own."""
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
        weights -= learning_rate * mean / (np.sqrt(square) + self.epsilon)


@OPTIMIZERS.register
@dataclass(frozen=True)
class AMSGrad(Stepwise):
    """Adam with v̂ taken from the largest v so far, vₘ ← max(vₘ, v) (Reddi et al. 2018, algorithm 2),
    m̂ and v̂ unbiased as in PyTorch and Keras.
    """

    kind = "amsgrad"
    label = "AMSGrad"
    keras_name = "Adam"
    keras_settings = Adam.keras_settings
    keras_extras: ClassVar[dict[str, Any]] = {"amsgrad": True}
    slot_names = ("mean", "square", "square_max")
    learning_rate: float | Schedule = 1e-3
    decay_mean: float = 0.9  # β₁
    decay_square: float = 0.999  # β₂
    epsilon: float = 1e-8

    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        _update_moments(self, gradient, slots)
        np.maximum(slots["square_max"], slots["square"], out=slots["square_max"])
        mean, square = _unbiased(self, slots["mean"], slots["square_max"], t)
        weights -= learning_rate * mean / (np.sqrt(square) + self.epsilon)


@OPTIMIZERS.register
@dataclass(frozen=True)
class Nadam(Stepwise):
    """Adam with Nesterov's momentum (Dozat 2016), with its warming momentum, as PyTorch and Keras.

    μₜ = β₁ (1 − ½ · 0.96^(ψ t))     Πₜ = μ₁ ⋯ μₜ     m, v and v̂ as in Adam
    m̂ = μₜ₊₁ m / (1 − Πₜ₊₁) + (1 − μₜ) g / (1 − Πₜ)        w ← w − η m̂ / (√v̂ + ε)
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
        """Return μₜ, t from 1."""
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
class LBFGS(Optimizer):
    """L-BFGS (Liu and Nocedal 1989) through SciPy's L-BFGS-B; full batches only, one epoch an iteration.

    `history_size`: how many past steps shape the estimate of curvature. `gradient_tolerance`: training
    ends when no component of the gradient is larger. `loss_tolerance`: training ends when an iteration
    lowers the loss by no more than this share of max(|loss|, 1); 0: never (SciPy's default is 2.2e-9).
    Needs the extra `deltarule[lbfgs]`.
    """

    kind = "lbfgs"
    label = "L-BFGS"
    history_size: int = 10
    gradient_tolerance: float = 1e-5
    max_evaluations: int = 15000
    loss_tolerance: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("LBFGS.history_size", self.history_size, at_least=1)
        checks.number("LBFGS.gradient_tolerance", self.gradient_tolerance, at_least=0)
        checks.integer("LBFGS.max_evaluations", self.max_evaluations, at_least=1)
        checks.number("LBFGS.loss_tolerance", self.loss_tolerance, at_least=0)


def clip_gradient(gradient: Array, clip_norm: float | None) -> float:
    """Scale `gradient` in place to at most `clip_norm`; return its Euclidean norm from before."""
    norm = float(np.sqrt(np.sum(np.square(gradient, dtype=np.float64))))
    if clip_norm is not None and norm > clip_norm:
        gradient *= clip_norm / norm
    return norm


def _update_moments(rule: Adam | AdamW | AMSGrad | Nadam, gradient: Array, slots: Slots) -> None:
    slots["mean"] *= rule.decay_mean
    slots["mean"] += (1 - rule.decay_mean) * gradient
    slots["square"] *= rule.decay_square
    slots["square"] += (1 - rule.decay_square) * gradient * gradient


def _unbiased(
    rule: Adam | AdamW | AMSGrad, mean: Array, square: Array, t: int
) -> tuple[Array, Array]:
    return mean / (1 - rule.decay_mean**t), square / (1 - rule.decay_square**t)


OPTIMIZERS.nest("learning_rate", SCHEDULES)
OPTIMIZERS.nest("weight_decay", SCHEDULES)

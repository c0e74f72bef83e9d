"""Optimizers: first steps by hand, a valley that all of them must walk down, settings out of range."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from deltarule.errors import SettingError
from deltarule.optimizers import (
    LBFGS,
    OPTIMIZERS,
    Adadelta,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Momentum,
    Nadam,
    Nesterov,
    RMSprop,
    Stepwise,
    clip_gradient,
)

STEPWISE = [m for m in OPTIMIZERS.members.values() if issubclass(m, Stepwise)]


def walk(
    optimizer: Stepwise, gradients: list[float], start: float = 1.0, rate: float = 0.1
) -> float:
    """Return one parameter after updates with the given gradients."""
    weights = np.array([start])
    slots = optimizer.new_slots(1, np.float64)
    for t, gradient in enumerate(gradients, start=1):
        optimizer.update(weights, np.array([gradient]), slots, rate, t)
    return float(weights[0])


@pytest.mark.parametrize(
    ("optimizer", "gradients", "expected"),
    [
        # start 1, η = 0.1, g = 2
        (GradientDescent(), [2], 0.8),
        (Momentum(momentum=0.9), [2], 0.8),
        (Momentum(momentum=0.9), [2, 2], 0.8 - 0.38),  # v = 0.9 · −0.2 − 0.2
        (Nesterov(momentum=0.9), [2], 1 - 0.18 - 0.2),  # 0.9 · −0.2 − 0.2
        (Nesterov(momentum=0.9), [2, 2], 0.62 - 0.9 * 0.38 - 0.2),
        (AdaGrad(epsilon=1e-300), [2], 0.9),
        (AdaGrad(epsilon=1e-300), [3, 4], 0.9 - 0.1 * 4 / 5),  # √(9 + 16) = 5
        (AdaGrad(initial_square_sum=5.0, epsilon=1.0), [2], 1 - 0.1 * 2 / 4),  # √(5 + 4) + 1
        # s = 0.1 · 4, d = √ε / √(0.4 + ε) · 2
        (Adadelta(decay=0.9, epsilon=0.1), [2], 1 - 0.1 * math.sqrt(0.1 / 0.5) * 2),
        (RMSprop(decay=0.75, epsilon=1.0), [2], 1 - 0.1 * 2 / (1 + 1)),  # √(¼ · 4) = 1
        (
            RMSprop(decay=0.75, epsilon=3.0, epsilon_inside_root=True),
            [2],
            1 - 0.1 * 2 / math.sqrt(1 + 3),
        ),
        (RMSprop(decay=0.75, epsilon=1.0), [2, 2], 0.9 - 0.1 * 2 / (math.sqrt(1.75) + 1)),
        (Adam(epsilon=1e-300), [2], 0.9),  # m̂ = g, √v̂ = |g|
        (Adam(epsilon=2.0), [2], 1 - 0.1 * 2 / 4),
        # m = ½ · 1 + ½ · 3 → m̂ = 1.75 / ¾, v = ½ · ½ + ½ · 9 → v̂ = 4.75 / ¾
        (
            Adam(decay_mean=0.5, decay_square=0.5, epsilon=1e-300),
            [1, 3],
            0.9 - 0.1 * (1.75 / 0.75) / math.sqrt(4.75 / 0.75),
        ),
        (AdamW(weight_decay=0.5, epsilon=1e-300), [2], 1 - 0.1 * 0.5 - 0.1),
        (AdamW(weight_decay=0.5), [0], 0.95),  # decay alone, no part of the gradient
        # the large first v stays: v = ½ · 16 = 8, then 4 + ½ = 4.5 < 8
        (
            AMSGrad(decay_mean=0.5, decay_square=0.5, epsilon=1e-300),
            [4, 1],
            0.9 - 0.1 * (1.5 / 0.75) / math.sqrt(8 / 0.75),
        ),
        # ψ = 0: μ = β₁/2 = 0.4 at every t; m = 0.2 g, m̂ = 0.4 · 0.2 g / (1 − 0.16) + 0.6 g / 0.6
        (
            Nadam(decay_mean=0.8, momentum_decay=0.0, epsilon=1e-300),
            [2],
            1 - 0.1 * (0.4 * 0.2 / 0.84 + 1),
        ),
    ],
    ids=str,
)
def test_first_steps_by_hand(optimizer: Stepwise, gradients: list[float], expected: float) -> None:
    assert walk(optimizer, gradients) == pytest.approx(expected, rel=1e-12)


def test_the_momentum_of_nadam_warms_up() -> None:
    """μₜ = 0.9 (1 − ½ · 0.96^(t/250)): 0.45 at the start, 0.9 in the end."""
    rule = Nadam()
    assert rule.momentum_at(0) == pytest.approx(0.45)
    assert rule.momentum_at(250) == pytest.approx(0.9 * (1 - 0.48))
    assert rule.momentum_at(10**7) == pytest.approx(0.9)


@pytest.mark.parametrize("member", STEPWISE, ids=lambda m: m.__name__)
def test_every_optimizer_minimizes_a_quadratic(member: type[Stepwise]) -> None:
    """J = ½ (10 a² + b²), from (1, 1), each with a learning rate that suits it."""
    rates = {"gradient_descent": 0.05, "adagrad": 0.5, "adadelta": 30.0}
    optimizer = member()
    weights, curvature = np.ones(2), np.array([10.0, 1.0])
    slots = optimizer.new_slots(2, np.float64)
    for t in range(1, 401):
        rate = rates.get(optimizer.kind, 0.02) / (1 + t / 100)
        optimizer.update(weights, curvature * weights, slots, rate, t)
    assert 0.5 * float(curvature @ weights**2) < 1e-2 * 5.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("member", STEPWISE, ids=lambda m: m.__name__)
def test_updates_happen_in_place_and_keep_the_dtype(member: type[Stepwise], dtype: Any) -> None:
    optimizer = member()
    weights, gradient = np.ones(3, dtype), np.array([1, -2, 0], dtype)
    before = gradient.copy()
    slots = optimizer.new_slots(3, dtype)
    assert set(slots) == set(optimizer.slot_names)
    arrays = dict(slots)
    for t in (1, 2, 3):
        optimizer.update(weights, gradient, slots, 0.01, t)
    assert weights.dtype == dtype
    assert all(slots[name] is arrays[name] for name in arrays)
    assert all(a.dtype == dtype for a in arrays.values() if a.size > 1)
    assert np.array_equal(gradient, before)
    assert weights[0] < 1 < weights[1]


@pytest.mark.parametrize("member", STEPWISE, ids=lambda m: m.__name__)
def test_a_first_gradient_of_zero_changes_nothing(member: type[Stepwise]) -> None:
    """No 0 / 0: a dead unit must not turn into NaN."""
    optimizer = AdamW(weight_decay=0.0) if member is AdamW else member()
    assert walk(optimizer, [0.0, 0.0, 0.0]) == 1.0


def test_clipping_scales_down_to_the_norm_and_never_up() -> None:
    gradient = np.array([3.0, 4.0])
    assert clip_gradient(gradient, 10.0) == 5.0
    assert gradient.tolist() == [3, 4]
    assert clip_gradient(gradient, None) == 5.0
    assert clip_gradient(gradient, 1.0) == 5.0
    np.testing.assert_allclose(gradient, [0.6, 0.8], rtol=1e-15)


def test_clipping_a_large_float32_gradient_does_not_overflow() -> None:
    gradient = np.array([3e30, 4e30], np.float32)
    assert clip_gradient(gradient, 1.0) == pytest.approx(5e30, rel=1e-6)
    np.testing.assert_allclose(gradient, [0.6, 0.8], rtol=1e-6)


def test_arrays_and_values_are_clipped_by_themselves() -> None:
    gradient = np.array([3.0, 4.0, 0.5])
    GradientDescent(clip_array_norm=1.0).clip(gradient, [2, 1])
    np.testing.assert_allclose(gradient, [0.6, 0.8, 0.5], rtol=1e-15)
    gradient = np.array([3.0, -4.0, 0.5])
    GradientDescent(clip_value=1.0).clip(gradient, [2, 1])
    assert gradient.tolist() == [1, -1, 0.5]


def test_epsilon_before_the_correction_is_larger_in_the_first_updates() -> None:
    """The first step: m̂ = g, v̂ = g², and ε / √(1 − β₂) beside √v̂."""
    for member, start in ((Adam, 1.0), (AdamW, 1.0 - 1e-4), (AMSGrad, 1.0)):
        w = np.array([1.0])
        rule = member(0.01, epsilon=0.1, epsilon_uncorrected=True)
        rule.update(w, np.array([2.0]), rule.new_slots(1, np.float64), 0.01, t=1)
        assert w[0] == pytest.approx(start - 0.01 * 2 / (2 + 0.1 / math.sqrt(0.001)), rel=1e-12)


def test_newer_settings_are_written_only_where_they_are_used() -> None:
    assert set(Adam().to_json()) == {
        "kind", "learning_rate", "decay_mean", "decay_square", "epsilon", "clip_norm",
    }  # fmt: skip
    assert Adam(clip_value=1.0).to_json()["clip_value"] == 1.0


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Adam(0), "`Adam.learning_rate` must be greater than 0, got 0. Typical: 1e-4"),
        (lambda: Adam(-1e-3), "`Adam.learning_rate` must be greater than 0, got -0.001."),
        (lambda: Adam(decay_mean=1.0), "`Adam.decay_mean` must be at least 0 and less than 1"),
        (lambda: AMSGrad(decay_square=-0.1), "`AMSGrad.decay_square` must be at least 0"),
        (lambda: Momentum(momentum=1.0), "`Momentum.momentum` must be at least 0 and less than 1"),
        (lambda: RMSprop(epsilon=0.0), "`RMSprop.epsilon` must be greater than 0, got 0.0."),
        (lambda: Adadelta(decay=2), "`Adadelta.decay` must be at least 0 and less than 1, got 2."),
        (lambda: AdamW(weight_decay=-1), "`AdamW.weight_decay` must be at least 0, got -1."),
        (lambda: AdaGrad(initial_square_sum=-1), "`AdaGrad.initial_square_sum` must be at least"),
        (lambda: Nadam(momentum_decay=-1), "`Nadam.momentum_decay` must be at least 0, got -1."),
        (lambda: Adam(clip_value=0), "`Adam.clip_value` must be greater than 0, got 0."),
        (lambda: Nesterov(clip_norm=0), "`Nesterov.clip_norm` must be greater than 0, got 0."),
        (lambda: LBFGS(history_size=0), "`LBFGS.history_size` must be at least 1, got 0."),
        (lambda: LBFGS(gradient_tolerance=-1), "`LBFGS.gradient_tolerance` must be at least 0"),
        (
            lambda: LBFGS(clip_norm="1"),  # type: ignore[arg-type]
            "`LBFGS.clip_norm` must be a finite number greater than 0, got '1'.",
        ),
    ],
)  # fmt: skip
def test_settings_out_of_range(make: Any, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        make()
    assert str(caught.value).startswith(sentence)

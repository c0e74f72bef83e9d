"""Settings under Keras's names: schedules, clipping, targets and distributions, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import SettingError
from deltarule.keras.optimizers import schedules

FORMS: dict[str, tuple[Any, dict[int, float]]] = {
    "inverse": (schedules.InverseTimeDecay(0.6, 10, 1.0), {0: 0.6, 5: 0.4, 20: 0.2}),
    "inverse, in steps": (
        schedules.InverseTimeDecay(0.6, 10, 1.0, staircase=True), {9: 0.6, 10: 0.3, 19: 0.3},
    ),
    "linear": (schedules.PolynomialDecay(1.0, 10, 0.5), {0: 1.0, 4: 0.8, 10: 0.5, 99: 0.5}),
    "square": (schedules.PolynomialDecay(1.0, 10, 0.0, power=2), {5: 0.25}),
    "cycle": (
        schedules.PolynomialDecay(1.0, 10, 0.0, cycle=True), {10: 0.0, 11: 0.45, 20: 0.0, 30: 0.0},
    ),
    "warm-up": (
        schedules.CosineDecay(0.0, 10, 0.1, warmup_target=1.0, warmup_steps=4),
        {0: 0.0, 1: 0.25, 4: 1.0, 9: 0.55, 14: 0.1, 99: 0.1},
    ),
    "warm-up without a target": (schedules.CosineDecay(1.0, 10, warmup_steps=4), {0: 1.0, 5: 0.5}),
    "restarts": (
        schedules.CosineDecayRestarts(1.0, 4, m_mul=0.5), {2: 0.5, 4: 0.5, 8: 0.25, 12: 0.25},
    ),
    "equal restarts": (
        schedules.CosineDecayRestarts(1.0, 4, t_mul=1.0), {2: 0.5, 4: 1.0, 6: 0.5, 8: 1.0},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_schedules_by_hand(name: str) -> None:
    schedule, expected = FORMS[name]
    steps = np.array(list(expected))
    assert schedule(steps) == pytest.approx(list(expected.values()), abs=1e-12)
    assert [float(schedule(int(t))) for t in steps] == pytest.approx(schedule(steps).tolist())
    again = type(schedule)(**schedule.get_config())
    assert again(steps).tolist() == schedule(steps).tolist()


def test_settings_that_keras_takes_without_a_meaning_are_refused() -> None:
    with pytest.raises(SettingError, match=r"boundaries.*ascending"):
        schedules.PiecewiseConstantDecay([10, 5], [0.1, 0.2, 0.3])
    with pytest.raises(SettingError, match=r"AdamW.weight_decay.*must be a number"):
        keras.optimizers.AdamW(weight_decay=None)
    with pytest.raises(SettingError, match=r"AdamW.amsgrad"):
        keras.optimizers.AdamW(amsgrad=True)


def one_step(optimizer: Any, loss: Any = "mse") -> list[Any]:
    """Return the changes of kernel and bias: gradients (−24, −8) and −8 of two inputs 3 and 1."""
    model = keras.Sequential([keras.Input(2), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer, loss)
    model.fit(np.array([[3.0, 1.0]]), np.array([[4.0]]), verbose=0)
    return [weights.ravel().tolist() for weights in model.get_weights()]


def test_clipping_has_the_meaning_of_keras() -> None:
    """clipnorm limits kernel and bias each by itself, clipvalue each number, global_clipnorm all."""
    sgd = keras.optimizers.SGD
    kernel, bias = one_step(sgd(1.0, clipnorm=1.0))
    assert kernel == pytest.approx([3 / 10**0.5, 1 / 10**0.5], rel=1e-6)
    assert bias == [1.0]
    assert one_step(sgd(1.0, clipvalue=10.0)) == [[10.0, 8.0], [8.0]]
    kernel, bias = one_step(sgd(1.0, global_clipnorm=1.0))
    assert [*kernel, *bias] == pytest.approx([3 / 11**0.5, 1 / 11**0.5, 1 / 11**0.5], rel=1e-6)


def test_the_first_step_of_adam_has_epsilon_where_keras_has_it() -> None:
    """m̂ = g and ε is added to √v = √0.001 |g|: η g / (|g| + ε / √0.001)."""
    kernel, bias = one_step(keras.optimizers.Adam(1.0, epsilon=1.0))
    assert bias == pytest.approx([8 / (8 + 1000**0.5)], rel=1e-6)
    assert kernel == pytest.approx([24 / (24 + 1000**0.5), bias[0]], rel=1e-6)


def test_clipping_is_part_of_the_settings() -> None:
    config = keras.optimizers.Adamax(clipnorm=0.5).get_config()
    assert config["clipnorm"] == 0.5
    assert keras.optimizers.get({"class_name": "Adamax", "config": config}).clipnorm == 0.5


def test_targets_beyond_the_range_of_a_loss_count_as_its_limit_as_in_keras() -> None:
    model = keras.Sequential([keras.Input(1), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "msle")
    assert model.evaluate([[1.0]], [[-5.0]], verbose=0) == pytest.approx(0.0, abs=1e-6)
    model.compile("sgd", "mape")
    assert model.evaluate([[1.0]], [[0.0]], verbose=0) == 0.0


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.0}),
        ("CategoricalFocalCrossentropy", {"alpha": 0.5, "gamma": 1.0, "label_smoothing": 0.1}),
    ],
)
def test_focal_losses_keep_their_settings(name: str, config: dict[str, Any]) -> None:
    loss = getattr(keras.losses, name)(**config)
    assert config.items() <= loss.get_config().items()
    again = keras.losses.get({"class_name": name, "config": loss.get_config()})
    assert again.description == loss.description


def test_losses_of_logits_are_not_clipped() -> None:
    """A wrong logit of 50 costs 50; a probability clipped at 1e-7 costs 16.1."""
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    assert loss([[0.0]], [[50.0]]) == pytest.approx(50.0)
    assert keras.losses.BinaryCrossentropy()([[0.0]], [[1.0]]) == pytest.approx(16.118, abs=1e-3)


@pytest.mark.parametrize(
    ("initializer", "deviation"),
    [
        (keras.initializers.HeNormal(seed=1), (2 / 400) ** 0.5),
        (keras.initializers.GlorotNormal(seed=1), (2 / 500) ** 0.5),
        (keras.initializers.VarianceScaling(3.0, "fan_out", seed=1), (3 / 100) ** 0.5),
        (keras.initializers.TruncatedNormal(stddev=0.1, seed=1), 0.1 * 0.87963),
    ],
)
def test_normal_initializers_are_truncated_as_in_keras(initializer: Any, deviation: float) -> None:
    """The variance is the named one; nothing is beyond two deviations of the normal before."""
    drawn = initializer((400, 100))
    assert drawn.std() == pytest.approx(deviation, rel=0.02)
    assert np.abs(drawn).max() == pytest.approx(2 * deviation / 0.87963, rel=0.01)

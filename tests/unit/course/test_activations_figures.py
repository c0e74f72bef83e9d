"""Chapter 3: heights and slopes in closed form, and updates of one unit by hand."""

from __future__ import annotations

import math

import pytest

from deltarule.course import figure


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


@pytest.mark.parametrize(
    ("name", "height", "slope"),
    [
        ("sigmoid", sigmoid(-0.5), sigmoid(-0.5) * sigmoid(0.5)),
        ("tanh", math.tanh(-0.5), 1 - math.tanh(0.5) ** 2),
        ("relu", 0, 0),
        ("leaky_relu", -0.005, 0.01),
        ("step", 0, 0),
        ("sign", -1, 0),
    ],
)
def test_height_and_slope(name, height, slope):
    shown = figure("activation-slope", activation=name, z=-0.5)
    assert shown.height == pytest.approx(height)
    assert shown.slope == pytest.approx(slope)


def test_the_sentence_says_when_no_gradient_passes():
    assert "no gradient passes" in figure("activation-slope", activation="step", z=3).sentence()
    assert "this side" in figure("activation-slope", activation="relu", z=-1).sentence()
    assert "Nearly flat" in figure("activation-slope", z=6).sentence()
    assert "multiplies the gradient by 0.25" in figure("activation-slope", z=0).sentence()


def test_the_updates_are_those_of_gradient_descent():
    shown = figure("activation-training", start=-2)
    z = -2.0
    assert shown.gradient == pytest.approx(2 * (0.8 - sigmoid(z)) * sigmoid(z) * sigmoid(-z))
    shown.step()
    for _ in range(shown.run.epoch):
        z -= 0.2 * 2 * (sigmoid(z) - 0.8) * sigmoid(z) * sigmoid(-z)
    assert shown.run.epoch > 1
    assert shown.z == pytest.approx(z, rel=1e-9)


def test_the_unit_learns_the_target_and_stops():
    shown = figure("activation-training", activation="tanh", start=-1)
    while shown.step():
        pass
    assert shown.z == pytest.approx(math.atanh(0.8), abs=0.05)
    assert "learned the target" in shown.sentence()


@pytest.mark.parametrize("activation", ["relu", "step"])
def test_a_unit_on_a_flat_side_never_moves(activation):
    shown = figure("activation-training", activation=activation, start=-1)
    for _ in range(10):
        shown.step()
    assert shown.z == -1
    assert "never moves" in shown.sentence()


def test_a_saturated_unit_learns_before_the_figure_stops():
    shown = figure("activation-training", start=-6)
    while shown.step():
        pass
    assert shown.output == pytest.approx(0.8, abs=0.011)
    assert "learned the target" in shown.sentence()

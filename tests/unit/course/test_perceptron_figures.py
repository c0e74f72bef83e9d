"""Chapter 2: the numbers of the unit by hand, and corrections as Rosenblatt's rule makes them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deltarule.course import figure


def test_the_unit_of_the_lecture():
    shown = figure("perceptron-line")
    layer = shown.layer
    assert layer.z[0] == 1 + 3 * -1 - 2 * 2
    assert layer.x[0] == pytest.approx(1 / (1 + math.exp(6)))
    assert "z = 1 + 3 · (−1) + (−2) · 2 = −6" in shown.sentence()
    assert f"{6 / math.sqrt(13):.2f} from the line" in shown.sentence()
    assert "negative side" in shown.sentence()


def test_a_dragged_sample_snaps_to_the_sliders():
    shown = figure("perceptron-line")
    plane = shown._plane()
    shown.move("sample", *plane.at(1.02, 2.04))
    assert shown.number("x_1") == 1.0
    assert shown.number("x_2") == 2.0
    assert "on the line" in shown.sentence()  # 1 + 3 − 4 = 0


def test_each_correction_adds_or_subtracts_a_misclassified_point():
    shown = figure("perceptron-learning")
    for _ in range(20):
        before = shown.correction
        shown.step()
        moved = shown.run.weights[shown.correction] - shown.run.weights[before]
        signs = (2 * shown._y - 1)[:, None] * shown._X
        assert np.isclose(signs, moved).all(axis=1).any()


@pytest.mark.parametrize("seed", range(10))
def test_the_rule_separates_the_two_clouds_before_the_figure_stops(seed):
    shown = figure("perceptron-learning", seed=float(seed))
    while shown.step():
        pass
    weights, bias = shown.run.weights[shown.correction], shown.run.biases[shown.correction]
    margins = (2 * shown._y - 1) * (bias + shown._X @ weights)
    assert (margins > 0).all()
    assert "The rule has converged" in shown.sentence()


def test_a_sigmoid_never_outputs_1():
    assert "ŷ = σ(9) ≈ 1." in figure("perceptron-line", x_1=4.0).sentence()
    assert "ŷ = σ(−1) = 0.269." in figure("perceptron-line", bias=6.0).sentence()


def test_xor_never_converges():
    shown = figure("perceptron-learning", data="xor")
    while shown.step():
        pass
    assert shown.wrong.any()
    assert "not converged" in shown.sentence()

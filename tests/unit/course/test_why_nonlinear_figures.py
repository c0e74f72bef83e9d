"""Chapter 4: the product of layers by hand, kinks of ReLU, and boundaries that bend or do not."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule import insight
from deltarule.course import figure
from deltarule.course.chapters.chapter_04_why_nonlinear import chain
from deltarule.errors import SettingError


def test_two_layers_by_hand():
    one = insight.collapse_layers(chain()).parameters
    assert one.weights[0].tolist() == [[-6.0]]
    assert one.biases[0].tolist() == [2.0]


def test_a_collapsed_network_computes_the_same():
    network = dr.Network([dr.Dense(5), dr.Dense(4), dr.Dense(2, "tanh")])
    deep = insight.initialize(network, inputs=3, seed=1)
    X = np.random.default_rng(0).normal(size=(20, 3))
    assert insight.collapse_layers(deep).predict(X) == pytest.approx(deep.predict(X), rel=1e-12)


def test_a_network_with_hidden_activations_is_not_collapsed():
    deep = insight.initialize(dr.Network([dr.Dense(5, "relu"), dr.Dense(2)]), inputs=3)
    with pytest.raises(SettingError, match="\"identity\" in its hidden layers, got 'relu'"):
        insight.collapse_layers(deep)


def test_the_sum_is_a_line_or_has_a_kink_for_each_unit():
    shown = figure("sum-of-units")
    x = np.linspace(-4, 4, 801)[:, None]
    second = np.diff(shown.trained.predict(x)[:, 0], 2)
    assert second == pytest.approx(0, abs=1e-12)
    # Σ v (x − k) = (1.5 − 2.5 + 2) x − (1.5 · −2 + 2 · 2) = x − 1
    assert "ŷ = −1 + 1 x" in shown.sentence()
    shown.set("activation", "relu")
    second = np.diff(shown.trained.predict(x)[:, 0], 2)
    assert x[1:-1, 0][np.abs(second) > 1e-6] == pytest.approx([-2, 0, 2])


def test_a_dragged_unit_snaps_to_tenths():
    shown = figure("sum-of-units", activation="relu")
    shown.move("unit-1", *shown._plane().at(1.02, 0.97))
    assert shown.units[1] == (1.0, 1.0)
    assert "bends at x = −2, 1, 2" in shown.sentence()


@pytest.mark.parametrize(("activation", "bends"), [("identity", False), ("tanh", True)])
def test_only_activations_bend_the_boundary(activation, bends):
    shown = figure("depth-boundary", activation=activation)
    while shown.step():
        pass
    right = (shown.run.trained.predict(shown._X)[:, 0] > 0.5) == shown._y
    assert (right.mean() > 0.98) == bends
    assert ("can bend" in shown.sentence()) == bends


def test_a_unit_with_weight_0_makes_no_kink():
    shown = figure("sum-of-units", activation="relu")
    shown.move("unit-1", *shown._plane().at(0.0, 0.0))
    x = np.linspace(-4, 4, 801)[:, None]
    second = np.diff(shown.trained.predict(x)[:, 0], 2)
    assert x[1:-1, 0][np.abs(second) > 1e-6] == pytest.approx([-2, 2])
    assert "bends at x = −2, 2." in shown.sentence()

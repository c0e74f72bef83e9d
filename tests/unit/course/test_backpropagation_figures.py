"""Chapter 12: the factors by hand, and δ by finite differences."""

from __future__ import annotations

import math

import pytest

import deltarule as dr
from deltarule.course import figure


def test_the_three_factors_by_hand():
    shown = figure("chain-rule", w_1=1.0, w_2=-1.5, x=1.0, y="1")
    h = math.tanh(1.0)
    p = 1 / (1 + math.exp(1.5 * h))
    purple, red, blue = (factor.value for factor in shown.factors)
    assert purple == pytest.approx(-1 / p)
    assert red == pytest.approx(p * (1 - p) * -1.5 * (1 - h**2))
    assert blue == 1.0
    assert shown.derivative == pytest.approx(purple * red * blue)


@pytest.mark.parametrize("weight", ["1", "2"])
def test_the_product_is_the_derivative(weight):
    def loss(change):
        shown = figure("chain-rule", weight=weight, x=0.5, y="0")
        shown._weights[int(weight) - 1] += change
        return shown.trace.loss

    shown = figure("chain-rule", weight=weight, x=0.5, y="0")
    product = math.prod(factor.value for factor in shown.factors)
    assert product == pytest.approx((loss(1e-6) - loss(-1e-6)) / 2e-6, rel=1e-6)


def test_another_weight_is_looked_at_in_the_same_training():
    shown = figure("chain-rule")
    begin = shown.trace.loss
    while shown.step():
        pass
    assert not shown.step()
    assert len(shown.losses) == 41
    assert "after 40 updates" in shown.sentence()
    shown.set("weight", "2")
    assert shown.trace.loss == shown.losses[-1] < begin
    shown.set("x", 0.5)
    assert len(shown.losses) == 1


def test_seven_steps_are_one_update():
    shown = figure("delta-recursion")
    begin = shown.trace
    for layers in (1, 2, 3):
        shown.step()
        assert shown.forward_done == layers
        assert f"Forward, layer {layers}" in shown.sentence()
    for layers in (1, 2, 3):
        shown.step()
        assert shown.backward_done == layers
        assert f"Backward, layer {4 - layers}" in shown.sentence()
    assert shown.trace.loss == begin.loss
    shown.step()
    # The same update by the engine: one epoch of gradient descent on this sample.
    result = dr.fit(
        begin.network, begin.sample[None], begin.target[None], epochs=1, dtype="float64",
        sampling=dr.sampling.FullBatch(), optimizer=dr.optimizers.GradientDescent(0.5),
        initial_parameters=dr.insight.initialize(begin.network, seed=4),
    )  # fmt: skip
    after = dr.trace(result, begin.sample, begin.target)
    assert shown.trace.loss == pytest.approx(after.loss)
    assert shown.trace.loss < begin.loss

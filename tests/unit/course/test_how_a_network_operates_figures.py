"""Chapter 9: contributions by hand, and what a network loses without a unit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deltarule.course import figure
from deltarule.course.disc_network import accuracy, disc_network, disc_points, without_unit


def test_the_terms_add_up_by_hand():
    shown = figure("activation-flow", x_1=0.4, x_2=0.6)
    (v1, v2), (b, c) = shown.trained.parameters.weights, shown.trained.parameters.biases
    for j, unit in enumerate(("h1", "h2", "h3")):
        shown.set("unit", unit)
        names, terms = zip(*shown.terms, strict=True)
        assert names == ("bias", "x₁", "x₂")
        assert terms == pytest.approx((b[j], v1[0, j] * 0.4, v1[1, j] * 0.6))
        assert f"{1 / (1 + math.exp(-sum(terms))):.2f}" in shown.sentence()
    h = [1 / (1 + math.exp(-(b[j] + v1[0, j] * 0.4 + v1[1, j] * 0.6))) for j in range(3)]
    shown.set("unit", "output")
    assert [value for _, value in shown.terms] == pytest.approx(
        [c[0], *(v2[j, 0] * h[j] for j in range(3))]
    )
    z = sum(value for _, value in shown.terms)
    assert shown.layer.outputs[0, 0] == pytest.approx(1 / (1 + math.exp(-z)))


def test_the_sentence_has_the_largest_terms():
    shown = figure("activation-flow", x_1=0.0, x_2=1.0)
    ordered = sorted(shown.terms, key=lambda term: term[1])
    assert f"raised most by {ordered[-1][0]}" in shown.sentence()
    assert f"lowered most by {ordered[0][0]}" in shown.sentence()
    shown.set("unit", "h2")  # weights 12.8 and −2.1, bias −7.9: nothing raises z at x₁ = 0
    assert "is not raised, and lowered most by the bias (−7.9)" in shown.sentence()


def test_weights_have_one_decimal_and_separate_the_disc():
    for hidden in (3, 4):
        trained = disc_network(hidden)
        flat = trained.parameters.flat()
        assert flat == pytest.approx(np.round(flat, 1), abs=1e-12)
        assert accuracy(trained) == 1
    X, y = disc_points()
    assert (X.min(), X.max()) == pytest.approx((0.05, 0.91), abs=0.05)
    assert y.mean() == 0.5


@pytest.mark.parametrize("unit", [0, 1, 2])
def test_a_unit_that_is_off_brings_nothing(unit):
    whole = disc_network(3)
    X, _ = disc_points()
    hidden = 1 / (1 + np.exp(-(X @ whole.parameters.weights[0] + whole.parameters.biases[0])))
    hidden[:, unit] = 0
    z = hidden @ whole.parameters.weights[1] + whole.parameters.biases[1]
    expected = 1 / (1 + np.exp(-z))
    assert without_unit(whole, unit).predict(X) == pytest.approx(expected, rel=1e-12)
    shown = figure("unit-switched-off", off=str(unit + 1))
    assert shown.trained.predict(X) == pytest.approx(expected, rel=1e-12)
    ring = int(((expected[:, 0] > 0.5) & (disc_points()[1] == 0)).sum())
    assert f"{ring} points of the ring classified as disc" in shown.sentence()


@pytest.mark.parametrize(("units", "repaired"), [("3", False), ("4", True)])
def test_three_units_that_are_left_enclose_the_disc_and_two_do_not(units, repaired):
    shown = figure("unit-switched-off", units=units)
    before = accuracy(shown.run.trained)
    assert "Press Play" in shown.sentence()
    steps = 0
    while shown.step():
        steps += 1
    assert steps < 100
    after = accuracy(shown.run.trained)
    assert before < after
    assert (after == 1) == repaired
    assert "240 more epochs" in shown.sentence()

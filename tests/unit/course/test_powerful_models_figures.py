"""Chapter 6: polygons by geometry, formulas of polygons point by point, and areas of learned discs."""

from __future__ import annotations

import math

import numpy as np
import pytest

import deltarule as dr
from deltarule import insight
from deltarule.course import figure
from deltarule.course.figures.disc_training import LIMIT, disc_points, wrong_area
from deltarule.course.figures.staircase import TARGETS, errors_of, staircase
from deltarule.insight.boolean_formulas import parse_formula
from deltarule.insight.half_planes import logic_of_half_planes
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

POINTS = np.random.default_rng(3).uniform(-2.4, 2.4, (500, 2))


def half_planes_with(points, n, radius=1.0, center=(0.0, 0.0)):
    """Return which half-planes around a disc contain the points, bool of shape (n_points, n)."""
    angles = 2 * np.pi * np.arange(n) / n
    normals = np.stack([np.cos(angles), np.sin(angles)])
    return (points - np.array(center)) @ normals < radius


@pytest.mark.parametrize("n", [3, 5, 24])
def test_the_sum_counts_half_planes(n):
    shown = figure("disc-half-planes", n=n)
    for point in POINTS[:20]:
        shown.sample = tuple(point)
        inside = int(half_planes_with(point[None], n).sum())
        hidden, output = shown.layers
        assert hidden.x.sum() == 2 * inside - n
        assert output.z[0] == pytest.approx(2 * inside - n - (n - 0.5))
        assert (output.x[0] > 0) == (inside == n)
        assert f"is in {inside} of {n} half-planes" in shown.sentence()


@pytest.mark.parametrize(("n", "area"), [(3, 3 * math.sqrt(3)), (4, 4.0), (6, 2 * math.sqrt(3))])
def test_areas_of_polygons_around_a_disc(n, area):
    shown = figure("disc-half-planes", n=n)
    assert shown.region.area == pytest.approx(area)
    assert f"{area / math.pi - 1:.1%} larger" in shown.sentence()
    assert f"n = {n}: {area / math.pi - 1:.1%}" in shown.picture()


def test_a_dragged_point_is_the_one_in_the_sentence():
    shown = figure("disc-half-planes", n=4)
    shown.move("sample", *shown._plane().at(0.5, -0.25))
    assert "x = (0.5, −0.25) is in 4 of 4 half-planes" in shown.sentence()
    assert "inside" in shown.sentence()
    shown.reset()
    assert "x = (1.1, 0.6) is in" in shown.sentence()


@pytest.mark.parametrize(
    ("formula", "meaning", "widths"),
    [
        ("or", np.logical_or, [10, 2, 1]),
        ("and_not", lambda a, b: a & ~b, [10, 2, 1]),
        ("and", np.logical_and, [10, 2, 1]),
        ("xor", np.logical_xor, [10, 2, 2, 1]),
    ],
)
def test_formulas_of_polygons_hold_point_by_point(formula, meaning, widths):
    shown = figure("polygon-logic", formula=formula, n=5, radius=0.9)
    shown.centers = {"A": (-0.3, 0.2), "B": (0.6, -0.1)}
    shown.restart()
    a = half_planes_with(POINTS, 5, 1.2, (-0.3, 0.2)).all(axis=1)
    b = half_planes_with(POINTS, 5, 0.9, (0.6, -0.1)).all(axis=1)
    outputs = insight.layer_outputs(shown.trained, POINTS)
    assert [layer.shape[1] for layer in outputs] == widths
    assert 20 < a.sum() < 480
    assert 20 < b.sum() < 480
    assert np.array_equal(outputs[1] > 0, np.column_stack([a, b]))
    if formula == "xor":  # the labels of the third layer
        assert np.array_equal(outputs[2] > 0, np.column_stack([a | b, ~a | ~b]))
    assert np.array_equal(outputs[-1][:, 0] > 0, meaning(a, b))


def test_a_dragged_polygon_moves():
    shown = figure("polygon-logic", formula="and_not")
    shown.move("B", *shown._plane().at(-0.9, 0.4))
    radius = np.hypot(POINTS[:, 0] + 0.9, POINTS[:, 1] - 0.4)
    inside = shown.trained.predict(POINTS)[:, 0] > 0
    assert inside[(radius > 0.85) & (radius < 1.15)].all()  # a ring
    assert not inside[(radius < 0.65) | (radius > 1.45)].any()


def test_a_formula_of_half_planes_keeps_their_order():
    lines = {"right": insight.Line(0.0, (1.0, 0.0)), "up": insight.Line(0.0, (0.0, 1.0))}
    network = logic_of_half_planes(lines, parse_formula("up & ~right"))
    assert network.predict([[-1, 1], [1, 1], [-1, -1], [1, -1]])[:, 0].tolist() == [1, -1, -1, -1]


@pytest.mark.parametrize(("bias", "area"), [(-5.0, 1.0), (5.0, (2 * LIMIT) ** 2 / math.pi - 1)])
def test_the_wrong_area_of_constant_predictions(bias, area):
    surface = insight.output_surface(
        insight.perceptron(bias, [0.0, 0.0]), (-LIMIT, LIMIT), (-LIMIT, LIMIT), grid_resolution=400
    )
    assert wrong_area(surface) == pytest.approx(area, abs=0.01)


@pytest.mark.parametrize(("units", "low", "high"), [(1, 0.7, 1.1), (2, 0.5, 1.1), (4, 0.0, 0.2)])
def test_fewer_than_three_units_cannot_enclose_the_disc(units, low, high):
    shown = figure("disc-training", units=units)
    while shown.step():
        pass
    assert low < shown.error < high
    X, y = disc_points()
    right = np.mean((shown.run.trained.predict(X)[:, 0] > 0.5) == y)
    assert f"{right:.1%} of the points are right" in shown.sentence()


def test_three_units_can_enclose_the_disc():
    shown = figure("disc-training", units=3, seed=1)
    while shown.step():
        pass
    assert shown.error < 0.25


def test_finished_networks_stay_until_the_start_values_return():
    shown = figure("disc-training", units=3)
    while shown.step():
        pass
    shown.set("units", 5)
    assert [units for units, _ in shown.finished] == [3]
    shown.step()
    assert len(shown.finished) == 1  # one that is not finished leaves no dot
    shown.reset()
    assert shown.finished == []


def test_the_staircase_of_the_text_keeps_its_bound():
    n, steepest = 12, 2 * math.pi  # sin(2πx) has the slope 2π at most
    cuts, middles = np.arange(1, n) / n, (np.arange(n) + 0.5) / n
    heights = np.sin(2 * math.pi * middles)
    weights = np.ones((1, n - 1)), np.diff(heights)[:, None] / 2
    bias = (heights[0] + heights[-1]) / 2  # the sum of the jumps is added half at each end
    staircase = TrainedNetwork(
        dr.Network([dr.Dense(n - 1, "sign"), dr.Dense(1)], 1),
        Parameters(weights, (-cuts, np.array([bias]))),
    )
    x = np.linspace(0.0005, 0.9995, 1000)
    away = np.abs(staircase.predict(x[:, None])[:, 0] - np.sin(2 * math.pi * x))
    assert 0.9 * steepest / (2 * n) < away.max() <= steepest / (2 * n)


@pytest.mark.parametrize("n", [2, 3, 8, 60])
def test_a_staircase_has_the_values_of_the_middles(n):
    f = TARGETS["wave"].f
    trained = staircase(f, n)
    assert trained.network.blocks[0].dense.units == n - 1
    middles = (np.arange(n) + 0.5) / n
    assert trained.predict(middles[:, None])[:, 0] == pytest.approx(np.sin(2 * np.pi * middles))
    # Outside of K it goes on as it ends.
    ends = trained.predict([[-5.0], [5.0]])[:, 0]
    assert ends == pytest.approx([np.sin(np.pi / n), -np.sin(np.pi / n)])


@pytest.mark.parametrize("name", TARGETS)
def test_the_error_of_a_staircase_is_below_its_bound(name):
    slope = {"wave": 2 * np.pi, "tent": 4, "steep": 10}[name]
    assert TARGETS[name].slope == pytest.approx(slope)
    bounds = slope / (2 * np.arange(2, 61))
    assert (np.array(errors_of(name)) <= bounds + 1e-4).all()


def test_the_error_of_a_tent_is_the_bound_itself():
    # A straight piece of slope 4 and width 1 / n is 2 / n away from its middle at both ends.
    assert errors_of("tent")[2 - 2 :: 2] == pytest.approx(2 / np.arange(2, 61, 2), abs=1e-4)
    shown = figure("staircase", target="tent", n=8, error=0.25)
    assert "0.25, not below ε = 0.25" in shown.sentence()
    assert "9 pieces are surely enough" in shown.sentence()
    shown.set("n", 9)
    assert "below ε" in shown.sentence()
    assert "not below" not in shown.sentence()


def test_a_wrong_area_above_the_axis_is_written_beside_its_dot():
    shown = figure("disc-training")
    assert shown.error > 1.1
    assert f"↑ {shown.error:.0%}" in shown.picture()
    while shown.step():
        pass
    assert "↑" not in shown.picture()

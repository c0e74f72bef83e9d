"""Chapter 15: geometric series on parabolas, and updates of four optimizers written out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deltarule.course import figure
from deltarule.course.axis_scales import PowerScale
from deltarule.course.figures.optimizer_race import CURVATURE, GRID
from deltarule.course.plane import Plane
from deltarule.drawing.svg import number


def finished(shown):
    while shown.step():
        pass
    return shown


@pytest.mark.parametrize(("exponent", "curvature"), [(-1.0, 1.5), (0.0, 1.3), (0.3, 2.0)])
def test_the_distance_on_a_parabola_is_a_geometric_series(exponent, curvature):
    shown = figure("learning-rate-ball", rate=exponent, curvature=curvature, start=2.0)
    factor = 1 - 10**exponent * curvature
    assert shown.factor == pytest.approx(factor)
    for update in range(1, 4):
        shown.step()
        assert shown.w == pytest.approx(2 * factor**update)


@pytest.mark.parametrize(
    ("rate", "curvature", "says"),
    [
        (-2, 1, "crawls"),
        (-0.5, 1, "closer with every update"),
        (0, 1, "One update reaches"),
        (0.1, 1, "overshoots the minimum, but"),
        (0, 2, "never gets closer"),
        (0.4, 1, "diverges"),
    ],
)
def test_what_the_ball_does(rate, curvature, says):
    shown = finished(figure("learning-rate-ball", rate=rate, curvature=curvature))
    assert says in shown.sentence()
    closer = abs(shown.w) < 3.5 - 1e-9
    assert closer == (10**rate < 2 / curvature)
    assert shown.limit == 2 / curvature


def test_a_ball_that_diverges_is_said_to_have_left_the_picture():
    shown = finished(figure("learning-rate-ball", rate=0.5))
    assert shown.run.epoch < 10
    assert "left the picture" in shown.picture()


@pytest.mark.parametrize(("curvature", "exponent"), [(20, -1.5), (1, 0), (7, -0.7), (50, -1.4)])
def test_each_direction_of_a_valley_has_its_factor(curvature, exponent):
    shown = figure("valley-rate", curvature=curvature, rate=exponent)
    rate = 10**exponent
    along, across = 1 - rate, 1 - rate * curvature
    assert shown.factors == pytest.approx((along, across))
    assert shown.points[5] == pytest.approx([-4.5 * along**5, 1.2 * across**5])
    slower = max(abs(along), abs(across))
    updates = shown.updates_to_a_tenth
    assert slower**updates <= 0.1 < slower ** (updates - 1)


def test_above_the_limit_the_path_leaves_the_valley():
    shown = finished(figure("valley-rate", curvature=20, rate=-0.95))
    assert "above the limit 2/c = 0.1 " in shown.sentence()
    assert shown.update < 10
    # With c = 2 and η = 1 the distance across stays 1.2 for ever.
    shown = finished(figure("valley-rate", curvature=2, rate=0))
    assert abs(shown.points[shown.update][1]) == pytest.approx(1.2)
    assert "never gets closer" in shown.sentence()


def by_hand(name, rates, angle):
    """Return the losses of an optimizer, with its update written out."""
    turn = math.radians(angle)
    axes = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    hessian = axes.T @ np.diag([1.0, CURVATURE]) @ axes
    w, m, v = axes.T @ np.array([-4.5, 1.2]), np.zeros(2), np.zeros(2)
    losses = [w @ hessian @ w / 2]
    for t, rate in enumerate(rates, start=1):
        g = hessian @ w
        if name == "gradient descent":
            w = w - rate * g
        elif name == "momentum":
            m = 0.9 * m - rate * g
            w = w + m
        elif name == "RMSprop":
            v = 0.9 * v + 0.1 * g**2
            w = w - rate * g / (np.sqrt(v) + 1e-7)
        else:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            w = w - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        losses.append(w @ hessian @ w / 2)
    return np.array(losses)


@pytest.mark.parametrize("name", ["gradient descent", "momentum", "RMSprop", "Adam"])
@pytest.mark.parametrize("angle", [0, 30])
def test_each_runs_with_the_best_rate_of_the_grid(name, angle):
    shown = figure("optimizer-race", angle=angle)
    with np.errstate(all="ignore"):
        runs = {rate: by_hand(name, [rate] * 100, angle) for rate in GRID}
    highest = {rate: np.nan_to_num(run[-10:].max(), nan=np.inf) for rate, run in runs.items()}
    best = min(GRID, key=highest.__getitem__)
    assert shown.rate(name) == best
    assert shown.race.values[name][:40] == pytest.approx(runs[best][:40], rel=1e-3)


def test_a_falling_rate_follows_half_a_cosine():
    shown = figure("optimizer-race", rates="0.01", schedule="cosine", angle=45)
    rates = 0.005 * (1 + np.cos(np.pi * np.arange(100) / 100))
    expected = by_hand("momentum", rates, 45)
    assert shown.race.values["momentum"] == pytest.approx(expected, rel=1e-6)


def test_only_rates_that_belong_to_axes_notice_that_the_valley_turns():
    straight, turned = (figure("optimizer-race", schedule="cosine", angle=a) for a in (0, 45))
    for name, same in (("gradient descent", True), ("momentum", True), ("RMSprop", False)):
        first, second = (shown.race.values[name][1:60] for shown in (straight, turned))
        assert (first == pytest.approx(second, rel=1e-6)) == same
    # What the chapter says of the schedule.
    assert straight.race.ranking[0] == "RMSprop"
    assert turned.race.ranking[0] == "Adam"


def test_the_winner_depends_on_the_rate_that_all_share():
    small, large = (finished(figure("optimizer-race", rates=rate)) for rate in ("0.01", "0.1"))
    assert small.race.ranking[0] == "momentum"
    assert large.race.ranking[0] == "Adam"
    assert "gradient descent diverged" in large.sentence()


def test_a_path_ends_at_the_edge_where_it_leaves():
    plane = Plane("p", (0, 4), (0, 4), "x", "y")
    plane.path(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 6.0], [1.0, 1.0]]), "path")
    # From (2, 2) to (4, 6) it leaves the square at (3, 4).
    (x, y), first = plane.at(3, 4), plane.at(1, 1)
    assert plane._parts[-1].endswith(f'L{number(x)} {number(y)}" class="path"></path>')
    assert f"M{number(first[0])} {number(first[1])}" in plane._parts[-1]
    plane.path(np.array([[5.0, 1.0], [1.0, 1.0]]), "path")
    assert 'd=""' in plane._parts[-1]
    assert plane.has(4, 0)
    assert not plane.has(4.01, 0)


def test_small_losses_have_powers_of_ten_on_their_axis():
    ticks = PowerScale(-7, 2, 0, 100).ticks()
    assert (-6, "10⁻⁶") in ticks
    assert (0, "1") in ticks
    assert [label for value, label in ticks if value == -2] == ["0.01"]

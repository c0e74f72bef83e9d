"""Regions compared with elementary geometry."""

import math

import numpy as np
import pytest

from deltarule import insight
from deltarule.errors import DataError


def test_a_square_of_four_half_planes():
    region = insight.polygon_region([(0, 0), (2, 0), (2, 2), (0, 2)])
    assert len(region.lines) == 4
    assert region.area == pytest.approx(4)
    inside = region.contains([(1, 1), (0.01, 1.99), (2.01, 1), (-0.01, 0), (1, 3)])
    assert inside.tolist() == [True, True, False, False, False]


def star(points=5):
    angles = np.pi / 2 + np.pi * np.arange(2 * points) / points
    radius = np.where(np.arange(2 * points) % 2 == 0, 1.0, 0.4)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_star_contains_the_points_of_the_even_odd_rule(direction):
    corners = star()[::direction]
    region = insight.polygon_region(corners)
    points = np.random.default_rng(1).uniform(-1.2, 1.2, (4000, 2))
    crossings = np.zeros(len(points), int)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        between = (y1 > points[:, 1]) != (y2 > points[:, 1])
        crossings += between & (points[:, 0] < x1 + (points[:, 1] - y1) * (x2 - x1) / (y2 - y1))
    assert (region.contains(points) == (crossings % 2 == 1)).all()


def test_pockets_within_pockets():
    spiral = [(0, 0), (6, 0), (6, 5), (2, 5), (2, 2), (4, 2), (4, 3), (3, 3), (3, 4), (5, 4), (5, 1),
              (1, 1), (1, 6), (0, 6)]  # fmt: skip
    region = insight.polygon_region(spiral)
    inside = {(0.5, 3): True, (3, 0.5): True, (5.5, 2): True, (2.5, 3): True, (3.5, 2.5): True}
    outside = {
        (1.5, 3): False,
        (3, 1.5): False,
        (4.5, 2): False,
        (3.5, 3.5): False,
        (4, 5.5): False,
    }
    expected = inside | outside
    assert region.contains(list(expected)).tolist() == list(expected.values())


@pytest.mark.parametrize("count", [3, 4, 7, 20])
def test_the_disc_area_error_is_the_polygon_s_area(count):
    region = insight.disc_region(count, radius=2.0)
    assert region.area / (math.pi * 4) - 1 == pytest.approx(insight.disc_area_error(count))


def test_the_disc_area_error_falls_as_one_over_n_squared():
    assert insight.disc_area_error(200) == pytest.approx(math.pi**2 / (3 * 200**2), rel=1e-3)


def test_a_steep_soft_region_is_the_hard_one():
    region = insight.disc_region(6)
    points = np.random.default_rng(0).uniform(-1.5, 1.5, (500, 2))
    away = np.min(np.abs([line.distances(points) for line in region.lines]), axis=0) > 0.02
    soft = region.smoothed(200.0).predict(points[away], engine="reference")[:, 0] > 0
    assert (soft == region.contains(points[away])).all()


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        ([(0, 0), (1, 1)], "three corners"),
        ([(0, 0), (1, 1), (2, 2)], "one line"),
        ([(0, 0), (3, 1), (3, 0), (0, 2)], "cross"),
    ],
)
def test_invalid_polygons_raise_errors(corners, message):
    with pytest.raises(DataError, match=message):
        insight.polygon_region(corners)

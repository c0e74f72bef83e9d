"""Tick labels never repeat and never touch; skewed columns get bent axes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from deltarule.drawing.svg import text_width
from deltarule.report.axes import TICK_SIZE, make_frame, x_ticks, y_ticks
from deltarule.report.date_ticks import date_ticks
from deltarule.report.scales import Bend, Scale, bend_of
from deltarule.report.ticks import distinct_labels, same_decimals, tick_labels

RANGES = [
    (-122.31, -122.19),  # longitudes of one city
    (-0.1, 1.1),
    (1e6, 1e6 + 3),
    (1e9, 1e9 + 1),
    (-3e-7, 2e-7),
    (0.0, 123_456_789.0),
    (1e-300, 1e300),
    (-1e308, 1e308),
]


@pytest.mark.parametrize(("low", "high"), RANGES)
@pytest.mark.parametrize("width", [150.0, 400.0])
def test_tick_labels_differ_and_do_not_touch(low: float, high: float, width: float) -> None:
    frame = make_frame(width, 300, (low, high), (low, high))
    across = x_ticks(frame.x)
    boxes = [(float(frame.x(v)), text_width(t, TICK_SIZE)) for v, t in across]
    for (a, first), (b, second) in itertools.combinations(boxes, 2):
        # A label at an end may be moved inside by at most half its width.
        assert abs(a - b) > (first + second) / 4
    for ticks in (across, y_ticks(frame.y)):
        assert len({label for _, label in ticks}) == len(ticks) >= 1
    heights = sorted(float(frame.y(v)) for v, _ in y_ticks(frame.y))
    assert min(np.diff(heights), default=15.0) >= 15.0


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([-122.3, -122.25, -122.2], ["−122.30", "−122.25", "−122.20"]),
        ([0.0, 0.5, 1.0], ["0", "0.5", "1.0"]),
        ([1.00005, 1.0001], ["1.00005", "1.0001"]),
        ([1e6, 1e6 + 1], ["1,000,000", "1,000,001"]),
        ([2000.0, 4000.0], ["2,000", "4,000"]),
        ([0.0, 5e8, 1e9], ["0", "5e8", "1e9"]),
        ([-2e-9, 0.0, 2e-9], ["−2e−9", "0", "2e−9"]),
        ([1.05e10, 1.1e10], ["1.05e10", "1.1e10"]),
    ],
)
def test_labels_have_the_digits_of_the_step(values: list[float], labels: list[str]) -> None:
    assert tick_labels(values) == labels


def test_different_numbers_never_look_the_same() -> None:
    assert distinct_labels([-122.31, -122.28, -122.25], 3) == ["−122.31", "−122.28", "−122.25"]
    assert distinct_labels([1.0, 1.0, 2.0], 3) == ["1", "1", "2"]
    assert len(set(distinct_labels([0.1, np.nextafter(0.1, 1)], 3))) == 2


def test_numbers_to_compare_have_the_same_decimals() -> None:
    assert same_decimals([0.0237, 0.0208, 3.7e-5, -0.0023]) == [
        "0.0237",
        "0.0208",
        "0.0000",
        "−0.0023",
    ]
    assert same_decimals([12345.6, 7.0, -0.2]) == ["12,346", "7", "0"]
    assert same_decimals([0.0, 0.0]) == ["0", "0"]


def test_only_skewed_columns_have_a_bent_axis() -> None:
    random = np.random.default_rng(0)
    even = {
        "uniform": random.uniform(size=5000),
        "normal": random.normal(size=5000),
        "exponential": random.exponential(size=5000),
        "year": random.integers(1990, 2020, 5000).astype(float),
    }
    skewed = {
        "lognormal": random.lognormal(0, 1.5, 5000),
        "both tails": random.standard_t(1.2, 5000),
        "mostly 0": np.where(random.random(5000) < 0.9, 0, random.lognormal(8, 1.5, 5000)),
    }
    for values in even.values():
        low, high = np.percentile(values, [0.5, 99.5])
        assert bend_of(values, low, high) is None
    for values in skewed.values():
        low, high = np.percentile(values, [0.5, 99.5])
        assert bend_of(values, low, high) is not None


def test_a_bent_scale_is_inverted_and_gives_the_bulk_its_room() -> None:
    values = np.random.default_rng(0).lognormal(7, 1.2, 5000)
    low, high = np.percentile(values, [0.5, 99.5])
    scale = Scale(low, high, 40.0, 386.0, bend=bend_of(values, low, high))
    np.testing.assert_allclose(scale.inverse(scale(values)), values)
    quarter, three = np.percentile(values, [25, 75])
    assert scale(three) - scale(quarter) > 0.25 * (386 - 40)
    # A linear axis would leave the middle half of the rows 11 % of its length.
    assert (three - quarter) / (high - low) < 0.12
    shown = x_ticks(scale)
    assert len(shown) >= 3


def test_a_bend_is_an_inverse_hyperbolic_sine() -> None:
    assert Bend(2.0)(2.0) == pytest.approx(np.log(1 + np.sqrt(2)))  # asinh 1


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        ("2016-07-20", "2017-09-10", ["2016-10", "2017-01", "2017-04", "2017-07"]),
        ("2001-06-01", "2024-06-01", ["2005", "2010", "2015", "2020"]),
        ("2019-03-01", "2019-03-31", ["2019-03-04", "2019-03-11", "2019-03-18", "2019-03-25"]),
        ("2019-03-01", "2019-03-01T12", ["2019-03-01 00:00", "2019-03-01 03:00"]),
    ],
)
def test_dates_on_an_axis_are_round(low: str, high: str, labels: list[str]) -> None:
    days = [np.datetime64(s, "m").astype(np.int64) / 1440 for s in (low, high)]
    assert [label for _, label in date_ticks(*days, 5)][: len(labels)] == labels


@pytest.mark.parametrize("outermost", [1e200, 1.7e308])
def test_extreme_values_are_not_bent(outermost: float) -> None:
    """Divided by the width of the bend they would overflow."""
    values = np.append(np.linspace(-1.0, 1.0, 50), outermost)
    assert bend_of(values, -1.0, outermost) is None

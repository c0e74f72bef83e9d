"""Operations: what each computes, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.preprocessing.operations import (
    CodeFromOne,
    Cycle,
    InDays,
    IsMissing,
    Knots,
    LookUp,
    NormalScore,
    OneHot,
    Operation,
    Sign,
    SoftClip,
    Standardize,
    normal_scores,
)

NUMBERS = np.array([-1e300, -3.0, 0.0, 3.0, np.nan])
CODES = np.array([0, 2, -1])
TIMES = np.array(["1970-01-02T12:00", "2024-12-31T18:00", "NaT"], "datetime64[us]")
LEAP_YEAR = 2 * np.pi * (365 + 0.75) / 365.2425
CASES: list[tuple[Operation, np.ndarray, list[list[float]]]] = [
    (SoftClip(0.0, 3.0), NUMBERS, [[-3], [-1 / (10 / 9) ** 0.5], [0], [1 / (10 / 9) ** 0.5], [0]]),
    (Standardize(3.0, 0.0, 2.0, 1e6), NUMBERS, [[-1e6], [-1.5], [0], [1.5], [1.5]]),
    (Sign(), np.array([0, 1, np.nan]), [[-1], [1], [0]]),
    (IsMissing(), NUMBERS, [[0], [0], [0], [0], [1]]),
    (IsMissing(), TIMES, [[0], [0], [1]]),
    (OneHot(3), CODES, [[1, 0, 0], [0, 0, 1], [0, 0, 0]]),
    (OneHot(3, marks_others=True), CODES, [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    (LookUp((5.0, 6.0, 7.0, 8.0)), CODES, [[5], [7], [8]]),
    (CodeFromOne(), CODES, [[1], [3], [0]]),
    (InDays(Standardize(7.0, 1.0, 0.5, 1e6)), TIMES, [[1], [2 * 20_088.75 - 2], [12]]),
    (Cycle("hour", 24.0), TIMES, [[0, -1], [-1, 0], [0, 0]]),
    (Cycle("weekday", 7.0), TIMES, [
        [np.sin(8 * np.pi / 7), np.cos(8 * np.pi / 7)], [np.sin(2 * np.pi / 7), np.cos(2 * np.pi / 7)],
        [0, 0],
    ]),
    (Cycle("month", 12.0), TIMES, [[0, 1], [-0.5, 0.75**0.5], [0, 0]]),
    (Cycle("year", 365.2425), TIMES[1:], [[np.sin(LEAP_YEAR), np.cos(LEAP_YEAR)], [0, 0]]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "values", "expected"), CASES, ids=[type(c[0]).__name__ for c in CASES]
)
def test_operations_compute_their_equations(operation, values, expected):
    out = np.full((len(values), operation.width), np.nan)
    operation.apply(values, out)
    assert out == pytest.approx(np.array(expected, float), abs=1e-10)


@pytest.mark.parametrize(
    "operation",
    [
        SoftClip(0.3, 0.7),
        Standardize(0.1, 0.3, 0.7, 1e6),
        NormalScore((0.1, 0.3, 0.7)),
        IsMissing(),
    ],
)
def test_numbers_of_half_the_precision_have_the_bits_of_float64(operation):
    values = np.array([0.1, 0.3, 0.5, 0.7, np.nan], np.float32)
    found, expected = np.empty((5, 1)), np.empty((5, 1))
    operation.apply(values, found)
    operation.apply(values.astype(np.float64), expected)
    assert found.tobytes() == expected.tobytes()


def test_normal_scores_are_interpolated_between_distinct_quantiles():
    operation = NormalScore((0.0, 1.0, 1.0, 2.0))
    low, first, second, high = normal_scores(4)
    values = np.array([-5.0, 0.0, 0.5, 1.0, 1.5, 2.0, 9.0, np.nan])
    found = operation.features(values)
    middle = (first + second) / 2
    expected = [low, low, (low + first) / 2, middle, (second + high) / 2, high, high, 0]
    assert found == pytest.approx(expected, abs=1e-12)


def test_each_value_has_the_same_bits_alone():
    values = np.random.default_rng(0).normal(size=300)
    for operation in (SoftClip(0.1, 0.7), NormalScore(tuple(np.sort(values[:50]).tolist()))):
        together = operation.features(values)
        alone = [operation.features(values[i : i + 1])[0] for i in range(len(values))]
        assert together.tolist() == alone


@pytest.mark.parametrize("seed", range(30))
def test_places_between_quantiles_are_those_of_a_binary_search(seed):
    draw = np.random.default_rng(seed)
    normal = draw.normal(size=draw.integers(2, 1200)) ** draw.integers(1, 4)
    skewed, rounded = np.exp(3 * normal), np.round(normal, 1)
    edges = np.unique([normal, skewed, rounded, 1e300 * normal, 5e-324 * normal][seed % 5])
    edges = edges[np.isfinite(edges)]
    scores = np.arange(len(edges), dtype=np.float64)
    knots = Knots(edges, scores, scores, scores)
    near = np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), draw.permutation(edges) * 0.99
    values = np.concatenate([edges, *near, draw.normal(size=500)])
    inside = values[(values >= edges[0]) & (values <= edges[-1])]
    expected = np.searchsorted(edges, inside, "right") - 1
    highest = len(edges) - 2  # the last edge belongs to the interval before it
    np.testing.assert_array_equal(
        np.minimum(knots.places(inside), highest), np.minimum(expected, highest)
    )

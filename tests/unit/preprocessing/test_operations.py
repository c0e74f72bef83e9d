"""Operations: what each computes, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.preprocessing.operations import (
    CodeFromOne,
    Cycle,
    InDays,
    IsMissing,
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

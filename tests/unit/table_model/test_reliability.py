"""Reliability curves and interval coverage of models whose calibration is known."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.table_model.prediction import Prediction
from deltarule.table_model.prediction_intervals import fit_error_quantiles
from deltarule.table_model.reliability import (
    INTERVAL_LEVELS,
    expected_calibration_error,
    interval_coverage,
    reliability_curve,
)

RNG = np.random.default_rng(0)


def test_groups_by_hand():
    probabilities = np.array([[0.6, 0.4]] * 20 + [[0.1, 0.9]] * 20)
    truth = np.array([0] * 15 + [1] * 5 + [1] * 20)
    curve = reliability_curve(probabilities, truth)
    np.testing.assert_allclose(curve.expected, [0.6, 0.9])
    np.testing.assert_allclose(curve.observed, [0.75, 1.0])
    assert curve.rows.tolist() == [20, 20]
    assert expected_calibration_error(curve) == pytest.approx((0.15 + 0.1) / 2)


def test_true_probabilities_are_calibrated():
    sure = RNG.uniform(0.5, 1, 20_000)
    truth = (RNG.random(20_000) > sure).astype(int)
    curve = reliability_curve(np.stack([sure, 1 - sure], axis=1), truth)
    assert expected_calibration_error(curve) < 0.02


def test_intervals_of_true_errors_have_the_nominal_coverage():
    predictions = RNG.normal(size=4000)
    errors = fit_error_quantiles(predictions, predictions + RNG.normal(size=4000))
    fresh = RNG.normal(size=20_000)
    quantiles = errors.at(fresh, np.array(INTERVAL_LEVELS))
    prediction = Prediction("y", fresh, None, (), quantiles, INTERVAL_LEVELS)
    coverage = interval_coverage(prediction, fresh + RNG.normal(size=20_000))
    assert coverage is not None
    curve = coverage.curve
    np.testing.assert_allclose(curve.observed, curve.expected, atol=0.02)

"""Scores by hand."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.table_model.scores import classification_scores, regression_scores


def test_classification_by_hand():
    # Three of four right; class 0 found 1 of 2, class 1 found 2 of 2.
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.5, 0.5 + 1e-12]])
    scores = classification_scores(probabilities, np.array([0, 0, 1, 1]), most_frequent=0)
    assert scores.accuracy == 0.75
    assert scores.balanced_accuracy == 0.75
    assert scores.baseline_accuracy == 0.5
    assert scores.log_loss == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.5]).mean())
    assert scores.confusion.tolist() == [[1, 1], [0, 2]]


def test_a_class_without_test_rows_does_not_count():
    scores = classification_scores(np.eye(3)[[0, 1]], np.array([0, 1]), most_frequent=2)
    assert scores.balanced_accuracy == 1.0
    assert scores.baseline_accuracy == 0.0


def test_a_certain_mistake_has_a_finite_log_loss():
    scores = classification_scores(np.array([[1.0, 0.0]]), np.array([1]), most_frequent=0)
    assert scores.log_loss == pytest.approx(-np.log(1e-15))


def test_regression_by_hand():
    scores = regression_scores(np.array([1.0, 2.0, 6.0]), np.array([1.0, 3.0, 5.0]), 3.0)
    assert scores.mae == pytest.approx(2 / 3)
    assert scores.rmse == pytest.approx(np.sqrt(2 / 3))
    assert scores.baseline_rmse == pytest.approx(np.sqrt(8 / 3))
    assert scores.r2 == pytest.approx(1 - 2 / 8)


def test_r2_of_a_constant_truth_is_nan():
    assert np.isnan(regression_scores(np.ones(2), np.ones(2), 1.0).r2)

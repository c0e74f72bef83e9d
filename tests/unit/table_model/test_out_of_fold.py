"""Scores of the fold networks, and which weights scores use."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.table_model.temperature_scaling import fit_temperature

QUICK = {"epochs": 4, "hidden": (4,)}


def table(rows: int = 400):
    generator = np.random.default_rng(0)
    x = generator.normal(size=rows)
    y = np.where(x + generator.normal(size=rows) > 1, "yes", "no")
    return {"x": x, "y": y, "w": generator.integers(1, 4, rows), "z": 2 * x}


def test_each_fold_network_is_scored_on_its_own_rows():
    result = dr.train(table(), "z", folds=4, drop=("y", "w"), **QUICK)
    folds = result.cross_validated_scores
    assert folds.rows == (80,) * 4
    errors = [scores.mae for scores in folds.folds]
    assert np.mean(errors) == pytest.approx(result.out_of_fold_scores.mae)  # folds of equal size
    assert folds.mean["mae"] == pytest.approx(np.mean(errors))
    assert folds.standard_deviation["mae"] == pytest.approx(np.std(errors, ddof=1))
    assert "pinball" not in folds.mean  # the quantiles are fitted to these rows
    assert np.isfinite(result.scores.pinball)
    assert result.model.about["cross_validated_scores"] == folds.to_json()


def test_a_single_network_has_no_spread():
    result = dr.train(table(), "y", folds=1, **QUICK)
    assert result.cross_validated_scores is None
    assert result.out_of_fold_scores.rows == 64


def test_networks_that_validate_on_the_same_rows_have_no_spread():
    rows = {**table(), "day": np.arange(400)}
    settings = {"time": "day", "drop": ("w", "z"), **QUICK}
    result = dr.train(rows, "y", folds=3, **settings)
    assert result.cross_validated_scores is None
    assert result.out_of_fold_scores.rows == 64  # the latest fifth of the training rows
    # Their out-of-fold predictions are means already, whose temperature is that of the model.
    temperature = result.model.calibration.temperature
    assert temperature == pytest.approx(fit_temperature_of_the_mean(result), rel=1e-6)


def fit_temperature_of_the_mean(result) -> float:
    part = result.table.select(np.asarray(result.split.validation))
    inputs = result.model.encoder.transform(part)
    outputs = [network.predict(inputs).astype(float) for network in result.model.networks]
    truth = result.model.target.encode(part["y"])
    return fit_temperature(np.mean(outputs, axis=0), truth)


def test_scores_use_the_weight_column_but_no_class_weights():
    rows = table()
    result = dr.train(rows, "y", class_weight={"yes": 3.0}, folds=2, weight="w", **QUICK)
    test, training = np.asarray(result.split.test), np.asarray(result.split.training)
    right = result.test_prediction.values == rows["y"][test]
    assert result.scores.accuracy == pytest.approx(np.average(right, weights=rows["w"][test]))
    assert result.test_weights.tolist() == rows["w"][test].tolist()
    assert result.test_curve.roc_auc == pytest.approx(result.scores.roc_auc)
    curve, yes = result.out_of_fold_curve, rows["y"][training] == "yes"
    assert curve.positives == pytest.approx(rows["w"][training][yes].sum())
    assert curve.negatives == pytest.approx(rows["w"][training][~yes].sum())
    assert curve.roc_auc == pytest.approx(result.out_of_fold_scores.roc_auc)


def test_merged_rows_count_as_often_as_they_occur_in_out_of_fold_scores():
    rows = {name: np.tile(values[:60], 2) for name, values in table().items()}
    result = dr.train(rows, "y", class_weight="balanced", folds=2, drop=("w", "z"), **QUICK)
    curve, training = result.out_of_fold_curve, np.asarray(result.split.training)
    assert len(result.out_of_fold_curve.thresholds) <= 61
    assert curve.positives == pytest.approx((rows["y"][training] == "yes").sum())

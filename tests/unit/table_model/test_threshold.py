"""The threshold of two classes: how it is written, chosen, stored and applied."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

import deltarule as dr
from deltarule._common.formatting import format_number
from deltarule.errors import ModelFileError, SettingError
from deltarule.formats.model_file import read_model, write_model
from deltarule.table_model import Calibration
from deltarule.table_model.decision_threshold import best_threshold
from deltarule.table_model.score_summary import score_summary
from deltarule.table_model.threshold_curve import threshold_curve
from deltarule.table_model.threshold_rule import ThresholdRule, read_threshold

QUICK = {"epochs": 4, "hidden": (4,), "folds": 2}
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=300)
TABLE = {"x": X, "y": np.where(X + GENERATOR.normal(size=300) > 1.2, "yes", "no")}


@pytest.fixture(scope="module")
def f1_result() -> dr.TableResult:
    return dr.train(TABLE, "y", threshold="f1", **QUICK)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("f1", ThresholdRule("f1")),
        ("F1", ThresholdRule("f1")),
        ("balanced-accuracy", ThresholdRule("balanced_accuracy")),
        ("cost=5:1", ThresholdRule("cost", 5.0, 1.0)),
        ("cost 0.5:2", ThresholdRule("cost", 0.5, 2.0)),
        ("0.3", 0.3),
        (0.3, 0.3),
    ],
)
def test_thresholds_are_read_from_text(text, rule):
    assert read_threshold(text) == rule


@pytest.mark.parametrize(
    "value", ["auto", "cost=5", "cost=0:1", "cost=1.1.1:2", 0, 1, 1.5, "nan", True]
)
def test_other_thresholds_are_refused(value):
    with pytest.raises(SettingError, match="threshold"):
        dr.TableSettings(threshold=value)


def test_the_best_threshold_is_between_two_probabilities():
    # Two positives at 0.3 and 0.8, negatives below: between 0.2 and 0.3 nothing is wrong.
    curve = threshold_curve(np.array([0.1, 0.2, 0.3, 0.8]), np.array([0, 0, 1, 1], bool))
    for rule in ("f1", "balanced_accuracy", "cost"):
        assert best_threshold(curve, ThresholdRule(rule)) == 0.25


def test_costs_move_the_threshold():
    probabilities = np.linspace(0.005, 0.995, 100)
    truth = np.random.default_rng(1).random(100) < probabilities  # calibrated
    curve = threshold_curve(probabilities, truth)
    for false_negative, false_positive in ((5.0, 1.0), (1.0, 5.0), (1.0, 1.0)):
        rule = ThresholdRule("cost", false_negative, false_positive)
        threshold = best_threshold(curve, rule)
        costs = [
            np.sum(
                np.where(
                    truth,
                    false_negative * (probabilities < t),
                    false_positive * (probabilities >= t),
                )
            )
            for t in (threshold, *np.arange(0, 1.01, 0.01))
        ]
        assert costs[0] == min(costs)
        assert abs(threshold - rule.neutral_threshold) < 0.2  # Elkan's threshold, up to chance


def test_the_mean_cost_of_the_test_rows_is_reported():
    result = dr.train(TABLE, "y", threshold="cost=5:1", **QUICK)
    missed, alarms = result.scores.confusion[1, 0], result.scores.confusion[0, 1]
    actual = result.scores.confusion.sum(axis=1)
    cost, constant = (5 * missed + alarms) / 60, min(actual[0], 5 * actual[1]) / 60
    assert (
        f"The mean cost of a row is {format_number(cost, 3)}, versus {format_number(constant, 3)} "
        "for always predicting the cheaper class."
    ) in score_summary(result)


def test_a_threshold_never_splits_equal_probabilities():
    curve = threshold_curve(np.ones(4), np.array([0, 1, 1, 1], bool))
    assert best_threshold(curve, ThresholdRule("cost", 1.0, 9.0)) == 0.5  # all or none: here all


def test_the_chosen_threshold_has_the_best_out_of_fold_f1(f1_result):
    curve, threshold = f1_result.out_of_fold_curve, f1_result.model.calibration.threshold
    of_threshold = curve.f1[np.flatnonzero(curve.thresholds >= threshold)[-1]]
    assert of_threshold == curve.f1.max()
    assert threshold != 0.5


def test_labels_and_scores_use_the_threshold_and_probabilities_do_not(f1_result):
    plain = dr.train(TABLE, "y", **QUICK)
    np.testing.assert_array_equal(
        plain.test_prediction.probabilities, f1_result.test_prediction.probabilities
    )
    assert plain.scores.roc_auc == f1_result.scores.roc_auc
    threshold = f1_result.model.calibration.threshold
    expected = np.where(f1_result.test_prediction.probabilities[:, 1] >= threshold, "yes", "no")
    assert f1_result.test_prediction.values.tolist() == expected.tolist()
    assert f1_result.test_prediction.file_values.tolist() == expected.tolist()
    truth = np.array(["no", "yes"])[f1_result.test_truth]
    assert f1_result.scores.f1 == pytest.approx(metrics.f1_score(truth, expected, pos_label="yes"))
    assert f1_result.scores.confusion.tolist() == metrics.confusion_matrix(truth, expected).tolist()


def test_the_threshold_is_saved_with_the_model(f1_result, tmp_path):
    path = tmp_path / "model.safetensors"
    f1_result.model.save(path)
    loaded = dr.load(path)
    assert loaded.calibration.threshold == f1_result.model.calibration.threshold
    rows = {"x": X[:50]}
    assert loaded.predict(rows).values.tolist() == f1_result.model.predict(rows).values.tolist()


@pytest.mark.parametrize("parts", [{"threshold": 1.5}, {"threshold": "f1"}, {"positive_class": 2}])
def test_impossible_thresholds_in_a_file_are_refused(f1_result, parts, tmp_path):
    path = tmp_path / "model.safetensors"
    f1_result.model.save(path)
    file = read_model(path, kind="table model")
    write_model(path, {**file.description, **parts}, file.arrays, kind="table model")
    with pytest.raises(ModelFileError, match=next(iter(parts))):
        dr.load(path)


def test_the_positive_class_can_be_named():
    result = dr.train(TABLE, "y", positive_class="no", threshold=0.9, **QUICK)
    assert result.model.calibration.positive_class == 0
    assert result.scores.positive_class == 0
    probabilities = result.test_prediction.probabilities
    expected = np.where(probabilities[:, 0] >= 0.9, "no", "yes")
    assert result.test_prediction.values.tolist() == expected.tolist()
    assert result.out_of_fold_curve.positives == np.sum(
        TABLE["y"][np.asarray(result.split.training)] == "no"
    )


def test_the_positive_class_may_be_a_number_or_a_boolean():
    numbers = (X > 1).astype(int)
    for value, labels, number in ((0, numbers, 0), (False, X > 1, 0), (1.0, numbers, 1)):
        result = dr.train({"x": X, "y": labels}, "y", positive_class=value, **QUICK)
        assert result.scores.positive_class == number


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positive_class": "maybe"}, "must be 'no' or 'yes', the classes of 'y'"),
        ({"target": "three", "threshold": "f1"}, "two classes, but 'three' holds 3 classes"),
        ({"target": "x", "threshold": 0.3}, "two classes, but 'x' holds numbers"),
        ({"target": "x", "positive_class": "yes"}, "two classes, but 'x' holds numbers"),
    ],
)
def test_a_threshold_needs_two_classes(changes, message):
    table = {**TABLE, "three": np.tile(["a", "b", "c"], 100)}
    with pytest.raises(SettingError, match=message):
        dr.train(table, **{"target": "y", **QUICK, **changes})


def test_too_few_rows_have_no_threshold_to_choose():
    rows = {name: values[:6] for name, values in {"x": X, "y": np.tile(["a", "b"], 150)}.items()}
    with pytest.raises(SettingError, match="without validation rows"):
        dr.train(rows, "y", threshold="f1", epochs=2, hidden=(4,))


def test_the_estimator_has_a_threshold_too():
    X2, y = X[:, None], TABLE["y"]
    parameters = {**QUICK, "random_state": 0}
    model = dr.TabularClassifier(threshold="cost=9:1", **parameters).fit(X2, y)
    plain = dr.TabularClassifier(**parameters).fit(X2, y)
    np.testing.assert_array_equal(model.predict_proba(X2), plain.predict_proba(X2))
    threshold = model.model_.calibration.threshold
    assert threshold < 0.4
    expected = np.where(model.predict_proba(X2)[:, 1] >= threshold, "yes", "no")
    assert model.predict(X2).tolist() == expected.tolist()


def test_a_calibration_without_a_threshold_predicts_the_most_probable_class():
    probabilities = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    assert Calibration().class_numbers(probabilities).tolist() == [0, 2]

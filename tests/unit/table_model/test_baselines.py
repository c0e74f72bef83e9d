"""The simple models that a result is compared with."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, r2_score

import deltarule as dr
from deltarule.table_model.baselines import Baseline, comparison
from deltarule.table_model.score_summary import (
    fold_summary,
    leaderboard,
    other_scores,
    score_summary,
)
from deltarule.table_model.scores import (
    ClassificationScores,
    RegressionScores,
    classification_scores,
    regression_scores,
)

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(500, 3))
LINE = X @ [2.0, -1.0, 0.5]
COLUMNS = {f"x{i}": X[:, i] for i in range(3)}
QUICK = {"epochs": 4, "hidden": (4,), "folds": 2}


@pytest.fixture(scope="module")
def line() -> dr.TableResult:
    return dr.train({**COLUMNS, "y": 100 + LINE + GENERATOR.normal(size=500)}, "y", **QUICK)


@pytest.fixture(scope="module")
def classes() -> dr.TableResult:
    labels = np.where(LINE + GENERATOR.logistic(size=500) > 1, "yes", "no")
    return dr.train({**COLUMNS, "y": labels}, "y", **QUICK)


def test_the_constant_is_the_mean_of_the_training_rows(line):
    constant = line.baselines[0]
    truth = line.table["y"].values
    mean = truth[np.asarray(line.split.training)].mean()
    error = line.test_truth - mean
    assert (constant.name, constant.label) == ("constant", "always the mean")
    assert constant.scores.rmse == pytest.approx(np.sqrt(np.square(error).mean()))
    assert constant.scores.rmse == pytest.approx(line.scores.baseline_rmse)


def test_the_constant_predicts_the_shares_of_the_classes(classes):
    constant = classes.baselines[0]
    training = classes.table["y"].texts()[np.asarray(classes.split.training)]
    share = np.mean(np.array(training) == "yes")
    truth = classes.test_truth
    expected = log_loss(
        truth, np.column_stack([np.full(len(truth), 1 - share), np.full(len(truth), share)])
    )
    assert constant.label == "always 'no'"
    assert constant.scores.log_loss == pytest.approx(expected)
    assert constant.scores.accuracy == pytest.approx(classes.scores.baseline_accuracy)
    assert constant.scores.roc_auc == 0.5


def rows_of(result, part):
    rows = np.asarray(getattr(result.split, part))
    return X[rows], rows


def test_the_linear_model_is_as_good_as_scikit_learns(line, classes):
    inputs, rows = rows_of(line, "training")
    theirs = LinearRegression().fit(inputs, line.table["y"].values[rows])
    expected = r2_score(line.test_truth, theirs.predict(rows_of(line, "test")[0]))
    assert line.baselines[1].scores.r2 == pytest.approx(expected, abs=0.02)
    inputs, rows = rows_of(classes, "training")
    labels = np.array(classes.table["y"].texts())[rows]
    theirs = LogisticRegression().fit(inputs, labels)
    probabilities = theirs.predict_proba(rows_of(classes, "test")[0])
    assert classes.baselines[1].scores.log_loss == pytest.approx(
        log_loss(classes.test_truth, probabilities), abs=0.03
    )


def test_the_linear_model_is_the_same_every_time_and_changes_nothing(line):
    again = dr.train(line.table, "y", threads=1, **QUICK)
    assert again.baselines[1].to_json() == line.baselines[1].to_json()
    for ours, theirs in zip(again.model.networks, line.model.networks, strict=True):
        np.testing.assert_array_equal(ours.parameters.flat(), theirs.parameters.flat())


def test_a_model_that_is_no_better_is_reported(line):
    assert "no better than a linear model (RMSE " in line.comparison  # four epochs are too few
    noise = {**COLUMNS, "y": GENERATOR.normal(size=500)}
    assert "no better than always predicting the mean" in dr.train(noise, "y", **QUICK).comparison
    labels = np.where(GENERATOR.random(500) < 0.2, "yes", "no")
    poor = dr.train({**COLUMNS, "y": labels}, "y", **QUICK)
    assert "no better than always predicting the most frequent class (log loss" in poor.comparison


def test_class_weights_are_compared_by_ranking():
    labels = np.where(LINE > 3, "yes", "no")
    result = dr.train({**COLUMNS, "y": labels}, "y", class_weight={"yes": 50.0}, **QUICK)
    assert result.scores.log_loss > result.baselines[0].scores.log_loss  # on purpose
    assert "most frequent" not in result.comparison


def test_a_good_model_is_not_compared_in_a_sentence():
    table = {**COLUMNS, "y": np.sin(3 * X[:, 0])}
    assert dr.train(table, "y", folds=2, epochs=20).comparison == ""


def test_the_leaderboard_is_sorted_and_aligned(line):
    rows = leaderboard(line)
    assert [name for name, _ in rows] == ["a linear model", "this model", "always the mean"]
    assert len({scores.index("R²") for _, scores in rows}) == 1
    assert line.model.about["baselines"] == [one.to_json() for one in line.baselines]


def test_the_scores_are_summarized_in_words(line, classes):
    assert "(R² " in score_summary(line)
    assert other_scores(line.scores, ()).startswith("median absolute error ")
    assert "pinball loss" in other_scores(line.scores, ())
    text = other_scores(classes.scores, ("no", "yes"))
    assert text.endswith("where 'yes' is the positive class")
    for name in ("F1", "ROC AUC", "average precision", "log loss", "Brier score"):
        assert name in text
    assert "of 2 networks, each on the 200 training rows" in fold_summary(classes)


def test_with_a_threshold_the_leaderboard_compares_the_same_scores():
    labels = np.where(LINE + GENERATOR.logistic(size=500) > 2, "yes", "no")
    result = dr.train({**COLUMNS, "y": labels}, "y", threshold="f1", positive_class="no", **QUICK)
    assert all("F1 " in scores for _, scores in leaderboard(result))
    assert [one.scores.positive_class for one in result.baselines] == [0, 0]


def test_under_a_time_limit_the_linear_model_has_a_small_share_of_it():
    table = {**COLUMNS, "y": LINE}
    result = dr.train(table, "y", time_limit_s=2.0, **QUICK)
    assert [one.name for one in result.baselines] == ["constant", "linear"]


def test_a_table_too_small_to_validate_is_compared_too():
    table = {"x": [1.0, 2, 3, 4, 5, 6], "y": ["a", "b"] * 3}
    result = dr.train(table, "y", epochs=2, hidden=(4,), threshold=0.4)
    assert [one.name for one in result.baselines] == ["constant", "linear"]


def test_a_model_that_fails_where_a_linear_model_learns_is_not_blamed_on_the_columns():
    def scores(rmse: float) -> RegressionScores:
        truth = np.array([-1.0, 1.0])
        return regression_scores(truth + rmse, truth, 0.0)

    constant = Baseline("constant", "always the mean", scores(1.0))
    linear = Baseline("linear", "a linear model", scores(0.25))
    found = comparison(scores(3.0), (constant, linear), class_weights=False)
    assert found.startswith(
        "The model is no better than always predicting the mean (RMSE 3 versus 1)"
    )
    assert "a linear model is better (RMSE 0.25)" in found
    assert "do not predict" not in found
    worse = Baseline("linear", "a linear model", scores(1.5))
    found = comparison(scores(3.0), (constant, worse), class_weights=False)
    assert found.endswith("the columns do not predict the target.")


def test_a_model_that_fails_on_test_rows_alone_is_not_blamed_on_the_columns():
    classes = np.array([0, 0, 0, 1] * 25)

    def scores(of_truth: float) -> ClassificationScores:
        probabilities = np.where(classes[:, None] == [0, 1], of_truth, 1 - of_truth)
        return classification_scores(probabilities, classes, 0)

    constant = Baseline("constant", "always 'no'", scores(0.6))
    others = "on training rows that a network was not trained on, it is better"
    for out_of_fold, expected in ((0.9, True), (0.55, False)):
        learned = scores(out_of_fold)
        found = comparison(scores(0.2), (constant,), learned, class_weights=False)
        assert (others in found) is expected
        assert ("the columns do not predict" in found) is not expected
    found = comparison(scores(0.2), (constant,), scores(0.9), class_weights=True)
    assert f"{others} (ROC AUC 1 versus 0.5)" in found


def test_out_of_fold_rows_with_a_single_target_say_nothing():
    classes = np.zeros(20, np.int64)
    of_one_class = classification_scores(np.tile([0.9, 0.1], (20, 1)), classes, 0)
    both = np.array([0, 1] * 10)
    failed = classification_scores(np.eye(2)[1 - both], both, 0)
    constant = Baseline(
        "constant", "always 'no'", classification_scores(np.full((20, 2), 0.5), both, 0)
    )
    found = comparison(failed, (constant,), of_one_class, class_weights=False)
    assert found.endswith("the columns do not predict the target.")
    same = regression_scores(np.ones(9), np.ones(9), 1.0)
    off = regression_scores(np.arange(9.0) + 9, np.arange(9.0), 4.0)
    mean = Baseline(
        "constant", "always the mean", regression_scores(np.full(9, 4.0), np.arange(9.0), 4.0)
    )
    found = comparison(off, (mean,), same, class_weights=False)
    assert found.endswith("the columns do not predict the target.")

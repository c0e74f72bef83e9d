"""deltarule evaluate, train --test, and the scores that train shows."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import deltarule

SMALL = ("--hidden", "4", "--folds", "2")


@pytest.fixture
def two_classes(folder):
    """Write table.csv with 100 rows of classes yes and no, and rows.csv with its first 40 rows."""
    x = np.random.default_rng(0).normal(size=100)
    lines = ["x,answer", *(f"{v:.3f},{'yes' if v > 0.5 else 'no'}" for v in x)]
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    (folder / "rows.csv").write_text("\n".join(lines[:41]) + "\n")
    return folder


def test_a_saved_model_is_scored(run, train, folder):
    train("iris.csv", "--target", "species", *SMALL)
    outcome = run("evaluate", "iris-model", "iris.csv")
    assert (outcome.status, outcome.err) == (0, "")
    scores = deltarule.load(folder / "iris-model/model.safetensors").evaluate("iris.csv")
    for expected in (
        "iris.csv (header line, comma between columns): 150 rows with a target",
        f"{scores.correct_rows} of 150 rows are classified correctly",
        "versus 33.3% for always predicting 'setosa'.",
        "macro ROC AUC",
        "on 30 test rows, when the model was trained",
        "columns: predicted; rows: actual",
    ):
        assert expected in outcome.out, expected
    matrix = outcome.out.splitlines()[-3:]
    assert [
        [int(cell) for cell in line.split()[1:]] for line in matrix
    ] == scores.confusion.tolist()


def test_scores_are_printed_as_json(run, train, two_classes):
    train("table.csv", "--target", "answer", *SMALL, "--threshold", "0.3", "--positive-class", "no")
    (event,) = run("evaluate", "table-model", "rows.csv", "--json").events
    scores = deltarule.load(two_classes / "table-model/model.safetensors").evaluate("rows.csv")
    assert event["scores"]["roc_auc"] == scores.roc_auc
    assert event["confusion"] == scores.confusion.tolist()
    assert event["baseline"] == {"label": "no", "accuracy": scores.baseline_accuracy}
    assert (event["classes"], event["rows"]) == (["no", "yes"], 40)
    assert (event["positive_class"], event["threshold"]) == ("no", 0.3)


def test_unusual_rows_are_noted(run, train, folder):
    """As by predict: a score that falls has a cause."""
    texts = [
        f"{('awful', 'great')[i % 2]} coffee, {('us', 'them')[i % 3 > 1]}, no{i}" for i in range(90)
    ]
    lines = ["text,x,y", *(f'"{text}",{i % 7},{i % 2}' for i, text in enumerate(texts))]
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    train("table.csv", "--target", "y", *SMALL)
    (folder / "rows.csv").write_text("text,x,y\nSehr schlecht,3,0\ngreat coffee,999,1\n,2,1\n")
    notes = [
        "1 of 3 rows has a text without any word that the model knows: 'text' (1 row, for example 'Sehr "
        "schlecht').",
        "1 of 3 rows has numbers outside the range of the training rows: 'x' (1 row, up to 999, in "
        "training 6).",
    ]
    assert run("evaluate", "table-model", "rows.csv", "--json").events[0]["notes"] == notes
    shown = run("evaluate", "table-model", "rows.csv").out.replace("\n          ", " ")
    assert all(f"Note      {note}" in shown for note in notes)
    predicted = run("predict", "table-model", "rows.csv")
    assert predicted.err == "".join(f"deltarule: warning: {note}\n" for note in notes)


def test_a_regression_is_scored(run, train, folder):
    rows = "\n".join(f"{x},{3 * x + 1000}" for x in range(100))
    (folder / "line.csv").write_text(f"x,y\n{rows}\n")
    train("line.csv", "--target", "y", *SMALL)
    out = run("evaluate", "line-model", "line.csv").out
    assert "On 100 rows, the mean absolute error is" in out
    assert "pinball loss" in out
    (event,) = run("evaluate", "line-model", "line.csv", "--json").events
    assert set(event["scores"]) == {"r2", "rmse", "mae", "median_absolute_error", "pinball"}
    scores = deltarule.load(folder / "line-model/model.safetensors").evaluate("line.csv")
    assert (event["scores"]["rmse"], event["scores"]["pinball"]) == (scores.rmse, scores.pinball)


def test_what_cannot_be_scored_is_refused(run, train, refused, folder):
    train("iris.csv", "--target", "species", *SMALL)
    (folder / "other.csv").write_text(
        (folder / "iris.csv").read_text().replace("setosa", "sibirica")
    )
    message = refused("evaluate", "iris-model", "other.csv")
    assert "50 rows of other.csv have a 'species' that is none of the 3 classes" in message
    assert "('sibirica' 50)" in message
    lines = [line.rsplit(",", 1)[0] for line in (folder / "iris.csv").read_text().splitlines()]
    (folder / "other.csv").write_text("\n".join(lines) + "\n")
    assert "other.csv has no column 'species', the target" in refused(
        "evaluate", "iris-model", "other.csv"
    )
    assert "needs a SOURCE" in refused("evaluate", "iris-model")
    assert "needs a MODEL" in refused("evaluate")


def test_train_scores_a_test_file(run, train, two_classes):
    words = ("table.csv", "--target", "answer", *SMALL, "--test", "rows.csv")
    out = train(*words).out
    assert "100 for training in 2 folds" in out
    assert "40 for testing from rows.csv" in out
    assert "of 40 test rows are classified correctly" in out
    assert "--seed 1 --test rows.csv --out table-model-seed-1" in out  # the next command to try
    read, *_, result = train(*words, "--json").events
    assert read["split"] == {"training": 100, "validation": 0, "test": 40}
    assert (result["test_source"], result["test_scores"]["rows"]) == ("rows.csv", 40)
    assert "100 training, 0 validation, 40 test" in run("inspect", "table-model").out


def test_the_report_of_a_test_file(run, two_classes):
    words = (
        "train",
        "table.csv",
        "--target",
        "answer",
        *SMALL,
        "--test",
        "rows.csv",
        "--epochs",
        "2",
    )
    assert run(*words).status == 0
    report = (two_classes / "table-model/report.html").read_text()
    assert "--test rows.csv" in report
    assert "of 40 test rows" in report


def test_a_test_file_that_does_not_fit_is_refused(refused, two_classes):
    words = ("train", "table.csv", "--target", "answer", *SMALL, "--epochs", "2", "--test")
    assert "--test-fraction does not apply with" in refused(
        *words, "rows.csv", "--test-fraction", "0.3"
    )
    assert "no column 'x' in iris.csv" in refused(*words, "iris.csv")
    assert "none.csv" in refused(*words, "none.csv")


def test_train_shows_what_the_scores_mean(train, two_classes):
    out = train("table.csv", "--target", "answer", *SMALL, "--threshold", "f1").out
    for expected in (
        "is the positive class",
        "mean ± standard deviation of 2 networks, each on the 40 training rows",
        "a linear model",
        "always 'no'",
        "'yes' is predicted from a probability of 0.",
    ):
        assert expected in out, expected
    lines = out.splitlines()
    board = [line for line in lines if " F1 " in line and "log loss" in line and "ROC" in line]
    assert len(board) >= 3
    event = train("table.csv", "--target", "answer", *SMALL, "--json").events[-1]
    assert [one["name"] for one in event["baselines"]] == ["constant", "linear"]
    assert (event["positive_class"], event["threshold"]) == ("yes", None)
    assert event["cross_validated_scores"]["rows"] == [40] * 2


def test_a_threshold_changes_the_labels_of_predict(run, train, two_classes):
    for threshold in ("0.05", "0.95"):
        train("table.csv", "--target", "answer", *SMALL, "--threshold", threshold)
        rows = list(csv.DictReader(run("predict", "table-model", "rows.csv").out.splitlines()))
        for row in rows:
            expected = float(row["probability of yes"]) >= float(threshold)
            assert row["answer"] == ("yes" if expected else "no")
    assert "'yes' is predicted from a probability of 0.95" in run("inspect", "table-model").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--threshold", "auto"), "--threshold must be f1, balanced_accuracy, a ratio of costs"),
        (("--threshold", "1.2"), "--threshold must be"),
        (("--positive-class", "Yes!"), "--positive-class must be 'no' or 'yes'"),
    ],
)
def test_a_wrong_threshold_is_refused(refused, two_classes, words, message):
    assert message in refused("train", "table.csv", "--target", "answer", *SMALL, *words)

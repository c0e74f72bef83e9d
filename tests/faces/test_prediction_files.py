"""Files of predictions: distinct column names, and labels in the type of the target in every format."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest

import deltarule
from deltarule.data.writing import distinct_names
from deltarule.estimators import TabularClassifier
from deltarule.table_model import Prediction

CASES = {
    "integers": ([3, 1, 7], ["3", "1", "7"], "int64"),
    "booleans": ([True, False], ["true", "false"], "bool"),
    "numbers": ([0.5, 1234567.890625], ["0.5", "1234567.890625"], "double"),
    "texts": (["no", "yes"], ["no", "yes"], "string"),
}


@pytest.fixture
def written(run, folder):
    """Predict with a model for 30 rows; return the CSV rows, JSON rows and Parquet."""
    parquet = pytest.importorskip("pyarrow.parquet")

    def written(model, *words):
        model.save(folder / "m.safetensors")
        (folder / "x.csv").write_text(
            "x\n" + "\n".join(str(10 * (i % 3)) for i in range(30)) + "\n"
        )
        assert run("predict", "m.safetensors", "x.csv", *words, "--out", "p.parquet").status == 0
        as_csv = run("predict", "m.safetensors", "x.csv", *words).out
        as_json = run("predict", "m.safetensors", "x.csv", *words, "--json").out
        return (
            list(csv.DictReader(io.StringIO(as_csv))),
            [json.loads(line) for line in as_json.splitlines()],
            parquet.read_table(folder / "p.parquet"),
        )

    return written


@pytest.mark.parametrize(
    ("name", "is_estimator"),
    [*((name, False) for name in CASES), ("integers", True), ("booleans", True), ("texts", True)],
)
def test_labels_have_the_type_of_the_target(written, name, is_estimator):
    values, texts, kind = CASES[name]
    x, y = 10.0 * (np.arange(30) % 3), np.array(values)[np.arange(30) % 3 % len(values)]
    settings = {"epochs": 20, "folds": 1, "hidden": (8,)}
    if is_estimator:
        estimator = TabularClassifier(**settings, random_state=0).fit(pd.DataFrame({"x": x}), y)
        model, values = estimator.model_, estimator.classes_.tolist()
    else:
        model = deltarule.train({"x": x, "y": y}, "y", task="classification", **settings).model
    as_csv, as_json, table = written(model)
    labels = table["y"].to_pylist()
    assert str(table.schema.field("y").type) == kind
    assert set(labels) <= set(values)
    assert [row["prediction"] for row in as_json] == labels
    assert [row["y"] for row in as_csv] == [
        dict(zip(CASES[name][0], texts, strict=True))[v] for v in labels
    ]
    assert set(as_json[0]["probabilities"]) == set(texts)


@pytest.mark.parametrize("spelled", [("False", "True"), ("FALSE", "TRUE"), ("false", "true")])
def test_booleans_of_a_csv_are_written_as_they_were_spelled(written, run, folder, spelled):
    rows = [f"{10 * (i % 3)},{spelled[i % 2]},{spelled[i % 3 % 2]}\n" for i in range(60)]
    (folder / "t.csv").write_text("x,flag,y\n" + "".join(rows))
    model = deltarule.train(
        folder / "t.csv", "y", epochs=20, folds=1, hidden=(8,),
        drop=("flag",), positive_class="true", class_weight={"TRUE": 2},
    ).model  # fmt: skip
    as_csv, as_json, table = written(model)
    assert {row["y"] for row in as_csv} == set(spelled)
    assert list(as_csv[0])[1:] == [f"probability of {text}" for text in spelled]
    assert {row["prediction"] for row in as_json} == {True, False}
    assert str(table.schema.field("y").type) == "bool"
    table = deltarule.data.read_table(folder / "t.csv")
    assert set(table["flag"].texts()) == set(spelled)
    (folder / "t.jsonl").write_text('{"x": 20, "y": false}\n{"x": 10, "y": true}\n' * 20)
    evaluated = run("evaluate", "m.safetensors", "t.jsonl", "--json")
    assert evaluated.status == 0
    assert evaluated.events[-1]["positive_class"] == spelled[1]


@pytest.mark.parametrize("target", ["y", "probability of yes", "Probability of YES (2)"])
def test_classes_that_differ_in_case_have_columns_of_their_own(written, target):
    """SQL does not distinguish names by case: DuckDB itself would rename or refuse the columns."""
    y = np.array(["Yes", "yes", "YES"], object)[np.arange(30) % 3]
    table = {"x": 10.0 * (np.arange(30) % 3), target: y}
    model = deltarule.train(table, target, epochs=5, folds=1, hidden=(8,)).model
    as_csv, as_json, parquet = written(model)
    names = list(as_csv[0])
    assert len({name.lower() for name in names}) == 4
    assert parquet.column_names == names
    assert names[0] == target
    for index, name in enumerate(names[1:]):
        label = model.target.classes[index]
        assert name.startswith(f"probability of {label}")
        wanted = [row["probabilities"][label] for row in as_json]
        assert parquet[name].to_pylist() == wanted
        np.testing.assert_allclose([float(row[name]) for row in as_csv], wanted, rtol=1e-8)


def test_quantiles_and_a_target_of_the_same_name(written):
    x = 10.0 * (np.arange(30) % 3)
    model = deltarule.train(
        {"x": x, "quantile 0.5": x}, "quantile 0.5", task="regression", epochs=5, hidden=(8,)
    ).model
    words = ("--quantiles", "0.5,0.5,0.1234567,0.1234568")
    as_csv, as_json, parquet = written(model, *words)
    assert parquet.column_names == list(as_csv[0]) == [
        "quantile 0.5", "quantile 0.5 (2)", "quantile 0.5 (3)",
        "quantile 0.1234567", "quantile 0.1234568",
    ]  # fmt: skip
    assert list(as_json[0]["quantiles"]) == ["0.5", "0.1234567", "0.1234568"]
    assert parquet["quantile 0.5 (2)"].to_pylist() == [r["quantiles"]["0.5"] for r in as_json]
    assert isinstance(as_json[0]["prediction"], float)


@pytest.mark.parametrize(
    ("names", "distinct"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "A", "a"], ["a", "A (2)", "a (3)"]),
        (["a", "A", "A (2)"], ["a", "A (3)", "A (2)"]),
        (["ä", "Ä"], ["ä", "Ä (2)"]),
    ],
)
def test_a_repeated_name_gets_the_lowest_free_number(names, distinct):
    assert distinct_names(names) == distinct


def test_the_columns_of_a_prediction_are_typed_unless_texts_are_wanted():
    values = np.array([True, False])
    prediction = Prediction("y", values, np.array([[0.1, 0.9], [0.8, 0.2]]), ("false", "true"))
    assert prediction.columns()["y"].dtype == bool
    assert prediction.columns(as_text=True)["y"].tolist() == ["true", "false"]

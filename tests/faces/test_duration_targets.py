"""A target of durations is predicted in hours, and a target of dates is refused, in every face alike."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import deltarule
from deltarule.data.writing import write_csv
from deltarule.errors import DataError
from deltarule.estimators import TabularClassifier, TabularRegressor

HOURS = np.arange(40) % 4 + 1.0
TIMES = pd.Series(pd.to_timedelta(HOURS, unit="h"), name="y")
X = pd.DataFrame({"x": HOURS})
QUICK = {"epochs": 2, "folds": 2, "hidden": (4,)}


def parquet(folder, *, interval: bool):
    path = folder / "t.parquet"
    if interval:
        duckdb = pytest.importorskip("duckdb")
        frame = pd.DataFrame({"x": HOURS, "s": 3600 * HOURS})  # noqa: F841 - read by DuckDB
        duckdb.sql(f"COPY (SELECT x, to_seconds(s) AS y FROM frame) TO '{path}'")
    else:
        X.assign(y=TIMES).to_parquet(path)
    return path


def csv(folder):
    with (folder / "t.csv").open("wb") as file:
        texts = np.array([f"{int(hours)}:00:00" for hours in HOURS], dtype=object)
        write_csv({"x": HOURS, "y": texts}, file)
    return folder / "t.csv"


SOURCES = {
    "pandas": lambda folder: X.assign(y=TIMES),
    "dict": lambda folder: {"x": HOURS, "y": TIMES.to_numpy()},
    "interval": lambda folder: parquet(folder, interval=True),
    "pandas parquet": lambda folder: parquet(folder, interval=False),
    "csv": csv,
}


@pytest.mark.parametrize("name", SOURCES)
def test_durations_are_predicted_in_hours(name, tmp_path):
    source = SOURCES[name](tmp_path)
    result = deltarule.train(source, "y", task="regression" if name == "csv" else "auto", **QUICK)
    assert result.model.task == "regression"  # although 1, 2, 3 and 4 could be classes
    assert result.model.calibration.target_range == pytest.approx((1.0, 4.0))
    assert any("hours" in note for note in result.notes)


@pytest.mark.parametrize(
    "y",
    [TIMES, TIMES.to_numpy(), [timedelta(hours=h) for h in HOURS.tolist()], TIMES.astype(object)],
    ids=["series", "array", "list", "objects"],
)
def test_the_regressor_predicts_hours_and_says_so(y):
    model = TabularRegressor(**QUICK, random_state=0).fit(X, y)
    assert model.model_.calibration.target_range == (1.0, 4.0)
    assert "y has durations, which are predicted in hours." in model.notes_
    assert model.permutation_importance(X, y)[0].column == "x"
    as_hours = TabularRegressor(**QUICK, random_state=0).fit(X, pd.Series(HOURS, name="y"))
    np.testing.assert_array_equal(model.predict(X), as_hours.predict(X))


def test_durations_are_no_classes():
    with pytest.raises(DataError, match="durations, which are numbers of hours"):
        TabularClassifier().fit(X, TIMES)
    with pytest.raises(DataError, match="durations, which are numbers of hours"):
        deltarule.train(X.assign(y=TIMES), "y", task="classification")


def test_missing_durations_are_counted():
    with pytest.raises(DataError, match="missing values in 1 of 40 rows"):
        TabularRegressor().fit(X, TIMES.where(np.arange(40) > 0))


def test_dates_are_refused_alike():
    days = pd.Series(pd.Timestamp("2024-01-01") + TIMES, name="y")
    for fit in (
        lambda: TabularRegressor().fit(X, days),
        lambda: TabularClassifier().fit(X, days),
        lambda: deltarule.train(X.assign(y=days), "y"),
    ):
        with pytest.raises(
            DataError, match="holds dates, which cannot be predicted: choose another"
        ):
            fit()

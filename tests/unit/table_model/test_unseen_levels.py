"""Intervals of rows with an unseen category: as wide as measured on rows whose category was hidden."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import DataWarning, ModelFileError
from deltarule.estimators import TabularRegressor
from deltarule.table_model.prediction_intervals import (
    LEVELS,
    UnseenErrors,
    unseen_errors_from_arrays,
)
from deltarule.table_model.unseen_levels import unseen_quantiles

RNG = np.random.default_rng(1)
LEVELS_OF_A, ROWS = 30, 1500
EFFECTS = 3 * RNG.normal(size=LEVELS_OF_A)


def table(effects: np.ndarray, name: str, rows: int = ROWS) -> dict[str, np.ndarray]:
    codes, x = RNG.integers(0, len(effects), rows), RNG.normal(size=rows)
    a = np.array([f"{name}{i}" for i in range(len(effects))], object)[codes]
    b = RNG.choice(["u", "v"], rows)
    return {"a": a, "b": b, "x": x, "y": 2 * x + effects[codes] + RNG.normal(size=rows)}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> dr.TableModel:
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    dr.train(table(EFFECTS, "seen"), "y", epochs=12, folds=4, hidden=(64, 64)).model.save(path)
    return dr.load(path)


def coverage(model, rows) -> tuple[float, float]:
    low, high = model.predict(rows, quantiles=[0.05, 0.95]).quantiles.T
    return float(((rows["y"] >= low) & (rows["y"] <= high)).mean()), float((high - low).mean())


def test_rows_with_new_levels_are_covered(model):
    """Nominal 90 %; without wider intervals about 40 % of the rows of new levels are covered."""
    ordinary, width = coverage(model, table(EFFECTS, "seen"))
    new, wider = coverage(model, table(3 * RNG.normal(size=300), "new"))
    assert 0.85 < ordinary < 0.96
    assert 0.85 < new < 0.99
    assert wider > 2 * width


def test_other_rows_and_all_values_keep_every_bit(model):
    rows = table(EFFECTS, "seen", 50)
    before = model.predict(rows, quantiles=[0.05, 0.5, 0.95])
    rows["a"] = rows["a"].copy()
    rows["a"][7] = "new"
    after = model.predict(rows, quantiles=[0.05, 0.5, 0.95])
    others = np.arange(50) != 7
    np.testing.assert_array_equal(after.quantiles[others], before.quantiles[others])
    np.testing.assert_array_equal(after.values[others], before.values[others])
    assert (np.diff(after.quantiles[7]) > 0).all()
    narrow = model.prediction(model.outputs(model.read(rows)), [0.05, 0.5, 0.95]).quantiles[7]
    assert after.quantiles[7, 1] == narrow[1]
    assert after.quantiles[7, 0] < narrow[0]
    assert after.quantiles[7, 2] > narrow[2]


def test_the_estimator_widens_its_intervals_too():
    import pandas as pd

    frame = pd.DataFrame(table(EFFECTS, "seen", 600))
    model = TabularRegressor(epochs=6, folds=2, hidden=(16,), random_state=0)
    model.fit(frame.drop(columns="y"), frame["y"])
    row = frame.drop(columns="y").head(1)
    seen = np.diff(model.predict_interval(row)).item()
    with pytest.warns(DataWarning, match="'a' \\(1 row, for example 'new'\\)"):
        unseen = np.diff(model.predict_interval(row.assign(a="new"))).item()
    assert unseen > 1.5 * seen


def test_levels_have_the_same_weight_whatever_their_rows():
    errors = np.array([10.0, *[0.0] * 99, -10.0])
    levels = np.array([[0], *[[1]] * 99, [2]])
    found = unseen_quantiles(errors, levels)
    assert found[LEVELS == 0.9][0] == 10  # of three levels, one has this error
    assert found[LEVELS == 0.5][0] == 0
    assert (np.diff(found) >= 0).all()


def test_a_column_that_was_not_measured_gets_the_widest_errors():
    one, other = np.where(LEVELS < 0.5, -1.0, 2.0), np.where(LEVELS < 0.5, -3.0, 1.0)
    errors = UnseenErrors(np.array([4, 7]), np.stack([one, other]))
    quantiles, values = np.array([[0.0, 0.0, 0.0]]), np.array([0.0])
    assert errors.widened(quantiles, values, (0.1, 0.5, 0.9), 4).tolist() == [[-1, 0, 2]]
    assert errors.widened(quantiles, values, (0.1, 0.5, 0.9), 5).tolist() == [[-3, 0, 2]]


def test_arrays_round_trip_and_damaged_arrays_are_refused():
    errors = UnseenErrors(np.array([1]), np.linspace(-1, 1, 101)[None])
    again = unseen_errors_from_arrays(errors.arrays(), "m")
    np.testing.assert_array_equal(again.errors, errors.errors)
    assert unseen_errors_from_arrays({}, "m") is None
    for name, damaged in (
        ("errors.unseen", errors.errors[:, ::-1]),
        ("errors.unseen", errors.errors[:, :5]),
        ("errors.unseen", errors.errors * np.nan),
        ("errors.unseen_columns", np.array([1.0])),
        ("errors.unseen_columns", None),
    ):
        arrays = {k: v for k, v in (errors.arrays() | {name: damaged}).items() if v is not None}
        with pytest.raises(ModelFileError, match="unseen levels"):
            unseen_errors_from_arrays(arrays, "m")


def test_classifiers_and_tables_without_texts_measure_nothing():
    rows = table(EFFECTS, "seen", 60)
    settings = {"epochs": 2, "folds": 2, "hidden": (4,)}
    numbers = {"x": rows["x"], "y": rows["y"]}
    assert dr.train(numbers, "y", **settings).model.calibration.unseen_errors is None
    assert dr.train(rows, "b", **settings).model.calibration.unseen_errors is None

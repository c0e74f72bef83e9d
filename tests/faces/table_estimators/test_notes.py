"""The estimators check the rows before training as `deltarule.train` does."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule import TabularRegressor


def test_notes_of_fit_name_leaks_and_time_order():
    pandas = pytest.importorskip("pandas")
    random = np.random.default_rng(0)
    y = np.cumsum(random.normal(size=200))
    hours = np.datetime64("2024-01-01T00", "h") + np.arange(200)
    X = pandas.DataFrame({"hour": hours, "total": 2 * y, "noise": random.normal(size=200)})
    model = TabularRegressor(folds=1, epochs=1, hidden=(), random_state=0)
    leak, order = model.fit(X, y).notes_
    assert leak.startswith("Column 'total' alone predicts 'y' (R² ")
    assert order == (
        "Validation rows are drawn at random, but the rows are in the order of column 'hour': if "
        "predictions are for a later time, set `time='hour'` to validate on the last rows."
    )
    assert len(model.fit(X, y, time="hour").notes_) == 1

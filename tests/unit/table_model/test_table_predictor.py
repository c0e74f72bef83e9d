"""TablePredictor: ready before the first row, the same bits as the model, shared by threads, pickled."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import ColumnError, DeltaruleError, SettingError
from deltarule.table_model import table_predictor

ROWS = 60
CELLS = {
    "number": np.linspace(-3, 3, ROWS).tolist(),
    "text": ["a", "b", "c"] * (ROWS // 3),
}
RECORDS = [dict(zip(CELLS, row, strict=True)) for row in zip(*CELLS.values(), strict=True)]


@pytest.fixture(scope="module")
def model() -> dr.TableModel:
    table = CELLS | {"y": [x * x for x in CELLS["number"]]}
    return dr.train(table, "y", folds=2, epochs=2, hidden=(4,)).model


def test_predictions_are_those_of_the_model(model):
    predictor = model.predictor()
    for source in (CELLS, RECORDS, RECORDS[3], [RECORDS[3] | {"text": "new"}]):
        found, expected = (m.predict(source, quantiles=[0.1, 0.9]) for m in (predictor, model))
        assert found.values.tobytes() == expected.values.tobytes()
        assert found.quantiles.tobytes() == expected.quantiles.tobytes()
        assert found.notes == expected.notes


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_it_is_ready(model, engine, monkeypatch):
    predictors = [model.predictor(engine=engine)]
    predictors += [pickle.loads(pickle.dumps(predictors[0])), copy.deepcopy(predictors[0])]
    expected = model.predict(RECORDS, engine=engine).values
    monkeypatch.setattr(table_predictor, "UsualRows", None)  # could not be made any more
    for predictor in predictors:
        assert predictor.predict(RECORDS).values.tobytes() == expected.tobytes()


def test_threads_share_it(model):
    predictor = model.predictor()
    expected = [predictor.predict(row).values[0] for row in RECORDS]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            found = list(threads.map(lambda row: predictor.predict(row).values[0], RECORDS))
            assert found == expected


def test_it_cannot_be_changed(model):
    with pytest.raises(FrozenInstanceError):
        model.predictor().engine = "reference"


def test_a_pickle_is_as_small_as_that_of_the_model(model):
    assert len(pickle.dumps(model.predictor())) <= len(pickle.dumps(model)) + 500


def test_what_cannot_be_predicted_is_refused(model):
    with pytest.raises(DeltaruleError, match="'jax'"):
        model.predictor(engine="jax")
    with pytest.raises(ColumnError, match="'text'"):
        model.predictor().predict({"number": 3})
    with pytest.raises(SettingError, match="quantiles"):
        model.predictor().predict(RECORDS, quantiles=2)


def test_its_text_says_what_it_predicts(model):
    assert repr(model.predictor()) == "<TablePredictor: 'y' (regression) from 2 columns>"

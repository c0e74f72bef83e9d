"""A model of free text behind HTTP: unusual rows are answered as by `predict`, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import numpy as np
import pytest
from prediction_client import Client, running_predictions
from unit.serving.tables import QUICK, saved

import deltarule as dr

WORDS = ["coffee", "parcel", "great", "awful", "stale", "online"]
ROW = {"review": "great coffee", "shop": "web", "cups": 3}
UNSEEN = 'deltarule_unseen_levels_total{column="review",model="reviews"}'
MISSING = 'deltarule_missing_cells_total{column="review",model="reviews"}'


@pytest.fixture(scope="module")
def model() -> dr.TableModel:
    rng = np.random.default_rng(0)
    rows = range(200)
    texts = [" ".join([*rng.choice(WORDS, 3), f"no{i}"]) if i % 20 else None for i in rows]
    shops = rng.choice(["web", "phone"], 200).tolist()
    table = {"review": texts, "shop": shops, "cups": [i % 9 for i in rows], "y": [*rows]}
    return dr.train(table, "y", **QUICK).model


@pytest.fixture(scope="module")
def served(model, tmp_path_factory) -> Iterator[Client]:
    place = saved(model, tmp_path_factory.mktemp("texts") / "reviews.safetensors")
    with running_predictions([place]) as client:
        yield client


@pytest.mark.parametrize(
    ("changes", "unseen", "missing"),
    [
        ([{}, {"review": "Online PARCEL"}], 0, 0),
        ([{"review": "Sehr schlecht"}], 1, 0),
        ([{"review": "Sehr schlecht"}, {}, {"review": 12.5}, {"review": None}], 2, 1),
        ([{"review": ""}, {"review": " NA "}], 0, 2),
        ([{"shop": "fax"}], 0, 0),
        ([{"cups": 900}], 0, 0),
        ([{}] * 250, 0, 0),
    ],
)
def test_rows_are_answered_as_by_predict_and_counted(served, model, changes, unseen, missing):
    rows = [ROW | change for change in changes]
    before = served.counts()
    answer = served.send("/predict", {"rows": rows, "quantiles": [0.05, 0.95]})
    after = served.counts()
    assert answer.status == 200
    columns = {name: [row[name] for row in rows] for name in ROW}
    expected = model.predict(columns, quantiles=[0.05, 0.95])
    found = answer.json["predictions"]
    assert [row["prediction"] for row in found] == expected.values.tolist()
    assert [[*row["quantiles"].values()] for row in found] == expected.quantiles.tolist()
    assert answer.json["notes"] == list(expected.notes)
    assert any("without any word" in note for note in expected.notes) == (unseen > 0)
    assert after.get(UNSEEN, 0) - before.get(UNSEEN, 0) == unseen
    assert after.get(MISSING, 0) - before.get(MISSING, 0) == missing


def test_the_form_has_room_for_a_text_and_shows_the_note(served):
    assert '<textarea id="column-0"' in served.send("/").text
    form = urlencode({"column-0": "Sehr </textarea> schlecht", "column-1": "web", "column-2": "3"})
    page = served.send("/models/reviews", form).text
    assert "Sehr &lt;/textarea&gt; schlecht</textarea>" in page
    assert "1 of 1 row has a text without any word that the model knows" in page

"""POST /predict: the same bits as `predict`, and a sentence for every mistake in the rows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from prediction_client import running_predictions
from unit.serving.tables import PET, QUICK, ROW, houses, saved

import deltarule as dr
from deltarule.serving.json_answers import json_bytes
from deltarule.serving.limits import ServingLimits
from deltarule.serving.request_batches import MAX_BATCH_ROWS

HOUSES, PETS = "/models/houses/predict", "/models/pets/predict"


def as_rows(columns: dict[str, list], without: str) -> list[dict]:
    names = [name for name in columns if name != without]
    return [
        dict(zip(names, row, strict=True)) for row in zip(*map(columns.get, names), strict=True)
    ]


@pytest.mark.parametrize("rows", [1, 3, MAX_BATCH_ROWS + 20])
def test_answers_are_those_of_predict_to_the_bit(served, models, rows):
    columns = {name: cells[:rows] for name, cells in houses().items()}
    columns["area"][0] = None
    columns["district"][-1] = "elsewhere"
    sent = {"rows": as_rows(columns, "price"), "quantiles": [0.05, 0.95]}
    answer = served.send(HOUSES, sent).json
    expected = models["houses"].predict(columns, quantiles=[0.05, 0.95])
    found = answer["predictions"]
    assert [row["prediction"] for row in found] == expected.values.tolist()
    assert [list(row["quantiles"].values()) for row in found] == expected.quantiles.tolist()
    assert answer["notes"] == list(expected.notes)
    assert answer["model"] == "houses"


def test_requests_at_the_same_time_get_what_they_get_alone(served, models):
    columns = houses()
    rows = as_rows(columns, "price")
    changes = [{}, {"area": None}, {"area": 1e4}, {"kind": "castle"}, {"sold": "2040-01-01"}]
    sent = [
        {"rows": [row | changes[i % len(changes)] for row in rows[i : i + 1 + i % 3]]}
        for i in range(60)
    ]
    with ThreadPoolExecutor(16) as pool:
        answers = [answer.json for answer in pool.map(lambda b: served.send(HOUSES, b), sent)]
    for body, answer in zip(sent, answers, strict=True):
        cells = {name: [row[name] for row in body["rows"]] for name in ROW}
        expected = models["houses"].predict(cells)
        assert answer["predictions"] == expected.records()
        assert answer["notes"] == list(expected.notes)


def test_classes_have_their_type_and_probabilities(served, models):
    answer = served.send(PETS, [PET, PET | {"sound": None}]).json
    expected = models["pets"].predict({"legs": [4, 4], "sound": ["meow", None]})
    assert answer["predictions"] == expected.records()
    assert type(answer["predictions"][0]["prediction"]) is int


def test_a_list_and_an_object_of_rows_are_the_same(served):
    assert served.send(HOUSES, [ROW]).text == served.send(HOUSES, {"rows": [ROW]}).text


def test_columns_of_training_that_the_model_does_not_use_are_ignored(served):
    others = {"number": 7, "price": 3.0}
    assert served.send(HOUSES, [ROW | others]).text == served.send(HOUSES, [ROW]).text


def test_texts_are_read_as_in_training(served):
    texts = ROW | {"area": "90.5", "balcony": "true"}
    assert served.send(HOUSES, [texts]).text == served.send(HOUSES, [ROW]).text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"aera": 1.0}, "Row 1 has the column 'aera', which the model does not know. Omit it."),
        ({"area": "big"}, "Row 1, column 'area': \"big\" is not a number. Send a number, such as"),
        ({"area": True}, "column 'area': true is not a number"),
        ({"area": [1]}, "column 'area': [1] is not a number"),
        ({"kind": False}, "column 'kind': false is not a text"),
        ({"sold": "yesterday"}, "column 'sold': \"yesterday\" is not a date. Send a date, such as"),
        ({"balcony": "perhaps"}, "column 'balcony': \"perhaps\" is not true or false"),
        ({"balcony": {"a": 1}}, "column 'balcony': {\"a\": 1} is not true or false"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(served, changed, words):
    status, sentence = served.refusal(HOUSES, [ROW | changed])
    assert status == 422
    assert words in sentence


def test_the_row_is_named(served):
    status, sentence = served.refusal(HOUSES, [ROW, ROW, ROW | {"area": "big"}])
    assert (status, sentence[:22]) == (422, "Row 3, column 'area': ")
    renamed = {"aera" if name == "area" else name: cell for name, cell in ROW.items()}
    status, sentence = served.refusal(HOUSES, [ROW, renamed])
    assert sentence == (
        "Row 2 has the column 'aera', which the model does not know. Did you mean 'area'?"
    )
    less = {name: cell for name, cell in ROW.items() if name not in ("kind", "sold")}
    status, sentence = served.refusal(HOUSES, [ROW, less])
    assert sentence == "Row 2 lacks 'kind' and 1 other column: send null for a missing value."


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("", 400, "The body is empty"),
        ("{", 400, "it is not JSON"),
        (b'["\xff"]', 400, "not UTF-8"),
        ('[{"area": NaN}]', 400, "NaN"),
        ('[{"area": 1e999}]', 400, "too large"),
        ('[{"area": 1, "area": 2}]', 400, "duplicate key"),
        ("[" * 100_000, 400, "nested deeper"),
        ("3", 422, "Send a list of rows"),
        ("[]", 422, "There are no rows"),
        ("[3]", 422, "Row 1 must be an object of columns and values, got 3."),
        ("[{}]", 422, "Row 1 lacks 'area' and 4 other columns"),
        ({"row": []}, 422, 'The object has no "rows".'),
        (ROW, 422, "Put the row into a list"),
        ({"rows": [ROW], "quantile": [0.5]}, 422, "has the key 'quantile'"),
        ({"rows": ROW}, 422, "must be a list of objects"),
        ({"rows": [ROW], "quantiles": ["x"]}, 422, "must be a list of numbers"),
        ({"rows": [ROW], "quantiles": [2]}, 422, "quantiles"),
        ({"rows": [ROW], "quantiles": [True]}, 422, "must be a list of numbers"),
    ],
)
def test_other_bodies_are_refused_in_a_sentence(served, body, status, words):
    found, sentence = served.refusal(HOUSES, body, method="POST")
    assert (found, words in sentence) == (status, True), sentence


def test_classes_have_no_quantiles(served):
    status, sentence = served.refusal(PETS, {"rows": [PET], "quantiles": [0.5]})
    assert status == 422
    assert "quantiles" in sentence


def test_the_models_are_listed_where_none_is_named(served):
    status, sentence = served.refusal("/predict", [ROW])
    assert (status, "/models/houses/predict, /models/pets/predict" in sentence) == (404, True)
    status, sentence = served.refusal("/models/house/predict", [ROW])
    assert (status, sentence) == (404, "There is no model 'house'. Did you mean 'houses'?")


def test_too_many_rows_and_bytes_are_refused(places):
    limits = ServingLimits(max_rows=2, max_bytes=1000)
    with running_predictions([places["pets"]], limits) as client:
        assert client.send("/predict", [PET, PET]).status == 200
        assert client.refusal("/predict", [PET] * 3)[0] == 413
        status, sentence = client.refusal("/predict", " " * 1001)
        assert (status, "more than 1,000 bytes" in sentence) == (413, True)
        chunks = b"3e8\r\n" + b" " * 1000 + b"\r\n"  # without a Content-Length
        with client.connect() as connection:
            connection.sendall(
                b"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                + 2 * chunks
            )
            assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_unusual_cells_are_counted(served):
    before = served.counts()
    answer = served.send(HOUSES, [ROW | {"kind": "castle", "area": None}, ROW | {"kind": " flat "}])
    assert "castle" in answer.json["notes"][0]
    after = served.counts()

    def more(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    assert more('deltarule_rows_total{model="houses"}') == 2
    assert more('deltarule_unseen_levels_total{column="kind",model="houses"}') == 1
    assert more('deltarule_missing_cells_total{column="area",model="houses"}') == 1
    assert more('deltarule_requests_total{path="/predict",status="200"}') == 1
    assert more('deltarule_request_seconds_count{path="/predict"}') == 1
    assert more('deltarule_missing_cells_total{column="kind",model="houses"}') == 0


def test_numbers_that_are_not_finite_become_null():
    value = {"a": [np.inf, -np.inf, np.nan, 1.5], "b": None}
    assert json.loads(json_bytes(value)) == {"a": [None, None, None, 1.5], "b": None}


def test_fractions_in_a_column_of_percentages_are_noted(tmp_path):
    table = {"discount": ["0%", "10%", "20%"] * 40, "price": [150.0, 140.0, 130.0] * 40}
    model = dr.train(table, "price", **QUICK).model
    rows = [{"discount": cell} for cell in (20, 0.2, "0.2", "0.2%", 0)]
    with running_predictions([saved(model, tmp_path / "m.safetensors")]) as client:
        answers = [client.send("/predict", [row]).json for row in rows]
    for row, answer in zip(rows, answers, strict=True):
        expected = model.predict(row)
        assert answer["predictions"] == expected.records()
        assert answer["notes"] == list(expected.notes)
    assert [len(answer["notes"]) for answer in answers] == [0, 1, 1, 0, 0]
    assert "such as 0.2, which is read as 0.2%" in answers[1]["notes"][0]

"""A server of models of groups: the answers of `predict`, and what it says about unknown groups."""

from __future__ import annotations

import re

import pytest
from prediction_client import running_predictions
from unit.serving.tables import saved
from unit.table_model.grouped_tables import QUICK, rows_of, sales, without

import deltarule as dr
from deltarule.errors import ModelFileError
from deltarule.formats.model_file import read_model, write_model
from deltarule.serving.served_model import load

ROWS = [
    {"shop": "north", "price": 0.5, "color": "red"},
    {"shop": "south", "price": -0.25, "color": "blue"},
    {"shop": "north", "price": 0.75, "color": None},
]


@pytest.fixture(scope="module")
def models():
    table = sales()
    return {
        "amounts": dr.train(without(table, "sold"), "amount", by="shop", **QUICK).model,
        "sold": dr.train(without(table, "amount"), "sold", by="shop", **QUICK).model,
    }


@pytest.fixture(scope="module")
def places(models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grouped")
    return {name: saved(model, folder / f"{name}.safetensors") for name, model in models.items()}


@pytest.fixture(scope="module")
def served(places):
    with running_predictions(list(places.values())) as client:
        yield client


def test_rows_are_answered_as_by_predict(served, models):
    for name, model in models.items():
        answer = served.send(f"/models/{name}/predict", ROWS)
        assert answer.status == 200
        assert answer.json["predictions"] == model.predict(ROWS).records()
    quantiles = served.send("/models/amounts/predict", {"rows": ROWS, "quantiles": [0.1, 0.9]})
    expected = models["amounts"].predict(ROWS, quantiles=[0.1, 0.9]).records()
    assert quantiles.json["predictions"] == expected


def test_many_rows_are_answered_as_by_predict(served, models):
    table = without(sales(), "sold", "amount")
    columns = list(table)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*table.values(), strict=True)] * 3
    answer = served.send("/models/amounts/predict", rows)
    assert answer.status == 200
    assert answer.json["predictions"] == models["amounts"].predict(rows).records()
    assert any("predicted by the model of all rows" in note for note in answer.json["notes"])


def test_a_row_of_an_unknown_group_is_answered_with_a_note_and_counted(served, models):
    row = {"shop": "of a new city", "price": 0.5, "color": "red"}
    answer = served.send("/models/amounts/predict", [row])
    expected = models["amounts"].all_rows.predict(row).records()
    assert answer.json["predictions"] == expected
    assert "'of a new city'" in answer.json["notes"][0]
    metrics = served.send("/metrics").text
    assert re.search(r'unseen_levels_total\{column="shop",model="amounts"\} [1-9]', metrics)


def test_a_row_without_the_column_of_the_groups_is_refused(served):
    answer = served.send("/models/amounts/predict", [{"price": 0.5, "color": "red"}])
    assert answer.status == 422
    assert answer.json["error"] == "Row 1 lacks 'shop': send null for a missing value."


def test_the_open_inference_protocol_predicts_by_group(served, models):
    metadata = served.send("/v2/models/amounts").json
    assert [column["name"] for column in metadata["inputs"]] == ["shop", "price", "color"]
    inputs = [
        {
            "name": name,
            "datatype": "FP64" if name == "price" else "BYTES",
            "shape": [3],
            "data": [row[name] for row in ROWS],
        }
        for name in ("shop", "price", "color")
    ]
    answer = served.send("/v2/models/amounts/infer", {"inputs": inputs})
    assert answer.json["outputs"][0]["data"] == models["amounts"].predict(ROWS).values.tolist()


def test_the_documents_name_the_groups(served):
    schema = served.send("/openapi.json").json["components"]["schemas"]["amounts.Row"]
    assert schema["properties"]["shop"]["examples"] == ["north", "south", "west"]
    assert served.send("/models/amounts").status == 200
    form = served.send("/models/amounts").text
    assert "north" in form


def test_a_file_with_a_damaged_model_is_refused_when_the_server_starts(places, tmp_path):
    file = read_model(places["amounts"].path, kind=None)
    arrays = {name: array.copy() for name, array in file.arrays.items()}
    arrays["models"][arrays["bounds"][2] - 3] ^= 1
    path = tmp_path / "damaged.safetensors"
    write_model(path, file.description, arrays, file.kind)
    with pytest.raises(ModelFileError, match=r"the model of shop north' is damaged"):
        load(type(places["amounts"])("damaged", str(path)))


def test_numbers_may_name_groups(tmp_path):
    table = without(sales(), "sold")
    table["shop"] = [{"north": 1, "south": 2, "west": 30}.get(name) for name in table["shop"]]
    model = dr.train(table, "amount", by="shop", **QUICK).model
    rows = [
        {"shop": 30, "price": 0.5, "color": "red"},
        {"shop": "30", "price": 0.5, "color": "red"},
    ]
    with running_predictions([saved(model, tmp_path / "numbers.safetensors")]) as client:
        answer = client.send("/predict", rows).json["predictions"]
        document = client.send("/openapi.json").json
    own = model.group("30").predict(
        rows_of({"price": table["price"], "color": table["color"]}, [0])
    )
    assert len(own) == 1
    assert answer[0] == answer[1] == model.predict(rows[0]).records()[0]
    example = document["components"]["schemas"]["numbers.Row"]["properties"]["shop"]["examples"]
    assert example == [1.0]

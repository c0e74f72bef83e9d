"""The Open Inference Protocol, version 2: requests as its clients send them."""

from __future__ import annotations

import pytest
from unit.serving.tables import ROW

import deltarule

INFER = "/v2/models/houses/infer"
DATATYPES = {
    "area": "FP64",
    "kind": "BYTES",
    "district": "BYTES",
    "sold": "BYTES",
    "balcony": "BOOL",
}


def tensors(*rows: dict, **changed: dict) -> list[dict]:
    return [
        {"name": name, "datatype": datatype, "shape": [len(rows)], "data": [r[name] for r in rows]}
        | changed.get(name, {})
        for name, datatype in DATATYPES.items()
    ]


def test_health_and_metadata(served):
    assert served.send("/v2/health/live").json == {"live": True}
    assert served.send("/v2/health/ready").json == {"ready": True}
    about = served.send("/v2").json
    assert (about["name"], about["version"]) == ("deltarule", deltarule.__version__)
    model = served.send("/v2/models/houses").json
    assert {i["name"]: i["datatype"] for i in model["inputs"]} == DATATYPES
    assert model["outputs"] == [{"name": "prediction", "datatype": "FP64", "shape": [-1]}]
    (version,) = model["versions"]
    assert served.send(f"/v2/models/houses/versions/{version}").json == model
    assert served.send("/v2/models/houses/ready").json == {"name": "houses", "ready": True}
    assert served.refusal("/v2/models/houses/versions/2")[0] == 404
    assert served.refusal("/v2/models/none")[0] == 404
    outputs = served.send("/v2/models/pets").json["outputs"]
    assert [(o["datatype"], o["shape"]) for o in outputs] == [("INT64", [-1]), ("FP64", [-1, 2])]


def test_inference_gives_the_values_of_predict(served, models):
    rows = [ROW, ROW | {"area": None, "kind": "castle"}]
    nested = {"shape": [2, 1], "data": [[ROW["sold"]], [ROW["sold"]]]}
    sent = {"id": "42", "inputs": tensors(*rows, sold=nested), "parameters": {"quantiles": [0.1]}}
    answer = served.send(INFER, sent).json
    columns = {name: [row[name] for row in rows] for name in ROW}
    expected = models["houses"].predict(columns, quantiles=[0.1])
    assert (answer["model_name"], answer["id"]) == ("houses", "42")
    values, quantiles = answer["outputs"]
    assert values == {
        "name": "prediction", "datatype": "FP64", "shape": [2], "data": expected.values.tolist()
    }  # fmt: skip
    assert quantiles["data"] == expected.quantiles.ravel().tolist()
    assert quantiles["parameters"] == {"levels": [0.1]}


def test_outputs_can_be_chosen(served, models):
    inputs = [
        {"name": "sound", "datatype": "BYTES", "shape": [1], "data": ["woof"]},
        {"name": "legs", "datatype": "INT64", "shape": [1], "data": [4]},
    ]
    sent = {"inputs": inputs, "outputs": [{"name": "probabilities"}]}
    (output,) = served.send("/v2/models/pets/infer", sent).json["outputs"]
    expected = models["pets"].predict({"legs": [4], "sound": ["woof"]})
    assert output["data"] == expected.probabilities[0].tolist()
    assert output["parameters"] == {"classes": ["0", "1"]}
    sent["outputs"] = [{"name": "classes"}]
    assert served.refusal("/v2/models/pets/infer", sent)[0] == 422


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], 'Send an object {"inputs": [...]}.'),
        ({}, '"inputs" must be a list'),
        ({"inputs": [3]}, "Each input must be an object"),
        ({"inputs": [{"name": "aera"}]}, "Did you mean 'area'?"),
        ({"inputs": tensors(ROW)[1:]}, "There is no input 'area'"),
        ({"inputs": tensors(ROW) + tensors(ROW)}, "occurs twice"),
        ({"inputs": tensors(ROW, area={"shape": [2]})}, "the shape must be [1]"),
        ({"inputs": tensors(ROW, area={"shape": "x"})}, "the shape must be [1]"),
        ({"inputs": tensors(ROW, area={"data": 3})}, 'has no list "data"'),
        ({"inputs": tensors(ROW, kind={"data": ["a", "b"], "shape": [2]})}, "1 and 2 rows"),
        (
            {"inputs": tensors(ROW, area={"data": ["big"]})},
            "column 'area': \"big\" is not a number",
        ),
        ({"inputs": tensors()}, "There are no rows"),
        ({"inputs": tensors(ROW), "outputs": 3}, "There is no output 3"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(served, body, words):
    status, sentence = served.refusal(INFER, body)
    assert (status, words in sentence) == (422, True), sentence

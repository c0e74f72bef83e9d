"""The OpenAPI document and the page: what they show is what the server answers."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import shlex
from urllib.parse import urlencode

from prediction_client import running_predictions
from prometheus_client.parser import text_string_to_metric_families
from unit.serving.tables import ROW

REFERENCE = "#/components/schemas/"


def test_the_document_describes_what_is_answered(served):
    document = served.send("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    for path, item in document["paths"].items():
        if "get" in item:
            assert served.send(path).status == 200, path
        elif path.endswith("/predict"):
            content = item["post"]["requestBody"]["content"]["application/json"]
            rows = schemas[content["schema"]["$ref"].removeprefix(REFERENCE)]
            (example,) = rows["examples"]
            assert served.send(path, example).status == 200, path
        elif path.endswith("/infer"):
            schema = item["post"]["requestBody"]["content"]["application/json"]["schema"]
            assert served.send(path, schema["examples"][0]).status == 200, path
    row = schemas["houses.Row"]
    assert set(row["properties"]) == set(row["required"]) == set(ROW)
    assert row["properties"]["kind"]["examples"] == ["flat", "house", "villa <b>"]
    (example,) = row["examples"]
    assert None not in example.values()


def test_references_exist(served):
    answer = served.send("/openapi.json")
    schemas = answer.json["components"]["schemas"]
    references = re.findall(f'"{REFERENCE}([^"]*)"', answer.text)
    assert references
    assert set(references) <= set(schemas)


def test_the_counts_are_in_prometheus_format(served):
    text = served.send("/metrics").text
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"deltarule_requests", "deltarule_request_seconds", "deltarule_rows"} <= names


def test_the_page_shows_a_form_and_its_answer(served, models):
    page = served.send("/models/houses")
    style = re.search("<style>(.*?)</style>", page.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = page.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "<script" not in page.text
    assert page.text.count("<label") == len(ROW)
    assert "villa &lt;b&gt;" in page.text
    command = shlex.split(html.unescape(re.search("<code>(.*?)</code>", page.text)[1]))
    assert command[:3] == ["curl", f"http://{served.host}/models/houses/predict", "-d"]
    assert served.send("/models/houses/predict", command[3]).status == 200

    cells = ["90.5", "flat", "district 3", "2020-05-01", "true"]
    form = urlencode({f"column-{i}": cell for i, cell in enumerate(cells)})
    answer = served.send("/models/houses", form, Origin=f"http://{served.host}")
    value = models["houses"].predict({name: [cell] for name, cell in ROW.items()}).values[0]
    assert answer.status == 200
    assert f"{value:,.0f}"[:3] in answer.text
    assert "9 of 10 such rows" in answer.text


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(served):
    form = urlencode({"column-0": 'big"<', "column-1": ""})
    answer = served.send("/models/houses", form)
    assert answer.status == 422
    assert 'value="big&#34;&lt;"' in answer.text
    assert "is not a number" in answer.text
    assert served.send("/models/houses", "%ff=%zz&&&=").status == 200  # all cells are missing
    assert served.send("/models/houses", b"\xff\x00=\xfe").status == 200


def test_the_first_page_lists_the_models_or_shows_the_only_one(served, places):
    assert 'href="/models/houses"' in served.send("/").text
    with running_predictions([places["pets"]]) as client:
        assert "<form" in client.send("/").text

"""Who gets an answer, and that nothing else than a sentence is answered."""

from __future__ import annotations

import logging

import pytest
from prediction_client import running_predictions
from unit.serving.tables import PET

from deltarule.serving.served_model import ServedModel

FOREIGN = [
    {"Host": "predictions.example"},
    {"Host": "127.0.0.1.predictions.example"},
    {"Host": ""},
    {"Origin": "http://predictions.example"},
    {"Origin": "null"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_pages_of_other_sites_are_refused(served, headers):
    status, _ = served.refusal("/models/pets/predict", [PET], **headers)
    assert status == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:9000", "[::1]:8000", "127.0.0.1"])
def test_names_of_this_computer_are_answered(served, host):
    headers = {"Host": host, "Origin": f"http://{host}", "Sec_Fetch_Site": "same-origin"}
    assert served.send("/models/pets/predict", [PET], **headers).status == 200


def test_a_token_is_needed_once_there_is_one(places):
    with running_predictions([places["pets"]], token="s3cret", host="0.0.0.0") as client:
        for headers in ({}, {"Authorization": "Bearer s3cre"}, {"Authorization": "s3cret"}):
            answer = client.send("/predict", [PET], **headers)
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        for headers in ({"Authorization": "Bearer s3cret"}, {"Authorization": "bearer s3cret"}):
            assert client.send("/predict", [PET], Host="a.example", **headers).status == 200
        assert client.send("/metrics").status == 401
        assert client.send("/v2/health/live").status == 200
        assert client.send("/v2/health/ready").status == 200


def test_a_browser_gets_a_cookie_for_the_token(places):
    with running_predictions([places["pets"]], token="s3cret") as client:
        assert client.send("/?token=wrong").status == 401
        answer = client.send("/?token=s3cret")
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        cookie = answer.headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "s3cret" not in cookie
        sent = {"Cookie": f"other=1; {cookie.partition(';')[0]}"}
        assert client.send("/", **sent).status == 200
        origin = {"Origin": "http://predictions.example"}
        assert client.refusal("/predict", [PET], **sent, **origin)[0] == 403


def test_other_addresses_and_methods_are_refused(served):
    assert served.refusal("/predictions")[0] == 404
    assert served.refusal("/predict") == (405, "/predict does not answer GET: send POST.")
    answer = served.send("/predict")
    assert answer.headers["Allow"] == "POST"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_bug_is_logged_and_answered_in_a_sentence(places, monkeypatch, caplog):
    def fail(self, rows, levels):
        raise RuntimeError("the secret of the bug")

    with caplog.at_level(logging.ERROR), running_predictions([places["pets"]]) as client:
        monkeypatch.setattr(ServedModel, "predict", fail)
        status, sentence = client.refusal("/predict", [PET])
        assert (status, "bug" in sentence, "secret" in sentence) == (500, True, False)
        assert client.counts()['deltarule_requests_total{path="/predict",status="500"}'] == 1
    assert "the secret of the bug" in caplog.text

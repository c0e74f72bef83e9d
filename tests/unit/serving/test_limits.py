"""Limits of time and of requests in progress, and the end of a server."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest
from prediction_client import running_predictions
from unit.serving.tables import PET

from deltarule.serving import http_connection, request_body
from deltarule.serving.limits import ServingLimits
from deltarule.serving.request_batches import MAX_BATCH_ROWS
from deltarule.serving.served_model import ServedModel

MANY = [PET] * (MAX_BATCH_ROWS + 1)


@pytest.fixture
def slow(monkeypatch) -> threading.Event:
    """Predictions that wait for this event."""
    free, predict = threading.Event(), ServedModel.predict

    def wait(self, rows, levels):
        if len(rows) > MAX_BATCH_ROWS:
            free.wait(60)
        return predict(self, rows, levels)

    monkeypatch.setattr(ServedModel, "predict", wait)
    return free


def test_a_prediction_that_takes_too_long_is_refused(places, slow):
    with running_predictions([places["pets"]], ServingLimits(timeout_s=0.2)) as client:
        status, sentence = client.refusal("/predict", MANY)
        assert (status, "more than 0.2 seconds" in sentence) == (503, True)
        assert client.send("/predict", [PET]).status == 200
        slow.set()


def test_one_request_too_many_is_refused_and_the_others_are_answered(places, slow):
    limits = ServingLimits(max_concurrent=3)
    with running_predictions([places["pets"]], limits) as client, ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(client.send, "/predict", MANY) for _ in range(3)]
        deadline = time.monotonic() + 50
        while len(client.server.server_state.tasks) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        answer = client.send("/predict", [PET])
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        assert client.send("/v2/health/live").status == 200
        slow.set()
        assert [request.result().status for request in waiting] == [200] * 3
        assert client.send("/predict", [PET]).status == 200


def test_a_refused_request_that_is_sent_again_at_once_waits(places, slow, monkeypatch):
    """So that clients that do not wait leave the time to requests that are accepted."""
    monkeypatch.setattr(http_connection, "PAUSE_S", 0.1)
    body = json.dumps([PET]).encode()
    request = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )
    with (
        running_predictions([places["pets"]], ServingLimits(max_concurrent=1)) as client,
        ThreadPoolExecutor(1) as pool,
        client.connect() as connection,
    ):
        waiting = pool.submit(client.send, "/predict", MANY)
        deadline = time.monotonic() + 50
        while not client.server.server_state.tasks:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        start = time.monotonic()
        for _ in range(3):
            connection.sendall(request)
            assert connection.recv(1000).startswith(b"HTTP/1.1 429 ")
        assert time.monotonic() - start >= 2 * 0.1
        slow.set()
        assert waiting.result().status == 200
        connection.sendall(request)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_slow_bodies_do_not_occupy_the_server(places):
    with (
        running_predictions([places["pets"]], ServingLimits(max_concurrent=2)) as client,
        ExitStack() as stack,
    ):
        for _ in range(10):
            connection = stack.enter_context(client.connect())
            connection.sendall(
                b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n["
            )
        while client.server.server_state.total_requests < 3:
            assert client.send("/predict", [PET]).status == 200


def test_bodies_that_are_held_are_bounded(places, monkeypatch):
    monkeypatch.setattr(request_body, "MAX_HELD_BODIES", 0)
    with running_predictions([places["pets"]]) as client, client.connect() as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n["
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 429 ")


def test_requests_in_progress_are_answered_before_the_server_ends(places, slow):
    with ThreadPoolExecutor(1) as pool:
        with running_predictions([places["pets"]]) as client:
            waiting = pool.submit(client.send, "/predict", MANY)
            time.sleep(0.2)
            threading.Timer(0.3, slow.set).start()
        assert waiting.result().status == 200


def test_a_client_that_waits_for_100_continue_is_answered(served):
    body = json.dumps([PET]).encode()
    with served.connect() as connection:
        connection.sendall(
            b"POST /models/pets/predict HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("wanted", ["h2c", "websocket"])
def test_a_client_that_asks_for_another_protocol_is_answered(served, wanted):
    """As Java's HttpClient does, whose first request asks for HTTP/2."""
    asked = {
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": wanted,
        "HTTP2-Settings": "AAEAAEAA",
    }
    answer = served.send("/models/pets/predict", [PET], **asked)
    assert (answer.status, len(answer.json["predictions"])) == (200, 1)


def test_requests_in_one_packet_are_all_answered(served):
    body = json.dumps([PET]).encode()
    request = (
        b"POST /models/pets/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"
    )
    one = request % (len(body), body)
    with served.connect() as connection:
        connection.sendall(3 * one + b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" + one)
        answers = b""
        while answers.count(b"HTTP/1.1 200 ") < 5 or not answers.endswith(b"}"):
            more = connection.recv(10_000)
            assert more, answers
            answers += more


def test_a_slow_body_and_an_idle_connection_end(places):
    limits = ServingLimits(body_s=0.2, idle_s=1.0)
    with (
        running_predictions([places["pets"]], limits) as client,
        client.connect() as slow_body,
        client.connect() as slow_header,
    ):
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
        slow_header.sendall(head)
        slow_body.sendall(head + b"\r\n[")
        assert slow_body.recv(1000).startswith(b"HTTP/1.1 408 ")
        with suppress(ConnectionResetError):
            assert slow_header.recv(1) == b""

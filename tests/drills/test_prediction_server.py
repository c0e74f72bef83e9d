"""The prediction server under hard conditions: reloads, mutated requests, slow clients."""

from __future__ import annotations

import json
import os
import random
import re
import selectors
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

pytest.importorskip("prometheus_client")

from prediction_client import Client, running_predictions
from unit.serving.tables import PET, QUICK, ROW, houses, pet_rows, saved

import deltarule as dr
from deltarule.serving import http_connection, model_reloading
from deltarule.serving.limits import ServingLimits
from deltarule.serving.request_batches import RequestBatches

pytestmark = pytest.mark.drills
MEGABYTES = 30.0
"""Memory that may stay in use after slow clients: buffers that are kept, caches that are filled."""
WORDS = (
    "null", "true", "1e308", "-0", "[]", "{}", '""', '"\\ud800"', "NaN", '"\\u0000"', "1" * 400,
    f'"{"x" * 5000}"',
)  # fmt: skip


def test_no_request_fails_over_reloads(drill, tmp_path, monkeypatch):
    monkeypatch.setattr(model_reloading.ModelReloading.__init__, "__defaults__", (0.01,))
    both = [dr.train(pet_rows(), "class", **{**QUICK, "seed": seed}).model for seed in (0, 1)]
    expected = [model.predict(PET).records() for model in both]
    place = saved(both[0], tmp_path / "pets.safetensors")
    reloads = drill.cases(short=30, full=1000)
    statuses: Counter[int] = Counter()
    stop = threading.Event()

    def ask(client: Client) -> None:
        while not stop.is_set():
            answer = client.send("/predict", [PET])
            statuses[answer.status] += 1
            assert answer.json["predictions"] in expected

    with running_predictions([place]) as client:
        threads = [threading.Thread(target=ask, args=(client,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for i in range(reloads):
            both[(i + 1) % 2].save(place.path)
            deadline = time.monotonic() + 60
            while len(client.reports) <= i:
                assert time.monotonic() < deadline
                time.sleep(0.005)
        stop.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200}
    drill.count(reloads, "reloads")
    drill.count(statuses[200], "requests beside reloads")


def mutated(text: str, rng: random.Random) -> bytes:
    """Return a body with a few changes of bytes, values or parts."""
    data = text.encode()
    for _ in range(rng.randint(1, 3)):
        at, kind = rng.randrange(len(data) + 1), rng.randrange(5)
        if kind == 0:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + data[at + rng.randint(1, 9) :]
        elif kind == 2:
            data = data[:at] + data[rng.randrange(len(data) + 1) :][:40] + data[at:]
        else:
            values = list(re.finditer(rb'(?<=[:\[,]) ?("[^"]*"|[^][{},:"]+)', data))
            if values:
                start, stop = rng.choice(values).span()
                data = data[:start] + rng.choice(WORDS).encode() + data[stop:]
    return data


def test_mutated_requests_are_never_errors_of_the_server(drill, tmp_path):
    model = dr.train(houses(), "price", **QUICK).model
    place = saved(model, tmp_path / "houses.safetensors")
    tensors = [
        {"name": name, "datatype": "BYTES", "shape": [1], "data": [cell]}
        for name, cell in ROW.items()
    ]
    bodies = {
        "/predict": json.dumps({"rows": [ROW, ROW], "quantiles": [0.1]}),
        "/v2/models/houses/infer": json.dumps({"inputs": tensors, "outputs": []}),
        "/models/houses": "column-0=1&column-1=flat&column-2=x&column-3=2020-01-01&column-4=true",
    }
    rng = random.Random(0)
    cases = drill.cases(short=1500, full=100_000)
    statuses: Counter[int] = Counter()
    with running_predictions([place]) as client:
        for i in range(cases):
            path = list(bodies)[i % len(bodies)]
            body = mutated(bodies[path], rng)
            answer = client.send(path, body)
            statuses[answer.status] += 1
            assert answer.status < 500, (path, body)
            if path != "/models/houses":
                assert answer.json, (path, body)
    assert {200, 400, 422} <= set(statuses)
    drill.count(cases, "mutated requests")


def test_everybody_is_answered_when_ten_times_too_many_ask(drill, tmp_path, monkeypatch):
    """Each of the connections sends its next request as soon as the last one is answered."""
    model = dr.train(pet_rows(), "class", **QUICK).model
    place = saved(model, tmp_path / "pets.safetensors")
    expected = json.dumps(model.predict(PET).records()[0]).replace(" ", "").encode()
    limits = ServingLimits(max_concurrent=8)
    monkeypatch.setattr(http_connection, "PAUSE_S", 0.01)
    most, now, predict = 0, 0, RequestBatches.predict

    async def counted(self, *arguments):
        nonlocal most, now
        now += 1
        most = max(most, now)
        try:
            return await predict(self, *arguments)
        finally:
            now -= 1

    monkeypatch.setattr(RequestBatches, "predict", counted)
    body = json.dumps([PET]).encode()
    request = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    statuses: Counter[bytes] = Counter()
    answers = drill.cases(short=1500, full=100_000)
    with running_predictions([place], limits) as client, ExitStack() as stack:
        opened = [stack.enter_context(client.connect()) for _ in range(10 * limits.max_concurrent)]
        selector = stack.enter_context(selectors.DefaultSelector())
        for connection in opened:
            selector.register(connection, selectors.EVENT_READ)
            connection.sendall(request + body)
        left = answers
        while left:
            events = selector.select(60)
            assert events, "requests are not answered"
            for key, _ in events:
                answer = key.fileobj.recv(10_000)
                statuses[answer[9:12]] += 1
                assert expected in answer if answer[9:12] == b"200" else b"is busy" in answer
                key.fileobj.sendall(request + body)
            left = max(0, left - len(events))
        for connection in opened:  # each has one request that is not answered
            assert connection.recv(10_000).startswith((b"HTTP/1.1 200", b"HTTP/1.1 429"))
        assert client.send("/predict", [PET]).status == 200
    assert set(statuses) == {b"200", b"429"}
    assert most <= limits.max_concurrent
    drill.count(answers, "requests of ten times too many clients")


@contextmanager
def server_process(model: str) -> Iterator[tuple[int, Client]]:
    command = [sys.executable, "-m", "deltarule", "serve", model, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            found = None
            while found is None:
                line = process.stdout.readline()
                assert line
                found = re.search(r"http://127.0.0.1:([0-9]+)/", line)
            yield process.pid, Client(int(found[1]))
        finally:
            process.kill()


def megabytes(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_slow_clients_do_not_stop_others_and_leave_nothing_behind(drill, tmp_path):
    place = saved(dr.train(pet_rows(), "class", **QUICK).model, tmp_path / "pets.safetensors")
    clients = drill.cases(short=300, full=3000)
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
    with server_process(place.path) as (process, client):
        for _ in range(50):
            assert client.send("/predict", [PET]).status == 200
        before = megabytes(process)
        for start in range(0, clients, 100):
            opened = [client.connect() for _ in range(min(100, clients - start))]
            for i, connection in enumerate(opened):
                connection.sendall((head, head[:30], head + b"\r\n[", b"")[i % 4])
            assert client.send("/predict", [PET]).status == 200
            assert client.send("/v2/health/live").status == 200
            for connection in opened:
                connection.close()
        assert megabytes(process) < before + MEGABYTES
    drill.count(clients, "slow clients")

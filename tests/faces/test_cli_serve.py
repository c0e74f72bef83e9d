"""deltarule serve: what it prints, its processes and signals, and bad input in a sentence."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("prometheus_client")

FLOWER = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": None}


@dataclass
class Serving:
    """A running command."""

    process: subprocess.Popen[str]
    port: int
    token: str

    def status(self, path: str, body: object = None) -> int:
        """Return the status of the answer to a request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        method, content = ("GET", None) if body is None else ("POST", json.dumps(body))
        connection.request(method, path, content, headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def line(self) -> str:
        """Return the next printed line."""
        return self.process.stdout.readline()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def serving(*words: str, **variables: str) -> Iterator[Serving]:
    """Run the command on a free port."""
    command = [sys.executable, "-m", "deltarule", "serve", *words, "--port", "0"]
    known = {**os.environ, **variables}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=known
    ) as process:
        try:
            lines = []
            while "Press Ctrl-C" not in (line := process.stdout.readline()):
                assert line, lines
                lines.append(line)
            address = re.search(r"http://[0-9.]+:([0-9]+)/(?:\?token=(\S+))?", lines[-1])
            yield Serving(process, int(address[1]), address[2] or "")
        finally:
            process.kill()


def children(process: int) -> list[int]:
    """Return the processes that a process started."""
    return list(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_it_is_asked_to_end(iris_model, ended_by):
    with serving("iris-model") as server:
        assert server.status("/predict", [FLOWER]) == 200
        assert server.status("/") == 200
        server.process.send_signal(signal.SIGHUP)
        assert "its file is unchanged" in server.line()
        assert server.end(ended_by) == 0
        assert server.process.stdout.read() == ""


def test_every_worker_answers_and_one_that_dies_is_replaced(iris_model):
    # The folder of their counts stays when they are killed.
    with serving("iris-model", "--workers", "2", TMPDIR=str(iris_model)) as server:
        workers = children(server.process.pid)
        assert len(workers) == 2
        assert server.status("/predict", [FLOWER]) == 200
        os.kill(workers[0], signal.SIGKILL)
        deadline = time.monotonic() + 20
        while len(set(children(server.process.pid)) - {workers[0]}) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert server.status("/predict", [FLOWER]) == 200
        assert server.status("/metrics") == 200
        workers = children(server.process.pid)
        server.process.kill()  # its workers notice
        server.process.wait(20)
        while any(map(is_alive, workers)):
            assert time.monotonic() < deadline + 20
            time.sleep(0.02)


def test_an_address_for_others_gets_a_token(iris_model):
    with serving("iris-model", "--host", "0.0.0.0") as server:
        assert len(server.token) >= 32
        assert server.status("/predict", [FLOWER]) == 200
        server.token = "guessed"
        assert server.status("/predict", [FLOWER]) == 401
        assert server.end() == 0
    with serving("iris-model", "--host", "0.0.0.0", DELTARULE_TOKEN="known") as server:
        assert server.token == ""  # not printed
        assert server.status("/predict", [FLOWER]) == 401
        server.token = "known"
        assert server.status("/predict", [FLOWER]) == 200
    with serving("iris-model", "--host", "0.0.0.0", "--no-token") as server:
        assert "Everybody who can reach 0.0.0.0" in server.line()
        assert server.status("/predict", [FLOWER]) == 200


def test_the_commands_of_the_guide_are_answered(iris_model):
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "serving.md").read_text()
    commands = re.findall(r"^    curl (?:.*\n(?:      .*\n)*)", guide, re.MULTILINE)
    requests = [shlex.split(command) for command in commands if "..." not in command]
    assert len(requests) == 2
    with serving("iris-model") as server:
        for _, url, _, body in requests:
            path = url.removeprefix("http://127.0.0.1:8000")
            assert server.status(path, json.loads(body)) == 200, path


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "needs a MODEL"),
        (["iris.csv"], "not a model file"),
        (["nowhere"], "it does not exist"),
        (["iris-model", "iris-model"], "Two models are called 'iris-model'"),
        (["iris-model", "--port", "99999"], "--port must be between 0 and 65,535, got 99999"),
        (["iris-model", "--host", "999.0.0.1"], "--host must be an address of this computer"),
        (["iris-model", "--workers", "0"], "--workers must be between 1 and 64, got 0"),
        (["iris-model", "--max-rows", "0"], "--max-rows must be at least 1, got 0"),
        (["iris-model", "--timeout-s", "0"], "--timeout-s must be greater than 0, got 0"),
        (["iris-model", "--token", "a", "--no-token"], "--no-token cannot be given with --token"),
        (["iris-model", "--token", ""], "--token is empty"),
    ],
)
def test_bad_input_is_reported_on_one_line(refused, iris_model, words, sentence):
    assert sentence in refused("serve", *words)

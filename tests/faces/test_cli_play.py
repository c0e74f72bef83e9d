"""deltarule play: its address on this machine, and bad input in a sentence."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from deltarule.errors import MissingPackageError
from deltarule.playground.front_end import check_built

pytest.importorskip("uvicorn")


def is_built() -> bool:
    try:
        check_built()
    except MissingPackageError:
        return False
    return True


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["iris.csv", "--target", "speces"], "Did you mean 'species'?"),
        (["--target", "species"], "deltarule play TABLE --target COLUMN"),
        (["nothing.csv"], "There is no file nothing.csv"),
        (["--port", "x"], "--port must be an integer"),
        (["--engine", "fast"], "--engine must be one of"),
        (["iris.csv", "--port", "99999"], "--port must be between 0 and 65,535, got 99999"),
    ],
)
def test_bad_input_is_reported_on_one_line(run, monkeypatch, words, sentence):
    monkeypatch.setattr("deltarule.playground.server.serving.check_built", lambda: None)
    outcome = run("play", *words, "--no-browser")
    assert outcome.status == 2
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""


@pytest.mark.skipif(not is_built(), reason="the page was not built: make web")
def test_it_prints_its_address_serves_it_and_stops_with_ctrl_c(folder):
    command = [sys.executable, "-m", "deltarule", "play", "iris.csv", "--no-browser"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        where = urlsplit(address)
        assert where.hostname == "127.0.0.1"
        assert len(where.path.strip("/")) >= 43  # 256 bits
        connection = http.client.HTTPConnection(where.netloc, timeout=10)
        connection.request("GET", where.path)
        answer = connection.getresponse()
        assert answer.status == 200
        assert b"<script" in answer.read()
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0

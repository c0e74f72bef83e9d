"""What a terminal gets, and what everything else gets."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from faces.conftest import ENGINE, QUICK

pty = pytest.importorskip("pty")
COMMAND = [sys.executable, "-m", "deltarule", "train", "iris.csv", "--target", "species", *QUICK]
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LAST_EPOCH = re.compile(r"3 of 3, best [123] \(network 8\), loss ")
COLOR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")


def on_a_terminal(folder, **environment: str) -> str:
    """Return what the command writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    variables |= {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40", **environment}
    with subprocess.Popen(COMMAND, cwd=folder, env=variables, stdout=theirs) as process:
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # how Linux reports the end
                break
            if not part:
                break
            parts.append(part)
        assert process.wait(30) == 0
    os.close(ours)
    return b"".join(parts).decode()


def test_a_terminal_shows_color_and_a_progress_bar(folder):
    text = on_a_terminal(folder)
    assert COLOR.search(text)
    assert "━" in text
    plain = ESCAPE.sub("", text)
    assert "Read      iris.csv" in plain
    assert LAST_EPOCH.search(plain)
    assert "iris-model/model.safetensors" in plain


def test_no_color_is_respected(folder):
    text = on_a_terminal(folder, NO_COLOR="1")
    assert not COLOR.search(text)
    assert LAST_EPOCH.search(ESCAPE.sub("", text))


def test_a_dumb_terminal_gets_plain_lines(folder):
    assert not ESCAPE.search(on_a_terminal(folder, TERM="dumb"))


def test_commands_are_not_wrapped_in_a_narrow_terminal(folder):
    text = ESCAPE.sub("", on_a_terminal(folder, COLUMNS="40"))
    line = next(line for line in text.splitlines() if " train iris.csv" in line)
    assert "--target species" in line
    assert line.rstrip().endswith(f"--engine {ENGINE}")


def test_progress_is_printed_once_a_second(monkeypatch):
    from io import StringIO

    from deltarule.cli.messages import Pieces
    from deltarule.cli.output import Output, PlainPrinter

    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    stream = StringIO()
    printer = PlainPrinter(Output(stream))
    for tenth in range(35):  # 3.4 seconds
        now = tenth / 10
        printer.progress(Pieces(((f"epoch {tenth}", 1),)), 0.0)
    printer.progress_ended()
    text = [line.split()[-1] for line in stream.getvalue().splitlines()]
    assert text == ["10", "20", "30", "34"]

"""Mutated messages: after each batch the page is still answered, nothing is logged, memory is bounded."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from drills.message_mutations import mutated, packed, received, valid
from playground_server import running_server
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

import deltarule
from deltarule.playground import front_end
from deltarule.playground.protocol.wire import Message, unpack

BATCH = 40
BATCHES_OF_A_PAGE = 20
PATIENCE_S = 60.0
MAX_MEGABYTES = 200.0
SMALL = '{"type":"set","experiment":{},"edit":1,"client":"c"}'
QUIET = "the playground, its server and asyncio log nothing"


@pytest.fixture
def log(caplog) -> Callable[[], list[str]]:
    """What was logged as an error or a warning: errors that nobody foresaw."""
    caplog.set_level(logging.WARNING)
    return lambda: [record.getMessage() for record in caplog.records]


def megabytes() -> float:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_no_message_deafens_the_server(drill, tmp_path, log):
    batches = drill.cases(short=40, full=1600)
    with running_server(tmp_path) as server:
        before = most = 0.0
        for first in range(0, batches, BATCHES_OF_A_PAGE):
            with server.socket() as page:
                page.send('{"type":"hello","client":"c","session":null,"fragment":""}')
                for batch in range(first, min(first + BATCHES_OF_A_PAGE, batches)):
                    chance = Random(batch)
                    for _ in range(BATCH):
                        page.send(
                            packed(*valid(chance)) if chance.random() < 0.2 else received(chance)
                        )
                    answered(page, batch)
                    before = before if batch > 20 else megabytes()
                    most = max(most, megabytes())
                    assert log() == [], f"batch {batch}: {QUIET}"
    assert most <= before + MAX_MEGABYTES
    drill.count(batches * BATCH, "mutated messages to the server")


def answered(page: ClientConnection, batch: int) -> None:
    """Read on until the answer to a new request comes."""
    page.send(SMALL)
    page.send('{"type":"pause"}')
    page.send(json.dumps({"type": "speed", "epochs_per_second": batch + 1000}))
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            message = unpack(page.recv(timeout=max(until - time.monotonic(), 0.0)))
        except (TimeoutError, ConnectionClosed) as error:
            raise AssertionError(f"batch {batch}: deaf ({error!r})") from None
        if message.type == "state" and message.content["epochs_per_second"] == batch + 1000:
            return


@pytest.mark.filterwarnings("ignore")  # ipywidgets' own, outside of a notebook
def test_no_message_deafens_a_notebook(drill, tmp_path, monkeypatch, log):
    anywidget = pytest.importorskip("anywidget")
    for name in (*front_end.FILES, front_end.FROZEN):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(front_end, "_folder", lambda: tmp_path)
    sent: list[Any] = []
    monkeypatch.setattr(
        anywidget.AnyWidget, "send", lambda self, content, buffers=None: sent.append(content)
    )
    batches = drill.cases(short=30, full=1200)
    widget = deltarule.play()
    try:
        before = most = 0.0
        for batch in range(batches):
            chance = Random(-1 - batch)
            for _ in range(BATCH):
                content, body = valid(chance) if chance.random() < 0.2 else mutated(chance)
                buffers = [] if body is None else [memoryview(body)] * chance.choice((1, 1, 2))
                say(widget, content, buffers)
            say(widget, json.loads(SMALL))
            say(widget, {"type": "pause"})
            say(widget, {"type": "speed", "epochs_per_second": batch + 1000.0})
            until = time.monotonic() + PATIENCE_S
            while not any(is_state(message, batch + 1000) for message in sent[-400:]):
                assert time.monotonic() < until, f"batch {batch}: deaf"
                time.sleep(0.002)
            sent.clear()
            before = before if batch > 20 else megabytes()
            most = max(most, megabytes())
            assert log() == [], f"batch {batch}: {QUIET}"
    finally:
        widget.close()
    assert most <= before + MAX_MEGABYTES
    drill.count(batches * BATCH, "mutated messages to a notebook")


def say(widget: Any, content: Any, buffers: list[Any] | None = None) -> None:
    """Send a message when the widget has room for it."""
    while not widget._playground.has_room(Message({})):
        time.sleep(0.001)
    widget._handle_custom_msg(content, buffers or [])


def is_state(message: Any, speed: float) -> bool:
    """Whether this is the state with this speed."""
    return bool(message["type"] == "state" and message["epochs_per_second"] == speed)

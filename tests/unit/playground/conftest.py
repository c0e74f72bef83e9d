"""Playgrounds without a page: what a page would hear, read by the test."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deltarule.engines import get_engine
from deltarule.playground import front_end
from deltarule.playground.messages import Message
from deltarule.playground.playground import Playground
from deltarule.playground.table_sources import TableSource
from deltarule.playground.workspace import Workspace

PATIENCE_S = 20.0


class Page:
    """A page that answers each frame, unless it is told not to."""

    def __init__(self, source: TableSource | None = None) -> None:
        self._heard: queue.Queue[Message] = queue.Queue()
        self.answers = True
        self.playground = Playground(Workspace(get_engine(), source), self._heard.put)

    def says(self, kind: str, body: bytes | None = None, **content: Any) -> None:
        """Send a message."""
        self.playground.receive(Message({"type": kind, "client": "page", **content}, body))

    def hears(self, kind: str, accept: Callable[[Message], bool] = lambda _: True) -> Message:
        """Return the next message of this type that `accept` takes; others are read over."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                told = self._heard.get(timeout=0.1)
            except queue.Empty:
                continue
            if told.type == "frame" and self.answers:
                self.says("ack", sequence=told.content["sequence"])
            if told.type == "error" and kind != "error":
                raise AssertionError(told.content["text"])
            if told.type == kind and accept(told):
                return told
        raise AssertionError(f"no {kind} came")

    def waiting(self) -> list[Message]:
        """Return what has come and was not read."""
        read = []
        while not self._heard.empty():
            read.append(self._heard.get())
        return read

    def greets(self, fragment: str = "", **content: Any) -> None:
        """Say hello and read what comes back."""
        self.says("hello", fragment=fragment, session=None, protocol=1, **content)
        self.hears("points")


@pytest.fixture
def page() -> Iterator[Page]:
    made = Page()
    yield made
    made.playground.close()


@pytest.fixture
def page_files(tmp_path, monkeypatch):
    """A front end of a few bytes, where none was built."""
    for name in (*front_end.FILES, front_end.FROZEN):
        (tmp_path / name).write_text(f"/* {name} */")
    monkeypatch.setattr(front_end, "_folder", lambda: tmp_path)
    return tmp_path

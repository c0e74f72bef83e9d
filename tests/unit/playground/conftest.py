"""Playgrounds without a page: the test sends requests and reads the responses."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deltarule.playground import front_end
from deltarule.playground.playground import Playground
from deltarule.playground.protocol.wire import Message
from deltarule.playground.table_sources import TableSource
from deltarule.playground.workspace import Workspace

PATIENCE_S = 20.0


class Page:
    """A page that acknowledges each frame, unless `acknowledges` is False."""

    def __init__(self, source: TableSource | None = None) -> None:
        self._received: queue.Queue[Message] = queue.Queue()
        self.acknowledges = True
        self.playground = Playground(Workspace("auto", source), self._received.put)

    def sends(self, kind: str, body: bytes | None = None, **content: Any) -> None:
        """Send a request."""
        if kind in ("hello", "set", "ack", "bye"):
            content.setdefault("client", "page")
        self.playground.receive(Message({"type": kind, **content}, body))

    def receives(self, kind: str, accept: Callable[[Message], bool] = lambda _: True) -> Message:
        """Return the next message of this type that `accept` accepts; skip others."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                message = self._received.get(timeout=0.1)
            except queue.Empty:
                continue
            if message.type == "frame" and self.acknowledges:
                self.sends("ack", sequence=message.content["sequence"])
            if message.type == "error" and kind != "error":
                raise AssertionError(message.content["text"])
            if message.type == kind and accept(message):
                return message
        raise AssertionError(f"no {kind} was received")

    def waiting(self) -> list[Message]:
        """Return the messages that were not read yet."""
        read = []
        while not self._received.empty():
            read.append(self._received.get())
        return read

    def greets(self, fragment: str = "", **content: Any) -> None:
        """Say hello and read the answer."""
        self.sends("hello", fragment=fragment, session=None, protocol=1, **content)
        self.receives("points")

    def reconnects(self) -> None:
        """Lose the connection and open it again."""
        self.playground.detach()
        self.playground.redirect(self._received.put)


@pytest.fixture
def page() -> Iterator[Page]:
    made = Page()
    yield made
    made.playground.close()


@pytest.fixture
def page_files(tmp_path, monkeypatch):
    """A front end of a few bytes, as if it was built."""
    for name in (*front_end.FILES, front_end.FROZEN):
        (tmp_path / name).write_text(f"/* {name} */")
    monkeypatch.setattr(front_end, "_folder", lambda: tmp_path)
    return tmp_path

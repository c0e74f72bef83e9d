"""The playground in a browser: the same page, with Python in a Web Worker (Pyodide) instead of a server.

Python has no threads there, so the worker's JavaScript drives everything: it passes messages to `receive`
and calls `turn` when the time that `turn` returned has passed.
"""

from __future__ import annotations

from collections.abc import Callable

from deltarule.errors import DeltaruleError
from deltarule.playground.page_labels import page_message
from deltarule.playground.playground import PlaygroundLoop
from deltarule.playground.protocol.responses import ErrorResponse
from deltarule.playground.protocol.wire import Message, encode, message_text, unpack_parts
from deltarule.playground.workspace import Workspace

Post = Callable[[str, bytes | None], None]
"""Sends the JSON text of a message and its body to the page."""


class BrowserWorker:
    """One playground for the page that started the worker."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._workspace = Workspace()
        self._playground = PlaygroundLoop(self._workspace, self._publish)

    def advance_to(self, epoch: int) -> None:
        """Train to the epoch at which the page's recording is, so that it continues from there."""
        self._workspace.run.train(max(epoch - self._workspace.run.epoch, 0))

    def receive(self, text: str, body: bytes | memoryview | None) -> None:
        """Take a message of the page; the next `turn` answers it."""
        try:
            self._playground.receive(unpack_parts(text, None if body is None else bytes(body)))
        except DeltaruleError as error:
            self._publish(encode(ErrorResponse(page_message(error), None)))

    def turn(self) -> float:
        """Answer a request, or train for some milliseconds; return the seconds until the next turn."""
        self._playground.turn(0.0)
        return self._playground.wait_s()

    def _publish(self, message: Message) -> None:
        self._post(message_text(message), message.body)

"""The HTTP connections of the server: each answer in one write, no upgrades, slower repeated refusals.

On a local connection, sending takes the most time of an answer.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from typing import Any

from deltarule.serving.request_body import BODY_ARRIVED

CONTINUE = b"HTTP/1.1 100"
"""The beginning of what a client waits for before it sends a long body."""

TOO_LATE = "deltarule.too_late"
"""The key of a scope that is true for a request which is to be refused."""
REFUSED = b"HTTP/1.1 429"
PAUSE_S = 0.5
"""How long a request waits at least for a second refusal in a row; at most twice that.

Clients that send refused requests again at once would else take the time that accepted requests need.
"""

# The parser drops the body of a request that asks for another protocol, as Java's HttpClient does.
UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
NO_UPGRADE = b"\r\nx-grade:"


class HeldTransport:
    """A transport that holds the header of an answer back until the body is written."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._held = b""
        self.refused = False
        """Whether the last answer was a refusal because of too many requests."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Hold data back, or write it after what is held back."""
        if self._held:
            self._held += data
            self.flush()
        elif data.startswith(CONTINUE):
            self._transport.write(data)
        else:
            self._held = data

    def flush(self) -> None:
        """Write what is held back."""
        if self._held:
            held, self._held = self._held, b""
            self.refused = held.startswith(REFUSED)
            self._transport.write(held)

    def close(self) -> None:
        """Write what is held back and close the connection."""
        self.flush()
        self._transport.close()


def answering_once(protocol: type[Any], is_busy: Callable[[], bool]) -> type[Any]:
    """Return uvicorn's protocol of HTTP connections with one write for each answer.

    `is_busy` returns whether one more request is refused.
    """

    class PredictionConnection(protocol):
        """A connection whose answers are not streamed and which stays HTTP/1.1."""

        tasks: set[asyncio.Task[None]]

        def connection_made(self, transport: Any) -> None:
            """Begin."""
            super().connection_made(transport)
            self.transport = HeldTransport(transport)
            self._waiting, self._late = b"", False
            self._refusals: set[asyncio.Task[None]] = set()

        def data_received(self, data: bytes) -> None:
            """Handle what was received, later if a refused request is sent again at once."""
            if self._waiting:
                self._waiting += data
            elif self.transport.refused and is_busy():
                self._waiting = data
                self.flow.pause_reading()
                pause = PAUSE_S * random.uniform(1, 2)  # else many would end at the same time
                self.loop.call_later(pause, self._refuse_late)
            else:
                self._handle(data)

        def _refuse_late(self) -> None:
            data, self._waiting = self._waiting, b""
            if not self.transport.is_closing():
                # Among the tasks in progress it would take the place of a request that is accepted.
                tasks, self.tasks = self.tasks, self._refusals
                self._late = True
                self._handle(data)
                self._late, self.tasks = False, tasks
                self.flow.resume_reading()

        def on_message_begin(self) -> None:
            """Begin a request."""
            super().on_message_begin()
            if self._late:
                self.scope[TOO_LATE] = True

        def _handle(self, data: bytes) -> None:
            """Handle data; a request to upgrade is answered as any other."""
            if b"pgrade" in data:
                data = UPGRADE.sub(
                    NO_UPGRADE, data
                )  # of the same length; JSON has no raw line ends
            super().data_received(data)

        def on_message_complete(self) -> None:
            """Mark the request as whole, so that reading its body needs no limit of time."""
            self.scope[BODY_ARRIVED] = True
            super().on_message_complete()

        def on_response_complete(self) -> None:
            """End an answer, also one without a body."""
            self.transport.flush()
            super().on_response_complete()

    return PredictionConnection

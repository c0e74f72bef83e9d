"""Limits of HTTP connections: every program of this computer can open some, with or without a key.

uvicorn itself waits forever for the header of a request, and for a peer that does not read what is left
when its connection is closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ConnectionLimits:
    """How many HTTP connections may be open, and how long each of them.

    The time counts from when a connection was opened or, with `renewed`, from its last answer. For a
    new connection that is one too many the oldest one is closed.
    """

    max_connections: int
    max_s: float
    renewed: bool = False


def limited(protocol: type[Any], limits: ConnectionLimits) -> type[Any]:
    """Return uvicorn's protocol of HTTP connections with limits."""

    class LimitedConnection(protocol):
        """An HTTP connection; it may become a WebSocket, which has no limits."""

        def connection_made(self, transport: Any) -> None:
            """Make room for this connection."""
            super().connection_made(transport)
            self._since = self.loop.time()
            self._expiry = self.loop.call_later(limits.max_s, self._expire)
            http = [other for other in self.connections if isinstance(other, LimitedConnection)]
            if len(http) > limits.max_connections:
                oldest = min(http, key=lambda other: other._since)
                self.connections.discard(oldest)
                oldest.transport.abort()

        def _expire(self) -> None:
            """Abort the connection, or wait on if it was renewed."""
            until = self._since + limits.max_s
            if until > self.loop.time():
                self._expiry = self.loop.call_at(until, self._expire)
            else:
                self.transport.abort()

        def on_response_complete(self) -> None:
            """Go on with the next request."""
            if limits.renewed:
                self._since = self.loop.time()
            super().on_response_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            """Forget this connection."""
            self._expiry.cancel()
            super().connection_lost(exc)

        def handle_websocket_upgrade(self, *event: Any) -> None:
            """Continue as a WebSocket."""
            self._expiry.cancel()
            super().handle_websocket_upgrade(*event)

    return LimitedConnection

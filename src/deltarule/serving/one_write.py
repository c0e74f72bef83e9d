"""Header and body of an answer in one write: on a local connection, sending takes the most time."""

from __future__ import annotations

from typing import Any

CONTINUE = b"HTTP/1.1 100"
"""The beginning of what a client waits for before it sends a long body."""


class HeldTransport:
    """A transport that holds the header of an answer back until the body is written."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._held = b""

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
            self._transport.write(held)

    def close(self) -> None:
        """Write what is held back and close the connection."""
        self.flush()
        self._transport.close()


def with_one_write(protocol: type[Any]) -> type[Any]:
    """Return uvicorn's protocol of HTTP connections with one write for each answer."""

    class OneWriteConnection(protocol):
        """A connection whose answers are not streamed."""

        def connection_made(self, transport: Any) -> None:
            """Begin."""
            super().connection_made(transport)
            self.transport = HeldTransport(transport)

        def on_response_complete(self) -> None:
            """End an answer, also one without a body."""
            self.transport.flush()
            super().on_response_complete()

    return OneWriteConnection

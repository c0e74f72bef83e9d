"""Limits of a WebSocket: what a page that does not read, or sends what is no message, may cost."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MAX_FRAGMENTS = 1 << 16
"""Largest number of frames of one message."""
INVALID_TEXT = 1007
CLOSE_S = 5.0
"""How long a WebSocket may take to close."""


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket, open or not yet accepted."""

    frames: list[bytes]

    def data_received(self, data: bytes) -> None:
        """Handle what was received; end a connection whose first request is invalid."""
        super().data_received(data)
        if self.conn.handshake_exc is not None:  # too many header lines, or a header too long
            self.transport.abort()

    def handle_ping(self) -> None:
        """Answer a ping unless the page does not read, or is gone."""
        if self.writable.is_set() and not self.transport.is_closing():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # the answer, which is discarded

    async def send(self, message: Any) -> None:
        """Send a message; to a page that is gone asyncio would log each one as an error."""
        await self.writable.wait()
        if message["type"] == "websocket.send" and self.transport.is_closing():
            raise ClientDisconnected
        await super().send(message)

    def handle_cont(self, event: Any) -> None:
        """Add a frame to the message, unless it has too many."""
        if len(self.frames) >= MAX_FRAGMENTS:
            self.transport.abort()
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Pass a message on; close the connection for text that is not UTF-8, which uvicorn would log."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(INVALID_TEXT)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Close a connection that violates the protocol."""
        if self.conn.close_sent is None:  # already in its first request
            self.transport.abort()
        else:
            super().handle_parser_exception()

    def keepalive_timeout(self) -> None:
        """End a connection whose page does not answer pings."""
        super().keepalive_timeout()
        self.transport.abort()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """End the connection when its page is served."""
        super().on_task_complete(task)
        self.loop.call_later(CLOSE_S, self.transport.abort)

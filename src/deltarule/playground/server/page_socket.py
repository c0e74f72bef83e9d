"""One page's WebSocket: its messages go to its playground, and the answers back.

Whatever a page sends is answered, and the next message still arrives. A page that sends faster than its
playground works waits, and one that does not read is disconnected: neither fills memory.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from deltarule.errors import DeltaruleError
from deltarule.playground.error_log import log_error
from deltarule.playground.page_labels import page_message
from deltarule.playground.protocol.responses import ErrorResponse
from deltarule.playground.protocol.wire import Message, encode, pack, unpack
from deltarule.playground.server.connections import PageSession, PageSessions
from deltarule.playground.server.websocket_connection import CLOSE_S

MAX_QUEUED_MESSAGES = 64
"""Messages that may wait for a page to read them; at most two of them are frames."""
MAX_QUEUED_BYTES = 64 << 20
"""Largest total size of these messages, unless there is only one."""
RELOAD_S = 0.5
"""How long a reloaded page waits until the loss of its old connection is noticed."""
HELLO_TIMEOUT_S = 30.0
"""How long a connection may be open without a hello."""
LARGE_MESSAGE = 1 << 14
"""Messages from this length on are read in another thread, so that the other pages do not wait."""
WAIT_FOR_ROOM_S = 0.01
BUSY = 1013
"""Code of a WebSocket that is closed because too much waits: try again later."""


class PageSocket:
    """One page's connection, after it was accepted."""

    def __init__(self, socket: WebSocket, sessions: PageSessions) -> None:
        self._socket, self._sessions = socket, sessions
        self._loop = asyncio.get_running_loop()
        self._outbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._outbox_bytes = 0
        self._session: PageSession | None = None
        self._ended = asyncio.Event()

    async def serve(self) -> None:
        """Exchange messages until the page disconnects."""
        silent = self._loop.call_later(HELLO_TIMEOUT_S, self._end_if_silent)
        work = (self._send(), self._receive(), self._ended.wait())
        tasks = [asyncio.ensure_future(task) for task in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            silent.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._session is not None:
                self._sessions.detach(self._session)

    def publish(self, message: Message) -> None:
        """Queue a message for the page; called from the playground's thread."""
        with suppress(RuntimeError):  # the loop is closed: the server is stopping
            self._loop.call_soon_threadsafe(self._put, message)

    def _put(self, message: Message) -> None:
        waiting, size = self._outbox.qsize(), len(message.body or b"")
        if waiting >= MAX_QUEUED_MESSAGES or (
            waiting and self._outbox_bytes + size > MAX_QUEUED_BYTES
        ):
            self._end()  # the page reads nothing; it may reconnect
        else:
            self._outbox_bytes += size
            self._outbox.put_nowait(message)

    def _end(self) -> None:
        """Close the connection instead of sending what waits."""
        while not self._outbox.empty():
            self._outbox.get_nowait()
        self._outbox_bytes = 0
        self._outbox.put_nowait(None)
        self._loop.call_later(CLOSE_S, self._ended.set)  # what is being sent may wait forever

    def _end_if_silent(self) -> None:
        if self._session is None:
            self._end()

    def _answer(self, error: Exception) -> None:
        if not isinstance(error, DeltaruleError):
            log_error("a message of a page failed", error)
        self._put(encode(ErrorResponse(page_message(error), None)))

    async def _send(self) -> None:
        while (message := await self._outbox.get()) is not None:
            self._outbox_bytes = max(self._outbox_bytes - len(message.body or b""), 0)
            try:
                data = pack(message)
            except Exception as error:
                self._answer(error)
                continue
            with suppress(RuntimeError, WebSocketDisconnect):
                if isinstance(data, str):
                    await self._socket.send_text(data)
                else:
                    await self._socket.send_bytes(data)
        with suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(BUSY)

    async def _receive(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text")
            try:
                await self._handle(event["bytes"] if text is None else text)
            except WebSocketDisconnect:
                return
            except Exception as error:
                self._answer(error)

    async def _handle(self, received: str | bytes) -> None:
        if len(received) < LARGE_MESSAGE:
            message = unpack(received)
        else:
            message = await asyncio.to_thread(unpack, received)
        if message.type == "hello":
            await self._attach(message.content.get("session"))
        if self._session is None:
            return
        while not self._session.playground.has_room(message):
            await asyncio.sleep(WAIT_FOR_ROOM_S)
        self._session.playground.receive(message)

    async def _attach(self, known: object) -> None:
        """Find the playground of a page that says hello, or create one."""
        if self._session is not None:  # the same page starts again
            self._sessions.detach(self._session)
            self._session = None
        waited = 0.0
        while self._sessions.is_taken(known) and waited < RELOAD_S:
            await asyncio.sleep(0.05)
            waited += 0.05
        self._session = await self._sessions.attach(known, self.publish)

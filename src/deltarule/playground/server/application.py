"""The routes: four files and one WebSocket. Nothing that a page sends is used as a path."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from deltarule.errors import DeltaruleError
from deltarule.playground.front_end import FILES, built
from deltarule.playground.page_labels import page_message
from deltarule.playground.protocol.responses import ErrorResponse
from deltarule.playground.protocol.wire import Message, encode, pack, unpack
from deltarule.playground.server.access_guard import AccessGuard, App
from deltarule.playground.server.connections import Make, PageSession, PageSessions

MAX_QUEUED_MESSAGES = 64
"""Messages that may wait for a page to read them; at most two of them are frames."""
RELOAD_S = 0.5
"""How long a reloaded page waits until the loss of its old connection is noticed."""


def application(make: Make, host: str, token: str) -> App:
    """Return the guarded application; `make` creates a playground for each page."""
    sessions = PageSessions(make)

    async def socket(connection: WebSocket) -> None:
        await _Connection(connection, sessions).serve()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        sessions.close()

    routes = [Route("/", _file("index.html"))]
    routes += [Route(f"/{name}", _file(name)) for name in FILES if name != "index.html"]
    inner = Starlette(routes=[*routes, WebSocketRoute("/socket", socket)], lifespan=lifespan)
    return AccessGuard(inner, host, token)


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def send(_: Request) -> Response:
        return Response(built(name), media_type=FILES[name])

    return send


class _Connection:
    """One page's WebSocket."""

    def __init__(self, socket: WebSocket, sessions: PageSessions) -> None:
        self._socket, self._sessions = socket, sessions
        self._loop = asyncio.get_running_loop()
        self._outbox: asyncio.Queue[Message | None] = asyncio.Queue(MAX_QUEUED_MESSAGES)
        self._session: PageSession | None = None

    async def serve(self) -> None:
        """Exchange messages until the page disconnects."""
        await self._socket.accept()
        sender = asyncio.create_task(self._send())
        try:
            await self._receive()
        except WebSocketDisconnect:
            pass
        finally:
            if self._session is not None:
                self._sessions.detach(self._session)
            sender.cancel()

    def publish(self, message: Message) -> None:
        """Queue a message for the page; called from the playground's thread."""
        with suppress(RuntimeError):  # the loop is closed: the server is stopping
            self._loop.call_soon_threadsafe(self._put, message)

    def _put(self, message: Message) -> None:
        try:
            self._outbox.put_nowait(message)
        except asyncio.QueueFull:  # the page reads nothing; it may reconnect
            while not self._outbox.empty():
                self._outbox.get_nowait()
            self._outbox.put_nowait(None)

    async def _send(self) -> None:
        while True:
            message = await self._outbox.get()
            with suppress(RuntimeError, WebSocketDisconnect):
                if message is None:
                    await self._socket.close(1013)
                    return
                data = pack(message)
                if isinstance(data, str):
                    await self._socket.send_text(data)
                else:
                    await self._socket.send_bytes(data)

    async def _receive(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            try:
                text = event.get("text")
                message = unpack(event["bytes"] if text is None else text)
                if message.type == "hello":
                    await self._attach(message.content.get("session"))
            except DeltaruleError as error:
                self._put(encode(ErrorResponse(page_message(error), None)))
                continue
            if self._session is not None:
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
        self._session = self._sessions.attach(known, self.publish)

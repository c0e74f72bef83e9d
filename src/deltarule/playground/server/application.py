"""The routes: four files and one WebSocket. Nothing that a page sends is ever used as a path."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from deltarule.errors import DeltaruleError
from deltarule.playground.front_end import FILES, built
from deltarule.playground.messages import Message, message, packed, unpacked
from deltarule.playground.server.access_guard import AccessGuard, App
from deltarule.playground.server.connections import Make, PageSessions, Session

MAX_QUEUED_MESSAGES = 64
"""Messages that may wait for a page to read them; frames are never more than two of them."""
RELOAD_S = 0.5
"""How long a new connection waits for the old one of the same page to be noticed as gone."""


def application(make: Make, host: str, token: str) -> App:
    """Return the guarded application; `make` begins a playground for each page."""
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


def _file(name: str):  # type: ignore[no-untyped-def]
    async def send(_: Request) -> Response:
        return Response(built(name), media_type=FILES[name])

    return send


class _Connection:
    """One page's WebSocket."""

    def __init__(self, socket: WebSocket, sessions: PageSessions) -> None:
        self._socket, self._sessions = socket, sessions
        self._loop = asyncio.get_running_loop()
        self._outbox: asyncio.Queue[Message | None] = asyncio.Queue(MAX_QUEUED_MESSAGES)
        self._session: Session | None = None

    async def serve(self) -> None:
        """Talk until the page goes away."""
        await self._socket.accept()
        sender = asyncio.create_task(self._send())
        try:
            await self._listen()
        except WebSocketDisconnect:
            pass
        finally:
            if self._session is not None:
                self._sessions.detach(self._session)
            sender.cancel()

    def publish(self, told: Message) -> None:
        """Take a message for the page; called from the playground's thread."""
        with suppress(RuntimeError):  # the loop is closed: the server ends
            self._loop.call_soon_threadsafe(self._put, told)

    def _put(self, told: Message) -> None:
        try:
            self._outbox.put_nowait(told)
        except asyncio.QueueFull:  # a page that reads nothing: it may come back and ask
            while not self._outbox.empty():
                self._outbox.get_nowait()
            self._outbox.put_nowait(None)

    async def _send(self) -> None:
        while True:
            told = await self._outbox.get()
            with suppress(RuntimeError, WebSocketDisconnect):
                if told is None:
                    await self._socket.close(1013)
                    return
                data = packed(told)
                if isinstance(data, str):
                    await self._socket.send_text(data)
                else:
                    await self._socket.send_bytes(data)

    async def _listen(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            try:
                text = event.get("text")
                request = unpacked(event["bytes"] if text is None else text)
                if request.type == "hello":
                    request = await self._greeted(request)
            except DeltaruleError as error:
                self._put(message("error", text=str(error), about=None, edit=None))
                continue
            if self._session is not None and request.type != "detach":
                self._session.playground.receive(request)

    async def _greeted(self, request: Message) -> Message:
        """Find the page's playground; return its hello with the session's id."""
        known = request.content.get("session")
        if self._session is not None:  # the same page begins anew
            self._sessions.detach(self._session)
            self._session = None
        waited = 0.0
        while self._sessions.is_taken(known) and waited < RELOAD_S:
            await asyncio.sleep(0.05)
            waited += 0.05
        self._session, is_new = self._sessions.attach(known, self.publish)
        content = {**request.content, "session_id": self._session.id}
        if not is_new:
            content["fragment"] = ""
        return Message(content)

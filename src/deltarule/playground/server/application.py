"""The routes: four files and one WebSocket. Nothing that a page sends is used as a path."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from deltarule.playground.front_end import FILES, built
from deltarule.playground.server.access_guard import AccessGuard
from deltarule.playground.server.connections import Make, PageSessions
from deltarule.playground.server.page_socket import BUSY, PageSocket
from deltarule.web_server.asgi import App

MAX_SOCKETS = 24
"""Open WebSockets, of which `MAX_SESSIONS` can have a playground."""


def application(
    make: Make, host: str, token: str, opened: Callable[[], None] = lambda: None
) -> App:
    """Return the guarded application.

    `make` creates a playground for each page; `opened` is called when a browser opens the address.
    """
    sessions = PageSessions(make)
    pages: set[PageSocket] = set()

    async def socket(connection: WebSocket) -> None:
        await connection.accept()
        if len(pages) >= MAX_SOCKETS:
            await connection.close(BUSY)
            return
        page = PageSocket(connection, sessions)
        pages.add(page)
        try:
            await page.serve()
        finally:
            pages.discard(page)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        sessions.close()

    routes = [Route("/", _file("index.html"))]
    routes += [Route(f"/{name}", _file(name)) for name in FILES if name != "index.html"]
    inner = Starlette(routes=[*routes, WebSocketRoute("/socket", socket)], lifespan=lifespan)
    inner.router.redirect_slashes = False
    return AccessGuard(inner, host, token, opened)


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def send(_: Request) -> Response:
        return Response(built(name), media_type=FILES[name])

    return send

"""The server, on 127.0.0.1, until Ctrl-C."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable

import uvicorn

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.playground.front_end import check_built
from deltarule.playground.server.access_guard import App
from deltarule.playground.server.application import application
from deltarule.playground.server.connection_limits import (
    MAX_HTTP_CONNECTIONS,
    HttpConnection,
    WebSocketConnection,
)
from deltarule.playground.server.connections import Make
from deltarule.playground.table_sources import MAX_UPLOAD_BYTES

ADDRESS = "127.0.0.1"
TOKEN_BYTES = 32
MAX_PORT = 65_535
ROOM_FOR_HEADER = 1 << 20
PING_TIMEOUT_S = 60.0
"""How long a page may leave a ping unanswered; it also waits while earlier messages are handled."""
SHUTDOWN_S = 1.0
"""How long connections may take to close when the server ends; those left are aborted."""


def serve(
    make: Make,
    port: int,
    started: Callable[[str], None],
    opened: Callable[[], None] = lambda: None,
) -> None:
    """Serve until Ctrl-C; `started` is called with the address once it can be opened.

    `opened` is called each time that a browser opens that address.

    `port` 0 chooses a free port. Raises `SettingError` if the port is taken and `MissingPackageError` if
    the page is not built.
    """
    check_built()
    with _bound(port) as listening:
        host = f"{ADDRESS}:{listening.getsockname()[1]}"
        token = secrets.token_urlsafe(TOKEN_BYTES)
        guarded = application(make, host, token, opened)
        server = PageServer(guarded, lambda: started(f"http://{host}/{token}/"))
        server.run(sockets=[listening])


class PageServer(uvicorn.Server):
    """A server of `app`; `started` is called once it listens."""

    def __init__(self, app: App, started: Callable[[], None] = lambda: None) -> None:
        super().__init__(_configuration(app))
        self._on_start = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then report it."""
        await super().startup(sockets)
        if self.started:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections; abort those that take long, which uvicorn would log as an error."""
        abort = asyncio.get_running_loop().call_later(SHUTDOWN_S, self._abort)
        try:
            await super().shutdown(sockets)
        finally:
            abort.cancel()

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()  # which ends its task


def _configuration(app: App) -> uvicorn.Config:
    """Return the settings of a server of `app`."""
    return uvicorn.Config(
        app,
        http=HttpConnection,
        ws=WebSocketConnection,
        log_config=None,
        # At lower levels it logs each invalid request, and the paths of WebSockets.
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        backlog=MAX_HTTP_CONNECTIONS,
        ws_max_size=MAX_UPLOAD_BYTES + ROOM_FOR_HEADER,
        ws_ping_timeout=PING_TIMEOUT_S,
        ws_per_message_deflate=False,  # on one machine compression costs more than bytes
        timeout_graceful_shutdown=30,  # `PageServer.shutdown` ends everything before
        h11_max_incomplete_event_size=64 << 10,
    )


def _bound(port: int) -> socket.socket:
    checks.integer("port", port, at_least=0, at_most=MAX_PORT)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((ADDRESS, port))
    except OSError as error:
        listening.close()
        raise SettingError(
            "port",
            f"{port} of {ADDRESS} cannot be used ({(error.strerror or str(error)).lower()})",
            hint="Choose another, or omit `port` for a free one.",
        ) from None
    return listening

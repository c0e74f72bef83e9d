"""The server, on 127.0.0.1, until Ctrl-C."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from uvicorn.protocols.http.h11_impl import H11Protocol

from deltarule.playground.front_end import check_built
from deltarule.playground.server.application import application
from deltarule.playground.server.connections import Make
from deltarule.playground.server.websocket_connection import WebSocketConnection
from deltarule.playground.table_sources import MAX_UPLOAD_BYTES
from deltarule.web_server.asgi import App
from deltarule.web_server.connection_limits import ConnectionLimits, limited
from deltarule.web_server.server import WebServer, bound, settings_of

ADDRESS = "127.0.0.1"
TOKEN_BYTES = 32
ROOM_FOR_HEADER = 1 << 20
PING_TIMEOUT_S = 60.0
"""How long a page may leave a ping unanswered; it also waits while earlier messages are handled."""
LIMITS = ConnectionLimits(max_connections=128, max_s=30.0)
"""Of connections that are no WebSocket; a browser opens another."""


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
    with bound(ADDRESS, port) as listening:
        host = f"{ADDRESS}:{listening.getsockname()[1]}"
        token = secrets.token_urlsafe(TOKEN_BYTES)
        guarded = application(make, host, token, opened)
        server = page_server(guarded, lambda: started(f"http://{host}/{token}/"))
        server.run(sockets=[listening])


def page_server(
    app: App, started: Callable[[], None] = lambda: None, limits: ConnectionLimits = LIMITS
) -> WebServer:
    """Return a server of the page; `started` is called once it can be reached."""
    settings = settings_of(
        app,
        limited(H11Protocol, limits),
        ws=WebSocketConnection,
        backlog=limits.max_connections,
        ws_max_size=MAX_UPLOAD_BYTES + ROOM_FOR_HEADER,
        ws_ping_timeout=PING_TIMEOUT_S,
        ws_per_message_deflate=False,  # on one machine compression costs more than bytes
    )
    return WebServer(settings, started)

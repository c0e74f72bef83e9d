"""A uvicorn server that reports when it can be reached and ends without messages of its own."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from deltarule._common import checks
from deltarule.errors import SettingError, shortened
from deltarule.web_server.asgi import App

MAX_PORT = 65_535
MAX_HEADER_BYTES = 64 << 10


class WebServer(uvicorn.Server):
    """A server; `started` is called once it can be reached.

    When it ends, connections have `shutdown_s` seconds to close; those left are aborted, which uvicorn
    would log as an error.
    """

    def __init__(
        self,
        settings: uvicorn.Config,
        started: Callable[[], None] = lambda: None,
        shutdown_s: float = 1.0,
    ) -> None:
        super().__init__(settings)
        self._on_start = started
        self._shutdown_s = shutdown_s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting connections, then report it."""
        await super().startup(sockets)
        if self.started:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections, and abort those that take long."""
        abort = asyncio.get_running_loop().call_later(self._shutdown_s, self._abort)
        try:
            await super().shutdown(sockets)
        finally:
            abort.cancel()

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()  # which ends its task


def settings_of(app: App, http: type[Any], **others: Any) -> uvicorn.Config:
    """Return uvicorn's settings of a server of `app` with this protocol of HTTP connections."""
    return uvicorn.Config(
        app,
        http=http,
        log_config=None,
        # At lower levels it logs each invalid request, and the paths of WebSockets.
        log_level="error",
        access_log=False,
        proxy_headers=False,  # nothing depends on who asks
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=3600,  # `WebServer.shutdown` ends everything before
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        **others,
    )


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to a port of an address of this machine; 0 chooses a free port.

    Raises `SettingError` if the address or the port cannot be used.
    """
    checks.integer("port", port, at_least=0, at_most=MAX_PORT)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise SettingError(
                "host", f"must be an address of this computer, got {shortened(host)}"
            ) from None
        raise SettingError(
            "port",
            f"{port} of {host} cannot be used ({(error.strerror or str(error)).lower()})",
            hint="Choose another, or omit `port` for a free one.",
        ) from None
    return listening

"""A playground's server in this process, and a client of it that does what a browser does."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from deltarule.playground import front_end
from deltarule.playground.playground import Playground
from deltarule.playground.protocol.wire import Message, unpack
from deltarule.playground.server.application import application
from deltarule.playground.server.serving import LIMITS, page_server
from deltarule.playground.workspace import Workspace
from deltarule.web_server.connection_limits import ConnectionLimits

TOKEN = "t0ken"
PATIENCE_S = 30


@dataclass(frozen=True)
class Server:
    """A server that runs, and what it printed as its host.

    `page` is the path of the page, to which the address with the token leads, and `cookie` is what
    the browser gets there.
    """

    host: str
    page: str = ""
    cookie: str = ""

    def get(self, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """Ask for a path exactly as it is written."""
        connection = http.client.HTTPConnection(self.host, timeout=10)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": self.host, **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def opened(self) -> Server:
        """Open the address with the token, as a browser does."""
        answer = self.get(f"/{TOKEN}/")
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return Server(self.host, answer.headers["Location"].rstrip("/"), cookie)

    def socket(self, path: str | None = None, **options: Any) -> ClientConnection:
        """Open the WebSocket as our page does, unless given other options."""
        options.setdefault("origin", f"http://{self.host}")
        headers = {"Cookie": self.cookie, **options.pop("additional_headers", {})}
        return connect(
            f"ws://{self.host}{self.page + '/socket' if path is None else path}",
            max_size=None, open_timeout=10, additional_headers=headers, **options,
        )  # fmt: skip


@contextmanager
def running_server(folder: Path, limits: ConnectionLimits = LIMITS) -> Iterator[Server]:
    """Run a server whose page is files of a few bytes in `folder`."""
    for name in (*front_end.FILES, front_end.FROZEN):
        (folder / name).write_text(name)
    with pytest.MonkeyPatch.context() as patch, socket.socket() as listening:
        patch.setattr(front_end, "_folder", lambda: folder)
        listening.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        app = application(lambda publish: Playground(Workspace(), publish), host, TOKEN)
        running = page_server(app, limits=limits)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not running.started:
                time.sleep(0.01)
            yield Server(host).opened()
        finally:
            running.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def receive(connection: ClientConnection, kind: str) -> Message:
    """Return the next message of this type."""
    while True:
        message = unpack(connection.recv(timeout=PATIENCE_S))
        if message.type == kind:
            return message


def greet(connection: ClientConnection, session: str | None = None, fragment: str = "") -> str:
    """Say hello, read the greeting, return the session's id."""
    hello = {"type": "hello", "client": "c", "session": session, "fragment": fragment}
    connection.send(json.dumps(hello))
    found: str = receive(connection, "hello").content["session"]
    receive(connection, "frame")
    return found

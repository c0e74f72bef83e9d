"""The server: who may connect, and what every other request gets."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from deltarule.errors import MissingPackageError, SettingError
from deltarule.playground import front_end
from deltarule.playground.playground import Playground
from deltarule.playground.protocol.wire import Message, pack, unpack
from deltarule.playground.server import connections as sessions_module
from deltarule.playground.server import page_socket
from deltarule.playground.server.application import application
from deltarule.playground.server.serving import serve
from deltarule.playground.workspace import Workspace

TOKEN = "t0ken"
ROUTES = ("/", "/page.js", "/widget.js", "/widget.css", "/socket")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@dataclass(frozen=True)
class Server:
    """A server that runs, and what it printed as its host."""

    host: str

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

    def socket(self, path: str = f"/{TOKEN}/socket", **options: Any) -> ClientConnection:
        """Open the WebSocket as our page does, unless given other options."""
        options.setdefault("origin", f"http://{self.host}")
        return connect(f"ws://{self.host}{path}", max_size=None, open_timeout=10, **options)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("page")
    for name in (*front_end.FILES, front_end.FROZEN):
        (folder / name).write_text(name)
    with pytest.MonkeyPatch.context() as patch, socket.socket() as listening:
        patch.setattr(front_end, "_folder", lambda: folder)
        listening.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        app = application(lambda publish: Playground(Workspace(), publish), host, TOKEN)
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield Server(host)
        running.should_exit = True
        thread.join(10)


def receive(connection: ClientConnection, kind: str) -> Message:
    """Return the next message of this type."""
    while True:
        message = unpack(connection.recv(timeout=10))
        if message.type == kind:
            return message


def greet(connection: ClientConnection, session: str | None = None, fragment: str = "") -> str:
    """Say hello, read the greeting, return the session's id."""
    hello = {"type": "hello", "client": "c", "session": session, "fragment": fragment}
    connection.send(json.dumps(hello))
    found: str = receive(connection, "hello").content["session"]
    receive(connection, "frame")
    return found


def test_the_routes_are_exactly_these():
    app = application(lambda _: None, "h", "t")
    assert {route.path for route in app._app.routes} == set(ROUTES)


@pytest.mark.parametrize("path", ROUTES[:-1])
def test_requests_with_the_token_get_the_page(server, path):
    answer = server.get(f"/{TOKEN}{path}")
    assert answer.status == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("prefix", "headers"),
    [
        ("", {}),
        ("/", {}),
        ("/wrong", {}),
        (f"/{TOKEN}x", {}),
        (f"/{TOKEN[:-1]}", {}),
        (f"//{TOKEN}", {}),
        (f"/x/../{TOKEN}", {}),
        (f"/{TOKEN}", {"Host": "playground.example"}),
        (f"/{TOKEN}", {"Host": "localhost"}),
        (f"/{TOKEN}", {"Host": "127.0.0.1"}),
        (f"/{TOKEN}", {"Origin": "http://playground.example"}),
        (f"/{TOKEN}", {"Origin": "null"}),
        (f"/{TOKEN}", {"Origin": "http://127.0.0.1"}),
        (f"/{TOKEN}", {"Sec_Fetch_Site": "cross-site"}),
        (f"/{TOKEN}", {"Sec_Fetch_Site": "same-site"}),
    ],
)
def test_all_other_requests_get_the_same_refusal(server, path, prefix, headers):
    answer = server.get(f"{prefix}{path}", **headers)
    assert answer.status == 403
    assert TOKEN not in str(answer.headers)


@pytest.mark.parametrize(
    "path", [f"/{TOKEN}/../x", f"/{TOKEN}/%2e%2e/iris.csv", f"/{TOKEN}/frozen.js"]
)
def test_nothing_but_the_page_is_served(server, path):
    assert server.get(path).status in (403, 404)


def test_only_get_is_allowed(server):
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert server.get(f"/{TOKEN}/", method=method).status == 405


@pytest.mark.parametrize(
    "options",
    [
        {"path": "/socket"},
        {"path": "/wrong/socket"},
        {"origin": "http://playground.example"},
        {"origin": None},
        {"origin": "null"},
        {"additional_headers": {"Sec-Fetch-Site": "cross-site"}},
    ],
)
def test_the_socket_opens_for_our_page_only(server, options):
    with pytest.raises(InvalidStatus) as caught, server.socket(**options):
        pass
    assert caught.value.response.status_code == 403


def test_the_socket_refuses_a_foreign_host(server):
    with (
        pytest.raises(InvalidStatus),
        connect(
            f"ws://playground.example/{TOKEN}/socket",
            sock=socket.create_connection(server.host.split(":")),
            origin=f"http://{server.host}",
        ),
    ):
        pass


def test_two_tabs_are_two_playgrounds(server):
    with server.socket() as one, server.socket() as two:
        assert greet(one, fragment="data=xor") != greet(two, fragment="data=moons")
        one.send('{"type":"epoch"}')
        assert receive(one, "frame").content["epoch"] == 1
        two.send('{"type":"step"}')
        assert receive(two, "frame").content["epoch"] == 0


def test_a_reconnected_page_continues_its_session(server):
    with server.socket() as first:
        session = greet(first, fragment="data=xor")
        first.send('{"type":"epoch"}')
        receive(first, "frame")
    with server.socket() as again:
        hello = {"type": "hello", "client": "d", "session": session, "fragment": "data=moons"}
        again.send(json.dumps(hello))
        assert receive(again, "hello").content["session"] == session
        state = receive(again, "state").content
        assert state["experiment"]["data"]["name"] == "xor"
        assert receive(again, "frame").content["epoch"] == 1


def test_a_copied_tab_gets_a_playground_of_its_own(server):
    with server.socket() as one:
        session = greet(one)
        with server.socket() as two:
            assert greet(two, session) != session


def test_invalid_messages_do_not_end_the_connection(server):
    with server.socket() as connection:
        greet(connection)
        for nonsense in ("{", b"\xff" * 9, '{"type":"detach"}', '{"a":1}'):
            connection.send(nonsense)
        assert "reload it" in receive(connection, "error").content["text"]
        connection.send('{"type":"epoch"}')
        assert receive(connection, "frame").content["epoch"] == 1


@pytest.mark.parametrize(
    "hostile",
    [
        '{"type":"\\ud800"}',
        '{"type":"set","experiment":{"\\udfff":1},"edit":1}',
        '{"type":"set","experiment":' + "[" * 500 + "]" * 500 + "}",
        '{"type":"set","experiment":' + '{"a":' * 5000 + "1" + "}" * 5001,
        '{"type":"set","experiment":{},"edit":99999999999999999999}',
        '{"type":"x","x":' + "9" * 6000 + "}",
        '{"type":"set","experiment":"' + "x" * (1 << 20) + '"}',
    ],
)
def test_the_next_message_is_answered_after_any_message(server, hostile):
    with server.socket() as connection:
        greet(connection)
        connection.send(hostile)
        receive(connection, "error")
        connection.send('{"type":"epoch"}')
        assert receive(connection, "frame").content["epoch"] == 1


def test_an_upload_comes_through_and_a_too_large_one_does_not(server):
    rows = "a,b\n" + "\n".join(f"{i},{i % 3}" for i in range(60))
    with server.socket() as connection:
        greet(connection)
        connection.send(pack(Message({"type": "upload", "name": "t.csv"}, rows.encode())))
        assert receive(connection, "table").content["rows"] == 60


def test_a_page_that_reads_nothing_is_disconnected(server, monkeypatch):
    monkeypatch.setattr(page_socket, "MAX_QUEUED_MESSAGES", 4)
    with server.socket() as connection:
        greet(connection)
        time.sleep(0.2)
        with pytest.raises(ConnectionClosed):
            _say_and_never_read(connection)


def _say_and_never_read(connection: ClientConnection) -> None:
    for _ in range(3000):
        connection.send('{"type":"speed","epochs_per_second":1}')
    while True:
        connection.recv(timeout=10)


def test_the_number_of_pages_is_limited(server, monkeypatch):
    monkeypatch.setattr(sessions_module, "MAX_SESSIONS", 1)
    with server.socket() as one, server.socket() as two:
        greet(one)
        two.send('{"type":"hello","client":"c","session":null,"fragment":""}')
        assert "close one and reload" in receive(two, "error").content["text"]


def test_a_taken_port_is_an_error():
    with socket.socket() as taken, pytest.MonkeyPatch.context() as patch:
        patch.setattr("deltarule.playground.server.serving.check_built", lambda: None)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=f"`port` {port} of 127.0.0.1 cannot be used"):
            serve(lambda _: None, port, print)


def test_a_missing_build_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(front_end, "_folder", lambda: tmp_path)
    with pytest.raises(MissingPackageError, match="run make web"):
        serve(lambda _: None, 0, print)


def test_an_abandoned_session_ends(monkeypatch):
    monkeypatch.setattr(sessions_module, "SESSION_TIMEOUT_S", 0.01)
    closed = []

    class Fake:
        def detach(self):
            pass

        def stop(self):
            closed.append(True)

    async def leave() -> None:
        sessions = sessions_module.PageSessions(lambda _: Fake())
        session = await sessions.attach(None, lambda _: None)
        sessions.detach(session)
        await asyncio.sleep(0.1)

    asyncio.run(leave())
    assert closed == [True]

"""The server: who may connect, and what every other request gets."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from unittest.mock import Mock

import pytest
from drills.raw_websocket import TEXT, RawWebSocket
from playground_server import TOKEN, Server, greet, receive, running_server
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from deltarule.errors import MissingPackageError, SettingError
from deltarule.playground import front_end
from deltarule.playground.protocol.wire import Message, pack
from deltarule.playground.server import connections as sessions_module
from deltarule.playground.server import page_socket, websocket_connection
from deltarule.playground.server.application import application
from deltarule.playground.server.serving import LIMITS, page_server, serve

ROUTES = ("/", "/page.js", "/widget.js", "/widget.css", "/socket")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("page")) as running:
        yield running


HELLO = b'{"type":"hello","client":"c","session":null,"fragment":""}'


def test_a_page_that_never_reads_is_aborted_when_the_server_ends(tmp_path, caplog):
    with ExitStack() as stack, running_server(tmp_path) as server:
        page = stack.enter_context(RawWebSocket(server))
        page.send(TEXT, HELLO)
        for _ in range(50):
            page.send(TEXT, b'{"type":"export","what":"html"}')
        time.sleep(1)  # until more is written than the system keeps
    assert caplog.records == []


def test_nothing_is_written_to_a_lost_connection():
    async def write() -> None:
        settings = page_server(application(lambda _: None, "h", "t")).config
        page = websocket_connection.WebSocketConnection(settings, ServerState(), {})
        page.transport = Mock(is_closing=lambda: True)
        page.handshake_complete = True
        page.handle_ping()
        with pytest.raises(ClientDisconnected):
            await page.send({"type": "websocket.send", "text": "x"})
        page.transport.write.assert_not_called()

    asyncio.run(write())


def test_the_routes_are_exactly_these():
    app = application(lambda _: None, "h", "t")
    assert {route.path for route in app._app.routes} == set(ROUTES)


@pytest.mark.parametrize("path", ROUTES[:-1])
def test_requests_with_the_cookie_get_the_page(server, path):
    answer = server.get(server.page + path, Cookie=f"other=1; {server.cookie}")
    assert answer.status == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


FROM_A_FILE = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
FROM_A_LINK = {**FROM_A_FILE, "Sec_Fetch_Dest": "document"}
FOREIGN = [
    {"Host": "playground.example"},
    {"Host": "localhost"},
    {"Host": "127.0.0.1"},
    {"Origin": "http://playground.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    FROM_A_FILE,
    {**FROM_A_FILE, "Sec_Fetch_Dest": "iframe"},
    {**FROM_A_FILE, "Sec_Fetch_Dest": "embed"},
    {**FROM_A_LINK, "Sec_Fetch_Mode": "no-cors"},
    {**FROM_A_LINK, "Origin": "http://playground.example"},
]


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
        *((f"/{TOKEN}", headers) for headers in FOREIGN),
    ],
)
def test_all_other_requests_get_the_same_refusal(server, path, prefix, headers):
    answer = server.get(f"{prefix}{path}", **headers)
    assert answer.status == 403
    assert TOKEN not in str(answer.headers)
    assert server.page not in str(answer.headers)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        *FOREIGN,
        {"Cookie": ""},
        {"Cookie": "deltarule="},
        {"Cookie": "deltarule=wrong"},
        {"Cookie": f"deltarule={TOKEN}"},
    ],
)
def test_the_path_of_the_page_is_not_enough(server, path, headers):
    answer = server.get(server.page + path, **{"Cookie": server.cookie, **headers})
    assert answer.status == 403


def test_the_cookie_is_not_enough(server):
    for path in ("/", "/page.js", f"/{TOKEN}/page.js", f"/{TOKEN}/socket"):
        assert server.get(path, Cookie=server.cookie).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "none"])
def test_the_address_leads_to_the_page_without_the_token(server, site):
    headers = {**FROM_A_LINK, "Sec_Fetch_Site": site}
    answer = server.get(f"/{TOKEN}/", **headers)
    assert answer.status == 303
    assert answer.headers["Location"] == f"{server.page}/"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.headers["Set-Cookie"].split("; ")
    assert cookie == [server.cookie, f"Path={server.page}/", "HttpOnly", "SameSite=Lax"]
    assert TOKEN not in str(answer.headers)
    assert server.get(f"{server.page}/", Cookie=server.cookie, **headers).status == 200


def test_the_address_with_the_token_is_reported_when_it_is_opened():
    opened = []
    app = application(lambda _: None, "h", TOKEN, lambda: opened.append(True))

    async def get(path: str, host: bytes) -> None:
        scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", host)]}

        async def ignore(_: object = None) -> None: ...

        await app(scope, ignore, ignore)

    for path, host in ((f"/{TOKEN}x/", b"h"), (f"/{TOKEN}/", b"g"), (f"/{TOKEN}/", b"h")):
        asyncio.run(get(path, host))
    assert opened == [True]


@pytest.mark.parametrize("path", ["/../x", "/%2e%2e/iris.csv", "/frozen.js", "/page.js/"])
def test_nothing_but_the_page_is_served(server, path):
    assert server.get(server.page + path, Cookie=server.cookie).status in (403, 404)
    assert server.get(f"/{TOKEN}{path}").status == 403


def test_only_get_is_allowed(server):
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert server.get(f"{server.page}/", method=method, Cookie=server.cookie).status == 405
        assert server.get(f"/{TOKEN}/", method=method).status == 403


@pytest.mark.parametrize(
    "options",
    [
        {"path": "/socket"},
        {"path": "/wrong/socket"},
        {"path": f"/{TOKEN}/socket"},
        {"origin": "http://playground.example"},
        {"origin": None},
        {"origin": "null"},
        {"additional_headers": {"Sec-Fetch-Site": "cross-site"}},
        {
            "additional_headers": {
                name.replace("_", "-"): value for name, value in FROM_A_LINK.items()
            }
        },
        {"additional_headers": {"Cookie": ""}},
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
            f"ws://playground.example{server.page}/socket",
            sock=socket.create_connection(server.host.split(":")),
            origin=f"http://{server.host}",
            additional_headers={"Cookie": server.cookie},
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


def connected(server: Server) -> socket.socket:
    host, port = server.host.split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def is_closed(connection: socket.socket) -> bool:
    """Whether the server closes this connection without an answer."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nX: "])
def test_a_connection_without_a_request_is_closed(tmp_path, sent):
    limits = replace(LIMITS, max_s=1.0)
    with running_server(tmp_path, limits) as server, connected(server) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


def test_the_oldest_connection_is_closed_for_a_new_one(tmp_path):
    with (
        running_server(tmp_path, replace(LIMITS, max_connections=2)) as server,
        connected(server) as oldest,
        connected(server),
        connected(server),
    ):
        assert is_closed(oldest)
        assert server.get("/").status == 403


def test_a_socket_with_too_many_header_lines_is_closed(server):
    with connected(server) as connection:
        lines = ["GET / HTTP/1.1", "Host: h", "Connection: Upgrade", "Upgrade: websocket"]
        lines += [f"X-{i}: 1" for i in range(500)]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert is_closed(connection)


def test_text_that_is_not_utf8_closes_the_connection_and_is_not_logged(server, caplog):
    with server.socket() as connection:
        connection.socket.sendall(b"\x81\x81\0\0\0\0\xff")
        with pytest.raises(ConnectionClosed) as caught:
            connection.recv(timeout=10)
    assert caught.value.rcvd.code == 1007
    assert caplog.text == ""


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

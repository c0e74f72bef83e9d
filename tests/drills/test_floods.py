"""Floods on the playground's server: after each, a page is answered and nothing is left behind.

The server runs in a process of its own with shorter time limits.
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest
from drills.raw_websocket import (
    BINARY,
    CONTINUATION,
    PING,
    TEXT,
    RawWebSocket,
    connected,
    frame,
    reset,
)
from drills.server_process import ServerProcess, server_process
from playground_server import TOKEN, Server, greet, receive
from websockets.exceptions import ConnectionClosedError

from deltarule.playground.protocol.wire import Message, pack
from deltarule.playground.server.application import MAX_SOCKETS
from deltarule.playground.server.page_socket import BUSY
from deltarule.playground.server.serving import LIMITS

MEGABYTES = 60.0
"""Memory that may stay in use after a flood: libraries that were loaded, freed memory that is kept."""
MAX_MEGABYTES = 250.0
"""Memory that a flood may use meanwhile."""
HELLO = json.dumps({"type": "hello", "client": "c", "session": None, "fragment": ""}).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[ServerProcess]:
    with server_process(tmp_path_factory.mktemp("page")) as running:
        visit(running)  # loads what is loaded late
        running.comes_back_to(running.usage, megabytes=MEGABYTES)
        time.sleep(2.5)  # the session of this visit ends
        yield running


def visit(server: Server) -> None:
    """Open the address, greet, and train one epoch, as a page does.

    A server that is busy with a flood may ask to try again later, which a page does until it succeeds.
    """
    assert server.opened().page == server.page
    deadline = time.monotonic() + RETRY_S
    while True:
        try:
            with server.socket() as page:
                greet(page)
                page.send('{"type":"epoch"}')
                assert receive(page, "frame").content["epoch"] == 1
        except ConnectionClosedError as error:
            if error.rcvd is None or error.rcvd.code != BUSY or time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def silent(server: Server, stack: ExitStack) -> None:
    """A connection that sends nothing."""
    stack.callback(connected(server).close)


def half_a_header(server: Server, stack: ExitStack) -> None:
    """A connection that never ends its header."""
    connection = connected(server)
    stack.callback(connection.close)
    with suppress(OSError):
        connection.sendall(f"GET /{TOKEN}/ HTTP/1.1\r\nHost: {server.host}\r\nX: ".encode())


def an_endless_header(server: Server, stack: ExitStack) -> None:
    """A header of two megabytes."""
    connection = connected(server)
    stack.callback(connection.close)
    with suppress(OSError):
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * (2 << 20))


def many_header_lines(server: Server, stack: ExitStack) -> None:
    """A WebSocket with more header lines than are allowed, or a longer one."""
    lines = "".join(f"X-{i}: 1\r\n" for i in range(500))
    for header in (lines, f"X: {'x' * 20_000}\r\n"):
        with RawWebSocket(server, header) as page:
            assert not page.answer.startswith(b"HTTP/1.1 101")


def an_endless_body(server: Server, stack: ExitStack) -> None:
    """A request whose body is a terabyte."""
    connection = connected(server)
    stack.callback(connection.close)
    with suppress(OSError):
        connection.sendall(
            f"GET /{TOKEN}/ HTTP/1.1\r\nHost: {server.host}\r\n"
            f"Content-Length: {1 << 40}\r\n\r\n".encode()
        )
        for _ in range(8):
            connection.sendall(b"x" * (1 << 18))


def half_closed(server: Server, stack: ExitStack) -> None:
    """A client that closes its side after a request and does not read."""
    connection = connected(server)
    stack.callback(connection.close)
    connection.sendall(f"GET /{TOKEN}/ HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode())
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)


def reset_at_once(server: Server, stack: ExitStack) -> None:
    """A connection that is reset, before or after a request."""
    connection = connected(server)
    if random.random() < 0.5:
        connection.sendall(f"GET {server.page}/ HTTP/1.1\r\n".encode())
    reset(connection)


def nonsense(server: Server, stack: ExitStack) -> None:
    """Bytes that are no request, and requests that are nearly one."""
    connection = connected(server)
    stack.callback(connection.close)
    line = random.choice(
        [b"GET /\xff HTTP/1.1", b"GET / HTTP/9.9", b"PRI * HTTP/2.0", b"\x16\x03\x01"]
    )
    with suppress(OSError):
        connection.sendall(line + b"\r\n" + random.randbytes(200) + b"\r\n\r\n")


def a_hello_and_no_more(server: Server, stack: ExitStack) -> None:
    """A page that comes and is gone while its playground is made."""
    with suppress(OSError), RawWebSocket(server) as page:
        page.send(TEXT, HELLO)


def no_hello(server: Server, stack: ExitStack) -> None:
    """A WebSocket that says nothing."""
    with suppress(OSError):
        stack.enter_context(RawWebSocket(server))


def invalid_frames(server: Server, stack: ExitStack) -> None:
    """Frames that violate the protocol."""
    with suppress(OSError), RawWebSocket(server) as page:
        page.socket.sendall(
            random.choice(
                [
                    frame(TEXT, b"\xff"), frame(CONTINUATION, b""), frame(11, b""), frame(3, b"x"),
                    b"\xff" * 14, b"\x81\xff" + b"\x7f" * 12, frame(PING, b"x" * 200),
                    frame(BINARY, b"", final=False) + frame(TEXT, b""), b"\x81\x01x",
                ]
            )
        )  # fmt: skip
        page.socket.recv(1 << 10)


FLOODS: dict[Callable[[Server, ExitStack], None], tuple[int, int]] = {
    silent: (300, 20_000),
    half_a_header: (300, 20_000),
    an_endless_header: (20, 2000),
    many_header_lines: (10, 2000),
    an_endless_body: (20, 2000),
    half_closed: (200, 20_000),
    reset_at_once: (300, 20_000),
    nonsense: (200, 20_000),
    a_hello_and_no_more: (30, 2000),
    no_hello: (60, 2000),
    invalid_frames: (100, 5000),
}
MAX_FILES = 4 * LIMITS.max_connections + MAX_SOCKETS
"""Files of a server meanwhile: asyncio accepts 128 connections at once, before others are closed."""
RETRY_S = 20.0
"""How long a visitor tries again after the server has closed its connection as busy."""
AT_ONCE = 400
"""Connections that one flood holds open at the same time; a process may have about 1,000."""


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.__name__)
def test_after_a_flood_nothing_is_left(server, drill, flood):
    short, full = FLOODS[flood]
    count = drill.cases(short=short, full=full)
    random.seed(0)
    before = server.usage
    for first in range(0, count, AT_ONCE):
        with ExitStack() as stack:
            for _ in range(min(AT_ONCE, count - first)):
                flood(server, stack)
            now = server.usage
            assert now.files <= before.files + MAX_FILES
            assert now.megabytes <= before.megabytes + MAX_MEGABYTES
            if flood is not no_hello:  # which leaves room for no other page
                visit(server)
    server.comes_back_to(before, megabytes=MEGABYTES)
    visit(server)
    drill.count(count, "connections of floods")


@pytest.mark.parametrize(
    ("sent", "full"),
    [
        (frame(PING, b"x" * 125), 2_000_000),
        (frame(CONTINUATION, b"", final=False), 2_000_000),
        (frame(TEXT, b'{"type":"epoch"}'), 100_000),
        (frame(TEXT, b'{"type":"export","what":"html"}'), 2000),
    ],
    ids=["pings", "fragments", "requests", "exports"],
)
def test_a_page_that_never_reads_is_disconnected(server, drill, sent, full):
    before = server.usage
    count = drill.cases(short=full // 40, full=full)
    with RawWebSocket(server) as page:
        page.send(TEXT, HELLO)
        if sent[0] == 0:
            page.send(BINARY, b"", final=False)
        page.socket.settimeout(2.0)
        most = 0.0
        with suppress(OSError):  # the server no longer reads
            for _ in range(0, count, 100):
                page.socket.sendall(sent * 100)
                most = max(most, server.usage.megabytes)
        visit(server)
    assert most <= before.megabytes + MAX_MEGABYTES
    server.comes_back_to(before, megabytes=MEGABYTES)
    drill.count(count, "frames that a page sends without reading")


def test_slow_pages_do_not_delay_others(server, drill):
    before = server.usage
    stop = threading.Event()

    def crawl() -> None:
        with suppress(OSError), RawWebSocket(server) as page:
            page.socket.settimeout(0.001)
            message = frame(TEXT, HELLO) + frame(TEXT, b'{"type":"play"}') * 50
            for byte in message:
                if stop.wait(0.001):
                    return
                page.socket.sendall(bytes([byte]))
                with suppress(TimeoutError):
                    page.socket.recv(64)

    crawlers = [threading.Thread(target=crawl) for _ in range(4)]
    for crawler in crawlers:
        crawler.start()
    count = drill.cases(short=3, full=500)
    longest = 0.0
    for _ in range(count):
        started = time.monotonic()
        visit(server)
        longest = max(longest, time.monotonic() - started)
    stop.set()
    for crawler in crawlers:
        crawler.join(10)
    assert longest < 10.0
    server.comes_back_to(before, megabytes=MEGABYTES)
    drill.count(count, "visits beside slow pages")


def test_repeated_uploads_do_not_add_up(server, drill):
    before = server.usage
    rows = "a,b\n" + "\n".join(f"{i},{i % 3}" for i in range(50_000))
    upload = pack(Message({"type": "upload", "name": "t.csv"}, rows.encode()))
    count = drill.cases(short=2, full=300)
    with server.socket() as page:
        greet(page)
        for _ in range(count):
            page.send(upload)
            assert receive(page, "table").content["rows"] == 50_000
        assert server.usage.megabytes <= before.megabytes + MAX_MEGABYTES
    server.comes_back_to(before, megabytes=MAX_MEGABYTES)
    drill.count(count, "repeated uploads")

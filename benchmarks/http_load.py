"""A load generator for one machine: many connections in one thread, without an event loop.

`wrk` sends the next request when the last one is answered, so that a server that stalls is asked less.
Here a rate can be given: the time of a request then counts from when it was due, also if every
connection waits.
"""

from __future__ import annotations

import gc
import re
import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field

Times = dict[int, list[float]]
"""Seconds of the answers by status."""
_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)\r\n", re.IGNORECASE)


@dataclass
class Connection:
    """A connection, when its request was due, and the bytes of its answer so far."""

    socket: socket.socket
    since: float = 0.0
    received: bytes = b""


@dataclass
class Load:
    """Connections to a server that send the same request."""

    port: int
    request: bytes
    connections: int
    times: Times = field(default_factory=dict)

    def run(self, seconds: float, rate: float | None = None) -> Times:
        """Send `rate` requests a second, or each when the last one is answered; return the times.

        Requests that are due are sent even if they are late; those without an answer at the end are not
        counted.
        """
        gc.disable()  # it would stop for some milliseconds, which would be taken for the server's
        try:
            self._send(seconds, rate)
        finally:
            gc.enable()
        return self.times

    def _send(self, seconds: float, rate: float | None) -> None:
        with selectors.DefaultSelector() as selector:
            opened = [self._open(selector) for _ in range(self.connections)]
            idle = deque(opened)
            start = due = time.perf_counter()
            while (now := time.perf_counter()) < start + seconds:
                while idle and (rate is None or due <= now):
                    connection = idle.popleft()
                    connection.since = now if rate is None else due
                    connection.socket.sendall(self.request)
                    due += 0.0 if rate is None else 1 / rate
                # Waiting is exact to a millisecond only, so that the last one is spent asking.
                wait = 0.1 if rate is None or not idle else max(0.0, due - now - 1e-3)
                for key, _ in selector.select(wait):
                    if self._is_answered(key.data):
                        idle.append(key.data)
            for connection in opened:
                connection.socket.close()

    def _open(self, selector: selectors.BaseSelector) -> Connection:
        connection = Connection(socket.create_connection(("127.0.0.1", self.port), timeout=30))
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        return connection

    def _is_answered(self, connection: Connection) -> bool:
        received = connection.socket.recv(1 << 18)
        assert received, "the server closed a connection"
        received = connection.received + received if connection.received else received
        head = received.find(b"\r\n\r\n")
        found = _LENGTH.search(received, 0, head + 2) if head >= 0 else None
        if found is None or len(received) < head + 4 + int(found[1]):
            connection.received = received
            return False
        connection.received = b""
        seconds = time.perf_counter() - connection.since
        self.times.setdefault(int(received[9:12]), []).append(seconds)
        return True


@dataclass
class SlowClients:
    """Connections whose request never ends; `renewed` of them were closed and opened again."""

    port: int
    count: int
    renewed: int = 0
    _opened: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> SlowClients:
        self._opened = [self._open(i) for i in range(self.count)]
        return self

    def __exit__(self, *error: object) -> None:
        for connection in self._opened:
            connection.close()

    def renew(self) -> None:
        """Open those again that the server has answered or closed."""
        for i, connection in enumerate(self._opened):
            try:
                connection.recv(1 << 16)
            except BlockingIOError:
                continue
            except ConnectionError:
                pass
            connection.close()
            self._opened[i] = self._open(i)
            self.renewed += 1

    def _open(self, number: int) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(_SLOW[number % len(_SLOW)])
        connection.setblocking(False)
        return connection


_HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
_SLOW = (_HEAD, _HEAD[:30], _HEAD + b"\r\n[", b"")

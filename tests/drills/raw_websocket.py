"""A WebSocket whose client sends any bytes, and reads only when it is asked to."""

from __future__ import annotations

import base64
import secrets
import socket
import struct
from types import TracebackType

from playground_server import PATIENCE_S, Server

CONTINUATION, TEXT, BINARY, PING = 0, 1, 2, 9


class RawWebSocket:
    """An open WebSocket; leaving its block resets the connection."""

    def __init__(self, server: Server, headers: str = "") -> None:
        self.socket = connected(server)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self.answer = b""
        request = (
            f"GET {server.page}/socket HTTP/1.1\r\nHost: {server.host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nOrigin: http://{server.host}\r\nCookie: {server.cookie}\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n"
        )
        try:
            self.socket.sendall(request.encode())
            self.answer = self.socket.recv(1 << 10)
        except ConnectionError:  # the answer to some is no more than that
            pass

    def __enter__(self) -> RawWebSocket:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        reset(self.socket)

    def send(self, opcode: int, payload: bytes, *, final: bool = True) -> None:
        """Send one frame."""
        self.socket.sendall(frame(opcode, payload, final=final))


def connected(server: Server) -> socket.socket:
    """Return a new connection to the server."""
    host, port = server.host.split(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_S)


def reset(connection: socket.socket) -> None:
    """Close a connection without saying goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """Return a frame, masked with zeros."""
    size = len(payload)
    if size < 126:
        length = bytes([128 | size])
    elif size < 1 << 16:
        length = bytes([128 | 126]) + struct.pack(">H", size)
    else:
        length = bytes([128 | 127]) + struct.pack(">Q", size)
    return bytes([128 * final | opcode]) + length + bytes(4) + payload

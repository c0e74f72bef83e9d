"""Messages as bytes and back.

Over a WebSocket a message without bytes is the JSON text. One with bytes is: `uint32` (little endian)
length of the JSON text, the text as UTF-8, zeros up to a multiple of 8 from the start, the bytes. A
notebook's connection (anywidget) carries the JSON object and the bytes apart, and a worker its text.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError
from deltarule.formats.strict_json import JsonError, check_json, read_json
from deltarule.playground.protocol.requests import PageRequest, RequestWithBody
from deltarule.playground.protocol.responses import ArrayPlace, HeaderWithArrays, Response

Array = NDArray[Any]
Json = dict[str, Any]
MAX_JSON_BYTES = 1 << 20
"""Largest size of a request's JSON text, and of a request without bytes."""
ALIGNMENT = 8


@dataclass(frozen=True)
class Message:
    """A message on its way: a JSON object with a `type`, and bytes or None."""

    content: Json
    body: bytes | None = None

    @property
    def type(self) -> str:
        """The type of the message; empty when it has none."""
        kind = self.content.get("type")
        return kind if isinstance(kind, str) else ""


def encode(response: Response, body: bytes | None = None) -> Message:
    """Return the message of a response; numbers that are not finite become null."""
    # Through JSON: msgspec's way to plain Python objects would keep NaN.
    try:
        written = msgspec.json.encode(response)
    except UnicodeEncodeError:  # a name in a data frame may be any Python string
        written = msgspec.json.encode(_with_valid_text(msgspec.to_builtins(response)))
    return Message(msgspec.json.decode(written), body)


def encode_arrays(header: HeaderWithArrays, arrays: Mapping[str, Array]) -> Message:
    """Return the message of a header and its arrays, each in the dtype that the header declares.

    Arrays are row-major and little endian, and start at multiples of 8 bytes from the body's start.
    """
    pieces: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array, header.DTYPES[name])
        header.arrays[name] = ArrayPlace(header.DTYPES[name], list(data.shape), offset)
        padding = -data.nbytes % ALIGNMENT
        pieces += [data.tobytes(), bytes(padding)]
        offset += data.nbytes + padding
    return encode(header, b"".join(pieces))


def decode_request(message: Message) -> PageRequest:
    """Return the request that a message holds.

    Raises `DataError` for an unknown type, unknown or missing keys, and values of a wrong type.
    """
    try:
        request: PageRequest = msgspec.convert(message.content, PageRequest)
    except msgspec.ValidationError as error:
        raise DataError(
            f"The page sent a {message.type[:40]!r} request that cannot be read ({error}): reload it."
        ) from None
    if isinstance(request, RequestWithBody):
        request.body = message.body or b""
    return request


def message_text(message: Message) -> str:
    """Return the JSON text of a message."""
    return json.dumps(message.content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def pack(message: Message) -> str | bytes:
    """Return what a WebSocket carries: text, or bytes for a message with a body."""
    text = message_text(message)
    if message.body is None:
        return text
    encoded = text.encode()
    padding = -(4 + len(encoded)) % ALIGNMENT
    return b"".join([struct.pack("<I", len(encoded)), encoded, bytes(padding), message.body])


def unpack(received: str | bytes) -> Message:
    """Return the message that `pack` encoded; raise `DataError` for anything else."""
    try:
        if isinstance(received, str):
            return unpack_parts(received, None)
        (length,) = struct.unpack_from("<I", received)
        if length > min(MAX_JSON_BYTES, len(received) - 4):
            raise ValueError
        start = 4 + length
        content = read_json(received[4:start].decode())
        return checked(content, received[start + (-start % ALIGNMENT) :])
    except (ValueError, struct.error) as error:
        if isinstance(error, DataError):
            raise
        raise _unreadable() from None


def unpack_parts(text: str, body: bytes | None) -> Message:
    """Return the message of a JSON text and its body; raise `DataError` unless it is valid."""
    try:
        if len(text) > MAX_JSON_BYTES:
            raise ValueError
        return checked(read_json(text), body)
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise _unreadable() from None


def received_object(content: object, body: bytes | None) -> Message:
    """Return the content that a notebook parsed as a message; raise `DataError` unless it is valid."""
    try:
        check_json(content)
    except JsonError:
        raise _unreadable() from None
    return checked(content, body)


def checked(content: object, body: bytes | None) -> Message:
    """Return received content as a message; raise `DataError` for content without a type."""
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        raise DataError("The page sent a message without a type: reload it.")
    return Message(content, body)


def _unreadable() -> DataError:
    return DataError("The page sent a message that cannot be read: reload it.")


def _with_valid_text(value: Any) -> Any:
    """Return plain Python values with unpaired surrogates replaced by question marks."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_with_valid_text(key): _with_valid_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_valid_text(item) for item in value]
    return value

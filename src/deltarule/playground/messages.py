"""Messages of the playground as bytes and back; `web/PROTOCOL.md` says what they mean.

A message is a JSON object with a `type`, and perhaps a body of bytes. Over a WebSocket both travel
together: `uint32` length of the JSON text, the text, zeros up to a multiple of 8, the body.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError

Array = NDArray[Any]
Json = dict[str, Any]
_DTYPES = {"float32": np.float32, "uint8": np.uint8, "int32": np.int32}
MAX_JSON_BYTES = 1 << 20
ALIGNMENT = 8


@dataclass(frozen=True)
class Message:
    """A JSON object with a `type`; `body`: bytes, None where there are none."""

    content: Json
    body: bytes | None = None

    @property
    def type(self) -> str:
        """What kind of message it is."""
        kind = self.content.get("type")
        return kind if isinstance(kind, str) else ""


def message(kind: str, arrays: dict[str, Array] | None = None, **content: Any) -> Message:
    """Return a message; numbers that are not finite become null, arrays become the body."""
    told: Json = {"type": kind, **content}
    if arrays is None:
        return Message(_finite(told))
    pieces: list[bytes] = []
    places: Json = {}
    offset = 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array)
        places[name] = {"dtype": data.dtype.name, "shape": list(data.shape), "offset": offset}
        padding = -data.nbytes % ALIGNMENT
        pieces += [data.tobytes(), bytes(padding)]
        offset += data.nbytes + padding
    told["arrays"] = places
    return Message(_finite(told), b"".join(pieces))


def array_of(received: Message, name: str) -> Array:
    """Return an array of a message's body."""
    place = received.content["arrays"][name]
    dtype = np.dtype(_DTYPES[place["dtype"]])
    count = math.prod(place["shape"])
    assert received.body is not None
    flat = np.frombuffer(received.body, dtype, count, place["offset"])
    return flat.reshape(place["shape"])


def packed(sent: Message) -> str | bytes:
    """Return what a WebSocket carries: text, or bytes where there is a body."""
    text = json.dumps(sent.content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if sent.body is None:
        return text
    encoded = text.encode()
    padding = -(4 + len(encoded)) % ALIGNMENT
    return b"".join([struct.pack("<I", len(encoded)), encoded, bytes(padding), sent.body])


def unpacked(received: str | bytes) -> Message:
    """Return what `packed` made; a `DataError` where it is nothing of the kind."""
    try:
        if isinstance(received, str):
            return checked(json.loads(received), None)
        (length,) = struct.unpack_from("<I", received)
        if length > min(MAX_JSON_BYTES, len(received) - 4):
            raise ValueError
        start = 4 + length
        return checked(json.loads(received[4:start]), received[start + (-start % ALIGNMENT) :])
    except (ValueError, struct.error, RecursionError):
        raise DataError("The page sent a message that cannot be read: reload it.") from None


def checked(content: object, body: bytes | None) -> Message:
    """Return a message of what came; a `DataError` where it has no type."""
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        raise DataError("The page sent a message without a type: reload it.")
    return Message(content, body)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, np.generic):
        return _finite(value.item())
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value

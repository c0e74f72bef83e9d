"""Messages of a page, valid and mutated, chosen by random numbers."""

from __future__ import annotations

import copy
import gzip
import json
import struct
from random import Random
from typing import Any, get_args

from deltarule.playground.experiment import Experiment
from deltarule.playground.protocol.requests import PageRequest
from deltarule.playground.protocol.wire import Message, pack

TABLE = b"a,b,c\n" + b"".join(
    b"%d,%d,%s\n" % (i, i * i % 7, b"xyz"[i % 3 :][:1]) for i in range(60)
)
EXPERIMENT = Experiment().to_json()
SAMPLES: tuple[tuple[dict[str, Any], bytes | None], ...] = (
    ({"type": "hello", "client": "c", "session": None, "fragment": "data=xor&layers=4tanh"}, None),
    ({"type": "bye", "client": "d"}, None),
    ({"type": "ack", "sequence": 3, "client": "c"}, None),
    ({"type": "set", "experiment": EXPERIMENT, "edit": 4, "client": "c"}, None),
    ({"type": "play"}, None),
    ({"type": "pause"}, None),
    ({"type": "step"}, None),
    ({"type": "epoch"}, None),
    ({"type": "rewind"}, None),
    ({"type": "speed", "epochs_per_second": 60.0}, None),
    ({"type": "learning_rate", "value": 0.03}, None),
    ({"type": "weight", "layer": 0, "from": 1, "to": 2, "value": 0.5}, None),
    ({"type": "sample", "index": 5}, None),
    ({"type": "landscape", "steps": 11, "trajectory": True}, None),
    ({"type": "landscape_cancel"}, None),
    ({"type": "export", "what": "python"}, None),
    ({"type": "open"}, json.dumps(EXPERIMENT).encode()),
    ({"type": "upload", "name": "t.csv"}, TABLE),
    ({"type": "digit"}, bytes(24)),
    ({"type": "upload", "name": "t.csv.gz"}, gzip.compress(TABLE, mtime=0)),
)
assert {kind.__struct_config__.tag for kind in get_args(PageRequest)} == {
    content["type"] for content, _ in SAMPLES
}
HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, -1e308, 5e-324, 2**31, 2**53, 2**63, 2**64, -(2**70),
    10**30, "", "\ud800", "\x00", "a" * 101, "x" * 70_000, "../../etc/passwd", "NaN", "\u202e", "1",
    [], {}, [[]], [None] * 1000, {"a": {"a": {}}}, {"type": "play"}, float("nan"), float("inf"),
)  # fmt: skip


def valid(chance: Random) -> tuple[dict[str, Any], bytes | None]:
    """Return one of the samples."""
    content, body = chance.choice(SAMPLES)
    return copy.deepcopy(content), body


def mutated(chance: Random) -> tuple[Any, bytes | None]:
    """Return the content and the bytes of a message that was changed in one to three places."""
    content, body = valid(chance)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        _change(content, chance)
    if chance.random() < 0.05:
        content = chance.choice(HOSTILE)
    if body is not None:
        body = damaged(body, chance)
    elif chance.random() < 0.05:
        body = chance.randbytes(chance.randrange(100))
    return content, body


def received(chance: Random) -> str | bytes:
    """Return what a WebSocket carries: a mutated message, or one that is damaged as text or bytes."""
    content, body = mutated(chance) if chance.random() < 0.7 else valid(chance)
    text = json.dumps(content)
    how = chance.randrange(10)
    if how == 0:
        text = damaged(text.encode(), chance).decode("utf-8", "replace")
    elif how == 1:
        text = _nested(chance)
    elif how == 2:
        text = text.replace("}", chance.choice(['},"a":1}', ',"type":"play"}', "", "]", "}}"]), 1)
    encoded = text.encode("utf-8", "replace")
    if how == 3:
        return (
            struct.pack("<I", chance.choice((0, 1, 2**31, 2**32 - 1, len(encoded) + 9))) + encoded
        )
    if how == 4:
        return damaged(struct.pack("<I", len(encoded)) + encoded + bytes(7) + (body or b""), chance)
    if how == 5:
        return chance.randbytes(chance.randrange(40))
    if body is not None or how == 6:
        padding = bytes(-(4 + len(encoded)) % 8)
        return struct.pack("<I", len(encoded)) + encoded + padding + (body or b"")
    return text


def damaged(data: bytes, chance: Random) -> bytes:
    """Return bytes of which some are changed, added, repeated or cut off."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(len(found) + 1)
        how = chance.randrange(5)
        if how == 0 and at < len(found):
            found[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            found[at:at] = chance.randbytes(chance.randrange(1, 9))
        elif how == 2:
            del found[at : at + chance.randrange(1, 40)]
        elif how == 3:
            found[at:at] = found[at : at + 200] * chance.randrange(1, 4)
        elif how == 4:
            del found[at:]
    return bytes(found)


def packed(content: dict[str, Any], body: bytes | None) -> str | bytes:
    """Return a valid message as a WebSocket carries it."""
    return pack(Message(content, body))


def _change(content: Any, chance: Random) -> None:
    """Change one place, however deep, of lists and dicts."""
    places = list(_places(content))
    if not places:
        return
    holder, key = chance.choice(places)
    how = chance.randrange(6)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, dict):
        holder[chance.choice(["x", "", "type", "client", "\udfff", "body", "name"])] = (
            chance.choice(HOSTILE)
        )
    elif how == 2:
        other, _ = chance.choice(SAMPLES)
        holder[key] = copy.deepcopy(chance.choice(list(other.values())))
    elif how == 3 and isinstance(holder[key], (int, float)) and not isinstance(holder[key], bool):
        holder[key] = holder[key] * chance.choice((-1, 10, 1e6, 1e-6)) + chance.choice(
            (0, 1, -1, 0.5)
        )
    else:
        holder[key] = copy.deepcopy(chance.choice(HOSTILE))


def _places(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _nested(chance: Random) -> str:
    depth = chance.choice((30, 34, 500, 20_000))
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}")))
    inside = opening * depth + "1" + closing * chance.choice((depth, 0))
    return '{"type":"set","experiment":' + inside + "}"

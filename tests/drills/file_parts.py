"""A model file in parts, and the parts as a file with a right digest.

Written from the description of the format, apart from the code under test.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

DTYPES = {
    "F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8",
    "U32": "<u4", "U64": "<u8", "U8": "u1", "BOOL": "?",
}  # fmt: skip
ITEM_BYTES = {code: np.dtype(name).itemsize for code, name in DTYPES.items()}
NO_DIGEST = b"0" * 64
RAW = "\u2603raw\u2603"  # replaced by text that is not JSON, or no number of 64 bits


@dataclass(frozen=True)
class Tensor:
    """One array of a file; `entry` has what the header says when it is not the truth."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes
    entry: dict[str, Any] | None = None

    def array(self) -> np.ndarray:
        return np.frombuffer(self.data, DTYPES[self.dtype]).reshape(self.shape)


@dataclass(frozen=True)
class Parts:
    """A file in parts: metadata without digest and description, description, arrays."""

    metadata: dict[str, Any]
    description: Any
    tensors: dict[str, Tensor]
    raw: str | None = None  # replaces the value RAW in the description


def take_apart(content: bytes) -> Parts:
    """Return the parts of a valid file."""
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    data = content[8 + length :]
    metadata = header.pop("__metadata__")
    description = json.loads(metadata.pop("description"))
    metadata.pop("sha256")
    tensors = {
        name: Tensor(entry["dtype"], tuple(entry["shape"]), data[slice(*entry["data_offsets"])])
        for name, entry in header.items()
    }
    return Parts(metadata, description, tensors)


def put_together(parts: Parts) -> bytes:
    """Return the file of the parts, with a right digest."""
    text = json_text(parts.description)
    if parts.raw is not None:
        text = text.replace(json_text(RAW), parts.raw, 1)
    metadata = {**parts.metadata, "sha256": NO_DIGEST.decode(), "description": text}
    entries = [f'"__metadata__":{json_text(metadata)}']
    place, blocks = 0, []
    # Wide numbers first, so that every array is aligned.
    for name, tensor in sorted(parts.tensors.items(), key=lambda item: -ITEM_BYTES[item[1].dtype]):
        stop = place + len(tensor.data)
        if tensor.entry is None:
            sizes = ",".join(map(str, tensor.shape))
            entry = (
                f'{{"dtype":"{tensor.dtype}","shape":[{sizes}],"data_offsets":[{place},{stop}]}}'
            )
        else:
            shape, offsets = list(tensor.shape), [place, stop]
            true = {"dtype": tensor.dtype, "shape": shape, "data_offsets": offsets}
            entry = json_text({**true, **tensor.entry})
        entries.append(f"{json_text(name)}:{entry}")
        blocks.append(tensor.data)
        place = stop
    head = ("{" + ",".join(entries) + "}").encode("utf-8", "surrogatepass")
    head += b" " * (-len(head) % 8)
    return repaired(struct.pack("<Q", len(head)) + head + b"".join(blocks))


_WRITTEN: dict[int, tuple[Any, str]] = {}
"""The JSON text of each object and list that `remember_texts` has seen, by identity."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_CONTAINERS = {dict, list}
_text = json.encoder.encode_basestring


def remember_texts(value: Any) -> None:
    """Keep the JSON text of every object and list inside a value, which must not change any more.

    A mutation copies what it changes and shares the rest, whose text is then not written again.
    """
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            remember_texts(inner)
        _WRITTEN[id(value)] = (value, json_text(value))


def json_text(value: Any) -> str:
    """Return the JSON text of a value, without spaces; the same as `json.dumps` writes."""
    written = _WRITTEN.get(id(value))
    if written is not None:
        return written[1]
    if type(value) is dict:
        return "{" + ",".join([f"{_text(k)}:{json_text(v)}" for k, v in value.items()]) + "}"
    if type(value) is list and not _CONTAINERS.isdisjoint(map(type, value)):
        return "[" + ",".join([json_text(item) for item in value]) + "]"
    return _text(value) if type(value) is str else _ENCODER.encode(value)


def repaired(content: bytes) -> bytes:
    """Return the content with a right digest, if it has a place for one."""
    place = content.find(b'"sha256":"') + 10
    if place < 10 or len(content) < place + 64:
        return content
    blank = content[:place] + NO_DIGEST + content[place + 64 :]
    digest = hashlib.sha256(blank).hexdigest().encode()
    return content[:place] + digest + content[place + 64 :]

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
    text = json.dumps(parts.description, ensure_ascii=False, separators=(",", ":"))
    if parts.raw is not None:
        text = text.replace(json.dumps(RAW, ensure_ascii=False), parts.raw, 1)
    header: dict[str, Any] = {
        "__metadata__": {**parts.metadata, "sha256": NO_DIGEST.decode(), "description": text}
    }
    place, blocks = 0, []
    # Wide numbers first, so that every array is aligned.
    ordered = sorted(
        parts.tensors.items(), key=lambda item: -np.dtype(DTYPES[item[1].dtype]).itemsize
    )
    for name, tensor in ordered:
        header[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [place, place + len(tensor.data)],
            **(tensor.entry or {}),
        }
        blocks.append(tensor.data)
        place += len(tensor.data)
    head = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    head += b" " * (-len(head) % 8)
    return repaired(struct.pack("<Q", len(head)) + head + b"".join(blocks))


def repaired(content: bytes) -> bytes:
    """Return the content with a right digest, if it has a place for one."""
    place = content.find(b'"sha256":"') + 10
    if place < 10 or len(content) < place + 64:
        return content
    blank = content[:place] + NO_DIGEST + content[place + 64 :]
    digest = hashlib.sha256(blank).hexdigest().encode()
    return content[:place] + digest + content[place + 64 :]

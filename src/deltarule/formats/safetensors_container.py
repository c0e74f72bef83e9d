"""The safetensors container: a length, a JSON header, and the tensors' bytes end to end.

    bytes 0..8      length N of the header, unsigned, little-endian
    bytes 8..8+N    JSON: {"__metadata__": {text: text}, NAME: {"dtype", "shape", "data_offsets"}}
    the rest        the tensors' bytes, row-major, little-endian, without gaps or overlaps

Format: safetensors 0.4 and later (`README.md` of the package, section "Format"). Reading is implemented
here, because all sizes must be checked before memory is allocated, and because the arrays are views of
the one buffer that was read. So is writing, with the package's bytes: it has no build for the browser.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from deltarule.errors import shortened
from deltarule.formats.strict_json import JsonError, read_description

LENGTH_BYTES = 8
MAX_HEADER_BYTES = 16 * 2**20
MAX_DATA_BYTES = 32 * 2**30
MAX_TENSORS = 65_536
MAX_DIMENSIONS = 8
MAX_NAME_LENGTH = 512
METADATA = "__metadata__"

# In the order of the package, the narrowest first.
_DTYPES: dict[str, np.dtype[np.generic]] = {
    "BOOL": np.dtype("bool"),
    "U8": np.dtype("u1"),
    "I32": np.dtype("<i4"),
    "U32": np.dtype("<u4"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "I64": np.dtype("<i8"),
    "U64": np.dtype("<u8"),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_RANKS = {dtype: rank for rank, dtype in enumerate(_DTYPES.values())}


class ContainerError(ValueError):
    """The bytes are not a valid container; the message is a clause without a final period."""


@dataclass(frozen=True)
class Tensor:
    """One array; its bytes are `start`..`stop` of the data after the header."""

    name: str
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    start: int
    stop: int


def pack(
    metadata: Mapping[str, str], arrays: Mapping[str, npt.NDArray[Any]]
) -> tuple[bytes, memoryview]:
    """Return the container as (length and header, data); the same input gives the same bytes.

    Raises `ContainerError` for an unsupported dtype or a size over a bound.
    """
    # The package's order: wide types first, so that all tensors are aligned, then by name.
    stored = {name: _storable(name, array) for name, array in arrays.items()}
    order = sorted(stored, key=lambda name: (-_RANKS[stored[name].dtype], name))
    entries: dict[str, object] = {METADATA: dict(metadata)}
    end = 0
    for name in order:
        array = stored[name]
        entries[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [end, end + array.nbytes],
        }
        end += array.nbytes
    header = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    header += b" " * (-len(header) % LENGTH_BYTES)  # tensors start aligned
    data = memoryview(b"".join(stored[name].reshape(-1).view(np.uint8).data for name in order))
    _bound("its description is", len(header), MAX_HEADER_BYTES, "bytes")
    _bound("its arrays are", len(data), MAX_DATA_BYTES, "bytes")
    lay_out(parse_header(header)[0], len(data))  # whatever is written can be read
    return struct.pack("<Q", len(header)) + header, data


def header_length(start: bytes) -> int:
    """Return the header's length from the file's first 8 bytes, or raise `ContainerError`."""
    if len(start) < LENGTH_BYTES:
        raise ContainerError("it is truncated")
    (length,) = struct.unpack("<Q", start[:LENGTH_BYTES])
    if not 2 <= length <= MAX_HEADER_BYTES:
        raise ContainerError("it does not start with a header length")
    return int(length)


def parse_header(header: bytes) -> tuple[dict[str, object], dict[str, str]]:
    """Return (each tensor's entry, unchecked; the metadata), or raise `ContainerError`."""
    try:
        fields = read_description(header.decode())
    except UnicodeDecodeError:
        raise ContainerError("its header is not UTF-8 text") from None
    except JsonError as error:
        raise ContainerError(f"its header is not strict JSON: {error}") from None
    if not isinstance(fields, dict):
        raise ContainerError("its header is not a JSON object")
    metadata = fields.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ContainerError("its metadata does not map text to text")
    return fields, metadata


def lay_out(fields: Mapping[str, object], data_bytes: int) -> tuple[Tensor, ...]:
    """Return the tensors by position; they must fill exactly `data_bytes` bytes of data.

    Nothing is allocated for sizes in `fields`. Raises `ContainerError`.
    """
    _bound("it claims", len(fields), MAX_TENSORS, "arrays")
    tensors = sorted(
        (_tensor(name, entry) for name, entry in fields.items()),
        key=lambda tensor: (tensor.start, tensor.stop),
    )
    end = 0
    for tensor in tensors:
        if tensor.start != end:
            raise ContainerError("its arrays overlap or leave a gap")
        end = tensor.stop
    if end != data_bytes:
        raise ContainerError(f"its arrays need {end} bytes, but there are {data_bytes}")
    return tuple(tensors)


def view_arrays(
    tensors: Iterable[Tensor], data: npt.NDArray[np.uint8]
) -> dict[str, npt.NDArray[Any]]:
    """Return each tensor as a view of `data` (uint8, one-dimensional), without copies."""
    arrays = {}
    for tensor in tensors:
        raw = data[tensor.start : tensor.stop]
        if tensor.dtype.kind == "b" and raw.size and raw.max() > 1:
            raise ContainerError(
                f"its array {shortened(tensor.name)} holds booleans other than 0 and 1"
            )
        arrays[tensor.name] = raw.view(tensor.dtype).reshape(tensor.shape)
    return arrays


def _storable(name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return `array` row-major and little-endian, copied only if necessary."""
    little = array.dtype.newbyteorder("<")
    if little not in _DTYPES.values():
        known = ", ".join(dtype.name for dtype in _DTYPES.values())
        raise ContainerError(
            f"its array {shortened(name)} has dtype {array.dtype}, not one of {known}"
        )
    return np.asarray(array, dtype=little, order="C")


def _tensor(name: str, entry: object) -> Tensor:
    if len(name) > MAX_NAME_LENGTH:
        raise ContainerError(f"the name of an array is longer than {MAX_NAME_LENGTH} characters")
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ContainerError(
            f"its array {shortened(name)} is not described by dtype, shape, data_offsets"
        )
    dtype = _DTYPES.get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
    if dtype is None:
        raise ContainerError(f"its array {shortened(name)} has an unknown type")
    shape = _sizes(entry["shape"], "shape", name, MAX_DIMENSIONS)
    offsets = _sizes(entry["data_offsets"], "position", name, 2)
    # Python integers do not overflow, so huge sizes are compared correctly.
    if len(offsets) != 2 or offsets[1] - offsets[0] != math.prod(shape) * dtype.itemsize:
        raise ContainerError(
            f"the shape and the position of its array {shortened(name)} do not match"
        )
    if offsets[0] % dtype.itemsize:
        raise ContainerError(f"its array {shortened(name)} is not aligned")
    return Tensor(name, dtype, shape, offsets[0], offsets[1])


def _sizes(value: object, what: str, name: str, most: int) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise ContainerError(
            f"the {what} of its array {shortened(name)} is not a list of at most {most} sizes"
        )
    for size in value:
        if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MAX_DATA_BYTES:
            raise ContainerError(
                f"the {what} of its array {shortened(name)} holds an invalid or too large size"
            )
    return tuple(value)


def _bound(what: str, count: int, most: int, unit: str) -> None:
    if count > most:
        raise ContainerError(f"{what} {count} {unit}, more than the {most} allowed")

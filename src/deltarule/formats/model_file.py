"""One file for a model: its description as JSON, its arrays, and a digest over every byte.

The container is safetensors. Its metadata holds exactly these keys, all text:

    deltarule    version of this format, an integer
    kind         "table model", "network", "checkpoint", ...
    sha256       SHA-256 of the whole file in hexadecimal, computed with these 64 characters set to "0"
    description  strict JSON, interpreted by the module that wrote it

Every later version of the format keeps the key `deltarule` and the digest, so that a newer file can be
distinguished from a damaged one. The digest detects damage, not manipulation, so descriptions and sizes
are validated even if it is correct. Reading executes no code and imports nothing by name.

Files of earlier versions are converted to the current names in `_common/legacy_names.py`, and old column
encodings are in `preprocessing/legacy.py`; nothing else depends on the version.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from deltarule._common.file_signatures import binary_file_type
from deltarule._common.legacy_names import current_array_names, current_names
from deltarule.errors import FileError, ModelFileError
from deltarule.formats.atomic_write import write_atomically
from deltarule.formats.safetensors_container import (
    LENGTH_BYTES,
    MAX_DATA_BYTES,
    ContainerError,
    header_length,
    lay_out,
    pack,
    parse_header,
    view_arrays,
)
from deltarule.formats.strict_json import JsonError, read_description, write_description
from deltarule.formats.system_errors import file_error, path_text

FORMAT = 5
"""Version of the files that are written: 1 had one network per table, 2 several, 3 current names, 4 the
schema of the table, 5 networks of several shapes with votes."""
_KEYS = {"deltarule", "kind", "sha256", "description"}
_READERS = {
    "table model": "deltarule.load and the commands predict and inspect read it.",
    "grouped model": "It holds a model for each group: deltarule.load and the commands predict, "
    "evaluate, inspect and serve read it, and export --group takes the model of one group out of it.",
    "groups of a run": "The command train continues from it with --resume.",
    "network": "deltarule.load_network and the command inspect read it.",
    "checkpoint": "The command train continues from it with --resume.",
    "estimator": "MLPClassifier.load or MLPRegressor.load reads it.",
    "job result": "deltarule.fit_many reads it from its folder.",
    "job array": "deltarule.fit_many reads it from its folder.",
    "average of shards": "deltarule.fit_sharded reads it from its folder.",
    "round of a shard": "deltarule.fit_sharded reads it from its folder.",
    "keras model": "deltarule.keras.models.load_model reads it.",
    "keras weights": "The load_weights of a deltarule.keras model reads it.",
}
"""What to do with each kind of file, for errors about a wrong kind."""
_NO_DIGEST = "0" * 64
_BLOCK_BYTES = 2**30  # one system call reads less than 2 GiB
_FETCH_AGAIN = "Use another copy of the file, or train the model again."


@dataclass(frozen=True, eq=False)
class ModelFile:
    """The content of one file.

    `arrays` are writable NumPy arrays in native byte order and row-major order (float32, float64, int32,
    int64, uint32, uint64, uint8 or bool). On reading they are disjoint views of one buffer.
    """

    description: dict[str, object]
    arrays: dict[str, npt.NDArray[Any]]
    kind: str
    path: str

    def require(self, kind: str) -> None:
        """Raise `ModelFileError` unless the file is of this kind."""
        if self.kind != kind:
            raise ModelFileError(
                f"{self.path!r} is a deltarule {self.kind[:40]!r} file, but one of kind {kind!r} is "
                f"needed. {hint_of(self.kind)}"
            )


def write_model(
    path: str | os.PathLike[str],
    description: Mapping[str, object],
    arrays: Mapping[str, npt.NDArray[Any]],
    kind: str = "model",
    *,
    durable: bool = True,
    locked: bool = False,
) -> None:
    """Write a model file atomically; the same input gives the same bytes.

    `description` is JSON: text keys, finite numbers, at most 32 levels deep. `arrays` have any shape and
    one of the dtypes of `ModelFile`. `durable` and `locked` are those of `write_atomically`.

    Raises `FileError` if the file cannot be written and `ModelFileError` if the content cannot be
    represented; an existing file is then unchanged.
    """
    head, data = _packed(path_text(path), description, arrays, kind)

    def write(file: BinaryIO) -> None:
        file.write(head)
        file.write(data)

    write_atomically(path, write, durable=durable, locked=locked)


def model_bytes(
    description: Mapping[str, object], arrays: Mapping[str, npt.NDArray[Any]], kind: str
) -> bytes:
    """Return the bytes that `write_model` writes, as a part of another file."""
    return b"".join(_packed(kind, description, arrays, kind))


def _packed(
    name: str, description: Mapping[str, object], arrays: Mapping[str, npt.NDArray[Any]], kind: str
) -> tuple[bytes, memoryview]:
    """Return the head of a file with its digest, and the data."""
    try:
        metadata = {
            "deltarule": str(FORMAT),
            "kind": kind,
            "sha256": _NO_DIGEST,
            "description": write_description(dict(description)),
        }
        head, data = pack(metadata, arrays)
    except (JsonError, ContainerError) as error:
        raise ModelFileError(
            f"Cannot write {name!r} as a {kind} file: {error}. Change it and try again."
        ) from error
    place = _place_of_digest(head, _NO_DIGEST)
    digest = _digest(head, place, data).encode()
    return head[:place] + digest + head[place + len(digest) :], data


def read_model(path: str | os.PathLike[str], kind: str | None = "model") -> ModelFile:
    """Return the content of the model file at `path`, which must be of `kind` (None: any kind).

    Sizes are checked against the size of the file before memory is allocated, and all bytes against the
    digest. The data is read once and never copied.

    Raises `FileError` if the file cannot be read, `ModelFileError` if it is damaged, foreign, too new or
    of another kind.
    """
    try:
        with _opened(path) as file:
            return _read(path, file, os.fstat(file.fileno()).st_size, kind)
    except FileError:
        raise
    except (OSError, ValueError) as error:
        raise file_error("read", path, error) from error
    except MemoryError:
        raise ModelFileError(
            f"Cannot read {path_text(path)!r}: it does not fit into memory. "
            "Close other programs or use a larger machine."
        ) from None


def read_model_bytes(data: memoryview, name: str, kind: str) -> ModelFile:
    """Return the content of a model file that is a part of another file, called `name` in errors.

    Raises `ModelFileError` as `read_model` does.
    """
    return _read(name, _Part(data), len(data), kind)


class _Part:
    """The bytes of a model file inside another one, read as a file without copying its arrays."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._place = data, 0

    def read(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer at the end."""
        return bytes(self._taken(count))

    def array(self, count: int) -> npt.NDArray[np.uint8]:
        """Return the next `count` bytes, as a view where that is aligned for every type."""
        found = np.frombuffer(self._taken(count), np.uint8)
        return found.copy() if found.ctypes.data % 8 else found

    def _taken(self, count: int) -> memoryview:
        found = self._data[self._place : self._place + count]
        self._place += len(found)
        return found


def _opened(path: str | os.PathLike[str]) -> BinaryIO:
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise ModelFileError(
            f"Cannot read {path_text(path)!r}: it is a folder, not a model file. "
            "Give the file inside it, such as model.safetensors."
        )
    if not stat.S_ISREG(mode):
        # Opening a pipe blocks, and the size of a device is unknown.
        raise ModelFileError(
            f"Cannot read {path_text(path)!r}: it is a device, pipe or socket, not a model file. "
            "Save it to a regular file first."
        )
    return open(path, "rb", buffering=0)


def _read(
    path: str | os.PathLike[str], file: BinaryIO | _Part, size: int, kind: str | None
) -> ModelFile:
    start = _read_bytes(file, min(size, LENGTH_BYTES))
    try:
        length = header_length(start)
        data_bytes = size - LENGTH_BYTES - length
        if data_bytes < 0:
            raise ContainerError("it is truncated")
        head = start + _read_bytes(file, length)
        fields, metadata = parse_header(head[LENGTH_BYTES:])
    except ContainerError as error:
        start += _read_bytes(file, 64)
        raise _not_a_model(path, size, start, error) from None
    if not _KEYS & metadata.keys():
        raise ModelFileError(
            f"{path_text(path)!r} is a safetensors file, but not one that deltarule wrote. "
            "Give a file that 'deltarule train' wrote, such as model.safetensors."
        )
    try:
        return _read_checked(path, file, kind, head, data_bytes, fields, metadata)
    except ContainerError as error:
        raise ModelFileError(f"{path_text(path)!r} is damaged: {error}. {_FETCH_AGAIN}") from None


def _read_checked(
    path: str | os.PathLike[str],
    file: BinaryIO | _Part,
    kind: str | None,
    head: bytes,
    data_bytes: int,
    fields: Mapping[str, object],
    metadata: Mapping[str, str],
) -> ModelFile:
    version = _version(metadata)
    if data_bytes > MAX_DATA_BYTES:
        raise ContainerError(f"it holds {data_bytes} bytes, more than a model file can have")
    # A newer format may lay out its arrays differently, so only its digest is checked.
    tensors = None if version > FORMAT else lay_out(fields, data_bytes)
    data = _read_data(file, data_bytes)
    _check_digest(head, data, metadata)
    if tensors is None:
        raise ModelFileError(
            f"{path_text(path)!r} was written by a newer deltarule (format {version}, this one "
            f"reads up to {FORMAT}): upgrade with pip install -U deltarule"
        )
    if set(metadata) != _KEYS:
        raise ContainerError(f"its metadata must hold {', '.join(sorted(_KEYS))} and nothing else")
    if kind is not None:
        ModelFile({}, {}, metadata["kind"], path_text(path)).require(kind)
    arrays = view_arrays(tensors, data)
    description = _description(metadata)
    if version < FORMAT:
        description, arrays = current_names(description), current_array_names(arrays)
    return ModelFile(description, arrays, metadata["kind"], path_text(path))


def hint_of(kind: str) -> str:
    """Return what to do with a file of another kind than needed."""
    newer = "Perhaps a newer deltarule wrote it: upgrade with pip install -U deltarule."
    return _READERS.get(kind, newer)


def _version(metadata: Mapping[str, str]) -> int:
    text = metadata.get("deltarule", "")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text, re.ASCII):
        raise ContainerError("its format version is missing or not an integer")
    return int(text)


def _description(metadata: Mapping[str, str]) -> dict[str, object]:
    try:
        description = read_description(metadata["description"])
    except JsonError as error:
        raise ContainerError(f"its description is not strict JSON: {error}") from None
    if not isinstance(description, dict):
        raise ContainerError("its description is not a JSON object")
    return description


def _place_of_digest(head: bytes, digest: str) -> int:
    """Return the position of the 64 characters of `digest` in `head`.

    Quotes inside JSON text are escaped, so these bytes cannot occur inside another value.
    """
    key = b'"sha256":"'
    wanted = key + digest.encode("ascii", "replace") + b'"'
    if not re.fullmatch(r"[0-9a-f]{64}", digest, re.ASCII) or head.count(wanted) != 1:
        raise ContainerError("its digest is missing or malformed")
    return head.index(wanted) + len(key)


def _digest(head: bytes, place: int, data: memoryview) -> str:
    digest = hashlib.sha256(head[:place])
    digest.update(_NO_DIGEST.encode())
    digest.update(head[place + len(_NO_DIGEST) :])
    digest.update(data)
    return digest.hexdigest()


def _check_digest(head: bytes, data: npt.NDArray[np.uint8], metadata: Mapping[str, str]) -> None:
    written = metadata.get("sha256", "")
    if _digest(head, _place_of_digest(head, written), data.data) != written:
        raise ContainerError("its content does not match its digest")


def _read_data(file: BinaryIO | _Part, count: int) -> npt.NDArray[np.uint8]:
    """Return exactly `count` bytes as an array of uint8."""
    if isinstance(file, _Part):
        return file.array(count)
    data = np.empty(count, dtype=np.uint8)
    view, done = data.data, 0
    while done < count:
        got = file.readinto(view[done : done + _BLOCK_BYTES])  # type: ignore[attr-defined]
        if not got:
            raise ContainerError("it was truncated while it was read")
        done += got
    return data


def _read_bytes(file: BinaryIO | _Part, count: int) -> bytes:
    """Return the next `count` bytes, fewer at the end of the file."""
    blocks, missing = [], count
    while missing and (block := file.read(missing)):
        blocks.append(block)
        missing -= len(block)
    return b"".join(blocks)


def _not_a_model(
    path: str | os.PathLike[str], size: int, start: bytes, error: ContainerError
) -> ModelFileError:
    name = path_text(path)
    if size == 0:
        return ModelFileError(f"{name!r} is empty, not a model file. {_FETCH_AGAIN}")
    looks = binary_file_type(start) or ("text" if _is_text(start) else "")
    if looks:
        return ModelFileError(
            f"{name!r} looks like {looks}, not a model file of deltarule. "
            "Give a file that 'deltarule train' wrote, such as model.safetensors."
        )
    return ModelFileError(
        f"{name!r} is not a model file, or it is damaged: {error}. {_FETCH_AGAIN}"
    )


def _is_text(start: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in start):
        return False
    try:
        start.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(start) - 3  # the end of `start` may split a character
    return True

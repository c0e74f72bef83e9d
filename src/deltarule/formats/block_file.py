"""Read a block file: the header when it is opened, then rows by their position.

Sizes are compared with that of the file before anything is allocated. The digest of a block is compared
when the block is read whole (`read_block`), which `fit` does once before it trains.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import FileError, TableFileError
from deltarule.formats.block_layout import (
    DIGEST_BYTES,
    FORMAT,
    MAGIC,
    MAX_HEADER_BYTES,
    PREFIX_BYTES,
    damaged,
    layout_of,
)
from deltarule.formats.strict_json import JsonError, read_description
from deltarule.formats.system_errors import file_error, path_text

Array = NDArray[Any]
_AGAIN = "Write it again."


class BlockFile:
    """An open block file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(path_text(path))
        self._closers: list[Any] = []
        try:
            mode = os.stat(path).st_mode
            if not stat.S_ISREG(mode):
                kind = "a folder" if stat.S_ISDIR(mode) else "a device, pipe or socket"
                raise TableFileError(
                    f"Cannot read {path_text(path)!r}: it is {kind}, not a block file. Give the path of "
                    "a file that BlockFileData.write wrote."
                )
            self.descriptor = self._opened()
            # Without preadv reading has a position, which the compiled module moves on Windows.
            self._own = self.descriptor if hasattr(os, "preadv") else self._opened()
            self._lock = threading.Lock()  # of that position
            self._read_header()
        except FileError:
            raise
        except (OSError, ValueError) as error:
            raise file_error("read", path, error) from error

    def _opened(self) -> int:
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(self.path, flags)
        self._closers.append(weakref.finalize(self, os.close, descriptor))
        return descriptor

    def close(self) -> None:
        """Close the file, whose rows cannot be read any more; Windows does not remove an open file."""
        for closer in self._closers:
            closer()

    def _read_header(self) -> None:
        name = repr(self.path)
        size = os.fstat(self.descriptor).st_size
        prefix = self._some_bytes(min(size, PREFIX_BYTES), 0)
        if not prefix.startswith(MAGIC[: len(prefix)]) or not prefix:
            raise TableFileError(
                f"{name} is not a block file. Give a file that BlockFileData.write wrote."
            )
        length = int.from_bytes(prefix[len(MAGIC) : len(MAGIC) + 8], "little")
        if len(prefix) < PREFIX_BYTES or size < PREFIX_BYTES + length:
            raise TableFileError(f"{name} is cut short: it ends in its header. {_AGAIN}")
        if length > MAX_HEADER_BYTES:
            raise damaged(f"{name} claims a header of {length} bytes.")
        text = self._some_bytes(length, PREFIX_BYTES)
        if hashlib.sha256(text).digest() != prefix[-DIGEST_BYTES:]:
            raise damaged(f"The header of {name} does not match its digest.")
        self.digest = prefix[-DIGEST_BYTES:].hex()
        try:
            header = read_description(text.decode())
        except (UnicodeDecodeError, JsonError):
            raise damaged(f"The header of {name} is not strict JSON.") from None
        self._check_version(header, name)
        self.layout, digests = layout_of(header, name)  # type: ignore[arg-type]
        self._header_bytes = length
        wanted = self.layout.file_bytes(length)
        if size != wanted:
            what = "is cut short" if size < wanted else "is too long"
            raise TableFileError(f"{name} {what}: it has {size} bytes of {wanted}. {_AGAIN}")
        count = self.layout.blocks("training") + self.layout.blocks("validation")
        self._digests = self._some_bytes(DIGEST_BYTES * count, PREFIX_BYTES + length)
        if hashlib.sha256(self._digests).hexdigest() != digests:
            raise damaged(f"The digests of {name} do not match its header.")

    def _check_version(self, header: object, name: str) -> None:
        version = header.get("block_file") if isinstance(header, dict) else None
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise damaged(f"The header of {name} has no version.")
        if version > FORMAT:
            raise TableFileError(
                f"{name} was written by a newer deltarule (form {version}, this one reads up to "
                f"{FORMAT}): upgrade with pip install -U deltarule"
            )

    def block_position(self, part: str, block: int) -> int:
        """Return where a block begins in the file."""
        whole = self.layout.block_bytes(self.layout.block_rows)
        return self.layout.part_position(part, self._header_bytes) + block * whole

    def read_rows(
        self, part: str, block: int, begin: int, stop: int, out: Mapping[str, Any]
    ) -> None:
        """Read rows `begin` to `stop` of a block into arrays by the names of their sections.

        Arrays have the shape (rows, width) and the dtype of the section; sections that are not in `out`
        are not read.
        """
        start = self.block_position(part, block)
        positions = self.layout.array_positions(self.layout.rows_in(part, block))
        for section in self.layout.sections:
            if section.name in out:
                row_bytes = section.width * section.dtype.itemsize
                view = memoryview(out[section.name]).cast("B")
                self._read_into(view, start + positions[section.name] + begin * row_bytes)

    def read_block(self, part: str, block: int) -> dict[str, Array]:
        """Return the arrays of a whole block after comparing its digest."""
        rows = self.layout.rows_in(part, block)
        raw = np.empty(self.layout.block_bytes(rows), np.uint8)
        self._read_into(raw.data, self.block_position(part, block))
        place = DIGEST_BYTES * self.layout.digest_number(part, block)
        if hashlib.sha256(raw.data).digest() != self._digests[place : place + DIGEST_BYTES]:
            raise damaged(
                f"Block {block} of the {part} rows of {self.path!r} does not match its digest."
            )
        positions = self.layout.array_positions(rows)
        arrays = {}
        for section in self.layout.sections:
            begin = positions[section.name]
            stop = begin + rows * section.width * section.dtype.itemsize
            arrays[section.name] = raw[begin:stop].view(section.dtype).reshape(rows, section.width)
        return arrays

    def _some_bytes(self, count: int, position: int) -> bytes:
        room = bytearray(count)
        self._read_into(memoryview(room), position)
        return bytes(room)

    def _read_into(self, view: memoryview, position: int) -> None:
        try:
            done = 0
            while done < len(view):
                got = self._read_some(view[done : done + 2**30], position + done)
                if got == 0:
                    raise TableFileError(
                        f"{self.path!r} was cut short while it was read: leave it as it is during "
                        f"training. {_AGAIN}"
                    )
                done += got
        except FileError:
            raise
        except OSError as error:
            raise file_error("read", self.path, error) from error

    def _read_some(self, view: memoryview, position: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._own, [view], position)
        with self._lock:
            os.lseek(self._own, position, os.SEEK_SET)
            found = os.read(self._own, len(view))
        view[: len(found)] = found
        return len(found)

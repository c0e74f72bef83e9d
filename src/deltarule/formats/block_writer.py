"""Write a block file of rows that arrive in batches, in random order, in bounded memory.

Each row draws a number of 32 bits, and the rows are sorted by these numbers: an external sort. Rows are
collected until they fill the memory, sorted, and appended as a run to a temporary file without a name;
then the rows of one range of numbers after another are gathered from all runs and written as blocks. So
the order is uniformly random, whatever the order of the table, and depends on the seed alone: not on the
batches, nor on the memory. A second number of the row decides whether it is held out for validation.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from deltarule._common.random import Purpose, philox
from deltarule.errors import DataError, FileError
from deltarule.formats.atomic_write import remove_leftovers, write_atomically
from deltarule.formats.block_layout import (
    CODE_DTYPES,
    DIGEST_BYTES,
    FEATURE_DTYPES,
    MAGIC,
    MAX_ROWS,
    PARTS,
    BlockLayout,
    Part,
)
from deltarule.formats.run_lock import RunLock, lock_path
from deltarule.formats.strict_json import write_description
from deltarule.formats.system_errors import file_error, path_text

Array = NDArray[Any]
_RANGES = 4096  # of the drawn numbers, in which runs are cut
_FLAG = np.uint64(1 << 32)  # above the drawn number: a validation row


@dataclass(frozen=True)
class RowBatch:
    """Checked rows: floats and codes of the features, float32 or class numbers as targets, weights."""

    floats: Array  # (rows, float columns), float32
    codes: Array  # (rows, code columns), uint32
    targets: Array  # (rows, targets), float32 or uint32
    weights: Array | None  # (rows,), float32


@dataclass(frozen=True)
class WriteOptions:
    """How rows are divided; see `BlockFileData.write`."""

    code_columns: tuple[int, ...]
    validation_fraction: float
    seed: int
    block_rows: int
    memory_bytes: int


def write_block_file(
    path: str | os.PathLike[str], batches: Iterable[RowBatch], options: WriteOptions
) -> None:
    """Write the rows of all batches; the file at `path` is complete, or as before.

    Raises `FileError` if the disk is full, the path cannot be written or another process is writing it,
    `DataError` without rows. What a killed process left is removed first.
    """
    owner = f"The block file {path_text(path)!r}"
    with RunLock(
        lock_path(path), owner, "Wait until it is written, or choose another path."
    ) as lock:
        remove_leftovers(path, no_other_writer=lock.held)
        _write_locked(path, batches, options)


def _write_locked(
    path: str | os.PathLike[str], batches: Iterable[RowBatch], options: WriteOptions
) -> None:
    folder = os.path.dirname(os.path.realpath(path_text(path)))
    with ExitStack() as stack:
        with _file_errors(path):
            runs = _Runs(
                stack.enter_context(
                    tempfile.TemporaryFile(buffering=0, dir=folder, prefix=".rows.")
                ),
                options,
            )
        for batch in batches:  # errors in here are those of the source
            with _file_errors(path):
                runs.add(batch)
        with _file_errors(path):
            runs.end_run()
            write_atomically(path, lambda target: _write(target, runs, options))


@contextmanager
def _file_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an error of the system into a `FileError` of the block file."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise file_error("write", path, error) from error


def random_numbers(seed: int, first: int, count: int) -> tuple[Array, Array]:
    """Return the numbers that sort rows and that hold them out, from row `first` on (uint32)."""
    counters = np.zeros((count, 4), np.uint64)
    counters[:, 0] = np.arange(first, first + count)
    counters[:, 3] = int(Purpose.SCATTER)
    words = philox(counters, (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF))
    return words[:, 0], words[:, 1]


@dataclass(frozen=True)
class _Run:
    """Sorted rows in the file from `position` on; `starts[part]`: the first row of each range."""

    position: int
    starts: Array  # (parts, ranges + 1)


class _Runs:
    """Collects rows in memory and writes them, sorted by their numbers, to a temporary file."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._options = options
        self._dtype: np.dtype[Any] | None = None
        self._waiting: list[Array] = []
        self._waiting_rows = 0
        self._runs: list[_Run] = []
        self.rows = dict.fromkeys(PARTS, 0)
        self.largest_codes: Array | None = None
        self.largest_class = 0
        self.n_floats = 0

    @property
    def n_rows(self) -> int:
        return sum(self.rows.values())

    def add(self, batch: RowBatch) -> None:
        """Add the rows of one batch."""
        count = len(batch.floats)
        if self.n_rows + self._waiting_rows + count > MAX_ROWS:
            raise DataError(f"A block file holds at most {MAX_ROWS:,} rows: write several.")
        if self._dtype is None:
            self._begin(batch)
        assert self._dtype is not None
        assert self.largest_codes is not None
        if count == 0:
            return
        if batch.codes.shape[1]:
            self.largest_codes = np.maximum(self.largest_codes, batch.codes.max(axis=0))
        if batch.targets.dtype.kind == "u":
            self.largest_class = max(self.largest_class, int(batch.targets.max()))
        step = max(self._options.memory_bytes // (3 * self._dtype.itemsize), 1)
        for begin in range(0, count, step):
            self._add_some(batch, slice(begin, min(begin + step, count)), step)

    def _begin(self, batch: RowBatch) -> None:
        fields: list[Any] = [("number", "<u8")]
        for name, array in (("floats", batch.floats), ("codes", batch.codes)):
            if array.shape[1]:
                fields.append((name, array.dtype.newbyteorder("<"), (array.shape[1],)))
        fields.append(("targets", batch.targets.dtype.newbyteorder("<"), (batch.targets.shape[1],)))
        if batch.weights is not None:
            fields.append(("weights", "<f4", (1,)))
        self._dtype = np.dtype(fields)
        self.largest_codes = np.zeros(batch.codes.shape[1], np.uint32)
        self.n_floats = batch.floats.shape[1]

    def _add_some(self, batch: RowBatch, some: slice, run_rows: int) -> None:
        assert self._dtype is not None
        count = some.stop - some.start
        rows = np.empty(count, self._dtype)
        first = self.n_rows + self._waiting_rows
        number, other = random_numbers(self._options.seed, first, count)
        held_out = other < int(self._options.validation_fraction * 2**32)
        rows["number"] = number + held_out * _FLAG
        for name in ("floats", "codes", "targets"):
            if name in (self._dtype.names or ()):
                rows[name] = getattr(batch, name)[some]
        if batch.weights is not None:
            rows["weights"] = batch.weights[some, None]
        if self._waiting_rows + count > run_rows:
            self.end_run()
        self._waiting.append(rows)
        self._waiting_rows += count

    def end_run(self) -> None:
        """Sort the rows in memory and append them to the file."""
        if not self._waiting:
            return
        rows = _sorted(self._waiting)
        self._waiting, self._waiting_rows = [], 0
        edges = np.arange(_RANGES + 1, dtype=np.uint64) * np.uint64(2**32 // _RANGES)
        starts = np.stack(
            [np.searchsorted(rows["number"], edges + part * _FLAG) for part in (0, 1)]
        )
        self._runs.append(_Run(self._file.seek(0, os.SEEK_END), starts))
        view = rows.data.cast("B")
        while len(view):
            view = view[self._file.write(view) :]
        for part, each in zip(PARTS, starts, strict=True):
            self.rows[part] += int(each[-1] - each[0])

    def in_order(self, part: str) -> Iterator[Array]:
        """Yield the rows of a part, sorted, some at a time."""
        assert self._dtype is not None
        number = PARTS.index(part)
        size = self.rows[part] * self._dtype.itemsize * 3
        wanted = min(max(-(-size // self._options.memory_bytes), 1), _RANGES)
        step = _RANGES // (1 << (wanted - 1).bit_length())
        for begin in range(0, _RANGES, step):
            pieces = []
            for run in self._runs:
                first, last = run.starts[number][[begin, begin + step]].tolist()
                pieces.append(self._read(run.position, first, last))
            yield _sorted(pieces)

    def _read(self, position: int, first: int, last: int) -> Array:
        rows = np.empty(last - first, self._dtype)
        self._file.seek(position + first * rows.itemsize)
        view, done = rows.data.cast("B") if len(rows) else memoryview(b""), 0
        while done < len(view):
            got = self._file.readinto(view[done:])  # type: ignore[attr-defined]
            if not got:
                raise OSError("the temporary file ended early")
            done += got
        return rows


def _sorted(pieces: list[Array]) -> Array:
    """Return all rows in the order of their numbers; equal ones stay in the order of the table."""
    rows = np.concatenate(pieces)
    return rows[np.argsort(rows["number"], kind="stable")]


def _write(file: BinaryIO, runs: _Runs, options: WriteOptions) -> None:
    layout = _layout(runs, options)
    draft = write_description(layout.to_json("0" * 64)).encode()
    room = len(draft) + 2 * 32  # the means of weights are not known yet
    first = layout.first_block(room)
    digests, parts = [], {}
    file.seek(first)
    for name in PARTS:
        total = 0.0
        for rows in _blocks(runs.in_order(name) if runs.rows[name] else (), options.block_rows):
            block = _block(layout, rows, options.code_columns)
            digests.append(hashlib.sha256(block).digest())
            file.write(block)
            if layout.weighted:
                total += float(rows["weights"].astype(np.float64).sum())
        mean = total / runs.rows[name] if layout.weighted and runs.rows[name] else 1.0
        if not mean > 0:
            raise DataError(f"The weights of the {name} rows are all 0: leave out weights.")
        parts[name] = Part(runs.rows[name], mean)
    table = b"".join(digests)
    layout = replace(layout, training=parts["training"], validation=parts["validation"])
    header = (
        write_description(layout.to_json(hashlib.sha256(table).hexdigest())).encode().ljust(room)
    )
    prefix = MAGIC + len(header).to_bytes(8, "little") + hashlib.sha256(header).digest()
    file.seek(0)
    file.write(prefix + header + table)
    assert len(table) == DIGEST_BYTES * len(digests)


def _layout(runs: _Runs, options: WriteOptions) -> BlockLayout:
    if runs.rows["training"] == 0:
        raise DataError(
            "There are no rows to train on: give batches with rows, or a smaller validation_fraction."
        )
    assert runs.largest_codes is not None
    assert runs._dtype is not None
    width = runs.n_floats + len(runs.largest_codes)
    columns = ["float32"] * width
    for column, largest in zip(options.code_columns, runs.largest_codes.tolist(), strict=True):
        columns[column] = _code_dtype(largest)
    targets = runs._dtype["targets"]
    return BlockLayout(
        columns=tuple(columns),
        target_dtype="float32" if targets.base.kind == "f" else _code_dtype(runs.largest_class),
        targets=targets.shape[0],
        weighted="weights" in (runs._dtype.names or ()),
        block_rows=options.block_rows,
        training=Part(runs.rows["training"]),
        validation=Part(runs.rows["validation"]),
    )


def _code_dtype(largest: int) -> str:
    return next(name for name in CODE_DTYPES if largest <= np.iinfo(name).max)


def _blocks(pieces: Iterable[Array], block_rows: int) -> Iterator[Array]:
    """Yield the same rows, `block_rows` at a time."""
    rest: Array | None = None
    for piece in pieces:
        rows = piece if rest is None or not len(rest) else np.concatenate([rest, piece])
        whole = len(rows) // block_rows * block_rows
        for begin in range(0, whole, block_rows):
            yield rows[begin : begin + block_rows]
        rest = rows[whole:].copy()
    if rest is not None and len(rest):
        yield rest


def _block(layout: BlockLayout, rows: Array, code_columns: tuple[int, ...]) -> memoryview:
    """Return the bytes of one block."""
    block = np.zeros(layout.block_bytes(len(rows)), np.uint8)
    positions = layout.array_positions(len(rows))
    place_of = {column: place for place, column in enumerate(code_columns)}
    for section in layout.sections:
        if section.name == "float32":
            values = rows["floats"]
        elif section.name in FEATURE_DTYPES:
            values = rows["codes"][:, [place_of[column] for column in section.columns]]
        else:
            values = rows[section.name]
        begin = positions[section.name]
        size = len(rows) * section.width * section.dtype.itemsize
        view = block[begin : begin + size].view(section.dtype)
        view.reshape(len(rows), section.width)[:] = values
    return block.data

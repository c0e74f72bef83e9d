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

from deltarule._common.compiled_core import compiled_core
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
_WORD = 4  # bytes; every field of a row is words
_SORT_BYTES = 32  # that sorting a row takes beside it
_ROWS_AT_ONCE = 4096  # of a run that are gathered and written
_PLACE_BITS = np.uint64(31)
_PLACE_MASK = np.uint64(2**31 - 1)


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
    if (core := compiled_core()) is not None:
        words = np.empty((count, 4), np.uint32)
        core.random_words(seed, int(Purpose.SCATTER), first, words)
        return words[:, 0], words[:, 1]
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
    """Collects rows in memory and writes them, sorted by their numbers, to a temporary file.

    A row is some words of 32 bits, which are moved together: first the number that sorts it.
    """

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._options = options
        self._dtype: np.dtype[Any] | None = None
        self._memory = np.empty((0, 0), np.uint32)
        self._waiting_rows = 0
        self._runs: list[_Run] = []
        self.rows = dict.fromkeys(PARTS, 0)
        self.largest_codes: Array | None = None
        self.largest_class = 0
        self.n_floats = 0

    @property
    def n_rows(self) -> int:
        return sum(self.rows.values())

    @property
    def dtype(self) -> np.dtype[Any]:
        """The fields of a row."""
        assert self._dtype is not None
        return self._dtype

    def add(self, batch: RowBatch) -> None:
        """Add the rows of one batch."""
        count = len(batch.floats)
        if self.n_rows + self._waiting_rows + count > MAX_ROWS:
            raise DataError(f"A block file holds at most {MAX_ROWS:,} rows: write several.")
        if self._dtype is None:
            self._begin(batch)
        assert self.largest_codes is not None
        if count == 0:
            return
        if batch.codes.shape[1]:
            self.largest_codes = np.maximum(self.largest_codes, batch.codes.max(axis=0))
        if batch.targets.dtype.kind == "u":
            self.largest_class = max(self.largest_class, int(batch.targets.max()))
        begin = 0
        while begin < count:
            stop = min(begin + self._run_rows - self._waiting_rows, count)
            self._add_some(batch, slice(begin, stop))
            begin = stop
            if self._waiting_rows == self._run_rows:
                self.end_run()

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

    @property
    def _run_rows(self) -> int:
        most = self._options.memory_bytes // (self.dtype.itemsize + _SORT_BYTES)
        return int(np.clip(most, 1, _PLACE_MASK))

    def _room(self, count: int) -> Array:
        """Return memory for some rows, whose first ones are those that wait.

        What was returned before must not be used any more.
        """
        if len(self._memory) < count:
            size = min(max(count, 3 * len(self._memory) // 2), max(count, self._run_rows))
            shape = size, self.dtype.itemsize // _WORD
            self._memory.resize(shape, refcheck=False)  # nearly always in place
        return self._memory[:count]

    def _add_some(self, batch: RowBatch, some: slice) -> None:
        count, waiting = some.stop - some.start, self._waiting_rows
        rows = self._room(waiting + count)[waiting:].view(self.dtype)[:, 0]
        number, other = random_numbers(self._options.seed, self.n_rows + waiting, count)
        held_out = other < int(self._options.validation_fraction * 2**32)
        rows["number"] = number + held_out * _FLAG
        for name in ("floats", "codes", "targets"):
            if name in (self.dtype.names or ()):
                rows[name] = getattr(batch, name)[some]
        if batch.weights is not None:
            rows["weights"] = batch.weights[some, None]
        self._waiting_rows += count

    def end_run(self) -> None:
        """Sort the rows in memory and append them to the file."""
        if not self._waiting_rows:
            return
        rows = self._memory[: self._waiting_rows]
        numbers = rows.view(self.dtype)["number"][:, 0]
        order = _order(numbers)
        ascending = numbers[order]
        edges = np.arange(_RANGES + 1, dtype=np.uint64) * np.uint64(2**32 // _RANGES)
        starts = np.stack([np.searchsorted(ascending, edges + part * _FLAG) for part in (0, 1)])
        self._runs.append(_Run(self._file.seek(0, os.SEEK_END), starts))
        room = np.empty((min(_ROWS_AT_ONCE, len(order)), rows.shape[1]), np.uint32)
        for begin in range(0, len(order), _ROWS_AT_ONCE):
            chosen = order[begin : begin + _ROWS_AT_ONCE]
            some = room[: len(chosen)]
            _gather(rows, chosen, some)
            view = some.data.cast("B")
            while len(view):
                view = view[self._file.write(view) :]
        self._waiting_rows = 0
        for part, each in zip(PARTS, starts, strict=True):
            self.rows[part] += int(each[-1] - each[0])

    def in_order(self, part: str) -> Iterator[tuple[Array, Array]]:
        """Yield rows of a part, some ranges of numbers at a time, and their order.

        The rows are overwritten by the next ones.
        """
        number = PARTS.index(part)
        wanted = min(max(-(-self.rows[part] // self._run_rows), 1), _RANGES)
        step = _RANGES // (1 << (wanted - 1).bit_length())
        for begin in range(0, _RANGES, step):
            found = [run.starts[number][[begin, begin + step]].tolist() for run in self._runs]
            rows = self._room(sum(last - first for first, last in found))
            place = 0
            for run, (first, last) in zip(self._runs, found, strict=True):
                self._read(run.position, first, rows[place : place + last - first])
                place += last - first
            yield rows, _order(rows.view(self.dtype)["number"][:, 0])

    def _read(self, position: int, first: int, rows: Array) -> None:
        """Read the rows of the run at `position`, from its row `first` on."""
        self._file.seek(position + first * self.dtype.itemsize)
        view, done = rows.data.cast("B") if len(rows) else memoryview(b""), 0
        while done < len(view):
            got = self._file.readinto(view[done:])  # type: ignore[attr-defined]
            if not got:
                raise OSError("the temporary file ended early")
            done += got


def _gather(rows: Array, order: Array, out: Array) -> None:
    """Write the rows in this order into `out`."""
    if (core := compiled_core()) is None:
        rows.take(order, axis=0, out=out, mode="clip")  # without a copy
    else:
        core.gather_rows(rows, order, out)


def _order(numbers: Array) -> Array:
    """Return the order of the rows by their numbers; equal ones stay in the order of the table.

    Numbers of 33 bits and places of 31 bits are sorted together, which is faster than a stable sort.
    """
    keys = numbers << _PLACE_BITS
    keys |= np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    keys &= _PLACE_MASK
    return keys.view(np.int64)


def _write(file: BinaryIO, runs: _Runs, options: WriteOptions) -> None:
    layout = _layout(runs, options)
    draft = write_description(layout.to_json("0" * 64)).encode()
    room = len(draft) + 2 * 32  # the means of weights are not known yet
    first = layout.first_block(room)
    digests, parts = [], {}
    file.seek(first)
    block = np.zeros(0, np.uint8)
    for name in PARTS:
        total = 0.0
        pieces = runs.in_order(name) if runs.rows[name] else ()
        for rows in _blocks(pieces, options.block_rows, runs.dtype):
            if len(block) != (size := layout.block_bytes(len(rows))):
                block = np.zeros(size, np.uint8)
            _fill_block(layout, rows, options.code_columns, block)
            digests.append(hashlib.sha256(block.data).digest())
            file.write(block.data)
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
    width = runs.n_floats + len(runs.largest_codes)
    columns = ["float32"] * width
    for column, largest in zip(options.code_columns, runs.largest_codes.tolist(), strict=True):
        columns[column] = _code_dtype(largest)
    targets = runs.dtype["targets"]
    return BlockLayout(
        columns=tuple(columns),
        target_dtype="float32" if targets.base.kind == "f" else _code_dtype(runs.largest_class),
        targets=targets.shape[0],
        weighted="weights" in (runs.dtype.names or ()),
        block_rows=options.block_rows,
        training=Part(runs.rows["training"]),
        validation=Part(runs.rows["validation"]),
    )


def _code_dtype(largest: int) -> str:
    return next(name for name in CODE_DTYPES if largest <= np.iinfo(name).max)


def _blocks(
    pieces: Iterable[tuple[Array, Array]], block_rows: int, dtype: np.dtype[Any]
) -> Iterator[Array]:
    """Yield the rows in their order, `block_rows` at a time; each block overwrites the one before."""
    block = np.empty((block_rows, dtype.itemsize // _WORD), np.uint32)
    filled = 0
    for rows, order in pieces:
        begin = 0
        while begin < len(order):
            count = min(block_rows - filled, len(order) - begin)
            _gather(rows, order[begin : begin + count], block[filled : filled + count])
            begin, filled = begin + count, filled + count
            if filled == block_rows:
                yield block.view(dtype)[:, 0]
                filled = 0
    if filled:
        yield block[:filled].view(dtype)[:, 0]


def _fill_block(
    layout: BlockLayout, rows: Array, code_columns: tuple[int, ...], block: Array
) -> None:
    """Write the arrays of one block; what is between them stays 0."""
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

"""The rows of jobs: arrays become a block file once, which every process reads back in their order."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.data import ArrayData, Data
from deltarule.errors import SettingError, TableFileError
from deltarule.formats.block_writer import random_numbers
from deltarule.training.job import DIGEST_LENGTH, JobRows
from deltarule.training.job_folder import data_path, load_array, store_array

Array = NDArray[Any]
WRITE_ROWS = 65_536  # given to the writer at a time
ORDER_SEED = 0
"""Seed of the random order of the rows in the block files that are written here."""
MAX_KEPT = 2
"""Tables that a process keeps in memory for its next job: training and validation rows."""


@dataclass(frozen=True)
class StoredRows:
    """The rows of a job in the form of a job, and the path of their block file."""

    rows: JobRows
    path: str


class RowStore:
    """Writes arrays to block files of a folder, each table once.

    `fixed`: whether no array changes while this exists, so that each is read once to find its digest.
    """

    def __init__(self, folder: str, *, fixed: bool) -> None:
        self._folder = folder
        self._fixed = fixed
        self._digests: dict[int, tuple[Array, bytes]] = {}
        self._stored: dict[str, StoredRows] = {}

    def store(self, data: ArrayData, rows: Array | None = None) -> StoredRows:
        """Return the rows `rows` of arrays, by default those that count, as rows of a block file.

        Raises `SettingError` for numbers that float32 cannot hold.
        """
        rows = data.row_indices if rows is None else rows
        table = self._table(data)
        weights = None if data.weights is None else store_array(self._folder, data.weights)
        chosen = None if rows is None else store_array(self._folder, np.asarray(rows, np.uint32))
        return StoredRows(replace(table.rows, rows=chosen, weights=weights), table.path)

    def _table(self, data: ArrayData) -> StoredRows:
        """Return all rows of arrays; the file is closed again, as each of many jobs may have its own."""
        name = self._name_of(data)
        if name not in self._stored:
            path = data_path(self._folder, name)
            if os.path.exists(path):
                with _written_by_fit_many():
                    found = rows_of_file(BlockFileData(path))
            else:
                for array in (data.inputs, data.targets):
                    _refuse_rounding(array)
                found = rows_of_file(BlockFileData.write(path, _batches(data), seed=ORDER_SEED))
            self._stored[name] = replace(found, rows=replace(found.rows, in_memory=True))
        return self._stored[name]

    def _name_of(self, data: ArrayData) -> str:
        digest = hashlib.sha256(self._digest_of(data.inputs))
        digest.update(_digest(data.targets))
        return digest.hexdigest()[:DIGEST_LENGTH]

    def _digest_of(self, inputs: Array) -> bytes:
        known = self._digests.pop(id(inputs), None)
        digest = _digest(inputs) if known is None else known[1]
        if self._fixed:
            while len(self._digests) >= MAX_KEPT:  # the one that was used least recently
                del self._digests[next(iter(self._digests))]
            self._digests[id(inputs)] = inputs, digest
        return digest


def rows_of_file(data: BlockFileData) -> StoredRows:
    """Return the rows of a block file as rows of a job, which are read while training runs."""
    return StoredRows(
        JobRows(data.file.digest, data.part, data.has_class_numbers, False), data.file.path
    )


def load_rows(folder: str, rows: JobRows, path: str, dtype: str, *, counted: bool) -> Data:
    """Return the rows of a job.

    `counted`: whether rows that do not count may be in the arrays; otherwise the rows that count are
    copied. Raises `TableFileError` if the file at `path` holds other data.
    """
    if not rows.in_memory:
        return _opened(rows, path)
    table = _table_in_memory(rows, path)
    inputs, targets = table.inputs, table.targets
    if dtype != "float32":
        inputs = inputs.astype(dtype)
        targets = targets.astype(dtype) if targets.dtype.kind == "f" else targets
    weights = None if rows.weights is None else load_array(folder, rows.weights)
    chosen = None if rows.rows is None else load_array(folder, rows.rows)
    data = ArrayData(inputs, targets, weights, chosen)
    return data if counted else data.materialize()


_kept: dict[tuple[str, str, bool], ArrayData] = {}
_reading = threading.Lock()


def _table_in_memory(rows: JobRows, path: str) -> ArrayData:
    """Return all rows in the order of the table; the last ones that were read are kept."""
    key = (rows.digest, rows.part, rows.class_numbers)
    with _reading:  # the threads of a process share one table
        table = _kept.pop(key, None)
        if table is None:
            while len(_kept) >= MAX_KEPT:
                del _kept[next(iter(_kept))]
            file = _opened(rows, path)
            with _written_by_fit_many():
                table = _read_in_order(file)
        _kept[key] = table
        return table


@contextmanager
def _written_by_fit_many() -> Iterator[None]:
    """Add to an error what to do about a damaged block file that users did not write."""
    try:
        yield
    except TableFileError as error:
        raise TableFileError(f"{error} To do so, remove it and run the same again.") from None


def _read_in_order(file: BlockFileData) -> ArrayData:
    table = file.empty(file.n_rows)
    numbers, _ = random_numbers(ORDER_SEED, 0, file.n_rows)
    order = np.argsort(numbers, kind="stable")  # the row of the table at each place of the file
    for place, block in file.checked_blocks():
        table.inputs[order[place]] = block.inputs
        table.targets[order[place]] = block.targets
    for array in (table.inputs, table.targets):
        array.flags.writeable = False
    return ArrayData(table.inputs, table.targets)


def _opened(rows: JobRows, path: str) -> BlockFileData:
    data = BlockFileData(path, rows.part, rows.class_numbers)
    if data.file.digest != rows.digest:
        raise TableFileError(
            f"{path!r} holds other rows than those of the job: it was written again since. Run the "
            "same again."
        )
    return data


def _digest(array: Array) -> bytes:
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape};".encode())
    digest.update(np.ascontiguousarray(array).data.cast("B"))
    return digest.digest()


def _refuse_rounding(array: Array) -> None:
    if array.dtype != np.float64:
        return
    for begin in range(0, len(array), WRITE_ROWS):
        some = array[begin : begin + WRITE_ROWS]
        with np.errstate(over="ignore"):
            if not np.array_equal(some.astype(np.float32), some):
                raise SettingError(
                    "dtype",
                    "cannot be float64 with an executor or a folder for numbers that float32 cannot "
                    "hold, as block files store float32",
                    hint="Leave out `executor` and `folder`, or use dtype='float32', which is not the "
                    "default of L-BFGS.",
                )


def _batches(data: ArrayData) -> Iterator[tuple[Array, Array]]:
    for begin in range(0, len(data.inputs), WRITE_ROWS):
        some = slice(begin, begin + WRITE_ROWS)
        yield data.inputs[some], data.targets[some]

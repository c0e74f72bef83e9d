"""Rows in a block file: data that need not fit into memory."""

from __future__ import annotations

import copy
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule._common.fields_only import FieldsOnly
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.engines.data import ARRAYS, Array, ArrayData, hash_rows
from deltarule.engines.row_batches import checked_batches
from deltarule.errors import DataError, SettingError, shortened
from deltarule.formats.block_file import BlockFile
from deltarule.formats.block_layout import MAX_BLOCK_ROWS, Section
from deltarule.formats.block_writer import WriteOptions, write_block_file

DEFAULT_MEMORY_BYTES = 256 * 2**20
MIN_MEMORY_BYTES = 2**20


@dataclass(frozen=True, repr=False)
class BlockFileData(FieldsOnly, NotebookDisplay):
    """Rows in a block file, which are read while training runs and need not fit into memory.

    `write` makes such a file from batches of rows. `fit` takes it in the place of X and y, reads its
    blocks in random order as `sampling.Blocks` describes, and gives the bits of the same rows in memory.

    Parameters
    ----------
    path : str or path-like
        The file.
    part : {"training", "validation"}, default "training"
        Which of its rows.
    class_numbers : bool or None, default None
        Whether targets are class numbers, or a column of numbers; by default as they were written. `fit`
        chooses what its loss takes.

    Raises
    ------
    FileError
        If the file cannot be read.
    TableFileError
        If it is not a block file, is damaged, cut short or too new.
    SettingError
        If `part` is no part of it, or `class_numbers` is True and rows have several targets.

    See Also
    --------
    deltarule.sampling.Blocks : The order in which rows are used.
    deltarule.engines.ArrayData : Rows in memory.

    Notes
    -----
    The header is checked when the file is opened. `fit` reads the file once before it trains, to compare
    the digest of each block and to look for values that are not finite. Nothing is mapped into memory:
    while one window trains, a second thread reads the next one, unless threads=1. The file must stay as
    it is during training.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import deltarule as dr
    >>> from deltarule.engines import BlockFileData
    >>> def batches():
    ...     draw = np.random.default_rng(0)
    ...     for _ in range(10):
    ...         X = draw.normal(size=(1000, 4))
    ...         yield X, X.sum(axis=1)
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "rows.blocks"
    >>> rows = BlockFileData.write(path, batches(), validation_fraction=0.1)
    >>> rows.n_rows + rows.validation.n_rows
    10000
    >>> network = dr.Network([dr.Dense(8, "tanh"), dr.Dense(1)])
    >>> result = dr.fit(network, rows, validation_data=rows.validation, epochs=2)
    >>> bool(result.history.validation_score[-1] > 0.9)
    True
    >>> folder.cleanup()
    """

    path: str | os.PathLike[str]
    part: str = "training"
    class_numbers: bool | None = None

    def __post_init__(self) -> None:
        checks.one_of("part", self.part, ("training", "validation"))
        if self.class_numbers is not None:
            checks.flag("class_numbers", self.class_numbers)
        if self.n_rows == 0:
            raise SettingError(
                "part",
                f"cannot be {self.part!r}: {self.file.path!r} has no such rows",
                hint="Write the file with validation_fraction=0.1.",
            )
        if self.class_numbers and self.file.layout.targets != 1:
            raise SettingError(
                "class_numbers",
                f"must be False: {self.file.path!r} has {self.file.layout.targets} targets per row",
            )

    @classmethod
    def write(
        cls,
        path: str | os.PathLike[str],
        batches: Iterable[tuple[ArrayLike, ...]],
        *,
        codes: Sequence[int] = (),
        validation_fraction: float = 0.0,
        seed: int = 0,
        block_rows: int = 4096,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
    ) -> BlockFileData:
        """Write rows in random order to a block file, and open it.

        Parameters
        ----------
        path : str or path-like
            The file. It is written completely or not at all; an existing one is replaced.
        batches : iterable of tuple of array-like
            Batches (X, y) or (X, y, weights) of any size: X of shape (n, n_inputs), y of shape (n,) or
            (n, n_outputs), weights of shape (n,), at least 0. Numbers are stored as float32. Integers of
            shape (n,) are class numbers from 0.
        codes : sequence of int, default ()
            Columns of X that hold whole numbers from 0 to 2²⁴ − 1, such as numbers of categories. They
            are stored in 1, 2 or 4 bytes.
        validation_fraction : float, default 0.0
            Probability that a row is held out as a validation row, at least 0 and below 1.
        seed : int, default 0
            Seed of the order of rows and of the choice of validation rows.
        block_rows : int, default 4096
            Rows in a block.
        memory_bytes : int, default 268435456
            Memory for rows that are being sorted, in bytes, at least 1 MiB. The file does not depend on
            it.

        Returns
        -------
        BlockFileData
            The training rows; its `validation` has the validation rows.

        Raises
        ------
        DataError
            If there are no rows, or values are not finite numbers, not codes, or not class numbers.
        ShapeError
            If batches do not fit each other.
        FileError
            If the file cannot be written, as on a full disk. Nothing is left then.
        SettingError
            If a setting breaks its rule.

        Notes
        -----
        Every row draws a random number, and the rows are sorted by it on disk, so that the order is
        uniformly random even if the table is sorted. Next to the file, that takes as much room again
        until it is written. The same rows, seed and `block_rows` give the same bytes, whatever the
        batches. A row is held out by a second random number of its place in the table.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from deltarule.engines import BlockFileData
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     batch = [[0.5, 2], [0.25, 0], [0.0, 1]], [1, 0, 1]
        ...     rows = BlockFileData.write(Path(folder) / "rows.blocks", [batch], codes=[1])
        ...     rows.n_rows, rows.n_inputs
        (3, 2)
        """
        checks.number("validation_fraction", validation_fraction, at_least=0, below=1)
        checks.integer("seed", seed, at_least=0, at_most=2**64 - 1)
        checks.integer("block_rows", block_rows, at_least=1, at_most=MAX_BLOCK_ROWS)
        checks.integer("memory_bytes", memory_bytes, at_least=MIN_MEMORY_BYTES)
        columns = tuple(checks.integer("codes", column, at_least=0) for column in codes)
        options = WriteOptions(columns, validation_fraction, seed, block_rows, memory_bytes)
        write_block_file(path, checked_batches(batches, columns), options)
        return cls(path)

    @cached_property
    def file(self) -> BlockFile:
        """The open file."""
        return BlockFile(self.path)

    @property
    def validation(self) -> BlockFileData:
        """The validation rows of the same file."""
        return self._with(part="validation")

    def with_class_numbers(self, class_numbers: bool) -> BlockFileData:
        """Return the same rows with targets as class numbers, or as a column of numbers.

        Parameters
        ----------
        class_numbers : bool
            Whether targets are class numbers; only one target per row can be one.

        Returns
        -------
        BlockFileData
            The rows; the file is not opened again.
        """
        return self._with(class_numbers=class_numbers)

    def _with(self, **changes: Any) -> BlockFileData:
        made = copy.copy(self)
        for name, value in {"file": self.file, **changes}.items():
            made.__dict__[name] = value
        made.__post_init__()
        return made

    def _sentence(self) -> str:
        rows, inputs = counted(self.n_rows, f"{self.part} row"), counted(self.n_inputs, "input")
        return f"{rows} of {inputs} in {shortened(os.path.basename(self.file.path))}"

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return self.file.layout.part(self.part).rows

    @property
    def first_block(self) -> int:
        """The block of the file in which the rows begin."""
        return 0

    @property
    def n_inputs(self) -> int:
        """The number of inputs of a row."""
        return len(self.file.layout.columns)

    @property
    def has_class_numbers(self) -> bool:
        """Whether targets are class numbers of dtype int32, else numbers of dtype float32."""
        stored = self.file.layout.target_dtype != "float32"
        return stored if self.class_numbers is None else self.class_numbers

    def empty(self, n_rows: int) -> ArrayData:
        """Return uninitialized arrays, which `gather` fills.

        Parameters
        ----------
        n_rows : int
            Number of rows.

        Returns
        -------
        ArrayData
            Arrays of the widths of the file, float32; class numbers are int32.
        """
        layout = self.file.layout
        shape = (n_rows,) if self.has_class_numbers else (n_rows, layout.targets)
        return ArrayData(
            np.empty((n_rows, self.n_inputs), np.float32),
            np.empty(shape, np.int32 if self.has_class_numbers else np.float32),
            np.empty(n_rows, np.float32) if layout.weighted else None,
        )

    def gather(self, indices: Array, out: ArrayData) -> None:
        """Read rows into arrays.

        Parameters
        ----------
        indices : ndarray of shape (n,), dtype int
            The rows, counted from 0, in any order; adjacent ones are read together.
        out : ArrayData
            Where they are written; arrays of `empty(n)`.

        Raises
        ------
        DataError
            If there is no such row.
        TableFileError
            If the file was cut short since it was opened.
        """
        self.gather_arrays(ARRAYS, indices, out)

    def gather_arrays(self, names: Collection[str], indices: Array, out: ArrayData) -> None:
        """Read some of the arrays of rows.

        Parameters
        ----------
        names : collection of {"inputs", "targets", "weights"}
            The arrays; the others are neither read nor written.
        indices : ndarray of shape (n,), dtype int
            As `gather`.
        out : ArrayData
            As `gather`.

        Raises
        ------
        DataError
            If there is no such row.
        TableFileError
            If the file was cut short since it was opened.
        """
        layout = self.file.layout
        rows = np.asarray(indices, np.int64)
        order = np.argsort(rows, kind="stable")
        ascending = rows[order]
        if len(rows) and not 0 <= ascending[0] <= ascending[-1] < self.n_rows:
            raise DataError(
                f"indices must be rows from 0 to {self.n_rows - 1}, got {ascending[0]} to "
                f"{ascending[-1]}."
            )
        ends = (np.diff(ascending) != 1) | (ascending[1:] % layout.block_rows == 0)
        borders = [0, *(np.flatnonzero(ends) + 1).tolist(), len(rows)]
        for begin, stop in pairwise(borders):
            if stop > begin:
                block, first = divmod(int(ascending[begin]), layout.block_rows)
                arrays = {
                    section.name: np.empty((stop - begin, section.width), section.dtype)
                    for section in layout.sections
                    if ("inputs" if section.columns else section.name) in names
                }
                block += self.first_block
                self.file.read_rows(self.part, block, first, first + stop - begin, arrays)
                self._decode(arrays, out, order[begin:stop])

    def checked_blocks(self) -> Iterator[tuple[slice, ArrayData]]:
        """Yield all rows in order, a block at a time, each after its digest was compared.

        Yields
        ------
        place : slice
            The rows of the block.
        rows : ArrayData
            The block.
        """
        block_rows = self.file.layout.block_rows
        for block, begin in enumerate(range(0, self.n_rows, block_rows), self.first_block):
            rows = self.file.layout.rows_in(self.part, block)
            out = self.empty(rows)
            self._decode(self.file.read_block(self.part, block), out, slice(0, rows))
            yield slice(begin, begin + rows), out

    def fingerprint(self, digest: Any) -> None:
        """Update a hash with the shapes and bytes of all rows, as `ArrayData` does.

        Parameters
        ----------
        digest : object
            A hash of `hashlib`.
        """
        hash_rows(self, digest)

    def _decode(self, arrays: dict[str, Array], out: ArrayData, place: Array | slice) -> None:
        """Write the arrays of a file to some rows of `out`."""
        for section in self.file.layout.sections:
            if section.name not in arrays:
                continue
            values = arrays[section.name]
            if section.name == "targets":
                out.targets[place] = (
                    self._class_numbers(values) if self.has_class_numbers else values
                )
            elif section.name == "weights":
                mean = self.file.layout.part(self.part).mean_weight
                assert out.weights is not None
                out.weights[place] = values[:, 0].astype(np.float64) / mean
            else:
                self._decode_features(section, values, out.inputs, place)

    def _class_numbers(self, values: Array) -> Array:
        with np.errstate(invalid="ignore"):  # refused below
            numbers = values[:, 0].astype(np.int32)
        other = np.flatnonzero(numbers != values[:, 0])
        if len(other):
            raise DataError(
                f"The targets of {self.file.path!r} must be class numbers, got {values[other[0], 0]:g}: "
                "write them as integers, or choose a loss of numbers."
            )
        return numbers

    def _decode_features(
        self, section: Section, values: Array, inputs: Array, place: Array | slice
    ) -> None:
        if section.width == self.n_inputs:
            inputs[place] = values
        elif isinstance(place, slice):
            inputs[place, list(section.columns)] = values
        else:
            inputs[place[:, None], list(section.columns)] = values

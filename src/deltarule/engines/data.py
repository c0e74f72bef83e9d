"""What engines train on: `Data` is the protocol, `ArrayData` its implementation for arrays in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay

Array = NDArray[Any]

BLOCK_ROWS = 4096  # gathered at a time, so that a large source needs little memory
ARRAYS = ("inputs", "targets", "weights")  # of `ArrayData`


@runtime_checkable
class Data(Protocol):
    """Rows to train or to validate on, wherever they are.

    An engine either gathers the rows of each batch or calls `data.in_memory` once. The values of a row
    must not change. `fit` takes any object with these methods as X.
    """

    @property
    def n_rows(self) -> int:
        """The number of rows."""

    @property
    def n_inputs(self) -> int:
        """The number of inputs of a row."""

    def empty(self, n_rows: int) -> ArrayData:
        """Return uninitialized arrays, which `gather` fills.

        Parameters
        ----------
        n_rows : int
            Number of rows; 0 for the widths and dtypes alone.

        Returns
        -------
        ArrayData
            Arrays of the widths and dtypes of these data.
        """

    def gather(self, indices: Array, out: ArrayData) -> None:
        """Copy rows into arrays.

        Parameters
        ----------
        indices : ndarray of shape (n,), dtype int
            The rows, counted from 0, in any order.
        out : ArrayData
            Where they are written, in the order of `indices`; arrays of `empty(n)`.
        """

    def fingerprint(self, digest: Any) -> None:
        """Update a hash with the shapes and bytes of all rows, as `data.hash_rows` does.

        Parameters
        ----------
        digest : object
            A hash of `hashlib`.
        """


@runtime_checkable
class GathersArrays(Data, Protocol):
    """Data that can leave out arrays nobody needs, such as those in a file."""

    def gather_arrays(self, names: Collection[str], indices: Array, out: ArrayData) -> None:
        """Do as `gather` for the arrays of these names; the others stay as they are."""


@dataclass(frozen=True, repr=False)
class ArrayData(NotebookDisplay):
    """Rows as arrays in memory, C-contiguous.

    Parameters
    ----------
    inputs : ndarray of shape (n, n_inputs), dtype float32 or float64
        The inputs, in the dtype of the plan.
    targets : ndarray of shape (n, n_outputs) or (n,)
        Values of the dtype of the plan, or class numbers of dtype int32 and shape (n,).
    weights : ndarray of shape (n,), optional
        Weights of the rows, in the dtype of the plan; all 1 by default.
    row_indices : ndarray of shape (n_rows,), dtype uint32, optional
        The rows that count, by default all. Networks of several folds share one matrix this way.

    Examples
    --------
    >>> import numpy as np
    >>> import deltarule as dr
    >>> from deltarule.engines import ArrayData
    >>> X = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]
    >>> data = ArrayData(inputs=X, targets=X**2)
    >>> data.n_rows, data.n_inputs
    (8, 1)
    >>> dr.fit(dr.Network([dr.Dense(1)]), data, epochs=2).kept_epoch
    2
    """

    inputs: Array
    targets: Array
    weights: Array | None = None
    row_indices: Array | None = None

    def _sentence(self) -> str:
        rows, inputs = counted(self.n_rows, "row"), counted(self.n_inputs, "input")
        return f"{rows} of {inputs}, {self.inputs.dtype.name}"

    @property
    def n_rows(self) -> int:
        """The number of rows that count."""
        return len(self.inputs if self.row_indices is None else self.row_indices)

    @property
    def n_inputs(self) -> int:
        """The number of inputs of a row."""
        return int(self.inputs.shape[1])

    def materialize(self) -> ArrayData:
        """Return the rows that count in arrays of their own.

        Returns
        -------
        ArrayData
            Data without `row_indices`; the same object if all rows count.
        """
        return self if self.row_indices is None else self.take(np.arange(self.n_rows))

    def take(self, indices: Array | slice) -> ArrayData:
        """Return some rows.

        Parameters
        ----------
        indices : ndarray of shape (n,), dtype int, or slice
            The rows, counted from 0.

        Returns
        -------
        ArrayData
            Copies of the rows; views for a slice.
        """
        rows = indices if self.row_indices is None else self.row_indices[indices]
        weights = None if self.weights is None else self.weights[rows]
        return ArrayData(self.inputs[rows], self.targets[rows], weights)

    def empty(self, n_rows: int) -> ArrayData:
        """Return uninitialized arrays, which `gather` fills.

        Parameters
        ----------
        n_rows : int
            Number of rows.

        Returns
        -------
        ArrayData
            Arrays of the same widths and dtypes.
        """

        def like(array: Array) -> Array:
            return np.empty((n_rows, *array.shape[1:]), array.dtype)

        weights = None if self.weights is None else like(self.weights)
        return ArrayData(like(self.inputs), like(self.targets), weights)

    def gather(self, indices: Array, out: ArrayData) -> None:
        """Copy rows into arrays.

        Parameters
        ----------
        indices : ndarray of shape (n,), dtype int
            The rows, counted from 0, in any order.
        out : ArrayData
            Where they are written; arrays of `empty(n)`.
        """
        rows = indices if self.row_indices is None else self.row_indices[indices]
        np.take(self.inputs, rows, axis=0, out=out.inputs)
        np.take(self.targets, rows, axis=0, out=out.targets)
        if self.weights is not None and out.weights is not None:
            np.take(self.weights, rows, axis=0, out=out.weights)

    def fingerprint(self, digest: Any) -> None:
        """Update a hash with the shapes and bytes of all rows.

        Parameters
        ----------
        digest : object
            A hash of `hashlib`.
        """
        rows = self.materialize()
        for array in (rows.inputs, rows.targets, rows.weights):
            _hash_header(array, len(rows.inputs), digest)
            if array is not None and array.size:
                digest.update(np.ascontiguousarray(array).data.cast("B"))


@dataclass(frozen=True)
class RowSubset:
    """Some rows of other data, such as a validation split; nothing is copied."""

    data: Data
    row_indices: Array

    @property
    def n_rows(self) -> int:
        """The number of rows of the subset."""
        return len(self.row_indices)

    @property
    def n_inputs(self) -> int:
        """The number of inputs of a row."""
        return self.data.n_inputs

    def empty(self, n_rows: int) -> ArrayData:
        """See `Data.empty`."""
        return self.data.empty(n_rows)

    def gather(self, indices: Array, out: ArrayData) -> None:
        """See `Data.gather`."""
        self.data.gather(self.row_indices[indices], out)

    def fingerprint(self, digest: Any) -> None:
        """See `Data.fingerprint`."""
        hash_rows(self, digest)


def blocks(data: Data, names: Collection[str] = ARRAYS) -> Iterator[tuple[slice, ArrayData]]:
    """Yield all rows in order, some at a time; the arrays of a block may be used again by the next.

    Arrays that are not in `names` need not be filled.
    """
    gather = data.gather
    if isinstance(data, GathersArrays):
        gather = partial(data.gather_arrays, names)
    room = data.empty(min(BLOCK_ROWS, data.n_rows))
    for begin in range(0, data.n_rows, BLOCK_ROWS):
        place = slice(begin, min(begin + BLOCK_ROWS, data.n_rows))
        size = place.stop - begin
        if size < len(room.inputs):
            room = data.empty(size)
        gather(np.arange(begin, place.stop), room)
        yield place, room


def in_memory(data: Data) -> ArrayData:
    """Return all rows as arrays in memory; arrays are returned as they are."""
    if isinstance(data, ArrayData):
        return data
    whole = data.empty(data.n_rows)
    for place, block in blocks(data):
        whole.inputs[place], whole.targets[place] = block.inputs, block.targets
        if whole.weights is not None and block.weights is not None:
            whole.weights[place] = block.weights
    return whole


def targets_in_memory(data: Data) -> tuple[Array, Array | None]:
    """Return the targets and the weights of all rows, which need little memory beside the inputs."""
    if isinstance(data, ArrayData):
        rows = data.row_indices
        if rows is None:
            return data.targets, data.weights
        return data.targets[rows], None if data.weights is None else data.weights[rows]
    like = data.empty(1)
    targets = np.empty((data.n_rows, *like.targets.shape[1:]), like.targets.dtype)
    weights = None if like.weights is None else np.empty(data.n_rows, like.weights.dtype)
    for place, block in blocks(data, ("targets", "weights")):
        targets[place] = block.targets
        if weights is not None and block.weights is not None:
            weights[place] = block.weights
    return targets, weights


def subset(data: Data, indices: Array) -> Data:
    """Return the rows at `indices`: copies of arrays, else a view."""
    return data.take(indices) if isinstance(data, ArrayData) else RowSubset(data, indices)


def fingerprint(data: Data, validation: Data | None) -> str:
    """Return a SHA-256 over the shapes and bytes of all rows of a run."""
    digest = hashlib.sha256()
    data.fingerprint(digest)
    if validation is not None:
        validation.fingerprint(digest)
    return digest.hexdigest()


def hash_rows(data: Data, digest: Any) -> None:
    """Update a hash as the same rows in `ArrayData` do, block by block."""
    like = data.empty(0)
    for name in ARRAYS:
        _hash_header(getattr(like, name), data.n_rows, digest)
        if getattr(like, name) is None:
            continue
        for _, block in blocks(data, (name,)):
            if getattr(block, name).size:
                digest.update(np.ascontiguousarray(getattr(block, name)).data.cast("B"))


def _hash_header(array: Array | None, n_rows: int, digest: Any) -> None:
    """Update a hash with the dtype and the shape of an array of `n_rows` rows."""
    if array is None:
        digest.update(b"none;")
    else:
        digest.update(f"{array.dtype.str}{(n_rows, *array.shape[1:])};".encode())

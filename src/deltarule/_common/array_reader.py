"""Take arrays of a file by name: a missing, misshapen, mistyped or non-finite one is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import file_error
from deltarule.errors import DeltaruleError, shortened

Array = NDArray[Any]


class ArrayReader:
    """Takes the arrays of a file by name; `finish` raises `ModelFileError` if others are left.

    `where` begins every message: the file, or the part of it that the arrays describe. `error` makes the
    error of a problem, a whole sentence.
    """

    def __init__(
        self,
        arrays: Mapping[str, Array],
        where: str,
        error: Callable[[str], DeltaruleError] = file_error,
    ) -> None:
        self.where = where
        self._error = error
        self._rest = dict(arrays)

    def __contains__(self, name: str) -> bool:
        return name in self._rest

    def take(
        self,
        name: str,
        shape: tuple[int | None, ...],
        dtypes: str | Iterable[str],
        *,
        finite: bool = True,
    ) -> Array:
        """Return an array of this shape (None: any size) and one of these dtypes."""
        allowed = (dtypes,) if isinstance(dtypes, str) else tuple(dtypes)
        array = self._rest.pop(name, None)
        if array is None:
            raise self._error(f"{self.where} has no array {shortened(name)}.")
        fits = len(array.shape) == len(shape) and all(
            wanted in (None, size) for wanted, size in zip(shape, array.shape, strict=True)
        )
        if not fits or array.dtype.name not in allowed:
            sizes = ", ".join("any" if size is None else str(size) for size in shape)
            raise self._error(
                f"{self.where} must have an array {shortened(name)} of {' or '.join(allowed)} and shape "
                f"({sizes}), got {array.dtype.name} and {array.shape}."
            )
        if finite and array.dtype.kind == "f" and not np.isfinite(array).all():
            raise self._error(f"{self.where} must hold finite numbers in {shortened(name)}.")
        return array

    def finish(self) -> None:
        """Raise if arrays were not taken."""
        if self._rest:
            raise self._error(
                f"{self.where} has no place for the array {shortened(min(self._rest))}."
            )

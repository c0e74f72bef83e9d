"""Arrays of numbers: values that NumPy would turn into other numbers silently are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common.formatting import counted
from deltarule.errors import DataError

_NOT_NUMBERS = {"M": "dates", "m": "durations", "c": "complex numbers"}


def plain_array(values: ArrayLike, owner: str) -> NDArray[Any]:
    """Return values as an array.

    Raises `DataError` like `refuse_other_values`, for sparse matrices, and for rows of different lengths.
    """
    if hasattr(values, "toarray"):
        raise DataError(f"{owner} is a sparse matrix: pass {owner.split()[-1]}.toarray().")
    refuse_other_values(values, owner)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(
            f"The rows of {owner} do not have the same number of values: give each row as many."
        ) from error
    refuse_other_values(array, owner)
    return array


def refuse_other_values(values: Any, owner: str, *, kinds: str = "Mmc") -> None:
    """Raise `DataError` for masked values and for dtypes of the given kinds.

    NumPy drops the mask, counts dates in days or nanoseconds, and drops imaginary parts.
    """
    if isinstance(values, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(values)
        if mask.any():
            place = ", ".join(map(str, np.argwhere(mask)[0]))
            count = counted(int(mask.sum()), "masked value")
            raise DataError(
                f"{owner} has {count}, the first at [{place}]: fill or remove what is masked."
            )
    found = getattr(values, "dtypes", getattr(values, "dtype", None))
    for dtype in [found] if isinstance(found, np.dtype) else _iterated(found):
        kind = getattr(dtype, "kind", "")
        if kind in kinds and kind in _NOT_NUMBERS:
            raise DataError(
                f"{owner} holds {_NOT_NUMBERS[kind]} ({dtype}), not numbers: convert them to numbers, or "
                "train on the table itself with deltarule.train(table, target=...)."
            )


def _iterated(dtypes: Any) -> list[Any]:
    """Return the dtypes of a data frame as a list; of anything else, what there is."""
    try:
        return list(dtypes)
    except TypeError:
        return [dtypes]

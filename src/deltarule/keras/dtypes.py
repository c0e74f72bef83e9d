"""Types of arrays by Keras's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule.errors import SettingError

FLOATS = ("float32", "float64")
NAMES = (
    "float32", "float64", "float16", "int32", "int64", "int8", "int16", "uint8", "uint16", "uint32",
    "uint64", "bool", "complex64", "complex128",
)  # fmt: skip
_OF_PYTHON = {bool: "bool", int: "int32", float: "float32"}  # as in Keras


def dtype_name(setting: str, dtype: Any, names: Sequence[str] = NAMES) -> str:
    """Return the name of a type given as a name, as a type of Python or NumPy, or as Keras's policy."""
    dtype = getattr(dtype, "compute_dtype", dtype)
    if isinstance(dtype, np.dtype) or (isinstance(dtype, type) and issubclass(dtype, np.generic)):
        dtype = np.dtype(dtype).name
    elif isinstance(dtype, type):
        dtype = _OF_PYTHON.get(dtype, dtype)
    if not isinstance(dtype, str) or dtype not in names:
        hint = checks.did_you_mean(dtype, names) if isinstance(dtype, str) else ""
        raise SettingError(setting, f"must be one of: {', '.join(names)}", dtype, hint)
    return dtype

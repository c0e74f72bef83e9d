"""The compiled module and its instruction levels; no other file imports it.

The environment variable DELTARULE_INSTRUCTION_LEVEL (baseline, avx2 or avx512) forces an instruction
level; otherwise the best one of the processor is used.
"""

from __future__ import annotations

import os
import warnings
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.deferred_signals import deferred_signals
from deltarule.errors import EngineError

try:
    with deferred_signals():
        from deltarule.engines import _native
except ImportError as error:  # not built, or built for another Python
    _native = None  # type: ignore[assignment]
    _WHY_MISSING = str(error)

LEVEL_VARIABLE = "DELTARULE_INSTRUCTION_LEVEL"


def is_available() -> bool:
    """Return whether the compiled module was built."""
    return _native is not None


def compiled_module() -> Any:
    """Return the compiled module, or raise `EngineError`."""
    if _native is None:
        raise EngineError(
            "The native engine was not built: install a C++20 compiler (g++ or clang) and reinstall "
            f'deltarule, or choose engine="reference". ({_WHY_MISSING})'
        )
    return _native


def module_if_built() -> Any:
    """Return the compiled module; None where it was not built."""
    return _native


def row_encoder() -> Any:
    """Return a new, empty `RowEncoder`; None where the module was not built."""
    return None if _native is None else _native.RowEncoder()


def dictionary_of(numbers: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[Any]] | None:
    """Return the distinct numbers by their bits, and the place of each cell; None for many numbers."""
    found = compiled_module().dictionary_of(np.ascontiguousarray(numbers))
    if found is None:
        return None
    values, _, places = found
    return np.frombuffer(values), np.frombuffer(places, np.uint16)


def supported_levels() -> tuple[str, ...]:
    """Return the instruction levels that this build and this processor have, the best one last."""
    return _supported_levels(compiled_module())


@cache
def _supported_levels(module: Any) -> tuple[str, ...]:
    return tuple(module.supported_levels())


def instruction_level(module: Any = None) -> str:
    """Return the instruction level that is used, or raise `EngineError` if the forced one is not here."""
    levels = _supported_levels(module or compiled_module())
    forced = os.environ.get(LEVEL_VARIABLE, "")
    if not forced:
        return levels[-1]
    if forced not in levels:
        raise EngineError(
            f"{LEVEL_VARIABLE} must be an instruction level of this processor and build, which are "
            f"{', '.join(levels)}, got {forced!r}: choose one of them, or leave it unset for the best."
        )
    return forced


def warn_of_refused_threads(module: Any) -> None:
    """Warn if the system refused to start threads, by a limit on processes or on memory."""
    refused = module.take_refused_threads()
    if refused:
        warnings.warn(
            f"The system refused to start {refused} more thread{'s' * (refused != 1)}: deltarule goes on "
            "with those it has, more slowly and to the same result. Raise the limit on processes (ulimit "
            "-u) or on memory (ulimit -v), or set fewer threads.",
            RuntimeWarning,
            stacklevel=3,
        )

"""The compiled core, for packages below `engines`, whose `native_module` alone imports it.

The top of the package registers a function that returns it, so that no module imports one above it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_finder: Callable[[], Any] | None = None


def register(finder: Callable[[], Any]) -> None:
    """Set the function that returns the compiled module, None where it was not built."""
    global _finder
    _finder = finder


def compiled_core() -> Any:
    """Return the compiled module; None where it was not built."""
    return None if _finder is None else _finder()

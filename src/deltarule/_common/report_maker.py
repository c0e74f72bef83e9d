"""The function that makes the report of a training run on a table.

A `TableResult` has a method `report`, but the report is built on it. The top of the package registers the
report here, so that no module imports one above it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_maker: Callable[..., Any] | None = None


def register(maker: Callable[..., Any]) -> None:
    """Set the function that `make` calls with a result and the keywords `card`, `rows` and `height`."""
    global _maker
    _maker = maker


def make(result: Any, *, card: Mapping[str, str] | None, rows: bool, height: int) -> Any:
    """Return what the registered maker returns for a result: a report."""
    assert _maker is not None  # registered by `import deltarule`, which precedes any submodule
    return _maker(result, card=card, rows=rows, height=height)

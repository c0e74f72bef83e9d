"""The function that shows an estimator in a notebook.

Estimators have a method `play`, but the playground is built on them. The top of the package registers
the playground here, so that no module imports one above it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_viewer: Callable[..., Any] | None = None


def register(viewer: Callable[..., Any]) -> None:
    """Set the function that `show` calls with X, y and the keywords `estimator` and `height`."""
    global _viewer
    _viewer = viewer


def show(X: Any, y: Any, *, estimator: Any, height: int | None) -> Any:
    """Return what the registered viewer returns for rows X and y: a widget."""
    assert _viewer is not None  # registered by `import deltarule`, which precedes any submodule
    return _viewer(X, y, estimator=estimator, height=height)

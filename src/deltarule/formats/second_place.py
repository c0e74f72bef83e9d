"""A second place for a trained model whose own folder is gone, read-only or full."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path


def write_elsewhere(name: str, write: Callable[[str], bool]) -> bool:
    """Call `write` with new folders, until one of them takes the model; return whether one does.

    `write` returns whether the model is written, or raises an `OSError`. A folder that takes nothing is
    removed. `name` begins the folders' names.
    """
    for place in _places():
        written = False
        with suppress(OSError):
            folder = tempfile.mkdtemp(prefix=f"{name[:100]}-", dir=place)
            try:
                written = write(folder)
            finally:
                with suppress(OSError):  # it holds the model
                    os.rmdir(folder)
        if written:
            return True
    return False


def _places() -> Iterator[str]:
    """Yield folders in which a model is found again, and one that is probably on another disk."""
    with suppress(OSError):  # it was deleted
        yield os.getcwd()
    with suppress(OSError, RuntimeError):  # there is none
        yield str(Path.home())
    with suppress(OSError):
        yield tempfile.gettempdir()

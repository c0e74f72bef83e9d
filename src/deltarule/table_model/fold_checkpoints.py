"""The checkpoints of the fold networks of one run: checkpoint.safetensors, checkpoint-2.safetensors."""

from __future__ import annotations

import dataclasses
import os
import re
import threading
from contextlib import suppress
from os import PathLike
from pathlib import Path

from deltarule.formats.model_file import read_model
from deltarule.training import Checkpoint


def checkpoint_of(checkpoint: Checkpoint | None, i: int) -> Checkpoint | None:
    """Return the checkpoint of the i-th network; the first keeps the given name."""
    if checkpoint is None or i == 0:
        return checkpoint
    return dataclasses.replace(checkpoint, path=checkpoint_path(checkpoint.path, i))


def checkpoint_path(path: str | PathLike[str], i: int) -> Path:
    """Return checkpoint-3.safetensors for the third network beside checkpoint.safetensors."""
    first = Path(path)
    return first if i == 0 else first.with_name(f"{first.stem}-{i + 1}{first.suffix}")


def existing_checkpoints(path: str | PathLike[str]) -> dict[int, Path]:
    """Return the files that exist for `path`, that of the first network, by number from 1."""
    first = Path(path)
    pattern = re.compile(rf"{re.escape(first.stem)}(?:-([0-9]+))?{re.escape(first.suffix)}")
    found = {}
    with suppress(OSError):
        for name in os.listdir(first.parent):
            if match := pattern.fullmatch(name):
                found[int(match[1] or 1)] = first.with_name(name)
    return dict(sorted(found.items()))


class EarlierCheckpoints:
    """The files of an earlier run, which would be of other networks than those of this run.

    They stay until this run has something to replace them with.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._removed = False

    def remove(self) -> None:
        """Remove them, the first time that it is called."""
        with self._lock:
            if not self._removed:
                for path in existing_checkpoints(self._path).values():
                    with suppress(OSError):  # or a file of another kind
                        read_model(path, kind="checkpoint")
                        path.unlink()
            self._removed = True

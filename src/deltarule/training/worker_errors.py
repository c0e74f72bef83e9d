"""Workers that ended, as one sentence, and files of theirs that appear late."""

from __future__ import annotations

import os
import time
from concurrent.futures import CancelledError
from contextlib import suppress

from deltarule._common.version import __version__
from deltarule.errors import WorkerError

SHARED_WAIT_S = 60.0
"""How long a network file system may take to show a file that another machine has written."""
MAX_REASON = 300
"""Characters of the error of another library that a message quotes."""


def lost_workers(error: BaseException, next_step: str) -> WorkerError:
    """Return the error of workers or a cluster that ended; `next_step` is a sentence."""
    missing = _missing_module(error)
    if missing is not None:
        return WorkerError(
            f"A worker cannot import {missing}: install deltarule {__version__} where the workers run."
        )
    if isinstance(error, CancelledError):
        return WorkerError(f"The connection to the workers was lost. {next_step}")
    reason = " ".join(str(error).split())[:MAX_REASON].rstrip(".")
    what = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    return WorkerError(f"The workers ended ({what}). {next_step}")


def run_again(finished: str, folder: str, is_kept: bool) -> str:
    """Return the next step of `lost_workers`: whether what is `finished` stays in the folder."""
    if is_kept:
        return f"{finished} in {folder!r}; run the same again for the others."
    return f"{finished} and lost; set `folder` to keep what is finished."


def _missing_module(error: BaseException | None) -> str | None:
    """Return the module that a worker cannot import, if that is the cause of an error."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError):
            return error.name
        error = error.__cause__ or error.__context__
    return None


def appears(path: str) -> bool:
    """Return whether a file that another machine has just written is here, after a while."""
    end = time.monotonic() + SHARED_WAIT_S
    while not os.path.exists(path):
        if time.monotonic() > end:
            return False
        with suppress(OSError):  # lets the client of a network file system ask again
            os.listdir(os.path.dirname(path))
        time.sleep(0.1)
    return True

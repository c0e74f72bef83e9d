"""Train some epochs at a time on an executor: successive halving, whose trainings pause in between."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, wait
from contextlib import ExitStack, contextmanager
from os import PathLike
from threading import Lock
from typing import Any

from deltarule._common.version import __version__
from deltarule.errors import FileError, WorkerError
from deltarule.formats.strict_json import read_json
from deltarule.training.checkpoint import Checkpoint
from deltarule.training.job import JobOrder, pack, unpack
from deltarule.training.job_folder import JobFolder
from deltarule.training.job_preparation import JobMaker
from deltarule.training.job_worker import FAILED, INTERRUPTED, refusal, training_of, worker_outcome
from deltarule.training.worker_errors import appears, lost_workers
from deltarule.training.worker_watch import WorkerWatch

POLL_SECONDS = 0.2
NEVER = 1e9
"""Seconds between writes of a checkpoint, so that it is written at the end alone."""


class RemoteTraining:
    """Trains networks on an executor until some epoch; each continues from its checkpoint.

    Parameters
    ----------
    executor : Executor
        Where the networks train.
    folder : str or path-like
        A folder that all workers share, for arrays and block files. Arrays must not change meanwhile.
    """

    def __init__(self, executor: Executor, folder: str | PathLike[str]) -> None:
        self._executor = executor
        self._folder = JobFolder(folder)
        self._maker = JobMaker(self._folder.path, fixed=True)
        self._making = Lock()

    @property
    def path(self) -> str:
        """The folder."""
        return self._folder.path

    def close(self) -> None:
        """Ask workers to end what they train, and let other runs use the folder."""
        self._folder.stop()
        self._folder.close()

    def __enter__(self) -> RemoteTraining:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def until(
        self,
        arguments: Mapping[str, Any],
        checkpoint: str | PathLike[str],
        epochs: int,
        on_wait: Callable[[], None] | None = None,
    ) -> None:
        """Train what the arguments of `fit` say until `epochs` are done in all, or a rule ends it.

        The state is written to `checkpoint`, whose folder all workers share; `TrainingLoop.until` with
        that checkpoint goes on from there. May be called by several threads. `on_wait` is called while
        this waits; what it raises is passed on.

        Raises
        ------
        WorkerError
            If the worker ended or cannot run it.
        """
        with self._making:  # a table is written once
            order, _ = self._maker.order(arguments)
        path = os.path.abspath(checkpoint)
        folder = self._folder
        try:
            future = self._executor.submit(
                run_until,
                __version__,
                folder.path,
                folder.identity,
                pack([order.to_text()]),
                path,
                epochs,
            )
            watch = WorkerWatch(self._executor)
            while wait([future], POLL_SECONDS).not_done:
                watch.check(idle=True)
                if on_wait is not None:
                    on_wait()
            answer = future.result()
        except (WorkerError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise lost_workers(error, "Run the same again for the others.") from error
        if answer["refused"]:
            raise WorkerError(answer["refused"])
        if answer["state"] == FAILED:
            raise answer["error"]
        if answer["state"] == INTERRUPTED:
            raise KeyboardInterrupt
        if not appears(path):
            raise FileError(
                f"A worker wrote {path!r}, which is not here: choose a folder on a file system that all "
                "machines share."
            )


@contextmanager
def remote_training(
    executor: Executor | None, folder: str | PathLike[str] | None
) -> Iterator[RemoteTraining | None]:
    """Return what trains on an executor, None without one; by default in a temporary folder."""
    if executor is None:
        yield None
        return
    with ExitStack() as stack:
        if folder is None:
            prefix = "deltarule-jobs-"
            temporary = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
            folder = stack.enter_context(temporary)
        yield stack.enter_context(RemoteTraining(executor, folder))


def run_until(
    version: str, folder: str, identity: str, job: bytes, checkpoint: str, epochs: int
) -> dict[str, Any]:
    """Run `RemoteTraining.until` in a worker; the arguments and the answer are plain values."""
    refused = refusal(version, folder, identity)
    answer: dict[str, Any] = {"refused": refused, "state": None, "error": None}
    if refused is None:

        def train() -> None:
            saved = Checkpoint(checkpoint, NEVER, resume=True)
            [text] = unpack(job)
            training_of(folder, JobOrder.from_json(read_json(text)), saved).until(epochs)

        answer["state"], answer["error"] = worker_outcome(train)
    return answer

"""What a worker does with jobs: check that it can, train, and write each result into the folder.

The arguments and the return value of `run_jobs` are plain values, so that a worker of another version
can refuse them in a sentence.
"""

from __future__ import annotations

import os
import pickle
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from deltarule._common.version import __version__
from deltarule.engines import training_engine
from deltarule.engines.contract import Engine
from deltarule.engines.data import ArrayData, Data
from deltarule.errors import DeltaruleError, WorkerError
from deltarule.formats.strict_json import read_json
from deltarule.parameters import from_flat
from deltarule.stopping import StopReason
from deltarule.training.checkpoint import Checkpoint
from deltarule.training.events import Progress
from deltarule.training.input_arrays import check_data
from deltarule.training.job import FitJob, JobOrder, JobRows, unpack
from deltarule.training.job_folder import is_stopped, load_array, read_identity
from deltarule.training.job_results import write_result
from deltarule.training.job_rows import load_rows
from deltarule.training.loop import TrainingLoop
from deltarule.training.provenance import Provenance
from deltarule.training.run_observers import unobserved

Json = dict[str, Any]
STOP_CHECK_SECONDS = 1.0
DONE, FAILED, INTERRUPTED = "done", "failed", "interrupted"


def run_jobs(version: str, folder: str, identity: str, jobs: bytes) -> Json:
    """Run jobs one after the other.

    Parameters
    ----------
    version : str
        Version of deltarule of the calling process.
    folder, identity : str
        The folder of the jobs, and which one it is.
    jobs : bytes
        `JobOrder` as JSON text, each on a line, packed.

    Returns
    -------
    dict
        "refused": a sentence if this worker runs none of them, else None; "outcomes": for each job that
        was begun its state, its seconds and its error; "worker": host and process.
    """
    answer: Json = {"refused": refusal(version, folder, identity), "outcomes": []}
    answer["worker"] = worker_name()
    for text in [] if answer["refused"] else unpack(jobs):
        began = time.perf_counter()
        state, error = worker_outcome(partial(_run_job, folder, text))
        seconds = time.perf_counter() - began
        answer["outcomes"].append({"state": state, "seconds": seconds, "error": error})
        if state != DONE:
            break
    return answer


def refusal(version: str, folder: str, identity: str) -> str | None:
    """Return why this worker runs nothing for a process with this version and folder, if it does not."""
    if version != __version__:
        return (
            f"A worker ({worker_name()}) has deltarule {__version__}, this process {version}: install "
            "the same version for all."
        )
    try:
        found = read_identity(folder)
    except DeltaruleError:
        found = ""
    if found != identity:
        return (
            f"A worker ({worker_name()}) does not see the folder {folder!r}: set `folder` to one on a "
            "file system that all machines share."
        )
    return None


def worker_outcome(run: Callable[[], object]) -> tuple[str, Exception | None]:
    """Run a task; return how it ended, and the error that ended it, which can be sent."""
    try:
        with unobserved():
            run()
    except KeyboardInterrupt:
        return INTERRUPTED, None
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return FAILED, RuntimeError(f"{type(error).__name__}: {error}")
        return FAILED, error
    return DONE, None


def _run_job(folder: str, text: str) -> None:
    if is_stopped(folder):
        raise KeyboardInterrupt
    run_job(folder, JobOrder.from_json(read_json(text)))


def run_job(folder: str, order: JobOrder) -> None:
    """Train as a job describes, and write its result; nothing is written if it was interrupted."""
    loop = training_of(folder, order)
    result = loop.to_end()
    if result.reason is StopReason.INTERRUPTED:
        raise KeyboardInterrupt
    write_result(folder, order.job, result, Provenance.of(loop.engine))


def training_of(folder: str, order: JobOrder, checkpoint: Checkpoint | None = None) -> TrainingLoop:
    """Return the training that a job describes, which ends when nobody waits for it any more."""
    job = order.job
    initial = None
    if job.initial_parameters is not None:
        initial = from_flat(job.plan.network, load_array(folder, job.initial_parameters))
    data = _rows(folder, job, job.data, order, "X")
    validation = None
    if job.validation is not None:
        validation = _rows(folder, job, job.validation, order, "validation_data")
    return TrainingLoop(
        job.plan,
        data,
        validation,
        initial,
        engine_of(job),
        order.threads,
        progress=_StopCheck(folder),
        checkpoint=checkpoint,
    )


def engine_of(job: FitJob) -> Engine:
    """Return the engine of a job, or raise `WorkerError`."""
    try:
        return training_engine(job.plan, job.engine)
    except DeltaruleError as error:
        raise WorkerError(
            f"A worker ({worker_name()}) cannot train with the engine {job.engine!r}: {error}"
        ) from None


def worker_name() -> str:
    """Return the process and the host, for messages."""
    return f"process {os.getpid()} on {socket.gethostname()}"


class _StopCheck:
    """A listener that interrupts training when the process that called `fit_many` gave up."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._looked_at = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._looked_at >= STOP_CHECK_SECONDS:
            self._looked_at = now
            if is_stopped(self._folder):
                raise KeyboardInterrupt


def _rows(folder: str, job: FitJob, rows: JobRows, order: JobOrder, owner: str) -> Data:
    plan = job.plan
    path = order.files[rows.digest]
    data = load_rows(folder, rows, path, plan.dtype, counted=owner == "X")
    if isinstance(data, ArrayData):  # checked when they were stored
        return data
    return check_data(data, plan.network, plan.loss, plan.dtype, owner)

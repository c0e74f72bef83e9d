"""What a worker does with jobs: check that it can, train, and write each result into the folder.

The arguments and the return value of `run_jobs` are plain values, so that a worker of another version
can refuse them in a sentence.
"""

from __future__ import annotations

import os
import pickle
import socket
import time
from typing import Any

from deltarule._common.version import __version__
from deltarule.engines import training_engine
from deltarule.engines.data import ArrayData, Data
from deltarule.errors import DeltaruleError
from deltarule.formats.strict_json import read_json
from deltarule.parameters import from_flat
from deltarule.stopping import StopReason
from deltarule.training.events import Progress
from deltarule.training.input_arrays import check_data
from deltarule.training.job import FitJob, JobOrder, JobRows
from deltarule.training.job_folder import is_stopped, load_array, read_identity
from deltarule.training.job_results import write_result
from deltarule.training.job_rows import load_rows
from deltarule.training.loop import TrainingLoop
from deltarule.training.provenance import Provenance
from deltarule.training.result import TrainingResult
from deltarule.training.run_observers import unobserved

Json = dict[str, Any]
STOP_CHECK_SECONDS = 1.0
DONE, FAILED, INTERRUPTED = "done", "failed", "interrupted"


def run_jobs(version: str, folder: str, identity: str, jobs: list[str]) -> Json:
    """Run jobs one after the other.

    Parameters
    ----------
    version : str
        Version of deltarule of the calling process.
    folder, identity : str
        The folder of the jobs, and which one it is.
    jobs : list of str
        `JobOrder` as JSON text.

    Returns
    -------
    dict
        "refused": a sentence if this worker runs none of them, else None; "outcomes": for each job that
        was begun its state, its seconds and its error; "worker": host and process.
    """
    worker = f"process {os.getpid()} on {socket.gethostname()}"
    answer: Json = {"refused": _refusal(version, folder, identity, worker), "outcomes": []}
    answer["worker"] = worker
    for text in [] if answer["refused"] else jobs:
        if is_stopped(folder):
            answer["outcomes"].append({"state": INTERRUPTED, "seconds": 0.0, "error": None})
            break
        began = time.perf_counter()
        state, error = _outcome(folder, text)
        seconds = time.perf_counter() - began
        answer["outcomes"].append({"state": state, "seconds": seconds, "error": error})
        if state != DONE:
            break
    return answer


def _refusal(version: str, folder: str, identity: str, worker: str) -> str | None:
    if version != __version__:
        return (
            f"A worker ({worker}) has deltarule {__version__}, this process {version}: install the same "
            "version for all."
        )
    try:
        found = read_identity(folder)
    except DeltaruleError:
        found = ""
    if found != identity:
        return (
            f"A worker ({worker}) does not see the folder {folder!r}: set `folder` to one on a file "
            "system that all machines share."
        )
    return None


def _outcome(folder: str, text: str) -> tuple[str, Exception | None]:
    """Run one job; return how it ended, with the error that ended it."""
    try:
        return run_job(folder, JobOrder.from_json(read_json(text))), None
    except KeyboardInterrupt:
        return INTERRUPTED, None
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return FAILED, RuntimeError(f"{type(error).__name__}: {error}")
        return FAILED, error


def run_job(folder: str, order: JobOrder) -> str:
    """Train as a job describes, and write its result; nothing is written if it was interrupted."""
    job = order.job
    engine = training_engine(job.plan, job.engine)
    with unobserved():
        result = _trained(folder, order)
    if result.reason is StopReason.INTERRUPTED:
        return INTERRUPTED
    write_result(folder, job, result, Provenance.of(engine))
    return DONE


def _trained(folder: str, order: JobOrder) -> TrainingResult:
    job = order.job
    initial = None
    if job.initial_parameters is not None:
        initial = from_flat(job.plan.network, load_array(folder, job.initial_parameters))
    data = _rows(folder, job, job.data, order, "X")
    validation = None
    if job.validation is not None:
        validation = _rows(folder, job, job.validation, order, "validation_data")
    loop = TrainingLoop(
        job.plan,
        data,
        validation,
        initial,
        training_engine(job.plan, job.engine),
        order.threads,
        progress=_StopCheck(folder),
    )
    return loop.to_end()


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

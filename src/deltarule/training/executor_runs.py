"""Run jobs on any executor: batches of at least a second, results in a folder, errors in a sentence."""

from __future__ import annotations

import math
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import contextmanager, suppress
from os import PathLike
from typing import Any

from deltarule._common.deferred_signals import deferred_signals
from deltarule._common.executors import canceled_last
from deltarule._common.user_warnings import warn_user
from deltarule._common.version import __version__
from deltarule.engines import get_engine
from deltarule.errors import ModelFileError, SettingError, WorkerError, WorkerWarning
from deltarule.training.events import Progress, ProgressListener
from deltarule.training.job import JobOrder, pack
from deltarule.training.job_folder import JobFolder, result_path
from deltarule.training.job_preparation import JobMaker
from deltarule.training.job_results import read_result
from deltarule.training.job_worker import FAILED, INTERRUPTED, run_jobs
from deltarule.training.provenance import Provenance
from deltarule.training.result import TrainingResult
from deltarule.training.worker_errors import appears, lost_workers, run_again
from deltarule.training.worker_watch import WorkerWatch

Arguments = Mapping[str, Any]
TASK_SECONDS = 1.0
"""Jobs are sent together until a task takes at least this long."""
MAX_BATCH = 1000
UNKNOWN_WORKERS = 64
"""How many workers an executor is assumed to have that does not say it."""
POLL_SECONDS = 0.2


def run_on(
    executor: Executor,
    calls: Sequence[Callable[[], Arguments]],
    folder: str | PathLike[str] | None,
    *,
    fixed: bool,
) -> list[TrainingResult]:
    """Return the results of calls of `fit` in their order, up to the first that was interrupted.

    Jobs whose result is in the folder are not run again. `fixed`: whether the arrays of all calls exist
    and do not change meanwhile.
    """
    with job_folder(folder) as (jobs, is_kept):
        return _Run(executor, jobs, is_kept).results(calls, JobMaker(jobs.path, fixed=fixed))


def check_executor(executor: Executor | None, threads: int | None, hint: str) -> None:
    """Refuse what is no executor, and threads beside one."""
    if executor is not None and not isinstance(executor, Executor):
        raise SettingError(
            "executor",
            "must be a concurrent.futures.Executor",
            executor,
            "deltarule.cluster.connect(address) returns that of a Dask cluster.",
        )
    if executor is not None and threads is not None:
        raise SettingError(
            "threads",
            "cannot be combined with `executor`, which has workers of its own",
            hint=hint,
        )


@contextmanager
def job_folder(folder: str | PathLike[str] | None) -> Iterator[tuple[JobFolder, bool]]:
    """Open a folder of jobs, by default a temporary one, and return whether it stays."""
    if folder is not None:
        with JobFolder(folder) as jobs:
            yield jobs, True
        return
    # A worker may still be writing when a run was interrupted.
    temporary = tempfile.TemporaryDirectory(prefix="deltarule-jobs-", ignore_cleanup_errors=True)
    with temporary as path, JobFolder(path) as jobs:
        yield jobs, False


class _Run:
    """One call of `fit_many` with an executor."""

    def __init__(self, executor: Executor, folder: JobFolder, is_kept: bool) -> None:
        self._executor, self._folder, self._is_kept = executor, folder, is_kept
        self._watch = WorkerWatch(executor)
        self._orders: list[JobOrder] = []
        self._listeners: list[ProgressListener | None] = []
        self._found: dict[str, TrainingResult] = {}
        self._elsewhere: set[str] = set()
        self._waiting: deque[int] = deque()
        self._running: dict[Future[Any], list[int]] = {}
        self._submitted: dict[str, list[int]] = {}
        self._seconds = 0.0
        self._done = 0

    def results(
        self, calls: Sequence[Callable[[], Arguments]], maker: JobMaker
    ) -> list[TrainingResult]:
        """Run what is not finished; return the results up to the first that is missing."""
        self._total = len(calls)
        try:
            for i, call in enumerate(calls):
                try:
                    order, listener = maker.order(call())
                except Exception as error:
                    error.add_note(f"in job {i} of fit_many")
                    raise
                self._orders.append(order)
                self._listeners.append(listener)
                self._begin(i)
                self._gather(block=False)
            while self._waiting or self._running:
                self._submit()
                self._gather(block=True)
        except KeyboardInterrupt:
            self._stop()
        except BaseException:
            self._stop()
            raise
        self._warn_of_other_bits()
        finished = []
        for i, order in enumerate(self._orders):
            if order.job.digest not in self._found:  # interrupted
                with suppress(ModelFileError):
                    self._take_result(i)
            if order.job.digest not in self._found:
                break
            finished.append(self._found[order.job.digest])
        return finished

    def _stop(self) -> None:
        self._folder.stop()
        for future in self._running:
            future.cancel()

    def _begin(self, i: int) -> None:
        """Take the result of a job from the folder, or let it wait for a worker."""
        digest = self._orders[i].job.digest
        equal = self._submitted.setdefault(digest, [])
        equal.append(i)
        if digest in self._found:
            self._report(i)
            return
        if len(equal) > 1:  # on its way
            return
        try:
            done = self._take_result(i)
        except ModelFileError as error:
            warn_user(f"A result is computed again: {error}", WorkerWarning)
            done = False
        if done:
            self._report(i)
        else:
            self._waiting.append(i)
            self._submit()

    def _take_result(self, i: int) -> bool:
        """Read the result of a job from the folder; return whether there is one."""
        job = self._orders[i].job
        with deferred_signals():  # Ctrl-C must not take a result without its line in the journal
            found = read_result(self._folder.path, job)
            if found is None:
                return False
            result, provenance = found
            self._note_provenance(provenance)
            self._found[job.digest] = result
            self._folder.record(job.digest, _journal_facts(result, job.plan.seed))
        return True

    def _report(self, i: int) -> None:
        """Call the listener of a job whose result is there."""
        job, listener = self._orders[i].job, self._listeners[i]
        if listener is not None:
            result = self._found[job.digest]
            of, kept = job.plan.epochs, result.kept_epoch or None
            listener(Progress(result.history.records, of, kept, ended=True))

    @property
    def _workers(self) -> int:
        return UNKNOWN_WORKERS if self._watch.count is None else max(self._watch.count, 1)

    def _batch_size(self) -> int:
        if not self._done:
            return 1
        wanted = math.ceil(TASK_SECONDS / max(self._seconds / self._done, 1e-6))
        fair = math.ceil(len(self._waiting) / self._workers)  # so that all end at the same time
        return max(min(wanted, fair, MAX_BATCH), 1)

    def _submit(self) -> None:
        """Keep two tasks for each worker on their way."""
        while self._waiting and len(self._running) < 2 * self._workers:
            batch = [self._waiting.popleft() for _ in range(self._batch_size())]
            packed = pack(self._orders[i].to_text() for i in batch)
            folder = self._folder
            try:
                future = self._executor.submit(
                    run_jobs, __version__, folder.path, folder.identity, packed
                )
            except Exception as error:
                raise self._lost(error) from error
            self._running[future] = batch

    def _gather(self, *, block: bool) -> None:
        """Take what has ended; with `block`, wait a moment for the first one."""
        if not self._running:
            return
        done, _ = wait(self._running, POLL_SECONDS if block else 0.0, return_when=FIRST_COMPLETED)
        for future in canceled_last(done):
            batch = self._running.pop(future)
            try:
                answer = future.result()
            except KeyboardInterrupt:
                raise
            except (Exception, CancelledError) as error:
                raise self._lost(error) from error
            self._take(batch, answer)
        self._watch.check(idle=not done)

    def _take(self, batch: list[int], answer: dict[str, Any]) -> None:
        if answer["refused"]:
            raise WorkerError(answer["refused"])
        for i, outcome in zip(batch, answer["outcomes"], strict=False):
            if outcome["state"] == INTERRUPTED:
                raise KeyboardInterrupt
            if outcome["state"] == FAILED:
                error = outcome["error"]
                error.add_note(f"in job {i} of fit_many")
                raise error
            self._seconds += outcome["seconds"]
            self._done += 1
            digest = self._orders[i].job.digest
            path = result_path(self._folder.path, digest)
            if not (appears(path) and self._take_result(i)):
                raise WorkerError(
                    f"A worker ({answer['worker']}) wrote the result of job {i}, but {path!r} is not "
                    "here: set `folder` to one on a file system that all machines share."
                )
            for equal in self._submitted[digest]:
                self._report(equal)

    def _lost(self, error: BaseException) -> WorkerError:
        """Return the error of a worker or a cluster that ended."""
        paths = (result_path(self._folder.path, digest) for digest in self._submitted)
        done = f"{sum(map(os.path.exists, paths))} of {self._total} jobs are finished"
        return lost_workers(error, run_again(done, self._folder.path, self._is_kept))

    def _note_provenance(self, there: Provenance) -> None:
        here = Provenance.of(get_engine(there.engine))
        self._elsewhere.update(there.differences(here))

    def _warn_of_other_bits(self) -> None:
        if self._elsewhere:
            found = " and ".join(sorted(self._elsewhere))
            warn_user(
                f"Some results were computed by {found}: their bits differ from those of this machine.",
                WorkerWarning,
            )


def _journal_facts(result: TrainingResult, seed: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "seconds": round(result.seconds, 3),
        "epochs": len(result.history),
        "kept_epoch": result.kept_epoch,
        "reason": result.reason.name.lower(),
    }

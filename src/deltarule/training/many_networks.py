"""fit_many: train many networks at the same time, one thread each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, wait
from dataclasses import replace
from functools import partial
from os import PathLike
from threading import Event
from typing import Any

from deltarule._common.executors import executor as thread_executor
from deltarule._common.other_terms import refuses_other_terms
from deltarule._common.processors import thread_count
from deltarule.engines import get_engine
from deltarule.engines.capabilities import OpenRequest, OpensMany
from deltarule.engines.data import Data
from deltarule.errors import SettingError
from deltarule.optimizers import Stepwise
from deltarule.training.events import Progress, ProgressListener
from deltarule.training.executor_runs import check_executor, run_on
from deltarule.training.fit_arguments import FitArguments, training_loop
from deltarule.training.fitting import fit
from deltarule.training.loop import TrainingLoop
from deltarule.training.result import TrainingResult
from deltarule.training.run_observers import unobserved

POLL_SECONDS = 0.2
"""How long the caller's thread waits at a time, so that it notices Ctrl-C."""


Job = Mapping[str, Any]


@refuses_other_terms("fit_many")
def fit_many(
    jobs: Iterable[Job | Callable[[], Job]],
    *,
    threads: int | None = None,
    executor: Executor | None = None,
    folder: str | PathLike[str] | None = None,
) -> list[TrainingResult]:
    """Train many networks side by side: folds, seeds, settings.

    Parameters
    ----------
    jobs : iterable of mapping or callable
        The arguments of one call of `fit` each, by name. A callable returns them and is called when its
        turn comes, so that at most `threads` jobs have their arrays in memory.
    threads : int, optional
        Number of networks that train at a time, by default the number of processors. Each network
        trains on one thread.
    executor : concurrent.futures.Executor, optional
        Where the networks train, by default in threads of this process: a
        ``concurrent.futures.ProcessPoolExecutor``, what `cluster.connect` returns for a Dask cluster, or
        a `cluster.RayExecutor`.
    folder : str or path-like, optional
        Folder for the arrays and the results of the jobs, on a file system that all workers share. Jobs
        whose result is there are not trained again. With an executor, a temporary folder by default.

    Returns
    -------
    list of TrainingResult
        The results in the order of the jobs.

    Raises
    ------
    SettingError
        If a job has no network or no data. An error of one job ends the others, with a note which job
        it was.
    WorkerError
        If a worker of an executor ends, or cannot run a job. What is finished stays in `folder`.
    FileError
        If `folder` cannot be written, or another run uses it.

    See Also
    --------
    fit : Trains one network.
    deltarule.cluster.connect : Connects to a Dask cluster.

    Notes
    -----
    Each network ends in the same bits as by `fit` alone. The native engine needs no Python while it
    trains, so that networks really train at the same time. Arrays that are C-contiguous and of the job's
    dtype are shared, not copied.

    With an executor or a folder, a job is a description without arrays: they are written to a block file
    of the folder once, which each worker reads. A job's result is a file whose name is the digest of the
    job, so that it is found again whoever was killed. Short jobs are sent together until a task takes a
    second. The bits are those of threads, for any number of workers of the same version and instruction
    level. `callbacks` and `checkpoint` are refused, `progress` is called once for each job, and `threads`
    is for a job by itself, 1 by default.

    Ctrl-C, or a KeyboardInterrupt in a listener, ends all jobs gracefully: those in progress have the
    reason INTERRUPTED; the list ends before the first that had not begun. With an executor or a folder,
    it ends before the first that is not finished.

    Examples
    --------
    >>> import numpy as np
    >>> import deltarule as dr
    >>> X = np.linspace(-1, 1, 32)[:, None]
    >>> network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)])
    >>> jobs = [
    ...     {"network": network, "X": X, "y": X**2, "seed": seed, "epochs": 5} for seed in range(3)
    ... ]
    >>> [result.kept_epoch for result in dr.fit_many(jobs, threads=2)]
    [5, 5, 5]

    The same in a folder, where a second call finds what is finished:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = dr.fit_many(jobs, threads=2, folder=folder)
    ...     second = dr.fit_many(jobs, threads=2, folder=folder)
    >>> bool((first[2].network.predict(X) == second[2].network.predict(X)).all())
    True
    """
    check_executor(executor, threads, "Set `threads` in a job to let that network use several.")
    calls = [job if callable(job) else _arguments(i, job) for i, job in enumerate(jobs)]
    prepared = [partial(_called, i, call) for i, call in enumerate(calls)]
    fixed = not any(callable(call) for call in calls)  # a callable may fill the same array again
    if executor is not None:
        return run_on(executor, prepared, folder, fixed=fixed)
    side_by_side = thread_count(threads)
    if folder is not None:
        with thread_executor(side_by_side, "deltarule-fit") as pool:
            return run_on(pool, prepared, folder, fixed=fixed)
    together = _opened_together(calls, side_by_side)
    if together is not None:
        side_by_side = len(calls)
    over, lost = Event(), Event()
    with thread_executor(side_by_side or 1, "deltarule-fit") as pool:
        futures = [
            pool.submit(_fit_until, over, lost, i, call, None if together is None else together[i])
            for i, call in enumerate(calls)
        ]
        try:
            # Libraries with a signal handler of their own (such as Polars) keep Ctrl-C from ending a wait
            # without a timeout.
            while wait(futures, POLL_SECONDS, return_when=FIRST_EXCEPTION).not_done:
                if any(future.done() and future.exception() for future in futures):
                    lost.set()
                    break
        except KeyboardInterrupt:
            pass
        except BaseException:
            lost.set()
            raise
        finally:
            over.set()  # has no effect if all are done
            for future in futures:
                future.cancel()
    results = [_result(i, future) for i, future in enumerate(futures) if not future.cancelled()]
    # Up to the first job that had not begun, so that the i-th result is that of the i-th job.
    begun = results.index(None) if None in results else len(results)
    return [result for result in results[:begun] if result is not None]


class _Abandoned(BaseException):
    """Ends a run whose result is not needed; a KeyboardInterrupt would save a checkpoint."""


def _arguments(i: int, job: Mapping[str, Any]) -> dict[str, Any]:
    required = ("network", "X") if isinstance(job.get("X"), Data) else ("network", "X", "y")
    missing = [name for name in required if name not in job]
    if missing:
        raise SettingError.message(
            f"Job {i} of fit_many has no {missing[0]}: it needs network, X and y."
        )
    return {"threads": 1, **job}


def _called(i: int, call: dict[str, Any] | Callable[[], Job]) -> dict[str, Any]:
    """Return the arguments of a job, which a callable makes now."""
    return _arguments(i, call()) if callable(call) else call


def _opened_together(
    calls: Sequence[dict[str, Any] | Callable[[], Job]], threads: int
) -> list[TrainingLoop] | None:
    """Return trainings with open sessions, where one engine opens them all; else None."""
    jobs = [call for call in calls if not callable(call)]
    names = {str(job.get("engine", "auto")) for job in jobs}
    if len(jobs) < len(calls) or len(names) != 1:
        return None
    engine = get_engine(names.pop())
    if not isinstance(engine, OpensMany):
        return None
    loops = [training_loop(FitArguments.of_job(job)) for job in jobs]
    if not all(isinstance(loop.plan.optimizer, Stepwise) for loop in loops):
        return None
    requests = [
        OpenRequest(loop.plan, loop.data, loop.validation, loop.first_parameters())
        for loop in loops
    ]
    sessions = engine.open_many(requests, threads)
    return [replace(loop, session=session) for loop, session in zip(loops, sessions, strict=True)]


def _fit_until(
    over: Event,
    lost: Event,
    i: int,
    call: dict[str, Any] | Callable[[], Job],
    loop: TrainingLoop | None,
) -> TrainingResult | None:
    """Run one job; return None if `over` is already set, and end as by Ctrl-C when it is set later.

    If `lost` is set too, the result is not needed.
    """
    if over.is_set():
        return None
    arguments = _called(i, call)
    listener: ProgressListener | None = arguments.pop("progress", None)

    def listen(progress: Progress) -> None:
        if over.is_set():
            raise _Abandoned if lost.is_set() else KeyboardInterrupt
        try:
            if listener is not None:
                listener(progress)
        except KeyboardInterrupt:
            over.set()
            raise

    try:
        if loop is not None:
            return replace(loop, progress=listen).to_end()
        with unobserved():
            return fit(**arguments, progress=listen)
    except _Abandoned:
        return None


def _result(i: int, future: Future[TrainingResult | None]) -> TrainingResult | None:
    try:
        return future.result()
    except Exception as error:
        error.add_note(f"in job {i} of fit_many")
        raise

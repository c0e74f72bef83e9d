"""fit_many: train many networks at the same time, one thread each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from dataclasses import replace
from threading import Event
from typing import Any

from deltarule._common.executors import executor
from deltarule._common.other_terms import refuses_other_terms
from deltarule._common.processors import thread_count
from deltarule.engines import get_engine
from deltarule.engines.capabilities import OpenRequest, OpensMany
from deltarule.engines.data import Data
from deltarule.errors import SettingError
from deltarule.optimizers import Stepwise
from deltarule.training.events import Progress, ProgressListener
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
    jobs: Iterable[Job | Callable[[], Job]], *, threads: int | None = None
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

    Returns
    -------
    list of TrainingResult
        The results in the order of the jobs.

    Raises
    ------
    SettingError
        If a job has no network or no data. An error of one job ends the others, with a note which job
        it was.

    See Also
    --------
    fit : Trains one network.

    Notes
    -----
    Each network ends in the same bits as by `fit` alone. The native engine needs no Python while it
    trains, so that networks really train at the same time. Arrays that are C-contiguous and of the job's
    dtype are shared, not copied.

    Ctrl-C, or a KeyboardInterrupt in a listener, ends all jobs gracefully: those in progress have the
    reason INTERRUPTED; the list ends before the first that had not begun.

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
    """
    calls = [job if callable(job) else _arguments(i, job) for i, job in enumerate(jobs)]
    side_by_side = thread_count(threads)
    together = _opened_together(calls, side_by_side)
    if together is not None:
        side_by_side = len(calls)
    over, lost = Event(), Event()
    with executor(side_by_side or 1, "deltarule-fit") as pool:
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
    loops = [training_loop(FitArguments(**job)) for job in jobs]
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
    arguments = _arguments(i, call()) if callable(call) else call
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

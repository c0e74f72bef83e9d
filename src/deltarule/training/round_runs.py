"""Send the rounds of all shards to an executor and collect what they wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import replace
from typing import Any

from deltarule._common.executors import canceled_last
from deltarule._common.formatting import counted
from deltarule._common.user_warnings import warn_user
from deltarule._common.version import __version__
from deltarule.errors import ModelFileError, WorkerError, WorkerWarning
from deltarule.training.job import pack
from deltarule.training.job_folder import JobFolder
from deltarule.training.job_worker import FAILED, INTERRUPTED
from deltarule.training.round_files import (
    RoundOrder,
    ShardedRun,
    ShardRound,
    read_round,
    round_path,
)
from deltarule.training.round_worker import run_round
from deltarule.training.worker_errors import appears, lost_workers, run_again
from deltarule.training.worker_watch import WorkerWatch

POLL_SECONDS = 0.2


class RoundRunner:
    """Runs rounds of a training on an executor.

    `is_kept`: whether the folder stays after the training. `files`: the path of each block file by its
    digest. `threads`: those of each shard.
    """

    def __init__(
        self,
        executor: Executor,
        folder: JobFolder,
        is_kept: bool,
        run: ShardedRun,
        files: Mapping[str, str],
        threads: int,
    ) -> None:
        self._executor, self._folder, self._is_kept, self._run = executor, folder, is_kept, run
        self._watch = WorkerWatch(executor)
        shards = range(run.sharding.shards)
        self._orders = [RoundOrder(run, 0, shard, dict(files), threads) for shard in shards]

    def results(self, number: int) -> list[ShardRound]:
        """Return what all shards make of the average of a round, by running what is not finished."""
        found = {}
        futures: dict[Future[Any], int] = {}
        try:
            for shard, order in enumerate(self._orders):
                finished = self._finished(number, shard)
                if finished is None:
                    futures[self._submit(replace(order, number=number))] = shard
                else:
                    found[shard] = finished
            for future in self._ended(futures):
                found[futures[future]] = self._result(future, number, futures[future])
        except BaseException:
            self._folder.stop()
            for future in futures:
                future.cancel()
            raise
        return [found[shard] for shard in range(len(self._orders))]

    def _finished(self, number: int, shard: int) -> ShardRound | None:
        """Return what an earlier call left, if it is whole."""
        try:
            return read_round(self._folder.path, self._run, number, shard)
        except ModelFileError as error:
            warn_user(f"A round is computed again: {error}", WorkerWarning)
            return None

    def _submit(self, order: RoundOrder) -> Future[Any]:
        folder, packed = self._folder, pack([order.to_text()])
        try:
            return self._executor.submit(
                run_round, __version__, folder.path, folder.identity, packed
            )
        except Exception as error:
            raise self._lost(error, order.number) from error

    def _ended(self, futures: Iterable[Future[Any]]) -> Iterator[Future[Any]]:
        """Yield futures as they end."""
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, POLL_SECONDS, return_when=FIRST_COMPLETED)
            yield from canceled_last(done)
            self._watch.check(idle=not done)

    def _result(self, future: Future[Any], number: int, shard: int) -> ShardRound:
        try:
            answer = future.result()
        except (Exception, CancelledError) as error:
            raise self._lost(error, number) from error
        if answer["refused"]:
            raise WorkerError(answer["refused"])
        if answer["state"] == INTERRUPTED:
            raise KeyboardInterrupt
        if answer["state"] == FAILED:
            raise answer["error"]
        path = round_path(self._folder.path, self._run, number, shard)
        result = None
        if appears(path):
            result = read_round(self._folder.path, self._run, number, shard)
        if result is None:
            raise WorkerError(
                f"A worker ({answer['worker']}) wrote {path!r}, which is not here: set `folder` to one "
                "on a file system that all machines share."
            )
        return result

    def _lost(self, error: BaseException, number: int) -> WorkerError:
        """Return the error of a worker or a cluster that ended."""
        job, sharding = self._run.job, self._run.sharding
        done = counted(number, "round")
        total = f"{job.plan.epochs * sharding.rounds_per_epoch:,}"
        finished = f"{done} of at most {total} {'is' if number == 1 else 'are'} finished"
        return lost_workers(error, run_again(finished, self._folder.path, self._is_kept))

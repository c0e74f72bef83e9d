"""A sharded training as a session of the training loop; its state is in a folder."""

from __future__ import annotations

import math
import time

from deltarule._common.user_warnings import warn_user
from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.contract import Chunk
from deltarule.engines.training_state import TrainingState
from deltarule.errors import EngineError, ModelFileError, WorkerWarning
from deltarule.parameters import Parameters, from_flat
from deltarule.training.job_folder import JobFolder
from deltarule.training.loop import TrainingLoop
from deltarule.training.provenance import Provenance
from deltarule.training.round_averages import RoundAverager, first_average
from deltarule.training.round_files import (
    Average,
    ShardedRun,
    known_averages,
    read_average,
    remove_rounds,
    write_average,
)
from deltarule.training.round_runs import RoundRunner


class ShardedSession:
    """A run whose epochs are rounds of all shards; see `contract.TrainingSession`.

    Every average is written before the next round begins. A session continues from the last one in the
    folder, and its first call of `run` returns the epochs that are finished there.
    """

    def __init__(
        self, folder: JobFolder, run: ShardedRun, runner: RoundRunner, loop: TrainingLoop
    ) -> None:
        assert isinstance(loop.data, BlockFileData)
        self._folder, self._run, self._runner = folder, run, runner
        self._data, self._plan, self._engine = loop.data, loop.plan, loop.engine
        self._averager = RoundAverager(
            loop.plan, run.sharding, loop.data.n_rows, loop.engine, loop.validation, loop.threads
        )
        found = self._last()
        if found is None:
            found = first_average(loop.plan, loop.first_parameters().flat())
            write_average(folder.path, run, found)
        remove_rounds(folder.path, run, found.rounds)
        self._average = found
        self._unreported = found.epochs.last if found.epochs.count else None

    def _last(self) -> Average | None:
        """Return the last average in the folder that is whole."""
        for rounds in known_averages(self._folder.path, self._run):
            try:
                return read_average(self._folder.path, self._run, rounds)
            except ModelFileError as error:
                warn_user(f"Rounds are computed again: {error}", WorkerWarning)
        return None

    def run(self, epochs: int, seconds: float | None = None) -> Chunk:
        """Run one epoch, or return those that an earlier call has finished."""
        if self._unreported is not None:
            chunk, self._unreported = self._unreported, None
            return chunk
        if self._average.epochs.verdict is not None:
            raise EngineError("The run has ended.")
        closed = None
        while closed is None:
            closed = self._round()
        return closed

    def _round(self) -> Chunk | None:
        """Run a round of all shards; return the epoch if it ends one."""
        began = time.perf_counter()
        before, sharding = self._average, self._run.sharding
        results = self._runner.results(before.rounds)
        rows = [
            sharding.rows(self._data, self._plan.seed, shard, before.rounds).n_rows
            for shard in range(sharding.shards)
        ]
        seconds = time.perf_counter() - began
        average, chunk = self._averager.next_average(before, results, rows, seconds)
        write_average(self._folder.path, self._run, average)
        self._average = average
        name = f"{self._run.digest}-{average.rounds}"
        self._folder.record(name, {"rounds": average.rounds, "epochs": average.epochs.count})
        remove_rounds(self._folder.path, self._run, average.rounds)
        return chunk

    @property
    def result(self) -> Parameters:
        """See `contract.TrainingSession.result`."""
        state = self._average.state
        best = state.best_weights if math.isfinite(state.best_value) else None
        return from_flat(self._plan.network, (state.weights if best is None else best).copy())

    def state(self) -> TrainingState:
        """See `contract.TrainingSession.state`."""
        return self._average.state.copy()

    def end(self) -> tuple[Parameters, TrainingState | None]:
        """See `contract.TrainingSession.end`."""
        here = Provenance.of(self._engine)
        elsewhere = {
            words for there in self._average.computed_by for words in there.differences(here)
        }
        if elsewhere:
            warn_user(
                f"Some rounds were computed by {' and '.join(sorted(elsewhere))}: their bits differ from "
                "those of this machine.",
                WorkerWarning,
            )
        return self.result, self.state()

    def restore(self, state: TrainingState) -> None:
        """Refuse it: the folder has the state."""
        raise EngineError("A sharded training continues from its folder.")

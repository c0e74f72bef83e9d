"""The one loop that drives every engine: chunks of epochs, events, checkpoints, Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deltarule._common.checks import sentences
from deltarule.engines.capabilities import missed_chunk, warm_up
from deltarule.engines.contract import Array, Chunk, Engine, TrainingSession
from deltarule.engines.data import ArrayData, Data
from deltarule.engines.keep_best import KeepBest
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.errors import SettingError
from deltarule.history import EPOCH_RECORD, History, Records, empty_records
from deltarule.initialization import initial_parameters, rows_for_initialization
from deltarule.optimizers import LBFGS
from deltarule.parameters import Parameters, from_flat
from deltarule.stopping import StopReason, TimeLimit
from deltarule.training.checkpoint import (
    Checkpoint,
    CheckpointWriter,
    LockedCheckpoint,
    locked,
)
from deltarule.training.constant_prediction import useless_note
from deltarule.training.divergence import divergence_of
from deltarule.training.events import Callback, EpochEvent, Progress, ProgressListener
from deltarule.training.finished_epochs import FinishedEpochs
from deltarule.training.lbfgs import LBFGSRun
from deltarule.training.result import TrainingResult, explain
from deltarule.training.trained_network import TrainedNetwork

CHUNK_SECONDS = 0.05
"""Target duration of one call of an engine: short enough for a live progress bar and for Ctrl-C."""
UPDATE_S, OPERATION_S = 2e-4, 1e-10
"""Time of an update and of each of its operations in the slowest engine, to size the first call."""


@dataclass(frozen=True, eq=False)
class PausedTraining:
    """A training that was paused after an epoch, or that has ended.

    `chunk` holds the records of all epochs, and why training ended if it has; `state` is None if it
    cannot go on; `parameters` are the kept ones.
    """

    chunk: Chunk
    state: TrainingState | None
    parameters: Parameters
    warm_up_s: float = 0.0

    @property
    def has_ended(self) -> bool:
        """Whether training has ended, so that it cannot go on."""
        return self.chunk.reason is not None


@dataclass(frozen=True)
class TrainingLoop:
    """One training run: a plan with its data, its engine and its listeners."""

    plan: TrainingPlan
    data: Data
    validation: Data | None
    initial_parameters: Parameters | None  # None: drawn from the plan's seed
    engine: Engine
    threads: int
    progress: ProgressListener | None = None
    callbacks: tuple[Callback, ...] = ()
    checkpoint: Checkpoint | None = None
    initial_state: TrainingState | None = None  # a run that continues begins here
    session: TrainingSession | None = None  # already open; None: the engine opens one

    def to_end(self) -> TrainingResult:
        """Train until a stopping rule, Ctrl-C or the number of epochs ends the run."""
        if isinstance(self.plan.optimizer, LBFGS):
            return self._lbfgs()
        return self._train()[0]

    def to_end_with_state(self) -> tuple[TrainingResult, TrainingState | None]:
        """Train as `to_end` does; also return the last state of the session, None if there is none."""
        if isinstance(self.plan.optimizer, LBFGS):
            return self._lbfgs(), None
        return self._train()

    def _train(self) -> tuple[TrainingResult, TrainingState | None]:
        warm_up_s = warm_up(self.engine, self.plan, self.data, self.validation, self.threads)
        with locked(self.checkpoint) as checkpoint:
            session = self.session or self.engine.open(
                self.plan, self.data, self.validation, self.first_parameters(), self.threads
            )
            if self.initial_state is not None:
                session.restore(self.initial_state)
            writer, epochs = self._resume(session, checkpoint)
            last = self._loop(session, writer, epochs)
        parameters, state = session.end()
        interrupted = last.reason is StopReason.INTERRUPTED
        records = epochs.completed if interrupted else epochs.records
        return self._result(last, records, parameters, warm_up_s), state

    def until(self, epochs: int, paused: PausedTraining | None = None) -> PausedTraining:
        """Train until `epochs` are done in all or a rule ends the run; go on from `paused`.

        A checkpoint is written at the end, and goes before `paused` if it exists. Raises
        KeyboardInterrupt if training is interrupted.
        """
        if paused is not None and paused.has_ended:
            return paused
        warm_up_s = warm_up(self.engine, self.plan, self.data, self.validation, self.threads)
        with locked(self.checkpoint) as checkpoint:
            session = self.engine.open(
                self.plan, self.data, self.validation, self.first_parameters(), self.threads
            )
            writer, done = self._resume(session, checkpoint)
            if paused is not None and paused.state is not None and not done.count:
                session.restore(paused.state)
                done = FinishedEpochs(paused.chunk)
            before = done.count
            if self._loop(session, writer, done, until=epochs).reason is StopReason.INTERRUPTED:
                raise KeyboardInterrupt
            if writer is not None and done.count > before:
                writer.try_to_write(session, done)
        parameters, state = session.end()
        last = done.last
        chunk = Chunk(done.records, last.reason, last.rule, last.divergence)
        return PausedTraining(chunk, state, parameters, warm_up_s)

    def result_of(self, paused: PausedTraining) -> TrainingResult:
        """Return the result of a training as if a callback had ended it, unless it has ended."""
        last = paused.chunk if paused.has_ended else Chunk(empty_records(), StopReason.CALLBACK)
        return self._result(last, paused.chunk.records, paused.parameters, paused.warm_up_s)

    def first_parameters(self) -> Parameters:
        """Return the initial parameters, given or drawn."""
        if self.initial_parameters is not None:
            return self.initial_parameters
        plan, data = self.plan, self.data
        if isinstance(data, ArrayData):
            arrays, indices = data, data.row_indices
        else:  # only the rows that initializers use
            places = rows_for_initialization(data.n_rows, plan.seed)
            arrays, indices = data.empty(len(places)), None
            data.gather(places, arrays)
        return initial_parameters(plan.network, plan.seed, plan.dtype, arrays.inputs, indices)

    def _resume(
        self, session: TrainingSession, checkpoint: LockedCheckpoint | None
    ) -> tuple[CheckpointWriter | None, FinishedEpochs]:
        if checkpoint is None:
            return None, FinishedEpochs()
        writer = CheckpointWriter(checkpoint, self.plan, self.data, self.validation, self.engine)
        found = writer.read()
        if found is None:
            return writer, FinishedEpochs()
        state, epochs = found
        session.restore(state)
        return writer, epochs

    def _loop(
        self,
        session: TrainingSession,
        writer: CheckpointWriter | None,
        epochs: FinishedEpochs,
        until: int | None = None,
    ) -> Chunk:
        """Train to the end, or `until` this epoch, and return the verdict; epochs go into `epochs`."""
        until = self.plan.epochs if until is None else until
        size = self._first_size()
        best = KeepBest(self.plan.keep_best)
        best.update_records(epochs.records)
        try:
            stop = not epochs.seen_by_callbacks and self._call_back(
                session, epochs, epochs.records[-1:]
            )
            while epochs.verdict is None and not stop:
                if epochs.count >= until < self.plan.epochs:
                    return Chunk(epochs.last.records, None)
                began = time.perf_counter()
                at_most = min(size, max(until - epochs.count, 1))
                epochs.add(session.run(at_most, self._left(epochs.elapsed_s)))
                best.update_records(epochs.last.records)
                ended = epochs.verdict is not None
                if self.progress is not None:
                    of, kept = self.plan.epochs, best.epoch or None
                    self.progress(Progress(epochs.last.records, of, kept, ended=ended))
                stop = self._call_back(session, epochs, epochs.last.records)
                if writer is not None and not stop and writer.is_due(ended=ended):
                    writer.try_to_write(session, epochs)
                size = self._next_size(size, time.perf_counter() - began)
            return epochs.verdict or Chunk(epochs.last.records, StopReason.CALLBACK)
        except KeyboardInterrupt:
            missed = missed_chunk(session, epochs.last_epoch)
            if missed is not None:  # it came while a call of the engine returned
                epochs.add(missed)
            if writer is not None:
                writer.try_to_write(session, epochs)
            return Chunk(empty_records(), StopReason.INTERRUPTED)

    def _first_size(self) -> int:
        if self.callbacks or self.checkpoint is not None:
            return 1
        sampling, rows = self.plan.sampling, self.data.n_rows
        operations = 6 * self.plan.network.parameter_count * sampling.batch_rows(rows)
        seconds = sampling.steps_per_epoch(rows) * (UPDATE_S + OPERATION_S * operations)
        return max(int(CHUNK_SECONDS / seconds), 1)

    def _next_size(self, size: int, seconds: float) -> int:
        if self.callbacks:
            return 1
        return max(min(int(size * CHUNK_SECONDS / max(seconds, 1e-6)), 8 * size), 1)

    def _left(self, elapsed_s: float) -> float | None:
        limits = [rule.seconds for rule in self.plan.stopping if isinstance(rule, TimeLimit)]
        return max(min(limits) - elapsed_s, 0.0) if limits else None

    def _call_back(
        self, session: TrainingSession, epochs: FinishedEpochs, records: Records
    ) -> bool:
        """Call the callbacks for the last epochs; return whether one of them asks to stop."""
        stop = self._asked_to_stop(records, lambda: session.state().weights)
        epochs.seen_by_callbacks = True
        return stop

    def _asked_to_stop(self, records: Records, weights: Callable[[], Array]) -> bool:
        stop = False
        for record in records if self.callbacks else ():
            values = dict(zip(EPOCH_RECORD.names or (), record.item(), strict=True))
            event = EpochEvent(
                **values, current_parameters=lambda: from_flat(self.plan.network, weights())
            )
            for callback in self.callbacks:
                stop = bool(callback(event)) or stop
        return stop

    def _lbfgs(self) -> TrainingResult:
        if self.checkpoint is not None:
            raise SettingError(
                "checkpoint",
                "cannot be used with LBFGS, whose state is inside SciPy",
                hint="Omit it; repeated, the run ends in the same bits.",
            )
        warm_up_s = warm_up(self.engine, self.plan, self.data, self.validation, self.threads)
        run = LBFGSRun(
            self.engine,
            self.plan,
            self.data,
            self.validation,
            self.first_parameters(),
            self.threads,
        )

        untold: list[Records] = []  # only the next iteration tells that this was not the last one

        def tell(*, ended: bool) -> None:
            if self.progress is not None and untold:
                self.progress(Progress(untold.pop(), self.plan.epochs, None, ended=ended))

        def report(record: Records) -> bool:
            tell(ended=False)
            untold.append(record)
            return self._asked_to_stop(record, lambda: run.result.flat())

        try:
            run.run(report)
            last = run.chunk
            tell(ended=True)
        except KeyboardInterrupt:
            last = Chunk(run.chunk.records, StopReason.INTERRUPTED)
        return self._result(last, run.chunk.records, run.result, warm_up_s)

    def _result(
        self, last: Chunk, records: Records, parameters: Parameters, warm_up_s: float
    ) -> TrainingResult:
        assert last.reason is not None
        history = History(records)
        diverged = last.reason is StopReason.DIVERGED
        best = KeepBest(self.plan.keep_best)
        best.update_records(records[:-1] if diverged else records)
        network = TrainedNetwork(self.plan.network, parameters)
        comparison = ""
        kept = np.flatnonzero(records["epoch"] == best.epoch)
        if len(kept) and not diverged and last.reason is not StopReason.INTERRUPTED:
            loss = float(records["training_loss"][kept[-1]])
            comparison = useless_note(self.plan, self.data, loss, network.predict)
        return TrainingResult(
            network=network,
            history=history,
            reason=last.reason,
            explanation=sentences(explain(self.plan, last, history, best.epoch), comparison),
            kept_epoch=best.epoch,
            engine=self.engine.name,
            seconds=float(records["elapsed_s"][-1]) if len(records) else 0.0,
            divergence=divergence_of(self.plan, last, history),
            warm_up_s=warm_up_s,
            comparison=comparison,
        )

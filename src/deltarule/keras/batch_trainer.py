"""Single updates: what train_on_batch makes, and fit where it trains batch by batch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from deltarule.engines import training_engine
from deltarule.engines.contract import Chunk, Engine, TrainingSession
from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.errors import EngineError
from deltarule.keras.compiled_settings import CompiledSettings
from deltarule.keras.epoch_metrics import Array, Samples
from deltarule.keras.global_state import next_seed
from deltarule.keras.model_conversion import ConvertedModel
from deltarule.keras.model_evaluation import Evaluation
from deltarule.keras.running_metrics import RunningMetrics
from deltarule.keras.weight_sync import release, store, with_weights
from deltarule.sampling import FullBatch
from deltarule.stopping import StopReason

MAX_UPDATES = 10**15
MAX_SESSIONS = 8
"""Sizes of batches with an open session each; a batch of another size closes the oldest one."""

_Kind = tuple[
    int, bool, int
]  # of a batch: rows, whether they have weights, dimensions of the targets


@dataclass(frozen=True)
class Update:
    """What one update found before it changed the weights."""

    loss: float  # with penalties, as in Keras
    score: float  # NaN without metrics
    learning_rate: float
    divergence: Chunk | None  # not None: the loss is not finite, and the weights did not change


class BatchTrainer:
    """Makes one update after another in an engine, and holds the weights between them.

    A batch is copied to the arrays of a session whose epochs consist of that batch alone. So the count of
    epochs is that of updates: bias corrections, schedules and dropout masks follow `updates_done`.
    """

    def __init__(
        self,
        converted: ConvertedModel,
        compiled: CompiledSettings,
        layers: tuple[Any, ...] = (),
    ) -> None:
        self.converted, self.compiled = converted, compiled
        self.layers = layers  # those that were converted, and whether they are trainable
        self.evaluation = Evaluation(converted, compiled)
        self._optimizer = compiled.optimizer
        self._sessions: dict[_Kind, tuple[TrainingSession, ArrayData]] = {}
        self._session: TrainingSession | None = None  # holds the newest weights
        self._updates_done = compiled.optimizer.updates_done
        self._up_to_date = True
        for layer in converted.learning:
            layer.weight_source = self

    @cached_property
    def plan(self) -> TrainingPlan:
        """What the engine executes: epochs of one batch each."""
        compiled, converted = self.compiled, self.converted
        return TrainingPlan(
            network=compiled.training_network(converted),
            loss=compiled.loss.description,
            optimizer=compiled.optimizer.description(),
            sampling=FullBatch(),
            epochs=MAX_UPDATES,
            score=bool(compiled.metrics or compiled.weighted_metrics),
            seed=next_seed() if converted.seed is None else converted.seed,
            dtype=converted.dtype,
        )

    @cached_property
    def _engine(self) -> Engine:
        return training_engine(self.plan, self.compiled.engine)

    @property
    def is_attached(self) -> bool:
        """Whether the layers get their weights from here, and no other model trained them since."""
        return all(layer.weight_source is self for layer in self.converted.learning)

    def train(self, samples: Samples, running: RunningMetrics) -> Update:
        """Make one update, and add the loss and the metrics before it."""
        running.prepare(self.converted, samples)
        outputs: Array | None = None
        if running.need_predictions:
            self.pull()
            outputs = self.evaluation.outputs(samples)
        update = self.update(samples.data)
        running.add(
            samples,
            update.loss,
            update.score,
            lambda: self.evaluation.outputs(samples) if outputs is None else outputs,
        )
        return update

    def update(self, batch: ArrayData) -> Update:
        """Make one update with the rows of a batch."""
        session = self._session_for(batch)
        try:
            chunk = session.run(1)
            diverged = chunk.reason is StopReason.DIVERGED
            if not diverged:
                self._count(self._updates_done + 1)
        except BaseException:  # such as Ctrl-C
            self._take_back(session)
            raise
        if diverged:
            self._take_back(session)
        record = chunk.records[-1]
        return Update(
            float(record["training_loss"]),
            float(record["training_score"]),
            float(record["learning_rate"]),
            chunk if diverged else None,
        )

    def pull(self) -> None:
        """Copy the session's weights and slots to the layers and the optimizer."""
        if not self._up_to_date and self._session is not None:
            if store(self.converted, self._optimizer, self._session) is None:
                self._sessions, self._session = {}, None  # the next update opens a new one
                self._updates_done = self._optimizer.updates_done
            self._up_to_date = True

    def push(self) -> None:
        """Copy the layers' arrays to the session."""
        if self._session is not None:
            self._session.restore(with_weights(self._session.state(), self.converted))

    def close(self) -> None:
        """Leave copies of the newest weights in the layers, and the sessions."""
        try:
            self.pull()
        finally:
            release(self.converted, self)
            self._sessions, self._session = {}, None

    def _count(self, updates: int) -> None:
        self._updates_done = self._optimizer.updates_done = updates
        self._up_to_date = False

    def _take_back(self, session: TrainingSession) -> None:
        """Return to the state before an update that diverged or was cut short.

        If Ctrl-C came after the update, it counts.
        """
        try:
            state = session.state()
        except EngineError:  # of a large network, whose session kept only the weights
            self._up_to_date = False
            self.pull()
        else:
            self._count(state.epochs_done)
            session.restore(self._counted(state))

    def _session_for(self, batch: ArrayData) -> TrainingSession:
        """Return the session of batches of this size, with this batch and the newest weights."""
        kind = (batch.n_rows, batch.weights is not None, batch.targets.ndim)
        changed = self._updates_done != self._optimizer.updates_done  # set by a callback
        self._updates_done = self._optimizer.updates_done
        if kind not in self._sessions:
            self._open(kind, batch)
            changed = True
        session, arrays = self._sessions[kind]
        if self._session is not session or changed:
            session.restore(self._counted(self._newest_state(session)))
            self._session = session
        arrays.inputs[:], arrays.targets[:] = batch.inputs, batch.targets
        if arrays.weights is not None and batch.weights is not None:
            arrays.weights[:] = batch.weights
        return session

    def _open(self, kind: _Kind, batch: ArrayData) -> None:
        while len(self._sessions) >= MAX_SESSIONS:
            oldest = next(k for k, (s, _) in self._sessions.items() if s is not self._session)
            del self._sessions[oldest]
        arrays = ArrayData(
            np.array(batch.inputs, order="C"),
            np.array(batch.targets, order="C"),
            None if batch.weights is None else np.array(batch.weights, order="C"),
        )
        threads = self.compiled.thread_count()
        session = self._engine.open(self.plan, arrays, None, self.converted.parameters, threads)
        self._sessions[kind] = session, arrays

    def _newest_state(self, new: TrainingSession) -> TrainingState:
        if self._session is None:
            return new.state().with_slots(self._optimizer.slots)
        return self._session.state()

    def _counted(self, state: TrainingState) -> TrainingState:
        # An infinite first loss: only a loss that is not finite ends a run of single updates.
        return replace(state, epochs_done=self._updates_done, first_loss=math.inf)

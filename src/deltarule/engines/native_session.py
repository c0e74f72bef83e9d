"""A training run of the native engine."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from deltarule._common.deferred_signals import deferred_signals
from deltarule._common.processors import thread_count
from deltarule.engines.contract import Array, Chunk, DivergenceLocation
from deltarule.engines.data import ArrayData, Data
from deltarule.engines.loss_scale import target_scale
from deltarule.engines.native_arrays import flat_vector, reads_files, rows_of
from deltarule.engines.native_module import instruction_level, warn_of_refused_threads
from deltarule.engines.native_plan import native_plan, vector_slots
from deltarule.engines.session_guard import SessionGuard
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.engines.update_values import DROPOUT, update_values, varies_within_epoch
from deltarule.errors import EngineError
from deltarule.history import EPOCH_RECORD
from deltarule.optimizers import Stepwise
from deltarule.parameters import Parameters, from_flat, shared_vector
from deltarule.stopping import StopReason

UPDATE_VALUES_BYTES = 8 << 20  # maximum size of the table of update values per call
_ONE = np.ones(1)
_GOING_ON, _EPOCHS_DONE, _RULE, _DIVERGED = range(4)  # `StopReason` of plan.hpp
_NO_EPOCHS = b"", _GOING_ON, -1, 0, 0


class NativeSession:
    """One run of the native engine; see `contract.TrainingSession`.

    Ctrl-C before the last update of an epoch abandons that epoch. Finished epochs are never lost: if
    the same call finished some, it returns them, and the next call of `run` raises KeyboardInterrupt.
    Networks of up to 262,144 parameters return to the state after the last finished epoch. Larger ones
    keep no copy of it, and only `result` remains: `run` and `state` raise `EngineError`.
    """

    def __init__(
        self,
        module: Any,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int,
    ) -> None:
        if not isinstance(plan.optimizer, Stepwise):
            raise EngineError(
                f"{plan.optimizer.kind} is run by the training loop, not by a session."
            )
        self._module = module
        self._plan = plan
        self._data = data
        self._validation = validation  # the compiled session reads both
        self._optimizer = plan.optimizer
        self._dtype = np.dtype(plan.dtype)
        self._steps = plan.sampling.steps_per_epoch(data.n_rows)
        self._varies = varies_within_epoch(plan)
        self._end: tuple[Array, TrainingState | None] | None = None
        self._pieces: list[tuple[bytes, int, int, int, int]] = []  # of the last run
        self._guard = SessionGuard()
        slots = plan.optimizer.new_slots(plan.network.parameter_count, plan.dtype)
        self._slots = vector_slots(plan.optimizer)
        make = module.Session32 if self._dtype == np.float32 else module.Session64
        with reads_files(data, validation):  # the targets, for the score
            self._session = make(
                native_plan(module, plan, plan.sampling.batch_rows(data.n_rows)),
                rows_of(module, plan.network, data, self._dtype),
                None
                if validation is None
                else rows_of(module, plan.network, _all(validation), self._dtype),
                flat_vector(plan.network, shared_vector(initial_parameters), self._dtype),
                [slots[name] for name in self._slots],
                instruction_level(module),
                thread_count(max(int(threads), 1)),
            )

    def run(self, epochs: int, seconds: float | None = None) -> Chunk:
        """See `contract.TrainingSession.run`."""
        self._check_going()
        self._check_whole()
        try:
            with reads_files(self._data, self._validation):
                return self._guard.run(lambda: self._run(epochs, seconds))
        finally:
            warn_of_refused_threads(self._module)

    def _run(self, epochs: int, seconds: float | None) -> Chunk:
        deadline = None if seconds is None else time.perf_counter() + seconds
        width = DROPOUT + len(self._plan.network.blocks)
        at_once = max(UPDATE_VALUES_BYTES // (8 * width * (self._steps if self._varies else 1)), 1)
        self._pieces = []
        while epochs > 0:
            values = self._update_values(min(epochs, at_once))
            left = -1.0 if deadline is None else max(deadline - time.perf_counter(), 0.0)
            self._session.run(values, left, self._target_scale, self._pieces)
            raw, reason, *_ = self._pieces[-1]
            if reason != _GOING_ON or len(raw) < len(values) * EPOCH_RECORD.itemsize:  # interrupted
                break
            epochs -= len(values)
        return self.last_chunk

    @property
    def last_chunk(self) -> Chunk:
        """See `capabilities.RemembersChunk`."""
        records = np.frombuffer(b"".join(raw for raw, *_ in self._pieces), EPOCH_RECORD)
        _, reason, rule, step, layer = self._pieces[-1] if self._pieces else _NO_EPOCHS
        if reason == _DIVERGED:
            place = DivergenceLocation(int(records["epoch"][-1]), step, layer)
            return Chunk(records, StopReason.DIVERGED, None, place)
        if reason == _RULE:
            return Chunk(records, self._plan.stopping[rule].reason, rule)
        return Chunk(records, StopReason.EPOCHS_DONE if reason == _EPOCHS_DONE else None)

    @property
    def result(self) -> Parameters:
        """See `contract.TrainingSession.result`."""
        self._guard.check()
        kept = self._session.result() if self._end is None else self._end[0].copy()
        return from_flat(self._plan.network, kept)

    def state(self) -> TrainingState:
        """See `contract.TrainingSession.state`."""
        self._check_whole()
        if self._end is not None and self._end[1] is not None:
            return self._end[1].copy()
        session = self._session
        epochs_done, first_loss, elapsed_s, best_value, plateau, rules = session.state()
        slots = {name: session.slot(i) for i, name in enumerate(self._slots)}
        if self._optimizer.kind == "nadam":
            slots["momentum_product"] = np.array([session.momentum_product()])
        return TrainingState(
            weights=session.weights(),
            slots=slots,
            rules=tuple(tuple(rule) for rule in rules),
            epochs_done=epochs_done,
            first_loss=first_loss,
            elapsed_s=elapsed_s,
            best_value=best_value,
            best_weights=None if self._plan.keep_best is None else session.best_weights(),
            plateau=tuple(plateau),
        )

    def end(self) -> tuple[Parameters, TrainingState | None]:
        """See `contract.TrainingSession.end`."""
        self._guard.check()
        session = self._session
        with deferred_signals():  # Ctrl-C must not lose arrays that were given away
            session.end()  # from now on it gives its arrays away instead of copying them
            state = None if session.is_broken() else self.state()
            self._end = session.result(), state
        return from_flat(self._plan.network, self._end[0]), state

    def restore(self, state: TrainingState) -> None:
        """See `contract.TrainingSession.restore`."""
        self._check_going()
        self._session.restore(
            (
                state.epochs_done,
                state.first_loss,
                state.elapsed_s,
                state.best_value,
                list(state.plateau),
                [list(rule) for rule in state.rules],
            ),
            self._vector(state.weights),
            None if state.best_weights is None else self._vector(state.best_weights),
            [self._vector(state.slots[name]) for name in self._slots],
            float(state.slots.get("momentum_product", _ONE)[0]),
        )

    def _target_scale(self) -> float:
        return target_scale(self._plan.loss, self._data)

    def _vector(self, array: Array) -> Array:
        return np.ascontiguousarray(array, self._dtype)

    def _update_values(self, epochs: int) -> Array:
        """Return the update values of the next epochs, shape (epochs, steps or 1, width)."""
        steps, first = self._steps, self._session.state()[0]
        updates = np.arange(first, first + epochs) * steps
        if self._varies:
            updates = (updates[:, None] + np.arange(steps)).ravel()
        table = update_values(self._plan, updates, steps)
        return table.reshape(epochs, -1, table.shape[1])

    def _check_going(self) -> None:
        self._guard.check()
        if self._end is not None:
            raise EngineError("The run has ended: open a session and restore its last state.")

    def _check_whole(self) -> None:
        self._guard.check()
        if self._session.is_broken():
            raise EngineError(
                "The run was cut short within an epoch and its network is too large for a copy of "
                "each epoch's state: take `result`, or open a session and restore a state."
            )


def _all(data: Data) -> Data:
    """Return rows that can be evaluated one after another."""
    return data.materialize() if isinstance(data, ArrayData) else data

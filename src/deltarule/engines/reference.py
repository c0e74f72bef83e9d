"""The reference engine: `equations.py` in a loop. Other engines are tested against it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from deltarule._common.blas_threads import single_blas_thread
from deltarule.engines.contract import Array, Chunk, DivergenceLocation
from deltarule.engines.data import Data
from deltarule.engines.dense_rows import DenseRows
from deltarule.engines.equations import (
    StreamPosition,
    batches,
    diverged_layer,
    limit_norms,
    mean_gradient,
    mean_loss,
    mean_outputs,
    members_forward,
    penalty,
)
from deltarule.engines.loss_over_rows import (
    EVALUATION_ROWS,
    Score,
    evaluate,
    mean_loss_of_rows,
)
from deltarule.engines.loss_scale import target_scale
from deltarule.engines.normalization import update_averages
from deltarule.engines.session_guard import SessionGuard
from deltarule.engines.stopping_controller import StoppingController, Values, needs_gradient_norm
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.engines.update_values import (
    DROPOUT,
    LABEL_SMOOTHING,
    LEARNING_RATE,
    WEIGHT_DECAY,
    fixed_places,
    group_factors,
    update_values,
)
from deltarule.errors import EngineError
from deltarule.history import EPOCH_RECORD, Records, empty_records
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.optimizers import AdamW, Stepwise
from deltarule.parameters import Parameters, from_flat
from deltarule.schedules import Schedule
from deltarule.stopping import StopReason

NAME = "reference"


class ReferenceSession:
    """One run of the reference engine; see `contract.TrainingSession`."""

    def __init__(
        self,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
    ) -> None:
        if not isinstance(plan.optimizer, Stepwise):
            raise EngineError(
                f"{plan.optimizer.kind} is run by the training loop, not by a session."
            )
        self._plan = plan
        self._optimizer = plan.optimizer
        outputs = plan.network.outputs
        self._data = data
        self._rows = DenseRows(plan.loss, data, outputs)
        self._validation = None if validation is None else DenseRows(plan.loss, validation, outputs)
        self._flat = initial_parameters.flat().astype(plan.dtype)
        self._parameters = from_flat(plan.network, self._flat)
        self._factors = _factors(plan)
        self._array_sizes = [part.size for block in plan.network.blocks for part in block.parts]
        self._fixed = fixed_places(plan.network)
        self._slots = plan.optimizer.new_slots(self._flat.size, plan.dtype)
        self._controller = StoppingController(plan)
        self._guard = SessionGuard()
        self._needs_gradient_norm = needs_gradient_norm(plan)
        self._good = self._flat.copy()
        self._good_slots = {name: slot.copy() for name, slot in self._slots.items()}
        self._best = self._flat.copy()
        self.last_chunk = Chunk(empty_records(), None)  # see capabilities.RemembersChunk
        self._interrupted = False
        self._is_whole = True  # whether the state is that after a whole epoch

    @single_blas_thread()
    def run(self, epochs: int, seconds: float | None = None) -> Chunk:
        """See `contract.TrainingSession.run`."""
        return self._guard.run(lambda: self._run(epochs, seconds))

    def _run(self, epochs: int, seconds: float | None) -> Chunk:
        if self._interrupted:
            self._interrupted = False
            raise KeyboardInterrupt
        # On the clock of elapsed_s, as TimeLimit: an epoch that is cut short is the last one.
        limit = None if seconds is None else self._controller.elapsed_s + seconds
        self.last_chunk = Chunk(empty_records(), None)
        for _ in range(epochs):
            before, finished = self._state(), self.last_chunk
            try:
                self._is_whole = False
                chunk = self._epoch(limit)
                records = np.concatenate([finished.records, chunk.records])
                self.last_chunk = replace(chunk, records=records)
                self._is_whole = True
            except BaseException as error:
                self.last_chunk = finished
                self._restore(before)
                if not isinstance(error, KeyboardInterrupt) or not len(finished.records):
                    raise
                self._interrupted = True  # the next call raises it: finished epochs are not lost
                break
            if chunk.reason is not None:
                break
        return self.last_chunk

    @property
    def result(self) -> Parameters:
        """See `contract.TrainingSession.result`."""
        self._guard.check()
        kept = self._good
        if self._controller.keep_best.has_best:
            kept = self._best
        return from_flat(self._plan.network, kept.copy())

    def state(self) -> TrainingState:
        """See `contract.TrainingSession.state`."""
        self._guard.check()
        if not self._is_whole:
            raise EngineError("An interrupt left no state after a whole epoch.")
        return self._state()

    def _state(self) -> TrainingState:
        return self._controller.state(
            self._good.copy(),
            slots={name: slot.copy() for name, slot in self._good_slots.items()},
            best_weights=None if self._plan.keep_best is None else self._best.copy(),
        )

    def end(self) -> tuple[Parameters, TrainingState | None]:
        """See `contract.TrainingSession.end`."""
        return self.result, self.state() if self._is_whole else None

    def restore(self, state: TrainingState) -> None:
        """See `contract.TrainingSession.restore`."""
        self._guard.check()
        self._restore(state)

    def _restore(self, state: TrainingState) -> None:
        self._is_whole = False
        self._controller.restore(state)
        self._flat[:] = state.weights
        if state.best_weights is not None:
            self._best[:] = state.best_weights
        for name, slot in self._slots.items():
            slot[:] = state.slots[name]
        self._remember()
        self._is_whole = True

    @single_blas_thread()
    def one_update(self, step: int) -> tuple[float, TrainingState]:
        """Make update `step` (from 0) of the next epoch and no more; return J before it and the state.

        For looking at single steps: updates 0, 1, … of an epoch in their order are those that `run`
        would make. Nothing is decided or counted; `restore` goes back to where the epoch began.
        """
        self._guard.check()
        epoch = self._controller.epochs_done
        numbers = self._update_values(epoch)
        rows = batches(self._plan, self._rows.n_rows, epoch)[step]
        row = numbers[step]
        row[LEARNING_RATE] = self._controller.learning_rate(float(row[LEARNING_RATE]))
        update_number = epoch * len(numbers) + step + 1
        position = StreamPosition(self._plan.seed, epoch, step)
        loss, _ = self._update(rows, position, row, update_number, None)
        slots = {name: slot.copy() for name, slot in self._slots.items()}
        best = None if self._plan.keep_best is None else self._best.copy()
        return loss, self._controller.state(self._flat.copy(), slots=slots, best_weights=best)

    def _remember(self) -> None:
        self._good = self._flat.copy()
        self._good_slots = {name: slot.copy() for name, slot in self._slots.items()}

    def _epoch(self, limit: float | None) -> Chunk:
        plan, controller, data = self._plan, self._controller, self._rows
        started = time.perf_counter()
        epoch = controller.epochs_done
        numbers = self._update_values(epoch)
        score = Score(plan.loss, data.targets, data.weights) if plan.score else None
        total, seen, rate = 0.0, 0, float(numbers[0, LEARNING_RATE])
        for step, rows in enumerate(batches(plan, data.n_rows, epoch)):
            rate = controller.learning_rate(float(numbers[step, LEARNING_RATE]))
            numbers[step, LEARNING_RATE] = rate
            update_number = epoch * len(numbers) + step + 1
            loss, count = self._update(
                rows, StreamPosition(plan.seed, epoch, step), numbers[step], update_number, score
            )
            total, seen = total + loss * count, seen + count
            if np.isnan(controller.first_loss):
                controller.first_loss = loss
            if not np.isfinite(loss):
                record = self._record(epoch, rate, loss, score, (np.nan, np.nan), started)
                return self._diverged(record, step, rows)
            if limit is not None and self._elapsed(started) >= limit:
                break
        training_loss = total / seen
        validation = self._evaluate_validation()
        record = self._record(epoch, rate, training_loss, score, validation, started)
        exploded = controller.exploded(training_loss, self._loss_over_all_rows)
        broken = exploded or not np.isfinite(self._flat).all()
        if broken or (self._validation is not None and not np.isfinite(validation[0])):
            return self._diverged(record, step, rows)
        return self._close(record)

    def _elapsed(self, started: float) -> float:
        return self._controller.elapsed_s + (time.perf_counter() - started)

    def _update(
        self,
        rows: Array | slice,
        position: StreamPosition,
        numbers: Array,
        update_number: int,
        score: Score | None,
    ) -> tuple[float, int]:
        """Make one update; return J before it and the batch's rows."""
        plan, batch = self._plan, self._rows.take(rows)
        position = replace(position, dropout_rates=tuple(numbers[DROPOUT:].tolist()))
        loss = plan.loss.with_smoothing(float(numbers[LABEL_SMOOTHING]))
        with np.errstate(all="ignore"):  # the loss finds and reports values that are not finite
            passes = members_forward(plan.network, self._parameters, batch.inputs, position)
            value = mean_loss(plan.network, loss, passes, batch)
            value += penalty(plan.network, self._parameters)
            if score is not None:
                score.add(mean_outputs(passes), batch.targets, batch.weights)
            if not np.isfinite(value):
                return value, batch.n_rows
            gradient = mean_gradient(plan.network, self._parameters, loss, passes, batch)
            self._optimizer.clip(gradient, self._array_sizes)
            self._learn(gradient, numbers, update_number)
            limit_norms(plan.network, self._parameters)
            update_averages(plan.network, self._parameters, passes[0].normalized)
        return value, batch.n_rows

    def _learn(self, gradient: Array, numbers: Array, update_number: int) -> None:
        rate: float | Array = float(numbers[LEARNING_RATE])
        decay: float | Array = float(numbers[WEIGHT_DECAY])
        if self._factors is not None:
            rate, decay = rate * self._factors[0], decay * self._factors[1]
        extra = {"weight_decay": decay} if isinstance(self._optimizer, AdamW) else {}
        fixed = self._fixed
        kept = None if fixed is None else self._flat[fixed]
        self._optimizer.update(self._flat, gradient, self._slots, rate, update_number, **extra)
        if fixed is not None:
            self._flat[fixed] = kept

    def _update_values(self, epoch: int) -> Array:
        steps = self._plan.sampling.steps_per_epoch(self._rows.n_rows)
        updates = np.arange(epoch * steps, (epoch + 1) * steps)
        return update_values(self._plan, updates, steps)

    def _evaluate_validation(self) -> tuple[float, float]:
        if self._validation is None:
            return float("nan"), float("nan")
        plan = self._plan
        return evaluate(plan.network, self._parameters, plan.loss, self._validation, plan.score)

    def _gradient_norm(self) -> float:
        """Return ‖∂J/∂parameters‖₂ over all rows, without dropout; NaN if no rule needs it."""
        if not self._needs_gradient_norm:
            return float("nan")
        network, loss, data = self._plan.network, self._loss_without_schedule(), self._rows.all()
        with np.errstate(all="ignore"):
            passes = members_forward(network, self._parameters, data.inputs)
            gradient = mean_gradient(network, self._parameters, loss, passes, data)
        return float(np.sqrt(np.square(gradient, dtype=np.float64).sum()))

    def _loss_over_all_rows(self) -> float:
        """Return the loss of a constant prediction or, if larger, J of the initial network."""
        network, scale = self._plan.network, target_scale(self._plan.loss, self._data)
        if self._controller.epochs_done:
            return scale
        initial = from_flat(network, self._good)
        value = mean_loss_of_rows(network, initial, self._loss_without_schedule(), self._rows)
        return value if value > scale else scale

    def _loss_without_schedule(self) -> Loss:
        loss = self._plan.loss
        scheduled = isinstance(getattr(loss, "label_smoothing", 0.0), Schedule)
        return loss.with_smoothing(0.0) if scheduled else loss

    def _record(
        self,
        epoch: int,
        rate: float,
        loss: float,
        score: Score | None,
        validation: tuple[float, float],
        started: float,
    ) -> Records:
        self._controller.elapsed_s = self._elapsed(started)
        training_score = np.nan if score is None else score.value
        row = (epoch + 1, rate, loss, training_score, *validation, self._controller.elapsed_s)
        return np.array([row], EPOCH_RECORD)

    def _diverged(self, record: Records, step: int, rows: Array | slice) -> Chunk:
        layer = diverged_layer(self._plan.network, self._parameters, self._rows.take(rows).inputs)
        place = DivergenceLocation(self._controller.epochs_done + 1, step + 1, layer)
        return Chunk(record, StopReason.DIVERGED, None, place)

    def _close(self, record: Records) -> Chunk:
        controller = self._controller
        names = ("training_loss", "validation_loss", "training_score", "validation_score")
        values: Values = {name: float(record[name][0]) for name in names}
        values["gradient_norm"] = self._gradient_norm()
        controller.epochs_done += 1
        self._remember()
        if controller.keep_best.update(values):
            self._best = self._flat.copy()
        controller.update_plateau(values)
        return Chunk(record, *controller.verdict(values))


class ReferenceEngine:
    """See `contract.Engine`."""

    name = NAME

    def supports(self, plan: TrainingPlan) -> str | None:
        """See `contract.Engine.supports`: all plans, as descriptions hold their NumPy formulas."""
        return None

    def open(
        self,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int = 1,
    ) -> ReferenceSession:
        """See `contract.Engine.open`; one thread computes, `threads` is ignored."""
        return ReferenceSession(plan, data, validation, initial_parameters)

    open_steppable = open  # see `capabilities.MakesSingleUpdates`

    @single_blas_thread()
    def predict(
        self, network: Network, parameters: Parameters, inputs: Array, threads: int = 1
    ) -> Array:
        """See `contract.Engine.predict`."""
        outputs = np.empty((len(inputs), network.outputs), inputs.dtype)
        for i in range(0, len(inputs), EVALUATION_ROWS):
            part = slice(i, i + EVALUATION_ROWS)
            outputs[part] = mean_outputs(members_forward(network, parameters, inputs[part]))
        return outputs

    @single_blas_thread()
    def loss_and_gradient(
        self,
        network: Network,
        parameters: Parameters,
        loss: Loss,
        data: Data,
        threads: int = 1,
    ) -> tuple[float, Array]:
        """See `contract.Engine.loss_and_gradient`."""
        dense = DenseRows(loss, data, network.outputs).all()
        passes = members_forward(network, parameters, dense.inputs)
        gradient = mean_gradient(network, parameters, loss, passes, dense)
        return mean_loss(network, loss, passes, dense) + penalty(network, parameters), gradient

    @single_blas_thread()
    def evaluate(
        self,
        network: Network,
        parameters: Parameters,
        loss: Loss,
        data: Data,
        threads: int = 1,
    ) -> tuple[float, float]:
        """See `contract.Engine.evaluate`."""
        rows = DenseRows(loss, data, network.outputs)
        return evaluate(network, parameters, loss, rows, True)


def _factors(plan: TrainingPlan) -> tuple[Array, Array] | None:
    """Return `group_factors` in the dtype of the run."""
    factors = group_factors(plan.network)
    return (
        None if factors is None else (factors[0].astype(plan.dtype), factors[1].astype(plan.dtype))
    )

"""The native engine: C++ (`native/core`), no Python inside an epoch.

This file turns descriptions into the plain numbers of `native/core/plan.hpp` and arrays into what the
compiled module takes; it computes nothing. The environment variable DELTARULE_INSTRUCTION_LEVEL
(baseline, avx2 or avx512) forces an instruction level; otherwise the best one that the processor has
is used. Same build, same instruction level, same seed: the same bits, for any number of threads.
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Any

import numpy as np

from deltarule.engines.contract import (
    Array,
    Chunk,
    DivergenceLocation,
    TrainingPlan,
    plan_to_predict,
)
from deltarule.engines.data import ArrayData, Data, in_memory
from deltarule.engines.native_plan import native_plan, vector_slots, without_formula
from deltarule.engines.training_state import TrainingState
from deltarule.engines.update_values import DROPOUT, numbers_of_updates, varies_within_epoch
from deltarule.errors import EngineError, ShapeError
from deltarule.history import EPOCH_RECORD
from deltarule.losses import Loss, smoothing_number
from deltarule.network import Network
from deltarule.optimizers import Stepwise
from deltarule.parameters import Parameters, check_size, from_flat, shared_vector
from deltarule.stopping import StopReason

try:
    from deltarule.engines import _native
except ImportError as error:  # not built, or built for another Python
    _native = None  # type: ignore[assignment]
    _WHY_MISSING = str(error)

NAME = "native"
_ONE = np.ones(1)
LEVEL_VARIABLE = "DELTARULE_INSTRUCTION_LEVEL"
NUMBERS_BYTES = 8 << 20  # updates' numbers are handed over in pieces of at most this size

_GOING_ON, _EPOCHS_DONE, _RULE, _DIVERGED = range(4)  # `StopReason` of plan.hpp


def is_available() -> bool:
    """Return whether the compiled module is there."""
    return _native is not None


@cache
def supported_levels() -> tuple[str, ...]:
    """Return the instruction levels that this build and this processor have, the best one last."""
    return tuple(_module().supported_levels())


def instruction_level() -> str:
    """Return the instruction level that is used, or raise `EngineError` if the forced one is not here."""
    levels = supported_levels()
    forced = os.environ.get(LEVEL_VARIABLE, "")
    if not forced:
        return levels[-1]
    if forced not in levels:
        raise EngineError(
            f"{LEVEL_VARIABLE} must be an instruction level of this processor and build, which are "
            f"{', '.join(levels)}, got {forced!r}: choose one of them, or leave it unset for the best."
        )
    return forced


class NativeEngine:
    """See `contract.Engine`."""

    name = NAME

    def __init__(self) -> None:
        _module()

    def supports(self, plan: TrainingPlan) -> str | None:
        """See `contract.Engine.supports`: plans whose formulas the compiled module has."""
        return without_formula(_module(), plan)

    def open(
        self,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int = 1,
    ) -> NativeSession:
        """See `contract.Engine.open`."""
        return NativeSession(plan, data, validation, initial_parameters, threads)

    def predict(
        self, network: Network, parameters: Parameters, inputs: Array, threads: int = 1
    ) -> Array:
        """See `contract.Engine.predict`."""
        return Predictor(network, parameters, inputs.dtype, threads)(inputs)

    def predictor(
        self,
        network: Network,
        parameters: Parameters | Array,
        dtype: Any = np.float32,
        threads: int = 1,
    ) -> Predictor:
        """Return a function of inputs (rows, inputs) of `dtype` that is ready to be called often.

        It keeps a copy of `parameters`. Given as their flat vector, C-contiguous and of `dtype`, they are
        read anew in each call, so that what changes there is followed.
        """
        return Predictor(network, parameters, dtype, threads)

    def loss_and_gradient(
        self,
        network: Network,
        parameters: Parameters,
        loss: Loss,
        data: Data,
        threads: int = 1,
    ) -> tuple[float, Array]:
        """See `contract.Engine.loss_and_gradient`."""
        objective = Objective(network, loss, data, threads)
        return objective(_flat(network, parameters, objective.dtype))

    def objective(self, network: Network, loss: Loss, data: Data, threads: int = 1) -> Objective:
        """Return `loss_and_gradient` as a function of the flat vector alone, ready to be called often."""
        return Objective(network, loss, data, threads)

    def evaluate(
        self,
        network: Network,
        parameters: Parameters,
        loss: Loss,
        data: Data,
        threads: int = 1,
    ) -> tuple[float, float]:
        """See `contract.Engine.evaluate`."""
        arrays = in_memory(data).materialize()
        dtype = arrays.inputs.dtype
        compute = _computation(network, loss, arrays.n_rows, dtype, threads)
        weights = _flat(network, parameters, dtype)
        value, score = compute.evaluate(_table(network, arrays, dtype), weights)
        return value, score


class Objective:
    """J and its gradient as a function of the parameters: what a line search asks for many times."""

    def __init__(self, network: Network, loss: Loss, data: Data, threads: int) -> None:
        smoothing_number(getattr(loss, "label_smoothing", 0.0))
        arrays = in_memory(data).materialize()
        self.dtype = arrays.inputs.dtype
        self._compute = _computation(network, loss, arrays.n_rows, self.dtype, threads)
        self._table = _table(network, arrays, self.dtype)

    def __call__(self, weights: Array) -> tuple[float, Array]:
        """Return J and its gradient at the flat vector `weights`, of the data's dtype."""
        gradient = np.empty(weights.size, self.dtype)
        value: float = self._compute.loss_and_gradient(self._table, weights, gradient)
        return value, gradient


class Predictor:
    """A network with its parameters, ready to predict: what one row costs is the computation itself.

    `parameters` may be one flat vector of `dtype`; it is not copied then: who changes it changes what
    is predicted. The buffers of a predictor serve one thread at a time; those of `one_row` all threads.

    `one_row` returns the outputs, shape (1, outputs), of a finite array of shape (1, inputs) and `dtype`,
    and None for anything else.
    """

    def __init__(
        self, network: Network, parameters: Parameters | Array, dtype: Any, threads: int = 1
    ) -> None:
        self._dtype = np.dtype(dtype)
        self._width, self._outputs = network.known_inputs, network.outputs
        compute = _computation(network, None, 1, self._dtype, threads)
        compute.prepare(_flat(network, parameters, self._dtype))
        self._predict = compute.predict
        self.one_row = compute.predict_row

    def __call__(self, inputs: Array) -> Array:
        """Return the network's outputs, shape (rows, outputs), for inputs of shape (rows, inputs)."""
        outputs = np.empty((len(inputs), self._outputs), self._dtype)
        try:
            self._predict(inputs, outputs)
        except (TypeError, ValueError):
            if inputs.ndim != 2 or inputs.shape[1] != self._width:
                raise ShapeError(
                    f"inputs must have shape (rows, {self._width}), got {inputs.shape}."
                ) from None
            self._predict(np.ascontiguousarray(inputs, self._dtype), outputs)
        return outputs


class NativeSession:
    """One run of the native engine; see `contract.TrainingSession`.

    Ctrl-C within an epoch abandons that epoch. Finished epochs are never lost: where the same call had
    finished some, it returns them, and the next call of `run` raises KeyboardInterrupt. Networks of up
    to 262,144 parameters go back to the state after the last finished epoch; of larger ones, which
    keep no such copy, only `result` is left then: `run` and `state` raise `EngineError`.
    """

    def __init__(
        self,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int,
    ) -> None:
        if not isinstance(plan.optimizer, Stepwise):
            raise EngineError(f"{plan.optimizer.kind} is driven by the training loop, not here.")
        data, validation = in_memory(data), None if validation is None else in_memory(validation)
        self._plan = plan
        self._optimizer = plan.optimizer
        self._dtype = np.dtype(plan.dtype)
        self._steps = plan.sampling.steps_per_epoch(data.n_rows)
        self._varies = varies_within_epoch(plan)
        self._end: tuple[Array, TrainingState | None] | None = None
        slots = plan.optimizer.new_slots(plan.network.parameter_count, plan.dtype)
        self._slots = vector_slots(plan.optimizer)
        make = _module().Session32 if self._dtype == np.float32 else _module().Session64
        self._session = make(
            native_plan(_module(), plan, plan.sampling.batch_rows(data.n_rows)),
            _table(plan.network, data, self._dtype),
            None
            if validation is None
            else _table(plan.network, validation.materialize(), self._dtype),
            _flat(plan.network, shared_vector(initial_parameters), self._dtype),
            [slots[name] for name in self._slots],
            instruction_level(),
            max(int(threads), 1),
        )

    def run(self, epochs: int, seconds: float | None = None) -> Chunk:
        """See `contract.TrainingSession.run`."""
        self._check_going()
        self._check_whole()
        deadline = None if seconds is None else time.perf_counter() + seconds
        width = DROPOUT + len(self._plan.network.blocks)
        at_once = max(NUMBERS_BYTES // (8 * width * (self._steps if self._varies else 1)), 1)
        pieces: list[bytes] = []
        reason, rule, step, layer = _GOING_ON, -1, 0, 0
        while epochs > 0 and reason == _GOING_ON:
            numbers = self._numbers(min(epochs, at_once))
            left = -1.0 if deadline is None else max(deadline - time.perf_counter(), 0.0)
            raw, reason, rule, step, layer = self._session.run(numbers, left)
            pieces.append(raw)
            if len(raw) < len(numbers) * EPOCH_RECORD.itemsize:  # it stopped, or was interrupted
                break
            epochs -= len(numbers)
        records = np.frombuffer(b"".join(pieces), EPOCH_RECORD)
        if reason == _DIVERGED:
            place = DivergenceLocation(int(records["epoch"][-1]), step, layer)
            return Chunk(records, StopReason.DIVERGED, None, place)
        if reason == _RULE:
            return Chunk(records, self._plan.stopping[rule].reason, rule)
        return Chunk(records, StopReason.EPOCHS_DONE if reason == _EPOCHS_DONE else None)

    @property
    def result(self) -> Parameters:
        """See `contract.TrainingSession.result`."""
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
        session = self._session
        session.end()  # from here on it gives arrays away instead of copying them
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

    def _vector(self, array: Array) -> Array:
        return np.ascontiguousarray(array, self._dtype)

    def _numbers(self, epochs: int) -> Array:
        """Return the next epochs' numbers: (epochs, steps, width), or (epochs, 1, width)."""
        steps, first = self._steps, self._session.state()[0]
        updates = np.arange(first, first + epochs) * steps
        if self._varies:
            updates = (updates[:, None] + np.arange(steps)).ravel()
        table = numbers_of_updates(self._plan, updates, steps)
        return table.reshape(epochs, -1, table.shape[1])

    def _check_going(self) -> None:
        if self._end is not None:
            raise EngineError("The run has ended: open a session and restore its last state.")

    def _check_whole(self) -> None:
        if self._session.is_broken():
            raise EngineError(
                "The run was cut short within an epoch and its network is too large for a copy of "
                "each epoch's state: take `result`, or open a session and restore a state."
            )


def _module() -> Any:
    if _native is None:
        raise EngineError(
            "The native engine was not built: install a C++20 compiler (g++ or clang) and reinstall "
            f'deltarule, or choose engine="reference". ({_WHY_MISSING})'
        )
    return _native


def _computation(network: Network, loss: Loss | None, rows: int, dtype: Any, threads: int) -> Any:
    """Return a compiled network that predicts and evaluates, without a run around it."""
    plan = plan_to_predict(network, loss)
    make = _module().Network32 if np.dtype(dtype) == np.float32 else _module().Network64
    return make(
        native_plan(_module(), plan, max(rows, 1)), instruction_level(), max(int(threads), 1)
    )


def _flat(network: Network, parameters: Parameters | Array, dtype: Any) -> Array:
    """Return the parameters as one vector of `dtype`, or raise `ShapeError`."""
    vector = parameters.flat() if isinstance(parameters, Parameters) else parameters
    flat = np.ascontiguousarray(vector, dtype)
    check_size(network, flat)
    return flat


def _table(network: Network, data: ArrayData, dtype: Any) -> Any:
    """Return the module's view of `data`; nothing is copied."""
    _check_data(network, data, np.dtype(dtype))
    classes = data.targets.ndim == 1
    make = _module().Table32 if np.dtype(dtype) == np.float32 else _module().Table64
    return make(
        data.inputs,
        None if classes else data.targets,
        data.targets if classes else None,
        data.weights,
        data.row_indices,
    )


def _check_data(network: Network, data: ArrayData, dtype: np.dtype[Any]) -> None:
    """Raise `ShapeError` where arrays are not as `ArrayData` describes."""
    classes = data.targets.ndim == 1
    rows = len(data.inputs)
    wanted: list[tuple[str, Array, tuple[int, ...], Any]] = [
        ("inputs", data.inputs, (rows, network.known_inputs), dtype)
    ]
    if classes:
        wanted.append(("targets", data.targets, (rows,), np.dtype(np.int32)))
    else:
        wanted.append(("targets", data.targets, (rows, network.outputs), dtype))
    if data.weights is not None:
        wanted.append(("weights", data.weights, (rows,), dtype))
    if data.row_indices is not None:
        wanted.append(("row_indices", data.row_indices, (data.n_rows,), np.dtype(np.uint32)))
    for name, array, shape, kind in wanted:
        if array.shape != shape or array.dtype != kind or not array.flags.c_contiguous:
            raise ShapeError(
                f"ArrayData.{name} must be a C-contiguous array of shape {shape} and dtype {kind}, got "
                f"shape {array.shape} and dtype {array.dtype}."
            )
    if data.n_rows == 0:
        raise ShapeError("ArrayData must have at least one row.")
    if classes and (data.targets.min() < 0 or data.targets.max() >= network.outputs):
        raise ShapeError(
            f"ArrayData.targets must be class numbers from 0 to {network.outputs - 1}, one an output."
        )

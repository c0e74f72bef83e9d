"""The state of a training run after an epoch: all it needs to continue to the same bits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.array_reader import ArrayReader
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.strict_reader import file_error
from deltarule.engines.training_plan import TrainingPlan
from deltarule.optimizers import Stepwise
from deltarule.parameters import Parameters, from_flat, variances_are_valid

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class TrainingState(NotebookDisplay):
    """The state of a training run after its last finished epoch.

    Parameters
    ----------
    weights : ndarray of shape (n_parameters,)
        The parameters, flat, in the dtype of the plan.
    slots : mapping of str to ndarray
        The optimizer's memory by name, such as Adam's mean of shape (n_parameters,).
    rules : tuple of tuple of float
        What each stopping rule of the plan remembers.
    epochs_done : int, default 0
        Number of finished epochs; it decides the count of updates and the random streams.
    first_loss : float, default NaN
        J of the first batch, or the larger loss over all rows that replaced it; an explosion is
        measured against it.
    elapsed_s : float, default 0.0
        Training time in seconds.
    best_value : float, default infinity
        The monitored value of the best epoch under `keep_best`, a score negated.
    best_weights : ndarray of shape (n_parameters,), optional
        The parameters of the best epoch under `keep_best`.
    plateau : tuple of float, default (1.0, infinity, 0.0)
        Of a schedule that reacts to plateaus: the factor, the best value and the epochs waited.
    """

    weights: Array
    slots: Mapping[str, Array] = field(default_factory=dict)
    rules: tuple[tuple[float, ...], ...] = ()
    epochs_done: int = 0
    first_loss: float = math.nan
    elapsed_s: float = 0.0
    best_value: float = math.inf
    best_weights: Array | None = None
    plateau: tuple[float, float, float] = (1.0, math.inf, 0.0)

    def _sentence(self) -> str:
        epochs, size = counted(self.epochs_done, "epoch"), counted(self.weights.size, "parameter")
        return f"{size} after {epochs}"

    @classmethod
    def initial(cls, plan: TrainingPlan, parameters: Parameters) -> TrainingState:
        """Return the state before the first epoch.

        Parameters
        ----------
        plan : TrainingPlan
            The plan of the run.
        parameters : Parameters
            The initial parameters.

        Returns
        -------
        TrainingState
            The state; change it with `dataclasses.replace`.
        """
        assert isinstance(plan.optimizer, Stepwise)
        weights = parameters.flat().astype(plan.dtype)
        return cls(
            weights=weights,
            slots=plan.optimizer.new_slots(weights.size, plan.dtype),
            rules=tuple(rule.initial_state for rule in plan.stopping),
            best_weights=None if plan.keep_best is None else weights.copy(),
        )

    def with_slots(self, slots: Mapping[str, Array]) -> TrainingState:
        """Return the state with another memory of the optimizer.

        Parameters
        ----------
        slots : mapping of str to ndarray of shape (n_parameters,)
            The memory by name. What the optimizer does not have, or has in another shape, is ignored.

        Returns
        -------
        TrainingState
            The new state.
        """
        kept = {name: slots.get(name) for name in self.slots}
        fitting = {
            name: array.astype(self.slots[name].dtype)
            for name, array in kept.items()
            if array is not None and array.shape == self.slots[name].shape
        }
        return replace(self, slots={**self.slots, **fitting})

    def with_fresh_rules(self, plan: TrainingPlan) -> TrainingState:
        """Return the state with stopping rules as before the first epoch.

        Parameters
        ----------
        plan : TrainingPlan
            The plan of the run.

        Returns
        -------
        TrainingState
            The new state.
        """
        return replace(self, rules=tuple(rule.initial_state for rule in plan.stopping))

    def copy(self) -> TrainingState:
        """Return the state with arrays of its own.

        Returns
        -------
        TrainingState
            The copy.
        """
        return replace(
            self,
            weights=self.weights.copy(),
            slots={name: slot.copy() for name, slot in self.slots.items()},
            best_weights=None if self.best_weights is None else self.best_weights.copy(),
        )

    def to_arrays(self) -> dict[str, Array]:
        """Return the state as arrays by the names that checkpoint files use.

        Returns
        -------
        dict of str to ndarray
            The arrays: "weights" of shape (n_parameters,), "epochs_done" of shape (1,) and so on.
        """
        arrays = {
            "epochs_done": np.array([self.epochs_done], np.int64),
            "first_loss": np.array([self.first_loss]),
            "elapsed_s": np.array([self.elapsed_s]),
            "best_value": np.array([self.best_value]),
            "plateau": np.array(self.plateau),
            "weights": self.weights,
        }
        arrays |= {f"rule_{i}": np.array(rule) for i, rule in enumerate(self.rules) if rule}
        if self.best_weights is not None:
            arrays["best_weights"] = self.best_weights
        return arrays | {f"slot_{name}": slot for name, slot in self.slots.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], plan: TrainingPlan) -> TrainingState:
        """Return the state that `to_arrays` wrote.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            The arrays by name, in the shapes of `to_arrays`.
        plan : TrainingPlan
            The plan of the run.

        Returns
        -------
        TrainingState
            The state.

        Raises
        ------
        ModelFileError
            If an array is missing, has another shape or dtype, or holds numbers that are not finite.
        """
        reader = ArrayReader(arrays, "The state of the training run")
        assert isinstance(plan.optimizer, Stepwise)
        size, dtype = plan.network.parameter_count, plan.dtype
        weights = reader.take("weights", (size,), dtype)
        best = None if plan.keep_best is None else reader.take("best_weights", (size,), dtype)
        for vector in (weights, best):
            if vector is not None and not variances_are_valid(from_flat(plan.network, vector)):
                raise file_error(f"{reader.where} holds a moving_variance below 0.")
        slots = {
            name: reader.take(f"slot_{name}", slot.shape, slot.dtype.name)
            for name, slot in plan.optimizer.new_slots(size, dtype).items()
        }
        rules = tuple(
            _numbers(reader, f"rule_{i}", rule.initial_state)
            for i, rule in enumerate(plan.stopping)
        )
        epochs_done = int(reader.take("epochs_done", (1,), "int64")[0])
        if not 0 <= epochs_done <= plan.epochs:
            raise file_error(
                f"{reader.where} must have 0 to {plan.epochs} finished epochs, got {epochs_done}."
            )
        state = cls(
            weights=weights,
            slots=slots,
            rules=rules,
            epochs_done=epochs_done,
            first_loss=_numbers(reader, "first_loss", (math.nan,))[0],
            elapsed_s=_numbers(reader, "elapsed_s", (0.0,))[0],
            best_value=_numbers(reader, "best_value", (math.inf,))[0],
            best_weights=best,
            plateau=_numbers(reader, "plateau", (1.0, math.inf, 0.0)),
        )
        reader.finish()
        return state


def _numbers(reader: ArrayReader, name: str, initial: tuple[float, ...]) -> tuple[Any, ...]:
    """Take numbers that are finite, or still what they are before the first epoch."""
    if not initial and name not in reader:
        return ()
    # Files of version 0.1 hold two numbers for every rule.
    shape = (None,) if name.startswith("rule_") else (len(initial),)
    values = tuple(reader.take(name, shape, "float64", finite=False).tolist())[: len(initial)]
    if len(values) < len(initial) or any(
        not math.isfinite(value) and repr(value) != repr(before)
        for value, before in zip(values, initial, strict=True)
    ):
        raise file_error(f"{reader.where} must hold finite numbers in {name!r}.")
    return values

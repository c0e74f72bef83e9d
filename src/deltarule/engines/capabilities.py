"""What an engine can do beyond the contract, and the general way for an engine that cannot.

Every capability is a protocol that an engine or its session fulfills or not; everything that uses one
goes through the function beside it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np

from deltarule.engines.contract import Array, Chunk, Engine, TrainingSession
from deltarule.engines.data import Data
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat

Predict = Callable[[Array], Array]
Objective = Callable[[Array], tuple[float, Array]]


class Predictor(Protocol):
    """A network that is ready to predict often, in any number of threads at the same time.

    `one_row` returns the outputs of a finite array of shape (1, n_inputs) and
    the predictor's dtype, and None for anything else.
    """

    one_row: Callable[[Array], Array | None]

    def __call__(self, inputs: Array) -> Array:
        """Compute the outputs.

        Parameters
        ----------
        inputs : ndarray of shape (n_rows, n_inputs)
            The inputs.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)
            The outputs.
        """


@runtime_checkable
class CompilesPredictors(Protocol):
    """An engine that prepares a network for many predictions."""

    def predictor(
        self, network: Network, parameters: Parameters | Array, dtype: Any, threads: int = 1
    ) -> Predictor:
        """Return the network as a function of its inputs.

        Parameters
        ----------
        network : Network
            The network; its number of inputs is known.
        parameters : Parameters or ndarray of shape (n_parameters,)
            Its parameters. A C-contiguous vector of `dtype` is not copied: predictions follow changes in
            it.
        dtype : dtype
            The type of inputs and outputs, float32 or float64.
        threads : int, default 1
            Maximum number of threads.

        Returns
        -------
        Predictor
            The function.
        """


@runtime_checkable
class PredictsJointly(Protocol):
    """An engine that predicts with several networks of one description in one call."""

    def joint_predictor(
        self, network: Network, vectors: Sequence[Array], threads: int = 1
    ) -> Predict:
        """Return the outputs of all networks, (networks, rows, outputs), as a function of their inputs.

        Parameters
        ----------
        network : Network
            The description of each network; its number of inputs is known.
        vectors : sequence of ndarray of shape (n_parameters,)
            The parameters of each network, C-contiguous and of one dtype: predictions follow changes in
            them.
        threads : int, default 1
            Maximum number of threads.

        Returns
        -------
        callable
            The function, for any number of threads at the same time. Its inputs have the dtype of the
            parameters and are C-contiguous.
        """


@runtime_checkable
class PreparesObjectives(Protocol):
    """An engine that prepares a loss over some rows for many evaluations."""

    def objective(self, network: Network, loss: Loss, data: Data, threads: int = 1) -> Objective:
        """Return J and its gradient as a function of the flat vector of parameters."""


@runtime_checkable
class RemembersChunk(Protocol):
    """A session that keeps the epochs of its last call of `run`, if a KeyboardInterrupt came."""

    last_chunk: Chunk
    """The epochs that the last call of `run` finished, and why training stopped."""


def missed_chunk(session: TrainingSession, last_epoch: int) -> Chunk | None:
    """Return the epochs after `last_epoch` that a session still has; None without any.

    A session without this capability has none: then an interrupt can lose the records of epochs whose
    updates are part of the weights.
    """
    if not isinstance(session, RemembersChunk):
        return None
    chunk = session.last_chunk
    records = chunk.records[chunk.records["epoch"] > last_epoch]
    return dataclasses.replace(chunk, records=records) if len(records) else None


class SteppableSession(TrainingSession, Protocol):
    """A session that can make one update of an epoch."""

    def one_update(self, step: int) -> tuple[float, TrainingState]:
        """Make update `step` (from 0) of the next epoch only; return J before it and the state after.

        Updates 0, 1, … in their order are those that `run` would make. Nothing is decided or counted;
        `restore` returns to the beginning of the epoch.
        """


@runtime_checkable
class MakesSingleUpdates(Protocol):
    """An engine whose sessions can make one update of an epoch."""

    def open_steppable(
        self,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int = 1,
    ) -> SteppableSession:
        """Open a session as `open` does."""


@runtime_checkable
class WarmsUp(Protocol):
    """An engine that prepares a plan before it can execute it at full speed, by compiling it or so."""

    def warm_up(
        self, plan: TrainingPlan, data: Data, validation: Data | None, threads: int
    ) -> None:
        """Prepare the plan. No time limit counts this time."""


@runtime_checkable
class ChoosesInstructions(Protocol):
    """An engine that is compiled for several instruction levels of a processor, whose bits differ."""

    @property
    def instruction_level(self) -> str:
        """The level that is used, such as "avx2"."""


@dataclass(frozen=True)
class OpenRequest:
    """The arguments of `Engine.open`."""

    plan: TrainingPlan
    data: Data
    validation: Data | None
    initial_parameters: Parameters


@runtime_checkable
class OpensMany(Protocol):
    """An engine that trains many networks better together than one by one."""

    def open_many(self, requests: Sequence[OpenRequest], threads: int) -> Sequence[TrainingSession]:
        """Open one session for each request; their results are those of sessions opened alone.

        Each session is run by a thread of its own. The engine may let them wait for each other, and
        train them together.
        """


def warm_up(
    engine: Engine, plan: TrainingPlan, data: Data, validation: Data | None, threads: int
) -> float:
    """Let the engine prepare the plan; return the seconds it took."""
    if not _warms_up(type(engine)):
        return 0.0
    began = time.perf_counter()
    cast(WarmsUp, engine).warm_up(plan, data, validation, threads)
    return time.perf_counter() - began


@cache  # to ask a protocol takes as long as a small network trains
def _warms_up(engine: type) -> bool:
    return issubclass(engine, WarmsUp)


def instruction_level(engine: Engine) -> str | None:
    """Return the instruction level that the engine uses; None if it does not choose one."""
    return engine.instruction_level if isinstance(engine, ChoosesInstructions) else None


def compile_predictor(
    engine: Engine, network: Network, flat: Array, threads: int = 1
) -> Predictor | Predict:
    """Return the network as a function of its inputs; predictions follow changes in `flat`."""
    if isinstance(engine, CompilesPredictors):
        return engine.predictor(network, flat, flat.dtype, threads)
    views = from_flat(network, flat)
    return lambda inputs: engine.predict(network, views, inputs, threads)


def compile_joint_predictor(
    engine: Engine, network: Network, vectors: Sequence[Array], threads: int = 1
) -> Predict:
    """Return the outputs of networks of one description, (networks, rows, outputs), as a function.

    Predictions follow changes in `vectors`.
    """
    if isinstance(engine, PredictsJointly):
        return engine.joint_predictor(network, vectors, threads)
    each = [compile_predictor(engine, network, vector, threads) for vector in vectors]
    return lambda inputs: np.stack([predict(inputs) for predict in each])


def prepare_objective(
    engine: Engine, network: Network, loss: Loss, data: Data, threads: int = 1
) -> Objective:
    """Return J and its gradient as a function of the flat vector of parameters."""
    if isinstance(engine, PreparesObjectives):
        return engine.objective(network, loss, data, threads)
    return lambda flat: engine.loss_and_gradient(
        network, from_flat(network, flat), loss, data, threads
    )


def open_steppable(
    engine: Engine,
    plan: TrainingPlan,
    data: Data,
    validation: Data | None,
    initial_parameters: Parameters,
) -> SteppableSession:
    """Open a session that can make single updates: of `engine`, or of the reference engine."""
    if isinstance(engine, MakesSingleUpdates):
        return engine.open_steppable(plan, data, validation, initial_parameters)
    from deltarule.engines.reference import ReferenceEngine

    return ReferenceEngine().open_steppable(plan, data, validation, initial_parameters)

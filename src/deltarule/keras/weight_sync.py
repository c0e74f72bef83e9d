"""Training that resumes from the optimizer's state, with weights readable and writable meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.capabilities import warm_up
from deltarule.engines.contract import Engine, TrainingSession
from deltarule.engines.data import Data
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.errors import EngineError
from deltarule.keras.layers.variables import WeightSource
from deltarule.keras.model_conversion import ConvertedModel
from deltarule.keras.optimizers import Optimizer
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat

Array = NDArray[Any]


class ResumingEngine:
    """An engine whose sessions start from an optimizer's state.

    The optimizer's count of updates is rounded up to whole epochs of this run; this affects only Adam's
    bias correction.
    """

    def __init__(self, engine: Engine, optimizer: Optimizer, epochs_done: int) -> None:
        self._engine, self._optimizer = engine, optimizer
        self._epochs_done = epochs_done
        self._session: TrainingSession | None = None

    @property
    def name(self) -> str:
        """The engine's name."""
        return self._engine.name

    @property
    def session(self) -> TrainingSession:
        """The open session."""
        if self._session is None:
            raise EngineError("Training has not started.")
        return self._session

    @property
    def is_open(self) -> bool:
        """Whether training has started."""
        return self._session is not None

    def epochs_run(self, state: TrainingState) -> int:
        """Return the number of completed epochs of this run."""
        return state.epochs_done - self._epochs_done

    def supports(self, plan: TrainingPlan) -> str | None:
        """See `contract.Engine.supports`."""
        return self._engine.supports(plan)

    def warm_up(
        self, plan: TrainingPlan, data: Data, validation: Data | None, threads: int
    ) -> None:
        """See `capabilities.WarmsUp`."""
        warm_up(self._engine, plan, data, validation, threads)

    def open(
        self,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int,
    ) -> TrainingSession:
        """See `contract.Engine.open`."""
        session = self._engine.open(plan, data, validation, initial_parameters, threads)
        if self._epochs_done:
            state = session.state().with_slots(self._optimizer.slots)
            session.restore(replace(state, epochs_done=self._epochs_done))
        self._session = session
        return session

    def predict(
        self, network: Network, parameters: Parameters, inputs: Array, threads: int = 1
    ) -> Array:
        """See `contract.Engine.predict`."""
        return self._engine.predict(network, parameters, inputs, threads)

    def loss_and_gradient(
        self, network: Network, parameters: Parameters, loss: Loss, data: Data, threads: int = 1
    ) -> tuple[float, Array]:
        """See `contract.Engine.loss_and_gradient`."""
        return self._engine.loss_and_gradient(network, parameters, loss, data, threads)

    def evaluate(
        self, network: Network, parameters: Parameters, loss: Loss, data: Data, threads: int = 1
    ) -> tuple[float, float]:
        """See `contract.Engine.evaluate`."""
        return self._engine.evaluate(network, parameters, loss, data, threads)


class WeightSync:
    """Keeps the layers' arrays and the optimizer's slots in step with a session; copies on access."""

    def __init__(
        self,
        converted: ConvertedModel,
        engine: ResumingEngine,
        optimizer: Optimizer,
        steps_per_epoch: int,
    ) -> None:
        self._converted, self._engine, self._optimizer = converted, engine, optimizer
        self._steps = steps_per_epoch
        self._iterations = optimizer.updates_done  # before this run
        self._up_to_date = True
        for layer in converted.learning:
            layer.weight_source = self

    def epoch_done(self, epochs: int) -> None:
        """Set the number of completed epochs of this run."""
        self._optimizer.updates_done = self._iterations + epochs * self._steps
        self._up_to_date = False

    def pull(self) -> None:
        """Copy the session's weights and slots to the layers and the optimizer."""
        if not self._up_to_date:
            store(self._converted, self._optimizer, self._engine.session)
            self._up_to_date = True

    def push(self) -> None:
        """Copy the layers' arrays to the session."""
        session = self._engine.session
        session.restore(with_weights(session.state(), self._converted))

    def close(self, kept: Parameters | None) -> None:
        """End the synchronization: the layers own copies of the last weights, or of `kept`."""
        try:
            if self._engine.is_open:
                state = store(self._converted, self._optimizer, self._engine.session)
                if state is not None:
                    self.epoch_done(self._engine.epochs_run(state))
            if kept is not None:
                self._converted.store(kept)
        finally:  # a second Ctrl-C
            release(self._converted, self)


def store(
    converted: ConvertedModel, optimizer: Optimizer, session: TrainingSession
) -> TrainingState | None:
    """Set the layers' arrays and the optimizer's slots from a session, and return its state.

    A large network whose epoch was cut short, by Ctrl-C or divergence, has lost its slots: then the
    optimizer begins anew, and there is no state.
    """
    try:
        state = session.state()
    except EngineError:
        converted.store(session.result)
        optimizer.slots, optimizer.updates_done = {}, 0
        return None
    converted.store(from_flat(converted.network, state.weights))
    optimizer.slots = dict(state.slots)
    return state


def with_weights(state: TrainingState, converted: ConvertedModel) -> TrainingState:
    """Return the state with the layers' arrays as its weights."""
    weights = converted.parameters.flat().astype(state.weights.dtype)
    return replace(state, weights=weights)


def release(converted: ConvertedModel, source: WeightSource) -> None:
    """Detach the layers from a session: they own copies of their arrays."""
    for layer in converted.learning:
        if layer.weight_source is source:  # not of another model that shares the layer
            layer.weight_source = None
            layer.arrays = {name: np.array(array) for name, array in layer.arrays.items()}

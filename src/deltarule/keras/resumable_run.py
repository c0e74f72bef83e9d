"""A run that goes on where the optimizer stopped, and whose weights can be read and set meanwhile."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.contract import Data, Engine, TrainingPlan, TrainingSession
from deltarule.errors import EngineError
from deltarule.keras.network_conversion import Chain
from deltarule.keras.optimizers import Optimizer
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat

Array = NDArray[Any]


class ContinuedEngine:
    """An engine whose sessions begin with an optimizer's memory; it keeps the session at hand.

    The optimizer's count of updates must be a whole number of epochs of this run: it is rounded up,
    which Adam's correction of its first steps alone would notice.
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
        """The session that was opened."""
        if self._session is None:
            raise EngineError("Training has not begun.")
        return self._session

    @property
    def is_open(self) -> bool:
        """Whether training has begun."""
        return self._session is not None

    @property
    def epochs_run(self) -> int:
        """How many epochs of this run have ended well."""
        return int(self.session.snapshot()["epochs_done"][0]) - self._epochs_done

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
            state = session.snapshot()
            state["epochs_done"] = np.array([self._epochs_done], np.int64)
            for name, slot in self._optimizer.slots.items():
                if name in state and state[name].shape == slot.shape:
                    state[name] = slot.astype(state[name].dtype)
            session.restore(state)
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


class LiveWeights:
    """The layers' arrays and the optimizer's memory while a session runs: fetched when somebody looks."""

    def __init__(
        self, chain: Chain, engine: ContinuedEngine, optimizer: Optimizer, steps_per_epoch: int
    ) -> None:
        self._chain, self._engine, self._optimizer = chain, engine, optimizer
        self._steps = steps_per_epoch
        self._iterations = optimizer.iterations  # before this run
        self._fresh = True
        for layer in chain.dense:
            layer.live = self

    def epoch_done(self, epochs: int) -> None:
        """Say that so many epochs of this run have passed."""
        self._optimizer.iterations = self._iterations + epochs * self._steps
        self._fresh = False

    def pull(self) -> None:
        """Bring the layers' arrays and the optimizer's memory up to date."""
        if not self._fresh:
            state = self._engine.session.snapshot()
            self._chain.store(from_flat(self._chain.network, state["weights"]))
            self._optimizer.slots = {k: v for k, v in state.items() if k.startswith("slot_")}
            self._fresh = True

    def push(self) -> None:
        """Hand the layers' arrays to the run."""
        state = self._engine.session.snapshot()
        state["weights"] = self._chain.parameters.flat().astype(state["weights"].dtype)
        self._engine.session.restore(state)

    def close(self, kept: Parameters | None) -> None:
        """Leave the last weights, or `kept`, in the layers; copies of their own."""
        if self._engine.is_open:
            self.epoch_done(self._engine.epochs_run)
            self.pull()
        if kept is not None:
            self._chain.store(kept)
        for layer in self._chain.dense:
            layer.live = None
            layer.arrays = {name: np.array(array) for name, array in layer.arrays.items()}

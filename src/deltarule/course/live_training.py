"""A training run of a figure: an engine's session that trains some epochs in each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.engines import training_engine
from deltarule.engines.keep_best import KeepBest
from deltarule.engines.training_plan import TrainingPlan
from deltarule.history import Records, empty_records, join_records
from deltarule.initialization import initial_parameters
from deltarule.losses import LOSSES, Loss
from deltarule.network import Network
from deltarule.optimizers import Optimizer
from deltarule.parameters import Parameters, from_flat
from deltarule.sampling import FullBatch, Sampling
from deltarule.stopping import StoppingRule, StopReason
from deltarule.training import TrainedNetwork
from deltarule.training.fit_arguments import chosen_loss
from deltarule.training.input_arrays import as_data

Array = NDArray[Any]


class LiveTraining:
    """A run that goes on with each call of `train`, with the bits of `deltarule.fit`.

    `X` (n_rows, n_inputs), `y` and `validation_data` as in `fit`. `points` has the parameters before the
    first and after each call, as rows of `Parameters.flat`; `records` those of all finished epochs;
    `reason` is None until training ends.
    """

    def __init__(
        self,
        network: Network,
        X: ArrayLike,
        y: ArrayLike,
        *,
        optimizer: Optimizer,
        sampling: Sampling | None = None,
        loss: Loss | str | None = None,
        epochs: int = 10_000,
        stopping: Sequence[StoppingRule] = (),
        validation_data: tuple[ArrayLike, ArrayLike] | None = None,
        keep_best: str | None = None,
        score: bool = False,
        seed: int = 0,
        initial: TrainedNetwork | None = None,
    ) -> None:
        resolved = chosen_loss(network, None if loss is None else LOSSES.resolve(loss, "loss"))
        data = as_data(network, resolved, X, y, None, "float64")
        network = network.with_inputs(data.inputs.shape[1])
        validation = None
        if validation_data is not None:
            validation = as_data(network, resolved, *validation_data, None, "float64")
        self.plan = TrainingPlan(
            network, resolved, optimizer, sampling or FullBatch(), epochs, tuple(stopping),
            keep_best=keep_best, score=score, seed=seed, dtype="float64",
        )  # fmt: skip
        begin = initial_parameters(network, seed, "float64", data.inputs)
        if initial is not None:
            begin = initial.parameters.astype(np.float64)
        engine = training_engine(self.plan)
        self._session = engine.open(self.plan, data, validation, begin, 1)
        self.records: Records = empty_records()
        self.reason: StopReason | None = None
        self._rule: int | None = None
        self.points: list[Array] = [begin.flat().copy()]
        self._parameters = begin

    def train(self, epochs: int = 1) -> bool:
        """Train some epochs, and return whether training goes on."""
        if self.reason is None:
            chunk = self._session.run(epochs)
            self.reason, self._rule = chunk.reason, chunk.rule
            self.records = join_records([self.records, chunk.records])
            self._parameters = self._current()
            self.points.append(self._parameters.flat().astype(np.float64))
            if self.epoch >= self.plan.epochs and self.reason is None:
                self.reason = StopReason.EPOCHS_DONE
        return self.reason is None

    @property
    def epoch(self) -> int:
        """Number of finished epochs."""
        return len(self.records)

    @property
    def explanation(self) -> str:
        """Why training ended, in a sentence; empty while it goes on."""
        if self.reason is None:
            return ""
        if self._rule is not None:
            return self.plan.stopping[self._rule].explain(self.epoch)
        if self.reason is StopReason.DIVERGED:
            return f"The loss is not finite after {self.epoch} epochs."
        return f"All {self.epoch} epochs are done."

    @property
    def parameters(self) -> Parameters:
        """The current parameters, those of the last epoch."""
        return self._parameters

    @property
    def best_epoch(self) -> int:
        """The epoch whose parameters are kept, from 1: the best under `keep_best`, else the last."""
        best = KeepBest(self.plan.keep_best)
        best.update_records(self.records)
        return best.epoch

    @property
    def kept(self) -> TrainedNetwork:
        """The network of `best_epoch`, which `fit` returns."""
        if self.epoch == 0:
            return self.trained
        return TrainedNetwork(self.plan.network, self._session.result)

    @property
    def trained(self) -> TrainedNetwork:
        """The network as it is now."""
        return TrainedNetwork(self.plan.network, self._parameters)

    def _current(self) -> Parameters:
        if self.plan.keep_best is None:
            return self._session.result
        return from_flat(self.plan.network, self._session.state().weights)

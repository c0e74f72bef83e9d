"""Gradient descent watched: the way of the parameters, step by step or epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks, random
from deltarule.engines.contract import Data
from deltarule.engines.equations import (
    dense_targets,
    mean_gradient,
    mean_loss,
    members_forward,
    penalty,
)
from deltarule.errors import SettingError
from deltarule.initialization import initial_parameters
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.optimizers import OPTIMIZERS
from deltarule.parameters import Parameters, from_flat
from deltarule.stopping import StopReason
from deltarule.training import EpochEvent, TrainedNetwork, fit
from deltarule.training.fitting import chosen_loss, default_dtype
from deltarule.training.input_arrays import as_data, split_off

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Where the parameters went: `points` (stations, parameters), flat, the start first.

    `losses` (stations,): J at each station, the start's NaN where nobody measured it. `explanation` says
    why it ended.
    """

    network: Network
    points: Array
    losses: Array
    reason: StopReason
    explanation: str

    @property
    def trained(self) -> TrainedNetwork:
        """The network at the last station."""
        return TrainedNetwork(self.network, from_flat(self.network, self.points[-1].copy()))

    def __len__(self) -> int:
        return len(self.points)


def textbook_sgd(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    learning_rate: float = 0.1,
    batch_size: int = 1,
    loss: Loss | str | None = None,
    max_iterations: int = 1000,
    target_loss: float | None = None,
    min_improvement: float | None = None,
    seed: int = 0,
    initial_parameters: TrainedNetwork | None = None,
) -> Trajectory:
    """Stochastic gradient descent as it is taught, every step recorded (Robbins and Monro 1951).

    1. begin with random weights, or with `initial_parameters`
    2. draw one sample at random
    3. forward: z and x of each layer
    4. backward: δ of each layer
    5. w ← w − η x δ, and again from 2

    `batch_size`: how many samples are drawn, with replacement, for each step; the gradient is their mean.

    It ends after `max_iterations` steps, or when J over all rows, looked at after every `rows` draws, is
    at most `target_loss`, or fell by no more than `min_improvement` since the last look. In float64; the
    numbers are those of `fit(sampling=SingleSample(), optimizer=GradientDescent(η), dtype="float64")`.
    """
    rate = checks.number("textbook_sgd.learning_rate", learning_rate, above=0)
    checks.integer("textbook_sgd.max_iterations", max_iterations, at_least=1)
    checks.integer("textbook_sgd.batch_size", batch_size, at_least=1)
    work = _Descent(network, chosen_loss(network, loss), X, y, seed, initial_parameters)
    order: list[int] = []
    looked, reason = work.losses[0], StopReason.EPOCHS_DONE
    epoch = 0
    for _ in range(max_iterations):
        if not order:
            order, epoch = random.drawn(work.rows, work.rows, seed, epoch).tolist(), epoch + 1
        batch, order = order[:batch_size], order[batch_size:]
        work.step(batch, rate)
        cost = work.losses[-1]
        if not np.isfinite(cost):
            reason = StopReason.DIVERGED
        elif not order and target_loss is not None and cost <= target_loss:
            reason = StopReason.TARGET_REACHED
        elif not order and min_improvement is not None and looked - cost <= min_improvement:
            reason = StopReason.NO_PROGRESS
        if reason is not StopReason.EPOCHS_DONE:
            break
        looked = looked if order else cost
    return work.path(reason, looked)


class _Descent:
    """The weights on their way, one sample at a time, every station remembered."""

    def __init__(
        self,
        network: Network,
        loss: Loss,
        X: ArrayLike,
        y: ArrayLike,
        seed: int,
        initial: TrainedNetwork | None,
    ) -> None:
        data = as_data(network, loss, X, y, None, "float64")
        self._network = network.with_inputs(data.inputs.shape[1])
        if any(block.dropout_rate for block in self._network.blocks):
            raise SettingError.message(
                "textbook_sgd does not support dropout: use fit, or remove the Dropout layers."
            )
        self._loss, self.rows = loss, data.rows
        targets = dense_targets(loss, data.targets, network.outputs, "float64")
        self._data = replace(data, targets=targets)
        if initial is None:
            begin = initial_parameters(self._network, seed, inputs=data.inputs)
        else:
            begin = initial.parameters
        self._flat = begin.flat().astype(np.float64)
        self._points = [self._flat.copy()]
        self.losses = [self._cost()]

    def step(self, rows: list[int], rate: float) -> None:
        """Run these rows forward and back and change the weights."""
        network, parameters = self._network, from_flat(self._network, self._flat)
        batch = Data(self._data.inputs[rows], self._data.targets[rows])
        passes = members_forward(network, parameters, batch.inputs)
        self._flat -= rate * mean_gradient(network, parameters, self._loss, passes, batch)
        self._points.append(self._flat.copy())
        self.losses.append(self._cost())

    def path(self, reason: StopReason, looked: float) -> Trajectory:
        """Return the whole way; `looked`: the cost at the last look."""
        steps, last = len(self._points) - 1, self.losses[-1]
        told = {
            StopReason.EPOCHS_DONE: f"All {steps} iterations were run.",
            StopReason.DIVERGED: f"The error is not finite after {steps} iterations.",
            StopReason.TARGET_REACHED: f"The error fell to {last:.4g} in {steps} iterations.",
            StopReason.NO_PROGRESS: f"The last pass over the rows changed the error from "
            f"{looked:.4g} to {last:.4g}, after {steps} iterations.",
        }[reason]
        return Trajectory(
            self._network, np.array(self._points), np.array(self.losses), reason, told
        )

    def _cost(self) -> float:
        parameters = from_flat(self._network, self._flat)
        passes = members_forward(self._network, parameters, self._data.inputs)
        cost = mean_loss(self._network, self._loss, passes, self._data)
        return cost + penalty(self._network, parameters)


def training_trajectory(
    network: Network, X: ArrayLike, y: ArrayLike, **settings: Any
) -> Trajectory:
    """Train with `fit(network, X, y, **settings)` and keep the parameters of every epoch.

    `losses` are fit's training losses: means over each epoch's batches while the weights moved.
    """
    callbacks = tuple(settings.pop("callbacks", ()))
    points: list[Array] = []
    losses: list[float] = []

    def remember(event: EpochEvent) -> None:
        points.append(event.current_parameters().flat().astype(np.float64))
        losses.append(event.training_loss)

    begin = settings.get("initial_parameters")
    if begin is None:
        begin = _start_of_fit(network, X, y, settings)
    elif isinstance(begin, TrainedNetwork):
        begin = begin.parameters
    result = fit(network, X, y, **settings, callbacks=(*callbacks, remember))
    path = np.array([begin.flat().astype(np.float64), *points])
    known, told = result.network.network, result.explanation
    return Trajectory(known, path, np.array([np.nan, *losses]), result.reason, told)


def _start_of_fit(network: Network, X: ArrayLike, y: ArrayLike, settings: Any) -> Parameters:
    """Return the parameters that `fit` draws: initializers may look at the rows it trains on."""
    optimizer = OPTIMIZERS.resolve(settings.get("optimizer", "adam"), "optimizer")
    dtype = settings.get("dtype") or default_dtype(optimizer)
    loss, seed = chosen_loss(network, settings.get("loss")), settings.get("seed", 0)
    data = as_data(network, loss, X, y, None, dtype)
    fraction = settings.get("validation_fraction", 0.0)
    if fraction and settings.get("validation_data") is None:
        data, _ = split_off(data, fraction, seed)
    known = network.with_inputs(data.inputs.shape[1])
    return initial_parameters(known, seed, dtype, data.inputs)

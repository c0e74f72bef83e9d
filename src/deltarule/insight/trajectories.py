"""Trajectories of the parameters during training, step by step or epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks, random
from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.engines.data import ArrayData, in_memory
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
from deltarule.training.fit_arguments import chosen_loss, default_dtype
from deltarule.training.input_arrays import as_data, split_off

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory(NotebookDisplay):
    """The parameters during training.

    Parameters
    ----------
    network : Network
        The network.
    points : ndarray of shape (n_points, n_parameters), dtype float64
        All parameters at each point, as in `Parameters.flat`; the initial parameters come first.
    losses : ndarray of shape (n_points,), dtype float64
        Loss J at each point; NaN where it was not measured.
    reason : StopReason
        Why training stopped.
    explanation : str
        The same as a sentence.

    See Also
    --------
    textbook_sgd : Record every step of stochastic gradient descent.
    training_trajectory : Record every epoch of `fit`.
    """

    network: Network
    points: Array
    losses: Array
    reason: StopReason
    explanation: str

    def _sentence(self) -> str:
        finite = self.losses[np.isfinite(self.losses)]
        losses = ""
        if len(finite):
            first, last = format_number(float(finite[0])), format_number(float(finite[-1]))
            losses = f", loss {first} to {last}"
        size = counted(self.points.shape[1], "parameter")
        return f"{counted(len(self), 'point')} of {size}{losses}. {self.explanation}"

    @property
    def trained(self) -> TrainedNetwork:
        """The network at the last point."""
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
    """Train with stochastic gradient descent as in textbooks, recording every step.

    1. Start with random weights, or with `initial_parameters`.
    2. Draw `batch_size` samples at random, with replacement.
    3. Forward pass: compute z and x of each layer.
    4. Backward pass: compute δ of each layer.
    5. Update w ← w − η x δ (the mean over the samples) and continue with step 2.

    Training stops after `max_iterations` steps. After every `n_rows` draws the loss over all rows is
    compared with `target_loss` and with its previous value.

    Parameters
    ----------
    network : Network
        The network, without dropout.
    X : array-like of shape (n_rows, n_inputs)
        Inputs.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets, as in `fit`.
    learning_rate : float, default 0.1
        Step size η, greater than 0.
    batch_size : int, default 1
        Number of samples per step.
    loss : Loss or str, optional
        Loss function. By default it is chosen by the output activation, as in `fit`.
    max_iterations : int, default 1000
        Maximum number of steps.
    target_loss : float, optional
        Stop as soon as the loss is at most this value.
    min_improvement : float, optional
        Stop when the loss decreased by no more than this value since the previous check.
    seed : int, default 0
        Seed of the initial weights and the samples.
    initial_parameters : TrainedNetwork, optional
        Network whose parameters are the starting point.

    Returns
    -------
    Trajectory
        Parameters and loss before the first and after each step.

    Raises
    ------
    SettingError
        If a setting is out of range or the network has dropout.

    Notes
    -----
    All numbers are float64 and equal those of `fit` with `sampling=SingleSample()`,
    `optimizer=GradientDescent(learning_rate)` and `dtype="float64"`.

    References
    ----------
    Robbins and Monro (1951), "A stochastic approximation method".

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> X, y = insight.make_two_clusters(n_samples=40)
    >>> unit = dr.Network([dr.Dense(1, "sigmoid")])
    >>> trajectory = insight.textbook_sgd(unit, X, y, learning_rate=0.5, max_iterations=200)
    >>> trajectory.points.shape  # two weights and a bias
    (201, 3)
    >>> bool(trajectory.losses[-1] < trajectory.losses[0])
    True
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
    """The state of `textbook_sgd`: the current parameters and all recorded points."""

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
        if self._network.uses_batch:
            raise SettingError.message(
                "textbook_sgd updates with single rows, which BatchNormalization cannot normalize: "
                "use fit, or remove these layers."
            )
        self._loss, self.rows = loss, data.n_rows
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
        """Compute the gradient of these rows and update the weights."""
        network, parameters = self._network, from_flat(self._network, self._flat)
        batch = ArrayData(self._data.inputs[rows], self._data.targets[rows])
        passes = members_forward(network, parameters, batch.inputs)
        self._flat -= rate * mean_gradient(network, parameters, self._loss, passes, batch)
        self._points.append(self._flat.copy())
        self.losses.append(self._cost())

    def path(self, reason: StopReason, looked: float) -> Trajectory:
        """Return the trajectory; `looked` is the loss at the last check."""
        steps, last = len(self._points) - 1, self.losses[-1]
        explanation = {
            StopReason.EPOCHS_DONE: f"All {steps} iterations are done.",
            StopReason.DIVERGED: f"The loss is not finite after {steps} iterations.",
            StopReason.TARGET_REACHED: f"The loss fell to {last:.4g} in {steps} iterations.",
            StopReason.NO_PROGRESS: f"The last pass over the rows changed the loss from "
            f"{looked:.4g} to {last:.4g}, after {steps} iterations.",
        }[reason]
        return Trajectory(
            self._network, np.array(self._points), np.array(self.losses), reason, explanation
        )

    def _cost(self) -> float:
        parameters = from_flat(self._network, self._flat)
        passes = members_forward(self._network, parameters, self._data.inputs)
        cost = mean_loss(self._network, self._loss, passes, self._data)
        return cost + penalty(self._network, parameters)


def training_trajectory(
    network: Network, X: ArrayLike, y: ArrayLike, **settings: Any
) -> Trajectory:
    """Train with `fit` and record the parameters after every epoch.

    Parameters
    ----------
    network : Network
        The network.
    X : array-like of shape (n_rows, n_inputs)
        Inputs.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets, as in `fit`.
    **settings : Any
        Further arguments of `fit`.

    Returns
    -------
    Trajectory
        Parameters before the first and after each epoch. The losses are the training losses of `fit`:
        means over the batches of an epoch. The loss of the initial parameters is NaN.

    See Also
    --------
    deltarule.fit : Train a network.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> X, y = insight.make_two_clusters(n_samples=40)
    >>> unit = dr.Network([dr.Dense(1, "sigmoid")])
    >>> trajectory = insight.training_trajectory(unit, X, y, epochs=10)
    >>> len(trajectory)
    11
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
    losses_with_start = np.array([np.nan, *losses])
    return Trajectory(
        result.network.network, path, losses_with_start, result.reason, result.explanation
    )


def _start_of_fit(network: Network, X: ArrayLike, y: ArrayLike, settings: Any) -> Parameters:
    """Return the initial parameters of `fit`; initializers may depend on the training rows."""
    optimizer = OPTIMIZERS.resolve(settings.get("optimizer", "adam"), "optimizer")
    dtype = settings.get("dtype") or default_dtype(optimizer)
    loss, seed = chosen_loss(network, settings.get("loss")), settings.get("seed", 0)
    data = as_data(network, loss, X, y, None, dtype)
    fraction = settings.get("validation_fraction", 0.0)
    if fraction and settings.get("validation_data") is None:
        data = in_memory(split_off(data, fraction, seed)[0])
    known = network.with_inputs(data.inputs.shape[1])
    return initial_parameters(known, seed, dtype, data.inputs)

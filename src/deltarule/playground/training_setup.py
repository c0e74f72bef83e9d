"""From an experiment and its data to what an engine takes: network, loss, plan and arrays."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.contract import Data, TrainingPlan
from deltarule.errors import SettingError
from deltarule.layers import Dense, Dropout, Layer
from deltarule.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
)
from deltarule.network import Network
from deltarule.optimizers import OPTIMIZERS, Optimizer
from deltarule.playground.experiment import Experiment, TrainingChoice
from deltarule.playground.prepared_data import PreparedData
from deltarule.sampling import FullBatch, MiniBatches, Sampling
from deltarule.schedules import (
    Cosine,
    ExponentialDecay,
    InverseScaling,
    OneCycle,
    OnPlateau,
    Schedule,
    StepDecay,
    WarmUp,
)
from deltarule.stopping import NoProgress

Array = NDArray[Any]
_CLASS_OUTPUTS = {
    # loss → output activations it goes with: one unit for two classes; a unit for each class
    "cross_entropy": (("sigmoid",), ("softmax",)),
    "mean_squared_error": (("sigmoid", "tanh", "identity"), ("softmax", "sigmoid", "identity")),
    "hinge": (("identity", "tanh"), ("identity",)),
}
_NUMBER_LOSSES: dict[str, Loss] = {
    "mean_squared_error": MeanSquaredError(),
    "mean_absolute_error": MeanAbsoluteError(),
    "huber": Huber(),
}
_DROPS = 10  # how often a step or exponential schedule halves the rate in all epochs


@dataclass(frozen=True, eq=False)
class TrainingSetup:
    """A run, ready to be opened.

    `signed`: two classes are −1 and 1 for the one output unit, not 0 and 1.
    """

    plan: TrainingPlan
    data: Data
    validation: Data
    loss_name: str
    signed: bool


def build_setup(experiment: Experiment, prepared: PreparedData) -> TrainingSetup:
    """Return the run; `SettingError` where loss and output do not go together."""
    choice = experiment.training
    loss_name, activation = output_of(experiment, prepared)
    signed = len(prepared.classes) == 2 and activation in ("tanh", "identity")
    loss = _loss(loss_name, prepared)
    rows = len(prepared.training)
    plan = TrainingPlan(
        network=_network(experiment, prepared, activation),
        loss=loss,
        optimizer=optimizer_of(choice, rows),
        sampling=_sampling(choice, rows),
        epochs=choice.epochs,
        stopping=() if choice.patience_epochs is None else (NoProgress(choice.patience_epochs),),
        score=True,
        seed=choice.seed,
        dtype="float32",
    )
    targets = _targets(prepared, loss, signed)
    train, held = prepared.training, prepared.validation
    return TrainingSetup(
        plan,
        Data(np.ascontiguousarray(prepared.inputs[train]), np.ascontiguousarray(targets[train])),
        Data(np.ascontiguousarray(prepared.inputs[held]), np.ascontiguousarray(targets[held])),
        loss_name,
        signed,
    )


def output_of(experiment: Experiment, prepared: PreparedData) -> tuple[str, str]:
    """Return the names of the loss and of the output activation, with "auto" made out."""
    loss, activation = experiment.training.loss, experiment.network.output.activation
    if not prepared.classes:
        loss = "mean_squared_error" if loss == "auto" else loss
        if loss not in _NUMBER_LOSSES:
            raise SettingError(
                f"The loss {loss} is for classes, and {prepared.target.name!r} is a number: choose "
                f"{' or '.join(_NUMBER_LOSSES)}."
            )
        if activation == "softmax":
            raise SettingError("A softmax output is for classes: choose identity for a number.")
        return loss, "identity" if activation == "auto" else activation
    loss = "cross_entropy" if loss == "auto" else loss
    if loss not in _CLASS_OUTPUTS:
        raise SettingError(
            f"The loss {loss} is for numbers, and {prepared.target.name!r} has classes: choose "
            f"{' or '.join(_CLASS_OUTPUTS)}."
        )
    fitting = _CLASS_OUTPUTS[loss][len(prepared.classes) > 2]
    if activation == "auto":
        return loss, fitting[0]
    if activation not in fitting:
        raise SettingError(
            f"The loss {loss} of {len(prepared.classes)} classes goes with the output "
            f"{' or '.join(fitting)}, not {activation}: choose one of them, or auto."
        )
    return loss, activation


def optimizer_of(choice: TrainingChoice, rows: int) -> Optimizer:
    """Return the optimizer with its schedule."""
    member = OPTIMIZERS.members[choice.optimizer]
    return dataclasses.replace(
        member(),
        learning_rate=_schedule(choice, rows),  # type: ignore[call-arg]
        clip_norm=choice.clip_norm,
    )


def _schedule(choice: TrainingChoice, rows: int) -> float | Schedule:
    rate, epochs = float(choice.learning_rate), choice.epochs
    every = max(epochs // _DROPS, 1)
    schedules: dict[str, Schedule] = {
        "step": StepDecay(rate, 0.5, every),
        "exponential": ExponentialDecay(rate, 0.5, every),
        "inverse_scaling": InverseScaling(rate, samples_per_epoch=rows),
        "cosine": Cosine(rate),
        "one_cycle": OneCycle(rate),
        "on_plateau": OnPlateau(rate, monitor="validation_loss"),
        "warm_up": WarmUp(rate, max(epochs / 20, 1)),
    }
    return schedules.get(choice.schedule, rate)


def _sampling(choice: TrainingChoice, rows: int) -> Sampling:
    if choice.batch_size == 0 or choice.batch_size >= rows:
        return FullBatch()
    return MiniBatches(choice.batch_size)


def _network(experiment: Experiment, prepared: PreparedData, activation: str) -> Network:
    choice = experiment.network
    layers: list[Layer] = []
    for number, layer in enumerate(choice.layers, start=1):
        layers.append(
            Dense(
                layer.units, layer.activation, initializer=choice.initializer,
                l1=layer.l1, l2=layer.l2, name=f"hidden_{number}",
            )
        )  # fmt: skip
        if layer.dropout:
            layers.append(Dropout(layer.dropout, name=f"dropout_{number}"))
    classes = len(prepared.classes)
    output = choice.output
    layers.append(
        Dense(
            classes if classes > 2 else 1, activation, initializer=choice.initializer,
            l1=output.l1, l2=output.l2, name="output",
        )
    )  # fmt: skip
    return Network(layers, prepared.inputs.shape[1])


def _loss(name: str, prepared: PreparedData) -> Loss:
    if name == "cross_entropy":
        return CategoricalCrossEntropy() if len(prepared.classes) > 2 else BinaryCrossEntropy()
    return Hinge() if name == "hinge" else _NUMBER_LOSSES[name]


def _targets(prepared: PreparedData, loss: Loss, signed: bool) -> Array:
    """Return the targets of all rows as an engine takes them."""
    classes = len(prepared.classes)
    if classes > 2:
        if isinstance(loss, CategoricalCrossEntropy | Hinge):
            return prepared.truth.astype(np.int32)
        return np.eye(classes, dtype=np.float32)[prepared.truth]
    values = prepared.scaled.astype(np.float32)
    if signed:
        values = 2 * values - 1
    return values[:, None]

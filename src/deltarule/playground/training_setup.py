"""Builds an engine's training plan and arrays from an experiment and its data."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.errors import SettingError
from deltarule.layers import Dense, Dropout, Layer
from deltarule.losses import LOSSES, Loss
from deltarule.network import Network
from deltarule.optimizers import OPTIMIZERS, Optimizer, Stepwise
from deltarule.playground.experiment import (
    CROSS_ENTROPIES,
    Experiment,
    TrainingChoice,
    losses,
)
from deltarule.playground.prepared_data import PreparedData
from deltarule.preprocessing import Task
from deltarule.sampling import FullBatch, MiniBatches, Sampling
from deltarule.schedules import SCHEDULES, Schedule
from deltarule.stopping import NoProgress

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class TrainingSetup:
    """The training plan and arrays of a run.

    `signed`: the targets of two classes are −1 and 1 instead of 0 and 1.
    """

    plan: TrainingPlan
    data: ArrayData
    validation: ArrayData
    loss_name: str
    signed: bool


def build_setup(experiment: Experiment, prepared: PreparedData) -> TrainingSetup:
    """Return the setup; raise `SettingError` if loss and output activation do not fit together."""
    choice = experiment.training
    loss_name, activation = output_of(experiment, prepared)
    signed = len(prepared.classes) == 2 and activation in ("tanh", "identity")
    loss = _loss_class(loss_name, len(prepared.classes))()
    rows = len(prepared.training)
    plan = TrainingPlan(
        network=_network(experiment, prepared, activation),
        loss=loss,
        optimizer=optimizer_of(choice, rows),
        sampling=_sampling(choice, rows),
        epochs=choice.epochs,
        stopping=() if choice.patience_epochs is None else (NoProgress(choice.patience_epochs),),
        keep_best=None if choice.patience_epochs is None else "validation_loss",
        score=True,
        seed=choice.seed,
        dtype="float32",
    )
    targets = _targets(prepared, loss, signed)
    train, held = prepared.training, prepared.validation
    return TrainingSetup(
        plan,
        ArrayData(
            np.ascontiguousarray(prepared.inputs[train]), np.ascontiguousarray(targets[train])
        ),
        ArrayData(np.ascontiguousarray(prepared.inputs[held]), np.ascontiguousarray(targets[held])),
        loss_name,
        signed,
    )


def output_of(experiment: Experiment, prepared: PreparedData) -> tuple[str, str]:
    """Return the names of the loss and the output activation, with "auto" resolved."""
    loss, activation = experiment.training.loss, experiment.network.output.activation
    if not prepared.classes:
        loss = "mean_squared_error" if loss == "auto" else loss
        numbers = [kind for kind in losses() if Task.REGRESSION in tasks_of(kind)]
        if loss not in numbers:
            raise SettingError(
                "training.loss",
                f"{loss} is for classes, and {prepared.target.name!r} is a number",
                hint=f"Choose {' or '.join(numbers)}.",
            )
        if activation == "softmax":
            raise SettingError(
                "output.activation", "softmax is for classes", hint="Choose identity for a number."
            )
        return loss, "identity" if activation == "auto" else activation
    loss = "cross_entropy" if loss == "auto" else loss
    if Task.CLASSIFICATION not in tasks_of(loss):
        classes = [kind for kind in losses() if Task.CLASSIFICATION in tasks_of(kind)]
        raise SettingError(
            "training.loss",
            f"{loss} is for numbers, and {prepared.target.name!r} has classes",
            hint=f"Choose {' or '.join(classes)}.",
        )
    member = _loss_class(loss, len(prepared.classes))
    two = len(prepared.classes) == 2
    fitting = member.outputs_of_two_classes if two else member.outputs_of_classes
    if activation == "auto" and fitting:
        return loss, fitting[0]
    if activation not in fitting:
        raise SettingError(
            "output.activation",
            f"{activation} does not fit the loss {loss} of {len(prepared.classes)} classes",
            hint=f"Choose {' or '.join(fitting)}, or auto.",
        )
    return loss, activation


def tasks_of(loss: str) -> list[Task]:
    """Return the tasks that a loss suits: classification, regression or both."""
    member = _loss_class(loss, 2)
    tasks = {
        Task.CLASSIFICATION: bool(member.outputs_of_two_classes or member.outputs_of_classes),
        Task.REGRESSION: member.measures_numbers,
    }
    return [task for task, suits in tasks.items() if suits]


def _loss_class(name: str, classes: int) -> type[Loss]:
    if name == "cross_entropy":
        name = CROSS_ENTROPIES[classes > 2]
    return LOSSES.members[name]


def optimizer_of(choice: TrainingChoice, rows: int) -> Optimizer:
    """Return the optimizer with its schedule."""
    optimizer = OPTIMIZERS.members[choice.optimizer]()
    assert isinstance(optimizer, Stepwise)
    return dataclasses.replace(
        optimizer,
        learning_rate=_schedule(choice, rows),
        clip_norm=choice.clip_norm,
    )


def _schedule(choice: TrainingChoice, rows: int) -> float | Schedule:
    rate = float(choice.learning_rate)
    if choice.schedule == "constant":
        return rate
    return SCHEDULES.members[choice.schedule].for_run(rate, choice.epochs, rows)


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


def _targets(prepared: PreparedData, loss: Loss, signed: bool) -> Array:
    """Return the targets of all rows in the form that the loss needs."""
    classes = len(prepared.classes)
    if classes > 2:
        if loss.classifies:
            return prepared.truth.astype(np.int32)
        return np.eye(classes, dtype=np.float32)[prepared.truth]
    values = prepared.scaled.astype(np.float32)
    if signed:
        values = 2 * values - 1
    return values[:, None]

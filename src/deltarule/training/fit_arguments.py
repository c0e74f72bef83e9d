"""The arguments of `fit`, checked and turned into a training loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule._common.other_terms import unknown_argument
from deltarule._common.processors import thread_count
from deltarule.engines import training_engine
from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.data import Data
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.update_values import check_update_values
from deltarule.errors import SettingError, ShapeError
from deltarule.losses import LOSSES, Loss
from deltarule.network import Network
from deltarule.optimizers import LBFGS, OPTIMIZERS, Optimizer
from deltarule.parameters import Parameters
from deltarule.sampling import FullBatch, MiniBatches, Sampling
from deltarule.schedules import MONITORS
from deltarule.stopping import StoppingRule
from deltarule.training.block_training import (
    check_block_training,
    default_sampling,
    refuse_lbfgs,
    refuse_split,
    with_targets_for,
)
from deltarule.training.checkpoint import Checkpoint
from deltarule.training.events import Callback, ProgressListener
from deltarule.training.input_arrays import as_data, check_data, split_off
from deltarule.training.loop import TrainingLoop
from deltarule.training.trained_network import TrainedNetwork

DEFAULT_LOSSES = {
    "softmax": "categorical_cross_entropy",
    "sigmoid": "binary_cross_entropy",
    "exponential": "poisson",
}
"""The default loss by output activation; for all others the mean squared error."""


@dataclass(frozen=True, eq=False)
class FitArguments:
    """The arguments of one call of `fit`."""

    network: Network
    X: ArrayLike | Data
    y: ArrayLike | None = None
    loss: Loss | str | None = None
    optimizer: Optimizer | str = "adam"
    batch_size: int | None = None
    sampling: Sampling | None = None
    epochs: int = 100
    validation_data: tuple[ArrayLike, ...] | Data | None = None
    validation_fraction: float = 0.0
    stopping: StoppingRule | Iterable[StoppingRule] = ()
    keep_best: str | None = "auto"
    sample_weight: ArrayLike | None = None
    rows: ArrayLike | None = None
    initial_parameters: Parameters | TrainedNetwork | None = None
    score: bool = True
    seed: int = 0
    dtype: str | None = None
    engine: str = "auto"
    threads: int | None = None
    progress: ProgressListener | None = None
    callbacks: Sequence[Callback] = ()
    checkpoint: Checkpoint | None = None

    @classmethod
    def of_job(cls, job: Mapping[str, Any]) -> FitArguments:
        """Return the arguments of a job; another one is refused as `fit` refuses it."""
        error = unknown_argument("fit", ["fit"], job, [field.name for field in fields(cls)])
        if error is not None:
            raise error
        return cls(**job)


def training_loop(given: FitArguments, *, check_rows: bool = True) -> TrainingLoop:
    """Return the checked training that `fit` runs.

    `check_rows`: whether to read rows that are not arrays and to check their values.
    """
    network = given.network
    if not isinstance(network, Network):
        raise SettingError(
            "network",
            "must be a deltarule.Network, such as Network([Dense(8, 'relu'), Dense(1)]), got "
            f"{type(network).__name__}",
        )
    optimizer = OPTIMIZERS.resolve(given.optimizer, "optimizer")
    refuse_lbfgs(optimizer, given.X)
    dtype = checks.one_of("dtype", given.dtype or default_dtype(optimizer), ("float32", "float64"))
    loss = chosen_loss(network, given.loss)
    checks.integer("seed", given.seed, at_least=0, at_most=2**64 - 1)
    data = training_data(given, loss, dtype, check_rows)
    network = network.with_inputs(data.n_inputs)
    validation = _validation_data(given.validation_data, network, loss, dtype, check_rows)
    if validation is not None and validation.n_inputs != data.n_inputs:
        raise ShapeError(
            f"validation_data has {validation.n_inputs} inputs and X has {data.n_inputs}: they must be "
            "the same."
        )
    if validation is None and given.validation_fraction:
        refuse_split(data)
        data, validation = split_off(data, given.validation_fraction, given.seed)
    _check_listeners(given)
    plan = TrainingPlan(
        network=network,
        loss=loss,
        optimizer=optimizer,
        sampling=_sampling(optimizer, given.sampling, given.batch_size, data),
        epochs=checks.integer("epochs", given.epochs, at_least=1),
        stopping=_stopping_rules(given.stopping),
        keep_best=_keep_best(given.keep_best, validation),
        score=given.score,
        seed=given.seed,
        dtype=dtype,
    )
    check_block_training(plan, data)
    _check_monitors(plan, validation)
    check_update_values(plan, plan.sampling.steps_per_epoch(data.n_rows))
    return TrainingLoop(
        plan,
        data,
        validation,
        _known_parameters(plan, given.initial_parameters),
        training_engine(plan, given.engine),
        thread_count(given.threads),
        given.progress,
        tuple(given.callbacks or ()),
        given.checkpoint,
    )


def chosen_loss(network: Network, loss: Loss | str | None) -> Loss:
    """Return the loss, given by itself or by its name; None: the default of the output activation."""
    if loss is None:
        loss = DEFAULT_LOSSES.get(network.output_layer.activation.kind, "mean_squared_error")
    return LOSSES.resolve(loss, "loss")


def default_dtype(optimizer: Optimizer) -> str:
    """Return the dtype to train in by default."""
    # Near a minimum, a line search compares losses that are equal in float32.
    return "float64" if isinstance(optimizer, LBFGS) else "float32"


def _sampling(
    optimizer: Optimizer, sampling: Sampling | None, batch_size: int | None, data: Data
) -> Sampling:
    rows = data.n_rows
    if sampling is not None and batch_size is not None:
        raise SettingError(
            "batch_size",
            "cannot be combined with `sampling`",
            hint="batch_size=n is MiniBatches(n).",
        )
    if sampling is None and isinstance(data, BlockFileData):
        sampling = default_sampling(batch_size, rows)
    if sampling is None:
        if isinstance(optimizer, LBFGS) and batch_size is None:
            return FullBatch()
        sampling = MiniBatches(min(32, rows) if batch_size is None else batch_size)
    if not isinstance(sampling, Sampling):
        raise SettingError(
            "sampling",
            "must be FullBatch(), SingleSample(), MiniBatches(batch_size) or Blocks(batch_size)",
            sampling,
        )
    sampling.batch_rows(rows)  # raises if a batch is larger than the data
    return sampling


def training_data(given: FitArguments, loss: Loss, dtype: str, check_rows: bool) -> Data:
    """Return the rows that a call of `fit` trains on."""
    X, y = given.X, given.y
    if isinstance(X, np.ndarray) or not isinstance(X, Data):
        if y is None:
            raise SettingError("y", "is missing: give targets, or rows that have them as X")
        weights = given.sample_weight
        return as_data(given.network, loss, X, y, weights, dtype, rows=given.rows)
    if y is not None or given.sample_weight is not None or given.rows is not None:
        raise SettingError(
            "X", "has targets and weights of its own: leave y, sample_weight and rows out"
        )
    X = with_targets_for(loss, given.network.outputs, X)
    return check_data(X, given.network, loss, dtype, "X") if check_rows else X


def _validation_data(
    given: tuple[ArrayLike, ...] | Data | None,
    network: Network,
    loss: Loss,
    dtype: str,
    check_rows: bool,
) -> Data | None:
    owner = "validation_data"
    if given is None:
        return None
    if isinstance(given, Data):
        given = with_targets_for(loss, network.outputs, given)
        return check_data(given, network, loss, dtype, owner) if check_rows else given
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise SettingError(
            owner,
            "must be (X, y) or (X, y, weights)",
            hint="To split off rows instead, use validation_fraction=0.2.",
        )
    inputs, targets, *weights = given
    return as_data(
        network, loss, inputs, targets, weights[0] if weights else None, dtype, owner=owner
    )


def _keep_best(keep_best: str | None, validation: Data | None) -> str | None:
    if keep_best == "auto":
        return None if validation is None else "validation_loss"
    return None if keep_best is None else checks.one_of("keep_best", keep_best, MONITORS)


def _stopping_rules(
    given: StoppingRule | Iterable[StoppingRule] | None,
) -> tuple[StoppingRule, ...]:
    if given is None or isinstance(given, StoppingRule):
        return () if given is None else (given,)
    rules = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    for rule in rules:
        if not isinstance(rule, StoppingRule):
            raise SettingError(
                "stopping",
                "must be rules such as NoProgress(10)",
                rule,
                "They are in deltarule.stopping.",
            )
    return rules


def _check_listeners(given: FitArguments) -> None:
    """Refuse what is no function or no checkpoint, as other libraries take it."""
    callbacks = given.callbacks
    if callable(callbacks) or isinstance(callbacks, str):
        raise SettingError("callbacks", "must be a list of functions", callbacks)
    for callback in callbacks or ():
        if not callable(callback):
            raise SettingError(
                "callbacks",
                "must be functions that take an EpochEvent",
                callback,
                "deltarule.keras has the callbacks of Keras.",
            )
    if given.progress is not None and not callable(given.progress):
        raise SettingError(
            "progress",
            "must be a function that takes a Progress",
            given.progress,
            "result.history has the losses.",
        )
    if given.checkpoint is not None and not isinstance(given.checkpoint, Checkpoint):
        raise SettingError("checkpoint", "must be deltarule.Checkpoint(path)", given.checkpoint)


def _check_monitors(plan: TrainingPlan, validation: Data | None) -> None:
    """Refuse rules that monitor a value that is not measured."""
    monitored = ((type(rule).__name__, rule.monitored) for rule in plan.stopping)
    watched = [(owner, monitor) for owner, monitor in monitored if monitor is not None]
    if plan.keep_best is not None:
        watched.append(("keep_best", plan.keep_best))
    schedule = getattr(plan.optimizer, "schedule", None)
    if schedule is not None and schedule.plateau is not None:
        watched.append(("OnPlateau", schedule.plateau.monitor))
    for owner, monitor in watched:
        if monitor.startswith("validation") and validation is None:
            raise SettingError(
                owner,
                f"monitors the {monitor.replace('_', ' ')}, but there are no validation rows",
                hint="Pass validation_data or, for arrays, validation_fraction=0.2; or monitor "
                "training_loss.",
            )
        if monitor.endswith("_score") and not plan.score:
            raise SettingError(
                owner,
                f"monitors the {monitor.replace('_', ' ')}, which is not measured",
                hint="Set score=True.",
            )


def _known_parameters(
    plan: TrainingPlan, given: Parameters | TrainedNetwork | None
) -> Parameters | None:
    if given is None:
        return None
    parameters = given.parameters if isinstance(given, TrainedNetwork) else given
    expected = [[part.shape for part in block.parts] for block in plan.network.blocks]
    shapes = [
        [array.shape for array in parameters.of_layer(i).values()]
        for i in range(len(parameters.weights))
    ]
    if shapes != expected:
        raise ShapeError("initial_parameters belong to a network of another shape than this one.")
    return parameters.astype(plan.dtype)

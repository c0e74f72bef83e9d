"""One call of fit or partial_fit: builds the training plan, runs it, and reports how it ended."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from deltarule._common.checks import sentences
from deltarule._common.processors import processor_count, thread_count
from deltarule.engines import training_engine
from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.estimators import mlp_parameters, mlp_progress
from deltarule.estimators.mlp_callbacks import SklearnCallbacks, epoch_callbacks
from deltarule.estimators.mlp_loss_scale import LossScale
from deltarule.history import Records
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.optimizers import Stepwise
from deltarule.parameters import Parameters, from_flat
from deltarule.sampling import FullBatch, MiniBatches, Sampling
from deltarule.schedules import Constant
from deltarule.stopping import NoProgress, StopReason
from deltarule.training.divergence import Divergence
from deltarule.training.loop import TrainingLoop
from deltarule.training.result import TrainingResult

Array = NDArray[Any]

UNLIMITED_PATIENCE = 2**31 - 1  # epochs
MIN_ADAPTIVE_RATE = 1e-6  # scikit-learn's: "adaptive" stops at or below it
ADAPTIVE_DIVISOR = 5.0


@dataclass
class OptimizerState:
    """State from which the next partial_fit continues: the estimator's `_optimizer`."""

    slots: dict[str, Array] = field(default_factory=dict)
    updates: int = 0
    learning_rate: float = 0.0  # of the next partial_fit, on scikit-learn's scale


@dataclass(frozen=True)
class FitTask:
    """What one call of fit or partial_fit trains."""

    settings: Any  # the estimator, whose parameters are read
    network: Network
    loss: Loss
    scale: LossScale
    data: ArrayData
    validation: ArrayData | None
    initial_parameters: Parameters
    seed: int
    incremental: bool
    sklearn_callbacks: SklearnCallbacks | None = None


@dataclass(frozen=True)
class FitOutcome:
    """The result of one call of fit or partial_fit."""

    result: TrainingResult
    records: Records
    optimizer: OptimizerState
    stalled: tuple[float, float]  # reference loss and epochs waited of the stopping rule


def batch_rows(batch_size: Any, rows: int) -> int:
    """Return the rows per batch, at most all rows, with scikit-learn's warning."""
    if batch_size == "auto":
        return min(200, rows)
    if batch_size > rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
            stacklevel=4,
        )
    return int(min(batch_size, rows))


def validation_rows(estimator: Any, rows: int, stratify: Array | None, random: Any) -> Any:
    """Return row numbers to train on and to validate on, split as scikit-learn's MLP does."""
    training, validation = train_test_split(
        np.arange(rows),
        random_state=random,
        test_size=estimator.validation_fraction,
        stratify=stratify,
    )
    if len(validation) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your "
            "dataset."
        )
    return training, validation


def threads_of(estimator: Any) -> int:
    """Return n_threads, by default the processors of this process (joblib sets OMP_NUM_THREADS)."""
    if estimator.n_threads is not None:
        return thread_count(int(estimator.n_threads))
    available = processor_count()
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(available, int(limit)) if limit.isdigit() and int(limit) > 0 else available


def train(task: FitTask) -> FitOutcome:
    """Train with the estimator's parameters; only the schedule "adaptive" takes several runs."""
    estimator = task.settings
    before = getattr(estimator, "_optimizer", None) or OptimizerState()
    schedule = mlp_parameters.schedule_of(estimator, task.data.n_rows, getattr(estimator, "t_", 0))
    adaptive = estimator.solver == "sgd" and estimator.learning_rate == "adaptive"
    rate = float(estimator.learning_rate_init)
    if task.incremental:
        rate = before.learning_rate or rate
        schedule = Constant(rate)
    plan = _plan(task, schedule)
    state = state_before = _state_before(task, plan, before)
    # Of a single epoch a line says all: a bar and a reason would repeat with each partial_fit.
    verbose = 2 if task.incremental and estimator.verbose else estimator.verbose
    progress = mlp_progress.progress_printer(verbose, int(estimator.max_iter), task.scale)
    parts_of_history: list[Records] = []
    while True:
        result, after = _run(task, plan, state, progress)
        parts_of_history.append(result.history.records)
        done = sum(len(part) for part in parts_of_history)
        stalled = result.reason is StopReason.NO_PROGRESS and adaptive and after is not None
        if stalled and rate <= MIN_ADAPTIVE_RATE:
            explanation = mlp_progress.no_progress(estimator, "Learning rate too small. Stopping.")
            result = replace(result, explanation=explanation)
        if not stalled or rate <= MIN_ADAPTIVE_RATE:
            break
        assert after is not None
        rate /= ADAPTIVE_DIVISOR
        mlp_progress.print_lower_rate(estimator, rate)
        reference, _ = after.rules[0]
        after = replace(after, rules=((reference, 0.0),))
        if task.incremental or done >= plan.epochs:
            result = replace(result, reason=StopReason.EPOCHS_DONE)
            break
        optimizer = mlp_parameters.optimizer_of(estimator, Constant(rate), task.scale)
        plan, state = replace(plan, optimizer=optimizer), after
    records = np.concatenate(parts_of_history) if len(parts_of_history) > 1 else parts_of_history[0]
    result = _with_last_weights_unless_better(result, after, plan, state_before, records)
    if result.divergence is not None:
        explanation = _with_sklearn_numbers(task, result.divergence).explain()
        result = replace(result, explanation=explanation)
    if progress is not None and not task.incremental:
        mlp_progress.print_explanation(estimator.verbose, result.explanation)
    optimizer_after = _state_after(task, plan, before, after, len(records), rate)
    waited = after.rules[0] if after is not None and plan.stopping else (np.inf, 0.0)
    return FitOutcome(result, records, optimizer_after, (waited[0], waited[1]))


def _plan(task: FitTask, schedule: Any) -> TrainingPlan:
    estimator = task.settings
    rows = task.data.n_rows
    stochastic = estimator.solver != "lbfgs"
    monitor = "validation_score" if estimator.early_stopping else "training_loss"
    keep = estimator.keep_best
    if keep is None and estimator.early_stopping and stochastic:
        keep = "validation_score"
    if keep is not None and keep.startswith("validation") and task.validation is None:
        raise ValueError(
            f"keep_best={keep!r} needs validation rows: set early_stopping=True, or give X_val and "
            "y_val to fit."
        )
    rules: tuple[NoProgress, ...] = ()
    if stochastic:
        patience = estimator.n_iter_no_change
        tolerance = float(estimator.tol)
        min_improvement = tolerance if estimator.early_stopping else tolerance / task.scale.reported
        # scikit-learn stops after more than n_iter_no_change epochs without enough improvement.
        patience = UNLIMITED_PATIENCE if patience == np.inf else int(patience) + 1
        rules = (NoProgress(patience, min_improvement, monitor, cumulative=False),)
    sampling: Sampling = FullBatch()
    if stochastic:
        batch = batch_rows(estimator.batch_size, rows)
        if batch < rows:
            sampling = MiniBatches(batch, shuffle=bool(estimator.shuffle))
    return TrainingPlan(
        network=task.network,
        loss=task.loss,
        optimizer=mlp_parameters.optimizer_of(estimator, schedule, task.scale),
        sampling=sampling,
        epochs=1 if task.incremental else int(estimator.max_iter),
        stopping=rules,
        keep_best=keep,
        score=task.validation is not None or (keep or "").endswith("_score"),
        seed=task.seed,
        dtype=task.data.inputs.dtype.name,
    )


def _state_before(
    task: FitTask, plan: TrainingPlan, before: OptimizerState
) -> TrainingState | None:
    """Return the state from which this call continues; None for a fresh start."""
    estimator = task.settings
    count = getattr(estimator, "_no_improvement_count", 0)
    scored = estimator.early_stopping
    best = getattr(estimator, "best_validation_score_" if scored else "best_loss_", None)
    reference = np.inf
    if best is not None and np.isfinite(best):
        reference = -best if scored else task.scale.from_sklearn(best)
    is_fresh = reference == np.inf and not task.incremental
    if is_fresh or not isinstance(plan.optimizer, Stepwise):
        return None
    kept = reference if plan.keep_best == "validation_score" else np.inf
    state = replace(
        TrainingState.initial(plan, task.initial_parameters),
        best_value=kept,
        rules=((reference, float(count)),),
    )
    if task.incremental:
        steps = plan.sampling.steps_per_epoch(task.data.n_rows)
        # Rounded to whole epochs: exact unless the number of rows varies between calls.
        epochs = round(before.updates / steps) if before.updates else 0
        state = replace(
            state.with_slots(before.slots), epochs_done=max(epochs, int(before.updates > 0))
        )
    return state


def _with_last_weights_unless_better(
    result: TrainingResult,
    after: TrainingState | None,
    plan: TrainingPlan,
    before: TrainingState | None,
    records: Records,
) -> TrainingResult:
    """Return the last weights if no epoch beats the best of the earlier calls, as scikit-learn does.

    The weights before this call, which the session keeps as its best, would end every warm start where
    it began.
    """
    if before is None or after is None or plan.keep_best != "validation_score":
        return result
    if (-records["validation_score"] < before.best_value).any():
        return result
    network = replace(result.network, parameters=from_flat(plan.network, after.weights.copy()))
    return replace(result, network=network, kept_epoch=len(records))


def _state_after(
    task: FitTask,
    plan: TrainingPlan,
    before: OptimizerState,
    after: TrainingState | None,
    epochs: int,
    rate: float,
) -> OptimizerState:
    estimator = task.settings
    if not isinstance(plan.optimizer, Stepwise):
        return OptimizerState()
    if estimator.solver == "sgd" and estimator.learning_rate == "invscaling":
        seen = getattr(estimator, "t_", 0) + epochs * task.data.n_rows
        rate = estimator.learning_rate_init / (1 + seen) ** estimator.power_t
    updates = epochs * plan.sampling.steps_per_epoch(task.data.n_rows)
    if task.incremental:
        updates += before.updates
    return OptimizerState({} if after is None else dict(after.slots), updates, rate)


def _run(
    task: FitTask,
    plan: TrainingPlan,
    state: TrainingState | None,
    progress: Callable[[Any], None] | None,
) -> tuple[TrainingResult, TrainingState | None]:
    engine = training_engine(plan, task.settings.engine)
    if state is not None and task.incremental:
        plan = replace(plan, epochs=state.epochs_done + 1)
    run = TrainingLoop(
        plan,
        task.data,
        task.validation,
        task.initial_parameters,
        engine,
        threads_of(task.settings),
        progress,
        epoch_callbacks(task.settings.callbacks, task.sklearn_callbacks, task.network, task.scale),
        initial_state=state,
    )
    return run.to_end_with_state()


def _with_sklearn_numbers(task: FitTask, divergence: Divergence) -> Divergence:
    """Return a divergence with the loss and the learning rate on scikit-learn's scale."""
    factor = task.scale.gradient if task.settings.solver == "sgd" else 1.0
    advice = tuple(
        replace(each, current=each.current / factor)
        if each.setting == "learning_rate" and isinstance(each.current, float)
        else each
        for each in divergence.advice
    )
    return replace(divergence, loss=task.scale.to_sklearn(divergence.loss), advice=advice)


def warn_about(estimator: Any, outcome: FitOutcome, incremental: bool) -> None:
    """Warn if training ended early or did not converge; raise if it failed in the first epoch."""
    result = outcome.result
    if result.reason is StopReason.DIVERGED:
        if len(outcome.records) <= 1:
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large "
                f"values and need to be preprocessed. {result.explanation}"
            )
        warnings.warn(result.explanation, ConvergenceWarning, stacklevel=5)
    elif result.reason is StopReason.INTERRUPTED:
        warnings.warn("Training interrupted by user.", stacklevel=5)
    elif result.reason is StopReason.EPOCHS_DONE and not incremental:
        message = sentences(_not_converged(estimator), result.comparison)
        warnings.warn(message, ConvergenceWarning, stacklevel=5)
    elif result.comparison and not incremental:
        warnings.warn(result.explanation, ConvergenceWarning, stacklevel=5)


def _not_converged(estimator: Any) -> str:
    if estimator.solver == "lbfgs":
        return (
            f"lbfgs failed to converge within max_iter={estimator.max_iter} iterations and "
            f"max_fun={estimator.max_fun} evaluations: increase them, or scale the data (see "
            "sklearn.preprocessing.StandardScaler)."
        )
    return (
        f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the "
        "optimization hasn't converged yet. Increase max_iter, or scale the data (see "
        "sklearn.preprocessing.StandardScaler)."
    )

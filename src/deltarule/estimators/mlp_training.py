"""One call of fit or partial_fit: a plan for the core, and its result as scikit-learn's attributes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from threadpoolctl import ThreadpoolController

from deltarule.engines import SLOW_ENGINE_HINT, get_engine
from deltarule.engines.contract import Data, Snapshot, TrainingPlan
from deltarule.estimators import mlp_parameters, mlp_progress
from deltarule.estimators.mlp_callbacks import TheirCallbacks, listeners
from deltarule.estimators.mlp_loss_units import Scale
from deltarule.history import Records
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.optimizers import Stepwise
from deltarule.parameters import Parameters
from deltarule.sampling import FullBatch, MiniBatches, Sampling
from deltarule.schedules import Constant
from deltarule.stopping import NoProgress, StopReason
from deltarule.training.continuation import Continuation, continuing, slots_of
from deltarule.training.fitting import SlowEngineWarning
from deltarule.training.loop import TrainingLoop
from deltarule.training.result import TrainingResult

Array = NDArray[Any]

NEVER = 2**31 - 1  # patience of a rule that only counts
SMALLEST_ADAPTIVE_RATE = 1e-6  # scikit-learn's: "adaptive" ends at or below it
ADAPTIVE_DIVISOR = 5.0


@dataclass
class OptimizerState:
    """What partial_fit goes on with after a call: the estimator's `_optimizer`."""

    slots: dict[str, Array] = field(default_factory=dict)
    updates: int = 0
    learning_rate: float = 0.0  # of the next partial_fit, on scikit-learn's scale


@dataclass(frozen=True)
class Job:
    """What one call trains."""

    settings: Any  # the estimator, whose parameters are read
    network: Network
    loss: Loss
    scale: Scale
    data: Data
    validation: Data | None
    initial_parameters: Parameters
    seed: int
    incremental: bool
    theirs: TheirCallbacks | None = None


@dataclass(frozen=True)
class Outcome:
    """What one call brought."""

    result: TrainingResult
    records: Records
    optimizer: OptimizerState
    stalled: tuple[float, float]  # reference and epochs waited of the stopping rule


def batch_rows(batch_size: Any, rows: int) -> int:
    """Return the rows of a batch, cut to the rows there are, with scikit-learn's warning."""
    if batch_size == "auto":
        return min(200, rows)
    if batch_size > rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
            stacklevel=4,
        )
    return int(min(batch_size, rows))


def validation_rows(estimator: Any, rows: int, stratify: Array | None, random: Any) -> Any:
    """Return row numbers to train on and to validate on: the split scikit-learn's MLP makes."""
    train, held_out = train_test_split(
        np.arange(rows),
        random_state=random,
        test_size=estimator.validation_fraction,
        stratify=stratify,
    )
    if len(held_out) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your "
            "dataset."
        )
    return train, held_out


def threads_of(estimator: Any) -> int:
    """Return n_threads, or what this process may use: joblib's workers say it in OMP_NUM_THREADS."""
    if estimator.n_threads is not None:
        return int(estimator.n_threads)
    available = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(available, int(limit)) if limit.isdigit() and int(limit) > 0 else available


@lru_cache(maxsize=1)
def _thread_pools() -> Any:
    return ThreadpoolController()


def train(job: Job) -> Outcome:
    """Train as the estimator's parameters say; every solver but "adaptive" is one run of the core."""
    estimator = job.settings
    before = getattr(estimator, "_optimizer", None) or OptimizerState()
    schedule = mlp_parameters.schedule_of(estimator, job.data.rows, getattr(estimator, "t_", 0))
    adaptive = estimator.solver == "sgd" and estimator.learning_rate == "adaptive"
    rate = float(estimator.learning_rate_init)
    if job.incremental:
        rate = before.learning_rate or rate
        schedule = Constant(rate)
    plan = _plan(job, schedule)
    state = _state_before(job, plan, before)
    shown = mlp_progress.listener_for(estimator.verbose, int(estimator.max_iter), job.scale)
    pieces: list[Records] = []
    while True:
        result, after = _run(job, plan, state, shown)
        pieces.append(result.history.records)
        done = sum(len(piece) for piece in pieces)
        stalled = result.reason is StopReason.NO_PROGRESS and adaptive and after is not None
        if not stalled or rate <= SMALLEST_ADAPTIVE_RATE:
            break
        assert after is not None
        rate /= ADAPTIVE_DIVISOR
        after["rule_0"][1] = 0.0
        if job.incremental or done >= plan.epochs:
            result = replace(result, reason=StopReason.EPOCHS_DONE)
            break
        optimizer = mlp_parameters.optimizer_of(estimator, Constant(rate), job.scale)
        plan, state = replace(plan, optimizer=optimizer), after
    records = np.concatenate(pieces) if len(pieces) > 1 else pieces[0]
    if shown is not None:
        mlp_progress.close(estimator.verbose, result.explanation)
    optimizer_after = _state_after(job, plan, before, after, len(records), rate)
    waited = tuple(after["rule_0"]) if after is not None and plan.stopping else (np.inf, 0.0)
    return Outcome(result, records, optimizer_after, waited)


def _plan(job: Job, schedule: Any) -> TrainingPlan:
    estimator = job.settings
    rows = job.data.rows
    stochastic = estimator.solver != "lbfgs"
    monitor = "validation_score" if estimator.early_stopping else "training_loss"
    keep = estimator.keep_best
    if keep is None and estimator.early_stopping and stochastic:
        keep = "validation_score"
    if keep is not None and keep.startswith("validation") and job.validation is None:
        raise ValueError(
            f"keep_best={keep!r} needs validation rows: set early_stopping=True, or give X_val and "
            "y_val to fit."
        )
    rules: tuple[NoProgress, ...] = ()
    if stochastic:
        patience = estimator.n_iter_no_change
        least = estimator.tol if estimator.early_stopping else estimator.tol / job.scale.reported
        # scikit-learn stops once more than n_iter_no_change epochs in a row brought too little.
        patience = NEVER if patience == np.inf else int(patience) + 1
        rules = (NoProgress(patience, float(least), monitor, cumulative=False),)
    sampling: Sampling = FullBatch()
    if stochastic:
        batch = batch_rows(estimator.batch_size, rows)
        if batch < rows:
            sampling = MiniBatches(batch, shuffle=bool(estimator.shuffle))
    return TrainingPlan(
        network=job.network,
        loss=job.loss,
        optimizer=mlp_parameters.optimizer_of(estimator, schedule, job.scale),
        sampling=sampling,
        epochs=1 if job.incremental else int(estimator.max_iter),
        stopping=rules,
        keep_best=keep,
        score=job.validation is not None or (keep or "").endswith("_score"),
        seed=job.seed,
        dtype=job.data.inputs.dtype.name,
    )


def _state_before(job: Job, plan: TrainingPlan, before: OptimizerState) -> Snapshot | None:
    """Return the state that this call goes on from; None: everything begins anew."""
    estimator = job.settings
    count = getattr(estimator, "_no_improvement_count", 0)
    scored = estimator.early_stopping
    best = getattr(estimator, "best_validation_score_" if scored else "best_loss_", None)
    reference = np.inf
    if best is not None and np.isfinite(best):
        reference = -best if scored else job.scale.unreport(best)
    begins = reference == np.inf and not job.incremental
    if begins or not isinstance(plan.optimizer, Stepwise):
        return None
    kept = reference if plan.keep_best == "validation_score" else np.inf
    parts = Continuation(best_value=kept, stalled=((reference, float(count)),))
    if job.incremental:
        steps = plan.sampling.steps_per_epoch(job.data.rows)
        # Where calls differ in their rows the count of updates is met to within one call's.
        epochs = round(before.updates / steps) if before.updates else 0
        parts = replace(parts, slots=before.slots, epochs_done=max(epochs, before.updates > 0))
    return continuing(plan, job.initial_parameters, parts)


def _state_after(
    job: Job,
    plan: TrainingPlan,
    before: OptimizerState,
    after: Snapshot | None,
    epochs: int,
    rate: float,
) -> OptimizerState:
    estimator = job.settings
    if not isinstance(plan.optimizer, Stepwise):
        return OptimizerState()
    if estimator.solver == "sgd" and estimator.learning_rate == "invscaling":
        seen = getattr(estimator, "t_", 0) + epochs * job.data.rows
        rate = estimator.learning_rate_init / (1 + seen) ** estimator.power_t
    updates = epochs * plan.sampling.steps_per_epoch(job.data.rows)
    if job.incremental:
        updates += before.updates
    return OptimizerState({} if after is None else slots_of(after), updates, rate)


def _run(
    job: Job, plan: TrainingPlan, state: Snapshot | None, shown: Callable[[Any], None] | None
) -> tuple[TrainingResult, Snapshot | None]:
    engine = get_engine(job.settings.engine)
    if job.settings.engine == "auto" and engine.name == "reference":
        warnings.warn(SLOW_ENGINE_HINT, SlowEngineWarning, stacklevel=5)
    if state is not None and job.incremental:
        plan = replace(plan, epochs=int(state["epochs_done"][0]) + 1)
    run = TrainingLoop(
        plan,
        job.data,
        job.validation,
        job.initial_parameters,
        engine,
        threads_of(job.settings),
        shown,
        listeners(job.settings.callbacks, job.theirs, job.network, job.scale),
        going_on_from=state,
    )
    if job.settings.solver != "lbfgs":
        return run.to_end_with_state()
    # SciPy's steps are short vector products: BLAS threads only wait for each other there.
    with _thread_pools().limit(limits=1, user_api="blas"):
        return run.to_end_with_state()


def warn_about(estimator: Any, outcome: Outcome, incremental: bool) -> None:
    """Say what a user must know about how training ended; raise where nothing was learned."""
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
        warnings.warn(_unfinished(estimator), ConvergenceWarning, stacklevel=5)


def _unfinished(estimator: Any) -> str:
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

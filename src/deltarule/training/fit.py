"""fit: arrays in, a trained network out. The one loop that drives every engine."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule import checks
from deltarule.engines import SLOW_ENGINE_HINT, get_engine
from deltarule.engines.contract import Chunk, Data, Engine, Plan, Session
from deltarule.errors import SettingError, ShapeError
from deltarule.history import EPOCH_RECORD, History, Records, no_records
from deltarule.losses import LOSSES, Loss
from deltarule.network import Network
from deltarule.optimizers import LBFGS, OPTIMIZERS, Optimizer
from deltarule.parameters import Parameters, from_flat, initial_parameters
from deltarule.sampling import FullBatch, MiniBatches, Sampling
from deltarule.schedules import MONITORS
from deltarule.stopping import NoProgress, StoppingRule, StopReason, TargetReached, TimeLimit
from deltarule.training.arrays import as_data, split_off
from deltarule.training.checkpoint import Checkpoint, CheckpointWriter
from deltarule.training.events import Callback, EpochEvent, Progress, ProgressListener
from deltarule.training.lbfgs import LBFGSRun
from deltarule.training.result import TrainingResult, explain
from deltarule.training.trained import TrainedNetwork

CHUNK_SECONDS = 0.05
"""How long one call of an engine should take: short enough for a live bar and for Ctrl-C."""

NATURAL_LOSS = {
    "softmax": "categorical_cross_entropy",
    "sigmoid": "binary_cross_entropy",
    "exponential": "poisson",
}
"""The loss of a network whose output activation says what it predicts; all others: squared error."""


class SlowEngineWarning(UserWarning):
    """The native engine was not built; training goes on, slowly."""


def fit(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Loss | str | None = None,
    optimizer: Optimizer | str = "adam",
    batch_size: int | None = None,
    sampling: Sampling | None = None,
    epochs: int = 100,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    validation_fraction: float = 0.0,
    stopping: StoppingRule | Iterable[StoppingRule] = (),
    keep_best: str | None = "auto",
    sample_weight: ArrayLike | None = None,
    start: Parameters | TrainedNetwork | None = None,
    score: bool = True,
    seed: int = 0,
    dtype: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    progress: ProgressListener | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: Checkpoint | None = None,
) -> TrainingResult:
    """Train `network` on the rows of X to predict y.

    X: numbers, shape (rows, columns). y: numbers of shape (rows,) or (rows, outputs); for categorical
    cross-entropy class numbers 0 … k − 1 of shape (rows,), or one-hot rows; for hinge −1 and 1, or class
    numbers. `loss`: by default what the output activation predicts (`NATURAL_LOSS`).
    `batch_size` is short for `sampling=MiniBatches(batch_size)`; without either, 32 rows or all if
    there are fewer (L-BFGS: all rows). `validation_fraction` of the rows, seeded and by class where y
    holds class numbers, or `validation_data` (X, y), measure each epoch. `keep_best`: the monitor whose
    best epoch is kept; "auto" is "validation_loss" where there are validation rows, else None: the last
    epoch. `sample_weight`: shape (rows,), at least 0, divided by its mean. `start`: parameters to begin
    with instead of drawn ones. `dtype`: "float32" (L-BFGS: "float64") or "float64". `threads`: at most
    this many, by default all processors; the result does not depend on it.

    Ctrl-C ends training in good order: the result has the reason INTERRUPTED and the weights kept so
    far. Raises `SettingError`, `ShapeError` or `DataError` before anything is trained.
    """
    chosen = OPTIMIZERS.resolve(optimizer, "optimizer")
    dtype = checks.one_of("dtype", dtype or _default_dtype(chosen), ("float32", "float64"))
    loss = _loss(network, loss)
    checks.integer("seed", seed, at_least=0, at_most=2**64 - 1)
    data = as_data(network, loss, X, y, sample_weight, dtype)
    network = network.with_inputs(data.inputs.shape[1])
    validation = None
    if validation_data is not None:
        validation = as_data(network, loss, *validation_data, None, dtype, owner="validation_data")
    elif validation_fraction:
        data, validation = split_off(data, validation_fraction, seed)
    plan = Plan(
        network=network,
        loss=loss,
        optimizer=chosen,
        sampling=_sampling(chosen, sampling, batch_size, data.rows),
        epochs=checks.integer("epochs", epochs, at_least=1),
        stopping=(stopping,) if isinstance(stopping, StoppingRule) else tuple(stopping),
        keep_best=_keep_best(keep_best, validation),
        score=score,
        seed=seed,
        dtype=dtype,
    )
    _check_monitors(plan, validation)
    run = Run(
        plan, data, validation, _start(plan, start), get_engine(engine), _threads(threads),
        progress, tuple(callbacks), checkpoint,
    )  # fmt: skip
    if engine == "auto" and run.engine.name == "reference":
        warnings.warn(SLOW_ENGINE_HINT, SlowEngineWarning, stacklevel=2)
    return run.to_end()


@dataclass(frozen=True)
class Run:
    """One run: a plan with its data, its engine and those who listen."""

    plan: Plan
    data: Data
    validation: Data | None
    start: Parameters
    engine: Engine
    threads: int
    progress: ProgressListener | None = None
    callbacks: tuple[Callback, ...] = ()
    checkpoint: Checkpoint | None = None

    def to_end(self) -> TrainingResult:
        """Train until a rule says stop; Ctrl-C is such a rule."""
        if isinstance(self.plan.optimizer, LBFGS):
            return self._lbfgs()
        plan = self.plan
        session = self.engine.open(plan, self.data, self.validation, self.start, self.threads)
        writer, records = self._resume(session)
        last, records = self._loop(session, writer, records)
        return self._result(last, records, session.result)

    def _resume(self, session: Session) -> tuple[CheckpointWriter | None, Records]:
        if self.checkpoint is None:
            return None, no_records()
        writer = CheckpointWriter(self.checkpoint, self.plan, self.data, self.validation)
        found = writer.read()
        if found is None:
            return writer, no_records()
        snapshot, records = found
        session.restore(snapshot)
        return writer, records

    def _loop(
        self, session: Session, writer: CheckpointWriter | None, records: Records
    ) -> tuple[Chunk, Records]:
        size = 1
        pieces = [records]
        best = BestEpoch(self.plan)
        best.update(records)
        done = len(records)
        elapsed_s = float(records["elapsed_s"][-1]) if done else 0.0
        try:
            while True:
                began = time.perf_counter()
                chunk = session.run(
                    min(size, max(self.plan.epochs - done, 1)), self._left(elapsed_s)
                )
                pieces.append(chunk.records)
                best.update(chunk.records)
                done += len(chunk.records)
                elapsed_s = float(chunk.records["elapsed_s"][-1])
                stop = self._tell(session, chunk, best)
                if chunk.reason is not None:
                    return chunk, np.concatenate(pieces)
                if stop:
                    return Chunk(chunk.records, StopReason.CALLBACK), np.concatenate(pieces)
                if writer is not None and writer.is_due:
                    pieces = [np.concatenate(pieces)]
                    writer.write(session.snapshot(), pieces[0])
                size = self._next_size(size, time.perf_counter() - began)
        except KeyboardInterrupt:
            return Chunk(no_records(), StopReason.INTERRUPTED), np.concatenate(pieces)

    def _next_size(self, size: int, seconds: float) -> int:
        if self.callbacks:
            return 1
        return int(np.clip(size * CHUNK_SECONDS / max(seconds, 1e-6), 1, 8 * size))

    def _left(self, elapsed_s: float) -> float | None:
        limits = [rule.seconds for rule in self.plan.stopping if isinstance(rule, TimeLimit)]
        return max(min(limits) - elapsed_s, 0.0) if limits else None

    def _tell(self, session: Session, chunk: Chunk, best: BestEpoch) -> bool:
        if self.progress is not None:
            self.progress(Progress(chunk.records, self.plan.epochs, best.epoch or None))
        return self._call_back(chunk.records, lambda: session.snapshot()["weights"])

    def _call_back(self, records: Records, weights: Any) -> bool:
        stop = False
        for record in records if self.callbacks else ():
            values = dict(zip(EPOCH_RECORD.names or (), record.item(), strict=True))
            event = EpochEvent(
                **values, current_parameters=lambda: from_flat(self.plan.network, weights())
            )
            for callback in self.callbacks:
                stop = bool(callback(event)) or stop
        return stop

    def _lbfgs(self) -> TrainingResult:
        if self.checkpoint is not None:
            raise SettingError(
                "LBFGS cannot save a checkpoint, as SciPy keeps its state: leave checkpoint out; "
                "repeated, the run ends in the same bits."
            )
        run = LBFGSRun(
            self.engine, self.plan, self.data, self.validation, self.start, self.threads
        )

        def tell(record: Records) -> bool:
            if self.progress is not None:
                self.progress(Progress(record, self.plan.epochs, None))
            return self._call_back(record, lambda: run.result.flat())

        try:
            run.run(tell)
            last = run.chunk
        except KeyboardInterrupt:
            last = Chunk(run.chunk.records, StopReason.INTERRUPTED)
        return self._result(last, run.chunk.records, run.result)

    def _result(self, last: Chunk, records: Records, parameters: Parameters) -> TrainingResult:
        assert last.reason is not None
        history = History(records)
        diverged = last.reason is StopReason.DIVERGED
        best = BestEpoch(self.plan)
        best.update(records[:-1] if diverged else records)
        return TrainingResult(
            network=TrainedNetwork(self.plan.network, parameters),
            history=history,
            reason=last.reason,
            explanation=explain(self.plan, last, history, best.epoch),
            kept_epoch=best.epoch,
            engine=self.engine.name,
            seconds=float(records["elapsed_s"][-1]) if len(records) else 0.0,
        )


class BestEpoch:
    """Which epoch's parameters a run keeps, counted from 1; 0: those from before training."""

    def __init__(self, plan: Plan) -> None:
        self._monitor = plan.keep_best
        self._lowest = np.inf
        self.epoch = 0

    def update(self, records: Records) -> None:
        """Count good epochs in; the earlier one wins a tie, as in the engines."""
        if len(records) == 0:
            return
        if self._monitor is None:
            self.epoch = int(records["epoch"][-1])
            return
        values = records[self._monitor] * (-1.0 if self._monitor.endswith("_score") else 1.0)
        lowest = np.inf if np.isnan(values).all() else np.nanmin(values)
        if lowest < self._lowest:
            self._lowest = float(lowest)
            self.epoch = int(records["epoch"][np.nanargmin(values)])
        elif self._lowest == np.inf:
            self.epoch = int(records["epoch"][-1])


def _loss(network: Network, loss: Loss | str | None) -> Loss:
    if loss is None:
        loss = NATURAL_LOSS.get(network.output_layer.activation.kind, "mean_squared_error")
    return LOSSES.resolve(loss, "loss")


def _default_dtype(optimizer: Optimizer) -> str:
    # A line search compares losses that float32 cannot tell apart near a minimum.
    return "float64" if isinstance(optimizer, LBFGS) else "float32"


def _sampling(
    optimizer: Optimizer, sampling: Sampling | None, batch_size: int | None, rows: int
) -> Sampling:
    if sampling is not None and batch_size is not None:
        raise SettingError("Give batch_size or sampling, not both: batch_size=n is MiniBatches(n).")
    if sampling is None:
        if isinstance(optimizer, LBFGS) and batch_size is None:
            return FullBatch()
        sampling = MiniBatches(min(32, rows) if batch_size is None else batch_size)
    if not isinstance(sampling, Sampling):
        raise SettingError(
            "sampling must be FullBatch(), SingleSample() or MiniBatches(batch_size), got "
            f"{sampling!r}."
        )
    sampling.batch_rows(rows)  # raises where a batch is larger than the data
    return sampling


def _keep_best(keep_best: str | None, validation: Data | None) -> str | None:
    if keep_best == "auto":
        return None if validation is None else "validation_loss"
    return None if keep_best is None else checks.one_of("keep_best", keep_best, MONITORS)


def _check_monitors(plan: Plan, validation: Data | None) -> None:
    """Refuse a rule that would watch what nobody measures."""
    watched = [(type(r).__name__, r.monitor) for r in plan.stopping if hasattr(r, "monitor")]
    if plan.keep_best is not None:
        watched.append(("keep_best", plan.keep_best))
    schedule = getattr(plan.optimizer, "schedule", None)
    if schedule is not None and schedule.plateau is not None:
        watched.append(("OnPlateau", schedule.plateau.monitor))
    for owner, monitor in watched:
        if monitor.startswith("validation") and validation is None:
            raise SettingError(
                f"{owner} watches the {monitor.replace('_', ' ')}, but there are no validation rows: "
                "give validation_fraction=0.2 or validation_data, or watch training_loss."
            )
        if monitor.endswith("_score") and not plan.score:
            raise SettingError(f"{owner} watches the {monitor.replace('_', ' ')}: set score=True.")
    for rule in plan.stopping:
        if not isinstance(rule, NoProgress | TargetReached | TimeLimit):
            raise SettingError(
                f"stopping takes NoProgress, TargetReached and TimeLimit, got {rule!r}."
            )


def _start(plan: Plan, start: Parameters | TrainedNetwork | None) -> Parameters:
    if start is None:
        return initial_parameters(plan.network, plan.seed, plan.dtype)
    parameters = start.parameters if isinstance(start, TrainedNetwork) else start
    fresh = [(block.inputs, block.dense.units) for block in plan.network.blocks]
    if [weight.shape for weight in parameters.weights] != fresh:
        raise ShapeError("start holds parameters of a network of another shape than this one.")
    return parameters.astype(plan.dtype)


def _threads(threads: int | None) -> int:
    if threads is not None:
        return checks.integer("threads", threads, at_least=1)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

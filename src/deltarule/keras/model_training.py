"""fit: converts Keras's arguments to a training plan, runs it, and converts its records to logs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from deltarule.engines import training_engine
from deltarule.engines.training_plan import TrainingPlan
from deltarule.history import EPOCH_RECORD
from deltarule.keras.callbacks import CSVLogger, EarlyStopping, History, TerminateOnNaN
from deltarule.keras.callbacks.base import Logs
from deltarule.keras.callbacks.hooks import TEST_HOOKS, overrides
from deltarule.keras.compiled_settings import CompiledSettings
from deltarule.keras.epoch_logs import EpochLogs, with_validation
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.fit_callbacks import FitCallbacks
from deltarule.keras.fit_settings import FitSettings
from deltarule.keras.global_state import next_seed
from deltarule.keras.model_conversion import ConvertedModel
from deltarule.keras.model_evaluation import Validation
from deltarule.keras.weight_sync import ResumingEngine, WeightSync
from deltarule.parameters import Parameters
from deltarule.sampling import MiniBatches
from deltarule.stopping import NoProgress, StoppingRule, StopReason
from deltarule.training.events import EpochEvent, Progress
from deltarule.training.loop import TrainingLoop

MIN_WARNED_EPOCHS = 10
"""From this number of epochs on, `fit` warns of a useless network; fewer are only a beginning."""


class _Stopped(Exception):
    """Ends training at the end of a call of the engine."""


class FitRun:
    """One call of `fit`: trains and runs the callbacks."""

    def __init__(
        self,
        model: Any,
        converted: ConvertedModel,
        compiled: CompiledSettings,
        training: Samples,
        validation: Samples | None,
        settings: FitSettings,
        callbacks: Sequence[Any],
        check: Validation | None = None,
    ) -> None:
        self._model, self._converted, self._compiled = model, converted, compiled
        self._training, self._validation, self._settings = training, validation, settings
        self._sampling = MiniBatches(
            min(settings.batch_size, training.data.n_rows), shuffle=settings.shuffle
        )
        self._steps = self._sampling.steps_per_epoch(training.data.n_rows)
        self._epochs_done = math.ceil(compiled.optimizer.updates_done / self._steps)
        self._epoch_logs = EpochLogs(converted, compiled, training, validation)
        model.metric_directions = self._epoch_logs.directions
        self._check = check  # validates in Python, where the engine does not
        self._users = list(callbacks)
        self._callbacks = FitCallbacks(model, callbacks, settings)
        self._epoch = settings.initial_epoch  # the next to end
        self._elapsed_s = 0.0
        self._weight_sync: WeightSync | None = None
        self._best: Parameters | None = None  # that the engine kept

    def run(self) -> History:
        """Train and return the history."""
        return self._callbacks.run(self._steps, self._train, self._close)

    def _train(self) -> str | None:
        """Train all epochs; return what to warn of."""
        self._callbacks.begin_epoch(self._epoch)
        rules, keep_best, each = self._stopping()
        plan = self._plan(rules, keep_best)
        engine = ResumingEngine(
            training_engine(plan, self._compiled.engine),
            self._compiled.optimizer,
            self._epochs_done,
        )
        self._weight_sync = WeightSync(
            self._converted, engine, self._compiled.optimizer, self._steps
        )
        run = TrainingLoop(
            plan, self._training.data,
            None if self._validation is None else self._validation.data,
            self._converted.parameters, engine, self._compiled.thread_count(),
            progress=None if each else self._after_chunk,
            callbacks=(self._after_epoch,) if each else (),
        )  # fmt: skip
        try:
            result = run.to_end()
        except _Stopped:
            self._best = engine.session.result if keep_best else None
            return None
        if keep_best:
            self._best = result.network.parameters
        if result.reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt
        if result.divergence is not None:
            return result.divergence.explain(
                lambda setting: "global_clipnorm" if setting == "clip_norm" else setting
            )
        return result.comparison if len(result.history) >= MIN_WARNED_EPOCHS else None

    def _close(self) -> None:
        if self._weight_sync is not None:
            self._weight_sync.close(self._best)

    def _stopping(self) -> tuple[tuple[StoppingRule, ...], str | None, bool]:
        """Return the engine's stopping rules, its `keep_best`, and whether each epoch is its own call."""
        each = self._epoch_logs.is_computed or self._check is not None or self._stops
        stoppers = [c for c in self._users if type(c) is EarlyStopping]
        others = [c for c in self._users if type(c) is not EarlyStopping]
        each = each or any(needs_call_each_epoch(c) for c in others)
        rules = [self._rule(stopper) for stopper in stoppers]
        restoring = [
            (s, rule) for s, rule in zip(stoppers, rules, strict=True) if s.restore_best_weights
        ]
        in_engine = not each and all(rules) and len(restoring) <= 1
        keeping = in_engine and all(stopper.min_delta == 0 for stopper, _ in restoring)
        for stopper in stoppers:
            stopper.engine_keeps = keeping
        if not keeping:
            return (), None, each or bool(stoppers)
        kept = restoring[0][1].monitor if restoring and restoring[0][1] is not None else None
        return tuple(rule for rule in rules if rule is not None), kept, False

    def _rule(self, stopper: EarlyStopping) -> NoProgress | None:
        """Return EarlyStopping as a rule of the engine, or None if the engine has no such rule."""
        monitor = self._epoch_logs.monitors.get(stopper.monitor)
        if monitor is None or stopper.baseline is not None or stopper.start_from_epoch > 0:
            return None
        if stopper.larger_is_better != monitor.endswith("_score"):
            return None
        return NoProgress(max(stopper.patience, 1), stopper.min_delta, monitor)

    def _plan(self, rules: tuple[StoppingRule, ...], keep_best: str | None) -> TrainingPlan:
        settings, seed = self._settings, self._converted.seed
        return TrainingPlan(
            network=self._epoch_logs.network,
            loss=self._compiled.loss.description,
            optimizer=self._compiled.optimizer.description(),
            sampling=self._sampling,
            epochs=self._epochs_done + settings.epochs - settings.initial_epoch,
            stopping=rules,
            keep_best=keep_best,
            score=any(m.source == "score" for m in self._epoch_logs.epoch_metrics),
            seed=next_seed() if seed is None else seed,
            dtype=self._converted.dtype,
        )

    @property
    def _stops(self) -> bool:
        """Whether a callback, or another thread, has asked to end training."""
        return bool(self._model.stop_training)

    def _after_chunk(self, progress: Progress) -> None:
        stops = self._stops  # before EarlyStopping sees the epoch at which the engine stops
        for row in progress.records.tolist():
            values = dict(zip(EPOCH_RECORD.names or (), row, strict=True))
            if self._epoch > self._settings.initial_epoch:
                self._callbacks.begin_epoch(self._epoch)
            self._finish_epoch(self._epoch_logs.logs(values), values["elapsed_s"])
        if stops:
            raise _Stopped

    def _after_epoch(self, event: EpochEvent) -> bool:
        assert self._weight_sync is not None
        self._weight_sync.epoch_done(self._epoch + 1 - self._settings.initial_epoch)
        values = {name: getattr(event, name) for name in EPOCH_RECORD.names or ()}
        logs = self._epoch_logs.logs(values)
        check = self._check
        if check is not None and check.is_due(self._epoch) and math.isfinite(logs["loss"]):
            logs = with_validation(logs, check.values())
        self._finish_epoch(logs, event.elapsed_s)
        stop = self._stops
        if not stop and self._epoch < self._settings.epochs and math.isfinite(event.training_loss):
            self._callbacks.begin_epoch(self._epoch)
        return stop

    def _finish_epoch(self, logs: Logs, elapsed_s: float) -> None:
        if self._validation is not None:
            measured = {
                name.removeprefix("val_"): value
                for name, value in logs.items()
                if name.startswith("val_")
            }
            self._callbacks.hooks.call("on_test_begin", {})
            self._callbacks.hooks.call("on_test_end", measured)
        self._callbacks.end_epoch(self._epoch, logs, self._steps, elapsed_s - self._elapsed_s)
        self._elapsed_s = elapsed_s
        self._epoch += 1


def needs_call_each_epoch(callback: Any) -> bool:
    """Return whether Python must run after each epoch for this callback.

    Callbacks that only read the logs run afterwards, many epochs at a time.
    """
    if type(callback) in (CSVLogger, TerminateOnNaN, History):
        return False
    return overrides(callback, ("on_epoch_begin", "on_epoch_end", *TEST_HOOKS))

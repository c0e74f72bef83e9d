"""fit batch by batch in Python: for hooks of batches, datasets and steps_per_epoch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from deltarule._common.user_warnings import warn_user
from deltarule.engines.data import ArrayData
from deltarule.engines.loss_scale import constant_prediction_loss
from deltarule.engines.stopping_controller import StoppingController
from deltarule.keras.batch_sources import Epochs
from deltarule.keras.batch_trainer import BatchTrainer, Update
from deltarule.keras.callbacks import History
from deltarule.keras.callbacks.hooks import TRAIN_BATCH_HOOKS
from deltarule.keras.epoch_logs import with_validation
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.fit_callbacks import FitCallbacks
from deltarule.keras.fit_settings import FitSettings
from deltarule.keras.model_evaluation import Validation
from deltarule.keras.running_metrics import RunningMetrics

NO_BATCH = "The dataset is exhausted: training ends after epoch {epoch} of {epochs}."


class BatchFit:
    """One call of `fit` that makes each update in a call of its own.

    The rows of arrays come in the order of the engine's epochs. Losses and metrics are averaged over the
    batches of an epoch, as in Keras.
    """

    def __init__(
        self,
        model: Any,
        trainer: BatchTrainer,
        epochs: Epochs,
        example: Samples,
        validation: Validation | None,
        settings: FitSettings,
        callbacks: Sequence[Any],
    ) -> None:
        self._model, self._trainer = model, trainer
        self._epochs, self._validation, self._settings = epochs, validation, settings
        self._running = RunningMetrics(trainer.compiled)
        self._running.prepare(trainer.converted, example)
        model.metric_directions = self._running.directions
        self._callbacks = FitCallbacks(model, callbacks, settings)
        self._hooks = self._callbacks.hooks
        self._batch_hooks = self._hooks.override(TRAIN_BATCH_HOOKS)
        self._example = example.data
        self._controller: StoppingController | None = None  # of divergence, from the first loss on
        self._problem: str | None = None  # how training diverged

    def run(self) -> History:
        """Train and return the history."""
        return self._callbacks.run(self._epochs.steps, self._train, self._trainer.close)

    def _train(self) -> str | None:
        """Train all epochs; return how training diverged."""
        settings = self._settings
        for epoch in range(settings.initial_epoch, settings.epochs):
            if not self._one_epoch(epoch) or self._model.stop_training or self._problem:
                break
        return self._problem

    def _one_epoch(self, epoch: int) -> bool:
        """Train one epoch; return False if there was no batch."""
        began = time.perf_counter()
        self._callbacks.begin_epoch(epoch)
        steps = self._batches(epoch)
        if steps == 0:
            warn_user(NO_BATCH.format(epoch=epoch, epochs=self._settings.epochs))
            return False
        logs = self._running.sorted_result()
        validation = self._validation
        if validation is not None and validation.is_due(epoch) and not self._problem:
            logs = with_validation(logs, validation.values())
        self._callbacks.end_epoch(epoch, logs, steps, time.perf_counter() - began)
        return True

    def _batches(self, epoch: int) -> int:
        """Train on the batches of an epoch; return their number."""
        self._running.reset()
        steps = 0
        for samples in self._epochs.next_epoch():
            if self._batch_hooks:
                self._hooks.call("on_train_batch_begin", steps, {})
            update = self._trainer.train(samples, self._running)
            steps += 1
            self._check(update, samples.data, epoch, steps)
            if self._batch_hooks:
                logs = self._running.sorted_result()
                self._hooks.call("on_train_batch_end", steps - 1, logs)
            if self._problem or self._model.stop_training:
                break
        return steps

    def _check(self, update: Update, batch: ArrayData, epoch: int, step: int) -> None:
        """Note a loss that is not finite, or far larger than the first one, as engines do."""
        if self._controller is None:
            self._controller = StoppingController(self._trainer.plan)
            self._controller.first_loss = update.loss
        where = f"in epoch {epoch + 1}, step {step}"
        if update.divergence is not None:
            what, kept = "became NaN or infinite", f"before step {step}"
        elif self._controller.exploded(update.loss, lambda: self._loss_of_a_constant(batch)):
            what, kept = f"grew to {update.loss:.3g}", f"after step {step}"
        else:
            return
        self._problem = (
            f"Training diverged: the loss {what} {where}; the weights {kept} are kept. Try a smaller "
            f"learning rate than {update.learning_rate:g}, global_clipnorm=1.0 or standardized inputs."
        )

    def _loss_of_a_constant(self, batch: ArrayData) -> float:
        """Return the loss of a constant prediction for the rows of the example and of a batch."""
        both = [data for data in (self._example, batch) if data.targets.ndim == batch.targets.ndim]
        targets = np.concatenate([data.targets for data in both])
        return abs(constant_prediction_loss(self._trainer.plan.loss, targets, None))

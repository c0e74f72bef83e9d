"""The arguments of fit: checked, and turned into a run in the engine or batch by batch."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule.engines.training_plan import plan_to_predict
from deltarule.errors import DataError, SettingError, shortened
from deltarule.keras.arguments import as_tuple, validation_samples
from deltarule.keras.batch_fit import BatchFit
from deltarule.keras.batch_sources import ArrayBatches, Dataset, Epochs, as_dataset, is_dataset, xyw
from deltarule.keras.batch_trainer import BatchTrainer
from deltarule.keras.callbacks import History
from deltarule.keras.callbacks.hooks import TEST_BATCH_HOOKS, TRAIN_BATCH_HOOKS, Hooks, checked
from deltarule.keras.compiled_settings import CompiledSettings
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.fit_settings import FitSettings
from deltarule.keras.input_arrays import as_samples, class_weighted, split
from deltarule.keras.model_conversion import ConvertedModel
from deltarule.keras.model_evaluation import Evaluation, Validation
from deltarule.keras.model_training import FitRun
from deltarule.keras.progress import as_verbose
from deltarule.sampling import MiniBatches

DEFAULT_BATCH_SIZE = 32


@dataclass(frozen=True)
class FitRequest:
    """The arguments of `fit`, as `Trainer.fit` documents them."""

    x: Any
    y: Any
    batch_size: int | None
    epochs: int
    verbose: Any
    callbacks: Any
    validation_split: float
    validation_data: Any
    shuffle: bool
    class_weight: Mapping[int, float] | None
    sample_weight: ArrayLike | None
    initial_epoch: int
    steps_per_epoch: int | None
    validation_steps: int | None
    validation_batch_size: int | None
    validation_freq: Any

    def run(self, model: Any) -> History:
        """Train the model."""
        compiled = model._compiled_or_raise("fit")
        settings, frequency = self._settings(), self._frequency()
        users = [checked(callback) for callback in as_tuple(self.callbacks, "callbacks")]
        model._close_batches()
        if is_dataset(self.x):
            return self._fit_dataset(model, compiled, settings, users, frequency)
        converted = model._converted_for(self.x)
        training = as_samples(converted, compiled.loss, self.x, self.y, self.sample_weight)
        validation_rows: Samples | None = None
        if self.validation_data is not None:
            if not is_dataset(self.validation_data):
                validation_rows = validation_samples(converted, compiled, self.validation_data)
        elif self.validation_split:
            training, validation_rows = split(training, self.validation_split)
        if self.class_weight is not None:  # as in Keras: validation rows have none
            training = class_weighted(training, self.class_weight)
        if training.mean_weight == 0:
            raise DataError(
                "The weights of all training rows are 0: there is nothing to learn from."
            )
        hooks = Hooks(model, users)
        by_batches = self.steps_per_epoch is not None or hooks.override(TRAIN_BATCH_HOOKS)
        validation = self._validation(
            converted, compiled, validation_rows, hooks, frequency, by_batches
        )
        if not by_batches:
            in_engine = validation_rows if validation is None else None
            return FitRun(
                model, converted, compiled, training, in_engine, settings, users, validation
            ).run()
        trainer = BatchTrainer(converted, compiled)
        rows = training.data.n_rows
        sampling = MiniBatches(min(settings.batch_size, rows), shuffle=settings.shuffle)
        epochs_done = math.ceil(compiled.optimizer.updates_done / sampling.steps_per_epoch(rows))
        source = ArrayBatches(training, replace(trainer.plan, sampling=sampling), epochs_done)
        epochs = Epochs(source, lambda samples: samples, self.steps_per_epoch)
        return BatchFit(model, trainer, epochs, training, validation, settings, users).run()

    def _fit_dataset(
        self,
        model: Any,
        compiled: CompiledSettings,
        settings: FitSettings,
        users: list[Any],
        frequency: Any,
    ) -> History:
        alone = {
            "y": self.y, "sample_weight": self.sample_weight, "batch_size": self.batch_size,
            "validation_split": self.validation_split or None,
        }  # fmt: skip
        dataset = as_dataset(self.x, alone, settings.shuffle)
        assert dataset is not None
        converted = model._converted_for(xyw(dataset.peek())[0])
        validation_rows: Samples | None = None
        if self.validation_data is not None and not is_dataset(self.validation_data):
            validation_rows = validation_samples(converted, compiled, self.validation_data)
        hooks = Hooks(model, users)
        validation = self._validation(converted, compiled, validation_rows, hooks, frequency, True)

        def convert(batch: Any) -> Samples:
            return batch_samples(converted, compiled, batch, self.class_weight)

        example = convert(dataset.peek())
        epochs = Epochs(dataset, convert, self.steps_per_epoch)
        trainer = BatchTrainer(converted, compiled)
        return BatchFit(model, trainer, epochs, example, validation, settings, users).run()

    def _validation(
        self,
        converted: ConvertedModel,
        compiled: CompiledSettings,
        rows: Samples | None,
        hooks: Hooks,
        frequency: Any,
        by_batches: bool,
    ) -> Validation | None:
        """Return what validates in Python; None if the engine validates, or nothing does."""
        steps = steps_or_none("validation_steps", self.validation_steps)
        size = self.validation_batch_size
        size = size if size is None else checks.integer("validation_batch_size", size, at_least=1)
        evaluation = Evaluation(converted, compiled)
        if rows is None and self.validation_data is not None:
            if size is not None:
                raise SettingError(
                    "validation_batch_size",
                    "cannot be given when validation_data makes the batches",
                )
            epochs = Epochs(
                Dataset(self.validation_data),
                lambda batch: batch_samples(converted, compiled, batch, None, "validation_data "),
                steps,
                "validation_steps",
            )
            return Validation(evaluation, None, epochs, frequency, hooks)
        if rows is None:
            given = {
                "validation_steps": steps is not None, "validation_batch_size": size is not None,
                "validation_freq": frequency != 1,
            }  # fmt: skip
            for name in (name for name, is_given in given.items() if is_given):
                raise SettingError(name, "needs `validation_data` or `validation_split`")
            return None
        if steps is not None or hooks.override(TEST_BATCH_HOOKS):
            batch_size = rows_per_batch(self.batch_size) if size is None else size
            epochs = array_epochs(rows, converted, batch_size, steps, "validation_steps")
            return Validation(evaluation, None, epochs, frequency, hooks)
        if (
            by_batches or frequency != 1 or rows.mean_weight == 0
        ):  # an engine divides by the weights
            return Validation(evaluation, rows, None, frequency, hooks)
        return None

    def _settings(self) -> FitSettings:
        if self.class_weight is not None and self.sample_weight is not None:
            raise SettingError("class_weight", "cannot be combined with `sample_weight`")
        steps_or_none("steps_per_epoch", self.steps_per_epoch)
        return FitSettings(
            rows_per_batch(self.batch_size),
            checks.integer("epochs", self.epochs, at_least=1),
            checks.integer(
                "initial_epoch", self.initial_epoch, at_least=0, at_most=self.epochs - 1
            ),
            checks.flag("shuffle", self.shuffle),
            as_verbose(self.verbose),
        )

    def _frequency(self) -> Any:
        """Return every how many epochs to validate, or after which."""
        given = self.validation_freq
        if isinstance(given, Collection) and not isinstance(given, str | bytes):
            return tuple(checks.integer("validation_freq", epoch, at_least=1) for epoch in given)
        return checks.integer("validation_freq", given, at_least=1)


def batch_samples(
    converted: ConvertedModel,
    compiled: CompiledSettings,
    batch: Any,
    class_weight: Mapping[int, float] | None = None,
    owner: str = "",
) -> Samples:
    """Return a batch of a dataset as an engine takes it."""
    x, y, weights = xyw(batch)
    if y is None:
        what = shortened(type(batch).__name__)
        raise SettingError(f"{owner}x", f"must make batches (x, y), got a batch of type {what}")
    if weights is not None and class_weight is not None:
        raise SettingError(
            "class_weight",
            "cannot be combined with weights of rows",
            hint="Let the dataset make batches (x, y), or multiply its weights by those of the classes.",
        )
    samples = as_samples(converted, compiled.loss, x, y, weights, owner)
    return samples if class_weight is None else class_weighted(samples, class_weight)


def array_epochs(
    rows: Samples, converted: ConvertedModel, batch_size: int, steps: int | None, setting: str
) -> Epochs:
    """Return batches of rows in their order."""
    size = min(batch_size, rows.data.n_rows)
    plan = replace(plan_to_predict(converted.network), sampling=MiniBatches(size, shuffle=False))
    return Epochs(ArrayBatches(rows, plan), lambda samples: samples, steps, setting)


def rows_per_batch(batch_size: Any) -> int:
    """Return a size of batches, or the default for None."""
    size = DEFAULT_BATCH_SIZE if batch_size is None else batch_size
    return checks.integer("batch_size", size, at_least=1)


def steps_or_none(name: str, steps: Any) -> int | None:
    """Return a number of batches, or None for all."""
    return None if steps is None else checks.integer(name, steps, at_least=1)

"""evaluate and predict, over all rows at once or batch by batch."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from deltarule.errors import DataError
from deltarule.keras.batch_sources import Epochs
from deltarule.keras.callbacks.base import Logs
from deltarule.keras.callbacks.hooks import TEST_BATCH_HOOKS, Hooks
from deltarule.keras.compiled_settings import CompiledSettings
from deltarule.keras.epoch_metrics import Array, Samples
from deltarule.keras.model_conversion import ConvertedModel
from deltarule.keras.running_metrics import RunningMetrics


class Evaluation:
    """Evaluates batches of a model, with its newest weights."""

    def __init__(self, converted: ConvertedModel, compiled: CompiledSettings) -> None:
        self.converted, self.compiled = converted, compiled
        self._engine = compiled.evaluation_engine(compiled.training_network(converted))

    def all_rows(self, samples: Samples) -> Logs:
        """Return loss and metrics of all rows, computed at once."""
        self._refresh()
        epoch_metrics = self.compiled.epoch_metrics(self.converted, samples)
        return self.compiled.evaluate(self.converted, self._engine, samples, epoch_metrics)

    def add(self, samples: Samples, running: RunningMetrics) -> None:
        """Add the loss and the metrics of a batch."""
        self._refresh()
        running.prepare(self.converted, samples)
        if self.converted.is_random:
            outputs = self.outputs(samples)
            loss = self.compiled.loss_of_outputs(self.converted, samples, outputs)
            running.add(samples, loss, math.nan, lambda: outputs)
            return
        loss, score = self.compiled.loss_and_score(self.converted, self._engine, samples)
        running.add(samples, loss, score, lambda: self.outputs(samples))

    def outputs(self, samples: Samples) -> Array:
        """Return the outputs for a batch."""
        converted, threads = self.converted, self.compiled.thread_count()
        parameters, inputs = converted.parameters, samples.data.inputs
        if converted.is_random:
            return converted.called(inputs, training=False)
        return self._engine.predict(converted.network, parameters, inputs, threads)

    def batches(self, each: Iterable[Samples], running: RunningMetrics, hooks: Hooks) -> Logs:
        """Return loss and metrics of batches; hooks are called with each."""
        running.reset()
        step = -1
        for step, samples in enumerate(each):
            hooks.call("on_test_batch_begin", step, {})
            self.add(samples, running)
            if hooks.override(TEST_BATCH_HOOKS):
                hooks.call("on_test_batch_end", step, running.sorted_result())
        if step < 0:
            raise DataError(
                "validation_data has no batch left: a generator makes its batches once. Give arrays, a "
                "PyDataset, or a generator without end and validation_steps."
            )
        return running.result()

    def _refresh(self) -> None:
        for layer in self.converted.learning:
            layer.refresh()


@dataclass(frozen=True)
class Validation:
    """Validation in Python after each epoch, or after some.

    Parameters
    ----------
    evaluation : Evaluation
        What evaluates.
    rows : Samples or None
        All rows, to be evaluated at once; None: `batches` are evaluated one by one.
    batches : Epochs or None
        Batches.
    frequency : int or collection of int
        Every how many epochs, or after which, counted from 1.
    hooks : Hooks
        The callbacks of the run.
    """

    evaluation: Evaluation
    rows: Samples | None
    batches: Epochs | None
    frequency: Any
    hooks: Hooks

    def is_due(self, epoch: int) -> bool:
        """Return whether to validate after this epoch, counted from 0."""
        if isinstance(self.frequency, int):
            return (epoch + 1) % self.frequency == 0
        return epoch + 1 in self.frequency

    def values(self) -> Logs:
        """Return loss and metrics, in the order of `compile`."""
        self.hooks.call("on_test_begin", {})
        if self.rows is not None:
            values = self.evaluation.all_rows(self.rows)
        else:
            assert self.batches is not None
            self.batches.restart()
            running = RunningMetrics(self.evaluation.compiled)
            values = self.evaluation.batches(self.batches.next_epoch(), running, self.hooks)
        self.hooks.call("on_test_end", dict(sorted(values.items())))
        return values

"""The loss and the metrics of the batches since the last reset, as Keras averages them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from deltarule.keras.callbacks.base import Logs
from deltarule.keras.compiled_settings import CompiledSettings
from deltarule.keras.epoch_metrics import Array, EpochMetric, Samples
from deltarule.keras.metrics.reductions import MeanMetricWrapper, RowMean
from deltarule.keras.model_conversion import ConvertedModel


class RunningMean:
    """A weighted mean of numbers that arrive one after the other."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all numbers."""
        self._total = self._weight = 0.0

    def add(self, value: float, weight: float) -> None:
        """Add a number."""
        self._total += value * weight
        self._weight += weight

    @property
    def value(self) -> float:
        """The mean; 0 before the first number, as in Keras."""
        return self._total / self._weight if self._weight else 0.0


class RunningMetrics:
    """The values that `train_on_batch`, `test_on_batch` and hooks of batches report."""

    def __init__(self, compiled: CompiledSettings) -> None:
        self._compiled = compiled
        self._loss = RunningMean()
        self._means: dict[str, RunningMean] = {}
        self._metrics: tuple[EpochMetric, ...] = ()
        self._found: tuple[int, tuple[int, ...], bool] | None = None  # the kind of batch

    def reset(self) -> None:
        """Forget all batches."""
        self._loss.reset()
        for mean in self._means.values():
            mean.reset()
        for metric in self._metrics:
            metric.metric.reset_state()

    def prepare(self, converted: ConvertedModel, samples: Samples) -> None:
        """Find the metrics for batches such as this one."""
        kind = (samples.y.ndim, samples.y.shape[1:], samples.weights is None)
        if self._found == kind:
            return
        found = self._compiled.epoch_metrics(converted, samples)
        if self._found is not None and self._found[:2] == kind[:2]:  # the same, with their rows
            old = {metric.name: metric.metric for metric in self._metrics}
            found = tuple(EpochMetric(m.name, old[m.name], m.weighted, m.source) for m in found)
        self._metrics, self._found = found, kind
        for metric in found:
            if _is_mean(metric):
                self._means.setdefault(metric.name, RunningMean())

    @property
    def directions(self) -> dict[str, str | None]:
        """Name of a metric → whether better is "up" or "down"; None if it does not say."""
        return {metric.name: metric.direction for metric in self._metrics}

    @property
    def need_predictions(self) -> bool:
        """Whether a metric is computed from the outputs of the model."""
        return any(metric.source == "predictions" for metric in self._metrics)

    def add(
        self, samples: Samples, loss: float, score: float, predict: Callable[[], Array]
    ) -> None:
        """Add a batch: its loss with penalties, its score or NaN, and what returns its outputs."""
        rows = samples.data.n_rows
        self._loss.add(loss, rows)
        predictions: Array | None = None
        for metric in self._metrics:
            mean = self._means.get(metric.name)
            if metric.source == "loss" and mean is not None:
                mean.add(loss, rows)
            elif metric.source == "score" and mean is not None and math.isfinite(score):
                self._add_score(mean, samples, score)
            else:
                predictions = predict() if predictions is None else predictions
                self._add_predictions(metric, samples, predictions)

    def _add_score(self, mean: RunningMean, samples: Samples, score: float) -> None:
        rows = samples.data.n_rows
        if samples.weights is None:
            mean.add(round(score * rows) / rows, rows)
        else:
            mean.add(score, float(samples.weights.sum()))

    def _add_predictions(self, metric: EpochMetric, samples: Samples, predictions: Array) -> None:
        mean = self._means.get(metric.name)
        if mean is None:
            metric.add(samples, predictions)
            return
        weights = samples.weights if metric.weighted else None
        weight = samples.data.n_rows if weights is None else float(weights.sum())
        if weight:
            mean.add(metric.logs(samples, predictions)[metric.name], weight)

    def result(self) -> Logs:
        """Return loss and metrics in the order of `compile`."""
        logs: dict[str, Any] = {"loss": self._loss.value}
        for metric in self._metrics:
            mean = self._means.get(metric.name)
            logs |= {metric.name: mean.value} if mean is not None else metric.current()
        return logs

    def sorted_result(self) -> Logs:
        """Return loss and metrics in the order of Keras's logs."""
        return dict(sorted(self.result().items()))


def _is_mean(metric: EpochMetric) -> bool:
    """Return whether the metric is a mean over rows, which the engine may give for a batch."""
    kind = type(metric.metric)  # a function may return one number, which counts once for a batch
    return (
        issubclass(kind, RowMean)
        and kind.result is RowMean.result
        and kind is not MeanMetricWrapper
    )

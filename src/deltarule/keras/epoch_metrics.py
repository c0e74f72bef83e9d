"""The metrics of an epoch: which come from the engine and which are computed from predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.data import ArrayData
from deltarule.keras.losses import Loss
from deltarule.keras.metrics import (
    BinaryAccuracy,
    CategoricalAccuracy,
    Metric,
    RootMeanSquaredError,
    SparseCategoricalAccuracy,
    accuracy_for,
    get,
)
from deltarule.keras.metrics.loss_metrics import LossMetric

Array = NDArray[Any]


@dataclass(frozen=True)
class Samples:
    """Rows as the engine takes them, with the user's own y and weights."""

    data: ArrayData
    y: Array  # as given
    weights: Array | None  # float64, None: all 1

    @property
    def mean_weight(self) -> float:
        """Σw / rows: Keras divides a weighted loss by rows, the engine's evaluation by Σw."""
        return 1.0 if self.weights is None else float(self.weights.mean())


@dataclass(frozen=True)
class EpochMetric:
    """One value of the logs besides the loss."""

    name: str
    metric: Metric
    weighted: bool
    source: str  # "score" or "loss": a column of the engine's records; "predictions": computed

    def compute(self, samples: Samples, predictions: Array) -> float:
        """Return the value from the predictions of all rows."""
        self.metric.reset_state()
        weights = samples.weights if self.weighted else None
        self.metric.update_state(samples.y, predictions, weights)
        value = float(np.asarray(self.metric.result()))
        self.metric.reset_state()
        return value


def epoch_metrics_for(
    metrics: Sequence[Any],
    weighted_metrics: Sequence[Any],
    loss: Loss,
    samples: Samples,
    outputs: int,
    plain_loss: bool,
) -> tuple[EpochMetric, ...]:
    """Return the metrics of a compiled model for these targets.

    `plain_loss`: whether the engine's loss is exactly the mean loss of the rows.
    """
    found: list[EpochMetric] = []
    for identifier in (*metrics, *weighted_metrics):
        if isinstance(identifier, str) and identifier.lower() in ("accuracy", "acc"):
            metric = accuracy_for(identifier, samples.y.shape, outputs)
        else:
            metric = get(identifier)
        weighted = len(found) >= len(metrics)
        fits = samples.weights is None or weighted
        source = "predictions"
        if fits and _is_score(metric, loss, outputs):
            source = "score"
        elif plain_loss and samples.weights is None and _is_loss(metric, loss):
            source = "loss"
        found.append(EpochMetric(metric.name, metric, weighted, source))
    return tuple(found)


def _is_score(metric: Metric, loss: Loss, outputs: int) -> bool:
    kind = loss.description.kind
    if type(metric) is BinaryAccuracy:
        return kind == "binary_cross_entropy" and outputs == 1 and metric.threshold == 0.5
    if type(metric) in (CategoricalAccuracy, SparseCategoricalAccuracy):
        return kind == "categorical_cross_entropy"
    return False


def _is_loss(metric: Metric, loss: Loss) -> bool:
    if not isinstance(metric, LossMetric) or isinstance(metric, RootMeanSquaredError):
        return False
    return (
        metric.mean_of.description == loss.description
        and metric.mean_of.from_logits == loss.from_logits
        and metric.mean_of.wants_class_numbers == loss.wants_class_numbers
    )

"""What an epoch is measured by: which numbers of the logs the engine gives and which are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.contract import Data
from deltarule.keras.losses import Loss
from deltarule.keras.metrics import (
    BinaryAccuracy,
    CategoricalAccuracy,
    Metric,
    RootMeanSquaredError,
    SparseCategoricalAccuracy,
    _LossMetric,
    accuracy_for,
    get,
)

Array = NDArray[Any]


@dataclass(frozen=True)
class Samples:
    """Rows on their way into the engine, and as the user gave them."""

    data: Data
    y: Array  # as given
    weights: Array | None  # float64, None: all 1

    @property
    def mean_weight(self) -> float:
        """Σw / rows: Keras divides a weighted loss by rows, the engine's evaluation by Σw."""
        return 1.0 if self.weights is None else float(self.weights.mean())


@dataclass(frozen=True)
class Measure:
    """One number of the logs besides the loss."""

    name: str
    metric: Metric
    weighted: bool
    source: str  # "score" or "loss": a column of the engine's records; "predictions": computed

    def compute(self, samples: Samples, predictions: Array) -> float:
        """Return the number from the predictions of all rows."""
        self.metric.reset_state()
        weights = samples.weights if self.weighted else None
        self.metric.update_state(samples.y, predictions, weights)
        value = float(np.asarray(self.metric.result()))
        self.metric.reset_state()
        return value


def measures_for(
    metrics: Sequence[Any],
    weighted_metrics: Sequence[Any],
    loss: Loss,
    samples: Samples,
    outputs: int,
    plain_loss: bool,
) -> tuple[Measure, ...]:
    """Return the measures of a compiled model for these targets.

    `plain_loss`: whether the engine's loss is the mean loss of the rows and nothing else.
    """
    found: list[Measure] = []
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
        found.append(Measure(metric.name, metric, weighted, source))
    return tuple(found)


def _is_score(metric: Metric, loss: Loss, outputs: int) -> bool:
    kind = loss.description.kind
    if type(metric) is BinaryAccuracy:
        return kind == "binary_cross_entropy" and outputs == 1 and metric.threshold == 0.5
    if type(metric) in (CategoricalAccuracy, SparseCategoricalAccuracy):
        return kind == "categorical_cross_entropy"
    return False


def _is_loss(metric: Metric, loss: Loss) -> bool:
    if not isinstance(metric, _LossMetric) or isinstance(metric, RootMeanSquaredError):
        return False
    return (
        metric.of.description == loss.description
        and metric.of.from_logits == loss.from_logits
        and metric.of.wants_class_numbers == loss.wants_class_numbers
    )

"""The metrics of an epoch: which come from the engine and which are computed from predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.data import ArrayData
from deltarule.errors import SettingError
from deltarule.keras.losses import Loss
from deltarule.keras.metrics import (
    CLASSES,
    BinaryAccuracy,
    Metric,
    RootMeanSquaredError,
    accuracy_for,
    get,
)
from deltarule.keras.metrics.loss_metrics import MeanLoss
from deltarule.keras.metrics.metric_state import floats
from deltarule.keras.values import as_tensor

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

    @property
    def direction(self) -> str | None:
        """Whether better is "up" or "down"; None if the metric does not define it."""
        return getattr(self.metric, "_direction", None)

    def logs(self, samples: Samples, predictions: Array) -> dict[str, Any]:
        """Return the value from the predictions of all rows, by name; several of a metric with a dict."""
        self.metric.reset_state()
        self.add(samples, predictions)
        found = self.current()
        self.metric.reset_state()
        return found

    def add(self, samples: Samples, predictions: Array) -> None:
        """Add rows to those that the metric holds."""
        weights = samples.weights if self.weighted else None
        targets = samples.y
        if targets.ndim == 1 and predictions.shape[1] == 1:
            targets = targets[:, None]
        # Custom metrics calculate in float64.
        outputs = predictions if type(self.metric) in CLASSES.values() else floats(predictions)
        with np.errstate(all="ignore"):  # as in Keras, log(0) in a custom metric is silent
            self.metric.update_state(as_tensor(targets), as_tensor(outputs), weights)

    def current(self) -> dict[str, Any]:
        """Return the value of all rows added, by name; several of a metric with a dict."""
        with np.errstate(all="ignore"):
            return _as_logs(self.name, self.metric.result())


def _as_logs(name: str, value: Any) -> dict[str, Any]:
    """Return a metric's result as numbers or arrays by name."""
    if isinstance(value, Mapping):
        return merged(_as_logs(str(key), inner) for key, inner in value.items())
    numbers = None if value is None else np.asarray(value)
    if numbers is None or numbers.dtype.kind not in "fiub":
        raise SettingError.message(
            f"The metric {name} returned {type(value).__name__}: return a number, an array or a dict."
        )
    return {name: float(numbers.item()) if numbers.size == 1 else numbers.astype(np.float64)}


def merged(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return all entries in one dict."""
    return {name: value for part in parts for name, value in part.items()}


def resolved(identifiers: Sequence[Any]) -> tuple[Metric | str, ...]:
    """Return the metrics; "accuracy" stays a name, because its metric depends on the targets."""
    return tuple(
        i if isinstance(i, str) and i.lower() in ("accuracy", "acc") else get(i)
        for i in identifiers
    )


def epoch_metrics_for(
    metrics: Sequence[Metric | str],
    weighted_metrics: Sequence[Metric | str],
    loss: Loss,
    samples: Samples,
    outputs: int,
    plain_loss: bool,
) -> tuple[EpochMetric, ...]:
    """Return the metrics of a compiled model for these targets.

    `plain_loss`: whether the engine's loss is exactly the mean loss of the rows.
    """
    found: list[EpochMetric] = []
    names = names_in_logs(metrics, weighted_metrics)
    for name, identifier in zip(names, (*metrics, *weighted_metrics), strict=True):
        metric = identifier
        if isinstance(metric, str):
            metric = accuracy_for(metric, samples.y.shape, outputs)
        weighted = len(found) >= len(metrics)
        fits = samples.weights is None or weighted
        source = "predictions"
        if fits and _is_score(metric, loss, samples.y.shape, outputs):
            source = "score"
        elif plain_loss and samples.weights is None and _is_loss(metric, loss):
            source = "loss"
        found.append(EpochMetric(name, metric, weighted, source))
    return tuple(found)


def names_in_logs(
    metrics: Sequence[Metric | str], weighted_metrics: Sequence[Metric | str]
) -> list[str]:
    """Return the names of metrics in the logs, in order; `str`: the "accuracy" of the targets."""
    counts: dict[str, int] = {}
    return [
        _name_in_logs(
            metric if isinstance(metric, str) else metric.name, index >= len(metrics), counts
        )
        for index, metric in enumerate((*metrics, *weighted_metrics))
    ]


def _name_in_logs(name: str, weighted: bool, counts: dict[str, int]) -> str:
    """Return a name that is not taken, by Keras's rules: own, own_1; with weights weighted_own."""
    if name in counts and weighted:
        name = f"weighted_{name}"
    count = counts.get(name, 0)
    counts[name] = count + 1
    return f"{name}_{count}" if count else name


def _is_score(metric: Metric, loss: Loss, target_shape: tuple[int, ...], outputs: int) -> bool:
    if type(metric) is not type(accuracy_for("", target_shape, outputs)):
        return False
    kind = loss.description.kind
    if type(metric) is BinaryAccuracy:
        return kind == "binary_cross_entropy" and outputs == 1 and metric.threshold == 0.5
    return kind == "categorical_cross_entropy"


def _is_loss(metric: Metric, loss: Loss) -> bool:
    if not isinstance(metric, MeanLoss) or isinstance(metric, RootMeanSquaredError):
        return False
    if type(metric) not in (MeanLoss, *CLASSES.values()):
        return False  # a subclass may measure something else
    return (
        metric.mean_of.description == loss.description
        and metric.mean_of.from_logits == loss.from_logits
        and metric.mean_of.wants_class_numbers == loss.wants_class_numbers
    )

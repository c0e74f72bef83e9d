"""True and false positives and negatives at thresholds, and metrics that are their ratios."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.keras.metrics.base import Metric
from deltarule.keras.metrics.metric_state import Array, MetricVariable, floats, ratio
from deltarule.keras.target_shapes import fitted_weights, require_equal_shapes, same_rank
from deltarule.keras.values import as_tensor

LOWEST = -1e10
"""Threshold of an output that is not among the k largest, as in Keras."""


def parse_thresholds(owner: str, thresholds: Any, default: float = 0.5) -> list[float]:
    """Return one or several thresholds as a list; `SettingError` unless they are in [0, 1]."""
    if thresholds is None:
        return [default]
    found = [thresholds] if np.ndim(thresholds) == 0 else list(thresholds)
    try:
        values = [float(threshold) for threshold in found]
    except (TypeError, ValueError):
        values = []
    if not values or not all(0 <= value <= 1 for value in values):
        raise SettingError(f"{owner}.thresholds", "must be numbers from 0 to 1", thresholds)
    return values


def are_even(thresholds: ArrayLike) -> bool:
    """Return whether thresholds divide [0, 1] evenly; outputs are then counted in bins."""
    values = np.asarray(thresholds)
    return len(values) > 2 and np.allclose(values, np.linspace(0, 1, len(values)), atol=1e-7)


class ConfusionMetric(Metric):
    """Base of metrics that count true and false positives and negatives at thresholds.

    Parameters
    ----------
    thresholds : list of float
        Outputs above a threshold predict 1.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    top_k : int, optional
        Outputs that are not among the k largest of their row predict 0.
    class_id : int, optional
        The only output that counts.
    """

    def __init__(
        self,
        thresholds: Any,
        name: str | None = None,
        dtype: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self._limits = np.asarray(thresholds)
        self._evenly = are_even(thresholds)
        self.top_k, self.class_id = top_k, class_id
        self._label_weights: Array | None = None
        self._by_label = False
        self._make_counts((len(self._limits),))

    def _make_counts(self, shape: tuple[int, ...]) -> None:
        self.true_positives = self._count("true_positives", shape)
        self.false_positives = self._count("false_positives", shape)
        self.true_negatives = self._count("true_negatives", shape)
        self.false_negatives = self._count("false_negatives", shape)

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add rows.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets; all but 0 count as 1.
        y_pred : array-like of shape (n_samples, n_outputs)
            Predictions from 0 to 1.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.

        Raises
        ------
        ShapeError
            If targets and predictions do not have the same shape.
        SettingError
            If there is no output `class_id`.
        """
        outputs, targets = same_rank(np.asarray(y_pred, self.dtype), np.asarray(y_true, self.dtype))
        require_equal_shapes(type(self).__name__, targets, outputs)
        if self.class_id is not None:
            number = f"{type(self).__name__}.class_id"
            checks.integer(number, self.class_id, at_least=0, at_most=outputs.shape[-1] - 1)
        weights: Any = 1.0
        if sample_weight is not None:
            weights = same_rank(targets, floats(sample_weight)[..., None], expand=False)[1]
        if self.top_k is not None:
            outputs = _only_top(outputs, self.top_k)
        if self.class_id is not None:
            outputs = outputs[..., self.class_id, None]
            targets = targets[..., self.class_id, None]
        weights = fitted_weights(weights, outputs.shape)
        if self._label_weights is not None and not self._by_label:
            weights = weights * self._label_weights
        shape = (-1, outputs.shape[-1]) if self._by_label else (-1, 1)
        self._add((targets != 0).reshape(shape), outputs.reshape(shape), np.reshape(weights, shape))

    def _add(self, is_one: Array, outputs: Array, weights: Array) -> None:
        ones, zeros = np.where(is_one, weights, 0.0), np.where(is_one, 0.0, weights)
        count = self._counted_in_bins if self._evenly else self._compared
        positives = [
            count(outputs, part).reshape(self.true_positives.shape) for part in (ones, zeros)
        ]
        self.true_positives.assign_add(positives[0])
        self.false_positives.assign_add(positives[1])
        self.false_negatives.assign_add(ones.sum(axis=0) - positives[0])
        self.true_negatives.assign_add(zeros.sum(axis=0) - positives[1])

    def _compared(self, outputs: Array, weights: Array) -> Array:
        """Return the weight of the outputs above each threshold, by label."""
        limits = self._limits.astype(outputs.dtype)
        return np.stack([np.where(outputs > limit, weights, 0.0).sum(axis=0) for limit in limits])

    def _counted_in_bins(self, outputs: Array, weights: Array) -> Array:
        """Return the same for even thresholds, in one pass; the bins are those of Keras."""
        size = len(self._limits)
        inside = np.clip(np.nan_to_num(outputs), 0, 1)
        bins = (np.ceil(inside * outputs.dtype.type(size - 1)) - 1).astype(np.int64)
        if self._limits[0] < 0 or self._limits[-1] > 1:
            bins = np.maximum(bins, 0)  # 0 is above a threshold below 0
        return np.stack(
            [
                np.bincount(b[b >= 0], w[b >= 0], size)[::-1].cumsum()[::-1]
                for b, w in zip(bins.T, weights.T, strict=True)
            ],
            axis=1,
        )


def _only_top(outputs: Array, k: int) -> Array:
    """Return the outputs with all but the k largest of each row far below every threshold."""
    best = np.argsort(-outputs, axis=-1, kind="stable")[..., :k]
    kept = np.full_like(outputs, LOWEST)
    np.put_along_axis(kept, best, np.take_along_axis(outputs, best, axis=-1), axis=-1)
    return kept


def _as_config(thresholds: Any) -> Any:
    """Return thresholds as JSON types."""
    return None if thresholds is None else np.asarray(thresholds).tolist()


class _Condition(ConfusionMetric):
    """Base of the four counts."""

    _counted: str

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(parse_thresholds(type(self).__name__, thresholds), name, dtype)
        self.thresholds = thresholds

    def result(self) -> Any:
        counts: MetricVariable = getattr(self, self._counted)
        return counts[0] if len(self._limits) == 1 else counts.value

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": _as_config(self.thresholds)}


class TruePositives(_Condition):
    """Weight of the outputs above a threshold whose target is 1.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        Outputs above it predict 1; a result for each.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    """

    _counted = "true_positives"


class TrueNegatives(_Condition):
    """Weight of the outputs up to a threshold whose target is 0.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        Outputs above it predict 1; a result for each.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    """

    _counted = "true_negatives"


class FalsePositives(_Condition):
    """Weight of the outputs above a threshold whose target is 0.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        Outputs above it predict 1; a result for each.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    """

    _counted = "false_positives"


class FalseNegatives(_Condition):
    """Weight of the outputs up to a threshold whose target is 1.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        Outputs above it predict 1; a result for each.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    """

    _counted = "false_negatives"


class _FoundShare(ConfusionMetric):
    """Base of precision and recall."""

    _direction = "up"
    _missed: str

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        limits = parse_thresholds(type(self).__name__, thresholds, 0.5 if top_k is None else LOWEST)
        super().__init__(limits, name, dtype, top_k, class_id)
        self.thresholds = thresholds

    def result(self) -> Any:
        missed: MetricVariable = getattr(self, self._missed)
        found = as_tensor(ratio(self.true_positives, self.true_positives + missed))
        return as_tensor(found[0]) if len(self._limits) == 1 else found

    def get_config(self) -> dict[str, Any]:
        settings = {"top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), "thresholds": _as_config(self.thresholds), **settings}


class Precision(_FoundShare):
    """Fraction of predicted 1s that are correct.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        Outputs above it predict 1; a result for each. For logits, 0.
    top_k : int, optional
        Only the k largest outputs of a row may predict 1; without thresholds, all of them do.
    class_id : int, optional
        The only output that counts.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".

    Examples
    --------
    >>> from deltarule import keras
    >>> print(keras.metrics.Precision(thresholds=[0.2, 0.7])([0, 1], [0.5, 0.9]))
    [0.5 1. ]
    """

    _missed = "false_positives"


class Recall(_FoundShare):
    """Fraction of actual 1s that are found.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        Outputs above it predict 1; a result for each. For logits, 0.
    top_k : int, optional
        Only the k largest outputs of a row may predict 1; without thresholds, all of them do.
    class_id : int, optional
        The only output that counts.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    """

    _missed = "false_negatives"

"""AUC: the area under the ROC or the precision-recall curve."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule.activations import Sigmoid
from deltarule.errors import SettingError, ShapeError
from deltarule.keras.global_state import epsilon
from deltarule.keras.metrics.confusion_counts import ConfusionMetric, are_even
from deltarule.keras.metrics.metric_state import Array, floats, ratio
from deltarule.keras.values import as_tensor


class AUC(ConfusionMetric):
    """Area under the ROC or the precision-recall curve, as a sum over thresholds.

    Parameters
    ----------
    num_thresholds : int, default 200
        Number of points of the curve, at least 2.
    curve : {"ROC", "PR", "PRGAIN"}, default "ROC"
        Receiver operating characteristic, precision-recall, or precision-recall gain.
    summation_method : {"interpolation", "minoring", "majoring"}, default "interpolation"
        Whether the curve between two points is their line, the lower or the upper point. For "PR", counts
        are interpolated rather than the precision.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    thresholds : list of float, optional
        Thresholds from 0 to 1 in place of num_thresholds.
    multi_label : bool, default False
        Whether the result is the mean of the areas of all outputs, instead of the area of all of them
        taken as one.
    num_labels : int, optional
        Number of outputs with multi_label, by default that of the first rows.
    label_weights : list of float, optional
        Weights of the outputs.
    from_logits : bool, default False
        Whether predictions are logits.

    Raises
    ------
    SettingError
        If an argument is outside its range.

    References
    ----------
    Davis and Goadrich, The relationship between precision-recall and ROC curves, ICML 2006.

    Examples
    --------
    >>> from deltarule import keras
    >>> auc = keras.metrics.AUC(num_thresholds=3)
    >>> auc.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    >>> print(auc.result())
    0.75
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        self.curve = checks.one_of("AUC.curve", str(curve).upper(), ("ROC", "PR", "PRGAIN"))
        self.summation_method = checks.one_of(
            "AUC.summation_method",
            str(summation_method).lower(),
            ("interpolation", "minoring", "majoring"),
        )
        if num_labels and not multi_label:
            raise SettingError("AUC.num_labels", "is only used with `multi_label=True`", num_labels)
        count = checks.integer("AUC.num_thresholds", num_thresholds, at_least=2)
        inner = (
            sorted(thresholds) if thresholds is not None else np.arange(1, count - 1) / (count - 1)
        )
        # An output of exactly 0 is above the first threshold, one of exactly 1 not above the last.
        limits = np.array([-epsilon(), *inner, 1 + epsilon()])
        super().__init__(limits, name, dtype)
        self._evenly = thresholds is None or are_even([0.0, *inner, 1.0])
        self.num_thresholds = len(limits)
        self._given = thresholds
        self.multi_label, self.num_labels = bool(multi_label), num_labels
        self._by_label = self.multi_label
        self.label_weights = label_weights
        self._label_weights = None if label_weights is None else floats(label_weights)
        self.from_logits = bool(from_logits)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, from just below 0 to just above 1."""
        return [float(limit) for limit in self._limits]

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        outputs = np.asarray(y_pred, self.dtype)
        if self.from_logits:
            outputs = Sigmoid()(outputs)
        if self.multi_label:
            self._prepare_labels(outputs.shape)
        super().update_state(y_true, outputs, sample_weight)

    def _prepare_labels(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 2 or shape[1] != (self.num_labels or shape[1]):
            raise ShapeError(
                f"AUC with multi_label=True takes predictions of shape (n_samples, "
                f"{self.num_labels or 'n_labels'}), got {shape}."
            )
        wanted = (self.num_thresholds, shape[1])
        if self.true_positives.shape != wanted:
            self._own_variables.clear()
            self._make_counts(wanted)

    def result(self) -> Any:
        if self.curve == "PR" and self.summation_method == "interpolation":
            terms = self._precision_recall_terms()
        else:
            x, y = self._points()
            combine = {"minoring": np.minimum, "majoring": np.maximum}.get(
                self.summation_method, lambda a, b: (a + b) / 2
            )
            terms = (x[:-1] - x[1:]) * combine(y[:-1], y[1:])
        areas = terms.sum(axis=0)
        if not self.multi_label:
            return as_tensor(areas)
        if self._label_weights is None:
            return as_tensor(areas.mean())
        return as_tensor(ratio((areas * self._label_weights).sum(), self._label_weights.sum()))

    def _points(self) -> tuple[Array, Array]:
        """Return the x and y of the curve at each threshold."""
        tp, fp = floats(self.true_positives), floats(self.false_positives)
        tn, fn = floats(self.true_negatives), floats(self.false_negatives)
        recall = ratio(tp, tp + fn)
        if self.curve == "ROC":
            return ratio(fp, fp + tn), recall
        if self.curve == "PR":
            return recall, ratio(tp, tp + fp)
        odds = ratio(tp + fn, tn + fp)
        recall_gain = np.where(tp == 0, 0.0, 1 - odds * ratio(fn, tp))
        precision_gain = np.where(tp == 0, 1.0, 1 - odds * ratio(fp, tp))
        return np.maximum(recall_gain, 0), precision_gain

    def _precision_recall_terms(self) -> Array:
        """Return the areas between thresholds, where true and false positives change linearly."""
        tp, fn = floats(self.true_positives), floats(self.false_negatives)
        positives = tp + floats(self.false_positives)
        rise = tp[:-1] - tp[1:]
        slope = ratio(rise, np.maximum(positives[:-1] - positives[1:], 0))
        intercept = tp[1:] - slope * positives[1:]
        both = (positives[:-1] > 0) & (positives[1:] > 0)
        growth = np.where(both, ratio(positives[:-1], np.maximum(positives[1:], 0)), 1.0)
        area = slope * (rise + intercept * np.log(growth))
        return ratio(area, np.maximum(tp[1:] + fn[1:], 0))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "thresholds": None if self._given is None else [float(t) for t in self._given],
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if self._label_weights is None else self._label_weights.tolist(),
            "from_logits": self.from_logits,
        }

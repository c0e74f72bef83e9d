"""F-scores: the weighted harmonic mean of precision and recall."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule.errors import SettingError, ShapeError
from deltarule.keras.global_state import epsilon
from deltarule.keras.metrics.base import Metric
from deltarule.keras.metrics.metric_state import floats
from deltarule.keras.target_shapes import same_rank, weights_of_rows
from deltarule.keras.values import as_tensor


class FBetaScore(Metric):
    """F-score (1 + β²) P R / (β² P + R) of precision P and recall R, for each output or averaged.

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}, default None
        None: a score for each output. "micro": of the counts of all outputs. "macro": the mean of the
        scores. "weighted": their mean, weighted by the number of actual 1s.
    beta : float, default 1.0
        Weight of recall, > 0.
    threshold : float, optional
        Outputs above it predict 1, from 0 to 1. By default, the largest output of each row does; a
        network with one output needs a threshold.
    name : str, default "fbeta_score"
        Name in logs.
    dtype : str, optional
        Type of the outputs when they are compared, by default "float32".

    Raises
    ------
    SettingError
        If an argument is outside its range.

    Examples
    --------
    >>> from deltarule import keras
    >>> metric = keras.metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> metric.update_state([[1, 1], [1, 0]], [[0.2, 0.6], [0.7, 0.6]])
    >>> metric.result().round(3).tolist()
    [0.556, 0.833]
    """

    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, dtype)
        owner = type(self).__name__
        if average is not None:
            checks.one_of(f"{owner}.average", average, ("micro", "macro", "weighted"))
        checks.number(f"{owner}.beta", beta, above=0)
        if threshold is not None and not (
            isinstance(threshold, float | int) and 0 < threshold <= 1
        ):
            raise SettingError(
                f"{owner}.threshold", "must be greater than 0 and at most 1", threshold
            )
        self.average, self.beta, self.threshold = average, beta, threshold

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add rows.

        Parameters
        ----------
        y_true : array-like of shape (n_samples, n_outputs)
            Targets 0 and 1.
        y_pred : array-like of shape (n_samples, n_outputs)
            Predictions.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.

        Raises
        ------
        ShapeError
            If targets and predictions do not have the same shape.
        """
        outputs, targets = same_rank(np.asarray(y_pred, self.dtype), floats(y_true))
        if outputs.ndim != 2 or outputs.shape != targets.shape:
            raise ShapeError(
                f"{type(self).__name__} takes targets and outputs of shape (n_samples, n_outputs), got "
                f"{targets.shape} and {outputs.shape}. One-hot targets: keras.utils.to_categorical."
            )
        if self.threshold is None:
            largest = outputs.max(axis=-1, keepdims=True)
            is_one = (outputs >= largest) & (np.abs(outputs) > 1e-9)
        else:
            is_one = outputs > outputs.dtype.type(self.threshold)
        found = is_one.astype(np.float64)
        weights: Any = 1.0
        if sample_weight is not None:
            weights = weights_of_rows(floats(sample_weight), outputs.shape[:1])[:, None]
        axis = None if self.average == "micro" else 0
        if not self.variables:
            shape = () if self.average == "micro" else (outputs.shape[1],)
            self.true_positives = self._count("true_positives", shape)
            self.false_positives = self._count("false_positives", shape)
            self.false_negatives = self._count("false_negatives", shape)
            self.intermediate_weights = self._count("intermediate_weights", shape)
        self.true_positives.assign_add((found * targets * weights).sum(axis=axis))
        self.false_positives.assign_add((found * (1 - targets) * weights).sum(axis=axis))
        self.false_negatives.assign_add(((1 - found) * targets * weights).sum(axis=axis))
        self.intermediate_weights.assign_add((targets * weights).sum(axis=axis))

    def result(self) -> Any:
        if not self.variables:
            return as_tensor(0.0)
        hits, tiny = floats(self.true_positives), epsilon()
        precision = hits / (hits + floats(self.false_positives) + tiny)
        recall = hits / (hits + floats(self.false_negatives) + tiny)
        square = self.beta**2
        scores = precision * recall / (square * precision + recall + tiny) * (1 + square)
        if self.average == "weighted":
            weights = floats(self.intermediate_weights)
            return as_tensor((scores * (weights / (weights.sum() + tiny))).sum())
        return as_tensor(scores if self.average is None else scores.mean())

    def get_config(self) -> dict[str, Any]:
        settings = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**super().get_config(), **settings}


class F1Score(FBetaScore):
    """F-score 2 P R / (P + R) of precision P and recall R, for each output or averaged.

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}, default None
        None: a score for each output. "micro": of the counts of all outputs. "macro": the mean of the
        scores. "weighted": their mean, weighted by the number of actual 1s.
    threshold : float, optional
        Outputs above it predict 1, from 0 to 1. By default, the largest output of each row does; a
        network with one output needs a threshold.
    name : str, default "f1_score"
        Name in logs.
    dtype : str, optional
        Type of the outputs when they are compared, by default "float32".

    Examples
    --------
    >>> from deltarule import keras
    >>> f1 = keras.metrics.F1Score(average="macro", threshold=0.5)
    >>> round(float(f1([[1], [1], [0]], [[0.9], [0.2], [0.7]])), 3)
    0.5
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["beta"]
        return config

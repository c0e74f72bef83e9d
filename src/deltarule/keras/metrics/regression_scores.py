"""Scores of numbers: R², cosine similarity and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule._common.user_warnings import warn_user
from deltarule.keras import ops
from deltarule.keras.global_state import epsilon
from deltarule.keras.metrics.base import Metric
from deltarule.keras.metrics.metric_state import Array, floats
from deltarule.keras.metrics.reductions import MeanMetricWrapper
from deltarule.keras.target_shapes import aligned_pair, fitted_weights
from deltarule.keras.values import as_tensor


class R2Score(Metric):
    """Coefficient of determination R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)².

    Parameters
    ----------
    class_aggregation : {"uniform_average", "variance_weighted_average", None}, default "uniform_average"
        How the scores of several outputs become one; None keeps them.
    num_regressors : int, default 0
        Number of predictors for the adjusted R²; 0 is the standard R².
    name : str, default "r2_score"
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.

    Raises
    ------
    SettingError
        If an argument is outside its range.

    Examples
    --------
    >>> from deltarule import keras
    >>> print(keras.metrics.R2Score()([[1.0], [2.0], [3.0]], [[1.0], [2.0], [4.0]]))
    0.5
    """

    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, dtype)
        if class_aggregation is not None:
            checks.one_of(
                "R2Score.class_aggregation",
                class_aggregation,
                ("uniform_average", "variance_weighted_average"),
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = checks.integer("R2Score.num_regressors", num_regressors, at_least=0)
        self.num_samples = self._count("num_samples")

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add rows.

        Parameters
        ----------
        y_true : array-like of shape (n_samples, n_outputs)
            Targets.
        y_pred : array-like of shape (n_samples, n_outputs)
            Predictions.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.

        Raises
        ------
        ShapeError
            If targets and predictions do not have the same shape.
        """
        targets, predictions = _numbers("R2Score", y_true, y_pred)
        if predictions.ndim == 1:
            predictions, targets = predictions[:, None], targets[:, None]
        weights = np.ones(1) if sample_weight is None else floats(sample_weight)
        weights = fitted_weights(weights[:, None] if weights.ndim == 1 else weights, targets.shape)
        if len(self.variables) == 1:
            shape = targets.shape[1:]
            self.count, self.mean = self._count("count", shape), self._count("mean", shape)
            self.deviation = self._count("deviation", shape)
            self.total_mse = self._count("residual", shape)
        # Means and sums of squares of two sets of rows are merged (Chan et al., 1979): the sum of squares
        # minus the squared sum loses all digits where the mean is far from 0.
        count = weights.sum(axis=0)
        total = count + self.count
        mean = (targets * weights).sum(axis=0) / np.where(count == 0, 1, count)
        step = mean - self.mean
        share = count / np.where(total == 0, 1, total)
        self.deviation.assign_add(
            (weights * np.square(targets - mean)).sum(axis=0)
            + np.square(step) * self.count.numpy() * share
        )
        self.mean.assign_add(step * share)
        self.count.assign(total)
        self.total_mse.assign_add((weights * np.square(targets - predictions)).sum(axis=0))
        self.num_samples.assign_add(targets.size)

    def result(self) -> Any:
        if len(self.variables) == 1:
            return as_tensor(0.0)
        total = floats(self.deviation)
        with np.errstate(all="ignore"):
            scores = 1 - floats(self.total_mse) / total
        scores = np.where(np.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = scores.mean()
        elif self.class_aggregation == "variance_weighted_average":
            scores = (total * scores).sum() / total.sum()
        return as_tensor(self._adjusted(scores))

    def _adjusted(self, scores: Any) -> Any:
        spare = float(self.num_samples) - self.num_regressors - 1
        if self.num_regressors == 0:
            return scores
        if spare <= 0:
            warn_user(
                "R2Score: the adjusted R² needs more rows than num_regressors + 1; this is R²."
            )
            return scores
        return 1 - (1 - scores) * (float(self.num_samples) - 1) / spare

    def get_config(self) -> dict[str, Any]:
        settings = {
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
        return {**super().get_config(), **settings}


def _cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> Array:
    targets, predictions = _numbers("Cosine similarity", y_true, y_pred)
    products = floats(ops.normalize(targets, axis)) * floats(ops.normalize(predictions, axis))
    return products.sum(axis=axis)


def _numbers(owner: str, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
    """Return targets and predictions as float64 arrays of the same shape."""
    return aligned_pair(owner, floats(y_true), floats(y_pred))


def pearson_correlation(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> Array:
    """Return the Pearson correlation of targets and predictions.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    axis : int, default -1
        Axis of the values that are correlated: -1 within each row, 0 over rows.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_outputs,)
        Correlations from -1 to 1.
    """
    targets, predictions = _numbers("Pearson correlation", y_true, y_pred)
    return (_standard(targets, axis) * _standard(predictions, axis)).mean(axis=axis)


def _standard(values: Array, axis: int) -> Array:
    centered = values - values.mean(axis=axis, keepdims=True)
    with np.errstate(all="ignore"):
        return centered / centered.std(axis=axis, keepdims=True)


def concordance_correlation(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> Array:
    """Return the concordance correlation of targets and predictions.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    axis : int, default -1
        Axis of the values that are compared: -1 within each row, 0 over rows.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_outputs,)
        Correlations from -1 to 1, 1 for equal values.
    """
    targets, predictions = _numbers("Concordance correlation", y_true, y_pred)
    middle = targets.mean(axis=axis, keepdims=True)
    guess = predictions.mean(axis=axis, keepdims=True)
    spread = targets.var(axis=axis, keepdims=True) + predictions.var(axis=axis, keepdims=True)
    products = (targets - guess) * (predictions - guess)
    return (2 * products / (spread + np.square(middle - guess) + epsilon())).mean(axis=axis)


class CosineSimilarity(MeanMetricWrapper):
    """Mean cosine of the angle between targets and predictions of a row.

    Parameters
    ----------
    name : str, default "cosine_similarity"
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    axis : int, default -1
        Axis of the vectors.

    Examples
    --------
    >>> from deltarule import keras
    >>> print(keras.metrics.CosineSimilarity()([[0.0, 1.0], [1.0, 0.0]], [[0.0, 2.0], [0.0, 3.0]]))
    0.5
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(_cosine_similarity, name, dtype, axis=axis)


class PearsonCorrelation(MeanMetricWrapper):
    """Mean Pearson correlation of targets and predictions.

    Parameters
    ----------
    name : str, default "pearson_correlation"
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    axis : int, default -1
        Axis of the values that are correlated: -1 within each row, 0 over rows.
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)
        self.axis = axis


class ConcordanceCorrelation(MeanMetricWrapper):
    """Mean concordance correlation of targets and predictions.

    Parameters
    ----------
    name : str, default "concordance_correlation"
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    axis : int, default -1
        Axis of the values that are compared: -1 within each row, 0 over rows.
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)
        self.axis = axis

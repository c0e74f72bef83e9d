"""The base of all losses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule import losses as core
from deltarule.keras import configs
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.unsupported import NEEDS_DERIVATIVES, require_default

Array = NDArray[Any]
REDUCTIONS = ("sum_over_batch_size", "mean")
_REDUCTION = (
    "the loss of a batch is the mean over its rows; for another scale change the learning rate"
)
_DTYPE = "a loss is computed in the dtype of the network; set the dtype of its Input"

OWN_LOSSES = (
    f"a loss of your own {NEEDS_DERIVATIVES}; choose a loss of keras.losses or deltarule.losses, such as "
    "Huber or Quantile, or use Keras itself (import keras)"
)
"""What to do instead of a custom loss."""


class Loss(configs.Configurable, Overridable):
    """Base of all losses.

    Parameters
    ----------
    description : deltarule.losses.Loss
        The loss that the engines compute.
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, default ""
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.

    Raises
    ------
    SettingError
        For another reduction, or a dtype.
    """

    _overrides = Overrides(OWN_LOSSES, of_keras=("call", "reduce"))
    wants_class_numbers = False  # y_true holds class numbers, not one-hot rows
    wants_signed_labels = False  # y_true holds -1 and 1; 0 and 1 are converted
    clips_targets = False  # targets beyond the range of the loss count as its limit
    from_logits = False

    def __init__(
        self, description: core.Loss, reduction: str = "sum_over_batch_size", name: str = "",
        dtype: object = None,
    ) -> None:  # fmt: skip
        owner = type(self).__name__
        if reduction not in REDUCTIONS:
            require_default(owner, {"reduction": (reduction, REDUCTIONS[0])}, _REDUCTION)
        require_default(owner, {"dtype": (dtype, None)}, _DTYPE)
        self.description = description
        self.name = name

    def row_losses(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Return the loss of each row.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        y_pred : array-like of shape (n_samples, n_outputs)
            Predictions, or logits with from_logits.

        Returns
        -------
        ndarray of shape (n_samples,)
            The mean over the outputs of each row; for categorical cross-entropy, the sum.
        """
        predictions = np.asarray(y_pred)
        if predictions.dtype.kind != "f":
            predictions = predictions.astype(np.float64)
        if predictions.ndim == 1:
            predictions = predictions[:, None]
        targets = aligned(self, y_true, predictions)
        if self.from_logits:
            return self.description.values_from_logits(predictions, targets)
        return self.description.values(predictions, targets)

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the mean of the rows' losses.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        y_pred : array-like of shape (n_samples, n_outputs)
            Predictions.
        sample_weight : array-like of shape (n_samples,), optional
            Factors of the rows' losses; the sum is divided by n_samples.

        Returns
        -------
        float
            The loss.
        """
        losses = self.row_losses(y_true, y_pred)
        if sample_weight is not None:
            losses = losses * np.asarray(sample_weight)
        return float(losses.mean())

    def get_config(self) -> configs.Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        return {"name": self.name}


def aligned(loss: Loss, y_true: ArrayLike, predictions: Array) -> Array:
    """Return y_true as floats of the predictions' shape (rows, outputs)."""
    targets = np.asarray(y_true)
    if loss.wants_class_numbers:
        class_numbers = targets.reshape(len(predictions)).astype(np.int64)
        rows = np.zeros_like(predictions)
        rows[np.arange(len(rows)), class_numbers] = 1
        return rows
    targets = plus_minus_one(targets) if loss.wants_signed_labels else targets
    if targets.ndim == 1 and predictions.ndim == 2:
        targets = targets[:, None]
    return targets.astype(predictions.dtype)


def plus_minus_one(targets: Array) -> Array:
    """Return labels 0 and 1 as −1 and 1, as Keras does for the hinge loss; others unchanged."""
    return 2 * targets - 1 if np.isin(targets, (0, 1)).all() else targets

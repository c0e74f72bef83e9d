"""The base of all losses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule import losses as core
from deltarule.errors import ShapeError
from deltarule.keras import configs
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.target_shapes import require_equal_shapes, weights_of_rows
from deltarule.keras.unsupported import NEEDS_DERIVATIVES, require_default
from deltarule.training.input_arrays import (
    NEED_SEVERAL_OUTPUTS,
    TAKE_CLASS_NUMBERS,
    class_numbers,
    require_several_outputs,
)

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
    needs_one_hot = False  # class numbers are refused: Keras broadcasts them against the outputs
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
            Predictions, or logits with from_logits. An array of one dimension is one row for the losses
            that need several outputs, such as categorical cross-entropy, and one output for the others.

        Returns
        -------
        ndarray of shape (n_samples,)
            The mean over the outputs of each row; for categorical cross-entropy, the sum. One number for
            one row without its dimension.

        Raises
        ------
        ShapeError
            If targets and predictions do not have the same shape.
        DataError
            If class numbers are not those of the outputs.
        """
        predictions = np.asarray(y_pred)
        if predictions.dtype.kind != "f":
            predictions = predictions.astype(np.float64)
        if predictions.ndim == 1 and isinstance(self.description, NEED_SEVERAL_OUTPUTS):
            targets = np.asarray(y_true)
            targets = np.atleast_1d(targets) if self.wants_class_numbers else targets[None]
            return self._values(targets, predictions[None])[0]
        if predictions.ndim == 1:
            predictions = predictions[:, None]
        return self._values(np.asarray(y_true), predictions)

    def _values(self, y_true: Array, predictions: Array) -> Array:
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
        sample_weight : array-like of shape (n_samples,) or (n_samples, 1), optional
            Factors of the rows' losses; the sum is divided by n_samples.

        Returns
        -------
        float
            The loss.

        Raises
        ------
        ShapeError
            If targets and predictions do not have the same shape, or there are not as many weights.
        DataError
            If class numbers are not those of the outputs.
        """
        losses = self.row_losses(y_true, y_pred)
        if sample_weight is not None:
            losses = losses * weights_of_rows(sample_weight, losses.shape)
        return float(losses.mean())

    def get_config(self) -> configs.Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        return {"name": self.name}


def aligned(loss: Loss, targets: Array, predictions: Array) -> Array:
    """Return targets as floats of the predictions' shape; class numbers as one-hot rows, as in `fit`."""
    if predictions.ndim != 2:
        raise ShapeError(f"y_pred must have shape (n_samples, n_outputs), got {predictions.shape}.")
    rows, outputs = predictions.shape
    require_several_outputs(loss.description, outputs)
    require_one_hot(loss, targets, outputs)
    takes_numbers = loss.wants_class_numbers or (
        outputs > 1 and isinstance(loss.description, TAKE_CLASS_NUMBERS)
    )
    if takes_numbers and targets.shape in ((rows,), (rows, 1)):
        numbers = class_numbers(targets.reshape(rows, 1), outputs, "y_true")
        other, own = loss.description.one_hot
        return np.where(numbers == np.arange(outputs), own, other).astype(predictions.dtype)
    targets = plus_minus_one(targets) if loss.wants_signed_labels else targets
    if targets.ndim == 1 and outputs == 1:
        targets = targets[:, None]
    require_equal_shapes(type(loss).__name__, targets, predictions)
    return targets.astype(predictions.dtype)


def require_one_hot(loss: Loss, targets: Array, outputs: int) -> None:
    """Raise `ShapeError` for class numbers of several outputs where the loss needs one-hot rows."""
    if loss.needs_one_hot and outputs > 1 and (targets.ndim == 1 or targets.shape[1:] == (1,)):
        raise ShapeError(
            f"{type(loss).__name__} needs one-hot targets for {outputs} outputs, got the shape "
            f"{targets.shape}: keras.utils.to_categorical makes them from class numbers."
        )


def plus_minus_one(targets: Array) -> Array:
    """Return labels 0 and 1 as −1 and 1, as Keras does for the hinge loss; others unchanged."""
    return 2 * targets - 1 if np.isin(targets, (0, 1)).all() else targets

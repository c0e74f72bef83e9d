"""The base class and the family of losses."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from deltarule._common.descriptions import Description, Family
from deltarule.schedules import SCHEDULES

__all__ = ["LOSSES", "Loss"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Loss(Description):
    """Base class of all losses.

    Notes
    -----
    Subclasses state facts as class attributes: ``fused_with`` (kind of the output activation whose
    logits the loss can use), ``classifies`` (the score is accuracy instead of R²), ``measures_numbers``
    (suits targets that are any real numbers), ``positive_outputs`` (output activations that suit a loss
    of positive predictions; empty where any prediction will do), ``outputs_of_two_classes`` and
    ``outputs_of_classes`` (output activations for one unit, and for one unit per class), ``one_hot``
    (targets of the other classes and of a sample's class) and ``keras_name`` (None where Keras has no
    such loss).
    """

    fused_with: ClassVar[str] = ""
    classifies: ClassVar[bool] = False
    measures_numbers: ClassVar[bool] = False
    positive_outputs: ClassVar[tuple[str, ...]] = ()
    outputs_of_two_classes: ClassVar[tuple[str, ...]] = ()
    outputs_of_classes: ClassVar[tuple[str, ...]] = ()
    one_hot: ClassVar[tuple[float, float]] = (0.0, 1.0)
    keras_name: ClassVar[str | None] = None

    @abstractmethod
    def values(self, predictions: Array, targets: Array) -> Array:
        """Compute the loss of each row.

        Parameters
        ----------
        predictions : ndarray of shape (n_samples, n_outputs)
            Outputs of the network.
        targets : ndarray of shape (n_samples, n_outputs)
            Targets, of the same dtype.

        Returns
        -------
        ndarray of shape (n_samples,)
            Losses, of the predictions' dtype.
        """

    @abstractmethod
    def gradient(self, predictions: Array, targets: Array) -> Array:
        """Compute the derivative of each row's loss by its predictions.

        Parameters
        ----------
        predictions : ndarray of shape (n_samples, n_outputs)
            Outputs of the network.
        targets : ndarray of shape (n_samples, n_outputs)
            Targets, of the same dtype.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            Derivatives, of the predictions' dtype.
        """

    def values_from_logits(self, z: Array, targets: Array) -> Array:
        """Compute the loss of each row from logits, where ``fused_with`` names an activation.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_outputs)
            Logits: weighted sums of the output layer.
        targets : ndarray of shape (n_samples, n_outputs)
            Targets, of the same dtype.

        Returns
        -------
        ndarray of shape (n_samples,)
            Losses, of z's dtype.
        """
        raise NotImplementedError(f"{self.kind} has no form in logits")

    def gradient_from_logits(self, z: Array, targets: Array) -> Array:
        """Compute the derivative of each row's loss by its logits, where ``fused_with`` is set.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_outputs)
            Logits: weighted sums of the output layer.
        targets : ndarray of shape (n_samples, n_outputs)
            Targets, of the same dtype.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            Derivatives, of z's dtype.
        """
        raise NotImplementedError(f"{self.kind} has no form in logits")

    def threshold(self, outputs: int) -> float | None:
        """Return the value above which an output predicts its class.

        Parameters
        ----------
        outputs : int
            Number of outputs of the network.

        Returns
        -------
        float or None
            The threshold; None where the largest output is the predicted class.
        """
        return None

    def with_smoothing(self, value: float) -> Loss:
        """Return this loss with another label smoothing.

        Parameters
        ----------
        value : float
            Label smoothing, 0 ≤ value < 1.

        Returns
        -------
        Loss
            The loss; itself where it has no such setting.
        """
        return self

    def for_evaluation(self) -> Loss:
        """Return the loss for measuring: the same without label smoothing.

        Returns
        -------
        Loss
            The loss without label smoothing.
        """
        return self.with_smoothing(0.0)


LOSSES: Family[Loss] = Family("loss")


def row_mean(values: Array) -> Array:
    """Return the mean over the outputs of each row, shape (n_samples,)."""
    return values.mean(axis=1)


LOSSES.nest("label_smoothing", SCHEDULES)

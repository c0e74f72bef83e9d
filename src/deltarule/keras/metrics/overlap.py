"""Intersection over union of predicted and actual classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule.errors import ShapeError
from deltarule.keras.metrics.base import Metric
from deltarule.keras.metrics.metric_state import floats
from deltarule.keras.target_shapes import fitted_weights
from deltarule.keras.values import as_tensor


class IoU(Metric):
    """Mean of TP / (TP + FP + FN) over some of the classes.

    Parameters
    ----------
    num_classes : int
        Number of classes; rows with other class numbers are left out.
    target_class_ids : sequence of int
        Classes that count.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64, so that fractional weights count (Keras truncates them).
    ignore_class : int, optional
        Class whose rows are left out.
    sparse_y_true : bool, default True
        Whether targets are class numbers rather than one-hot rows.
    sparse_y_pred : bool, default True
        Whether predictions are class numbers rather than outputs for each class.
    axis : int, default -1
        Axis of the classes.

    Raises
    ------
    SettingError
        If a class number is outside 0 to num_classes − 1.

    Examples
    --------
    >>> from deltarule import keras
    >>> metric = keras.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(float(metric.result()), 3)
    0.333
    """

    _direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.num_classes = checks.integer(
            f"{type(self).__name__}.num_classes", num_classes, at_least=1
        )
        self.target_class_ids = [
            checks.integer(
                f"{type(self).__name__}.target_class_ids", i, at_least=0, at_most=num_classes - 1
            )
            for i in target_class_ids
        ]
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.total_cm = self._count("total_confusion_matrix", (num_classes, num_classes))

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add rows.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class numbers or one-hot rows.
        y_pred : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class numbers or outputs.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.

        Raises
        ------
        ShapeError
            If there are not as many targets as predictions.
        """
        actual, predicted = np.asarray(y_true), np.asarray(y_pred)
        actual = actual if self.sparse_y_true else actual.argmax(axis=self.axis)
        predicted = predicted if self.sparse_y_pred else predicted.argmax(axis=self.axis)
        rows, columns = actual.astype(np.int64).ravel(), predicted.astype(np.int64).ravel()
        if rows.size != columns.size:
            raise ShapeError(
                f"{type(self).__name__} compares classes one by one: y_true has {rows.size}, y_pred "
                f"{columns.size}."
            )
        weights = fitted_weights(
            1.0 if sample_weight is None else floats(sample_weight).ravel(), rows.shape
        )
        size = self.num_classes
        counts = (rows >= 0) & (rows < size) & (columns >= 0) & (columns < size)
        if self.ignore_class is not None:
            counts &= rows != self.ignore_class
        cells = rows[counts] * size + columns[counts]
        matrix = np.bincount(cells, weights[counts], size * size).reshape(size, size)
        self.total_cm.assign_add(matrix)

    def result(self) -> Any:
        matrix = floats(self.total_cm)
        hits = np.diag(matrix)
        union = matrix.sum(axis=0) + matrix.sum(axis=1) - hits
        hits, union = hits[self.target_class_ids], union[self.target_class_ids]
        occurs = union > 1e-7  # the mean is that of the classes that occur
        return as_tensor((hits[occurs] / union[occurs]).sum() / max(occurs.sum(), 1))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }


class BinaryIoU(IoU):
    """Mean of TP / (TP + FP + FN) over the classes 0 and 1 of one output.

    Parameters
    ----------
    target_class_ids : sequence of int, default (0, 1)
        Classes that count.
    threshold : float, default 0.5
        Outputs from it on predict 1.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        outputs = np.asarray(y_pred, np.float32)
        super().update_state(y_true, outputs >= np.float32(self.threshold), sample_weight)

    def get_config(self) -> dict[str, Any]:
        settings = {"target_class_ids": self.target_class_ids, "threshold": self.threshold}
        return {"name": self.name, "dtype": self.dtype, **settings}


class MeanIoU(IoU):
    """Mean of TP / (TP + FP + FN) over all classes.

    Parameters
    ----------
    num_classes : int
        Number of classes; rows with other class numbers are left out.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    ignore_class : int, optional
        Class whose rows are left out.
    sparse_y_true : bool, default True
        Whether targets are class numbers rather than one-hot rows.
    sparse_y_pred : bool, default True
        Whether predictions are class numbers rather than outputs for each class.
    axis : int, default -1
        Axis of the classes.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true,
            sparse_y_pred, axis,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["target_class_ids"]
        return config


class OneHotIoU(IoU):
    """Mean of TP / (TP + FP + FN) over some of the classes, for one-hot targets.

    Parameters
    ----------
    num_classes : int
        Number of classes.
    target_class_ids : sequence of int
        Classes that count.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    ignore_class : int, optional
        Class whose rows are left out.
    sparse_y_pred : bool, default False
        Whether predictions are class numbers rather than outputs for each class.
    axis : int, default -1
        Axis of the classes.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sparse_y_true"]
        return config


class OneHotMeanIoU(MeanIoU):
    """Mean of TP / (TP + FP + FN) over all classes, for one-hot targets.

    Parameters
    ----------
    num_classes : int
        Number of classes.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    ignore_class : int, optional
        Class whose rows are left out.
    sparse_y_pred : bool, default False
        Whether predictions are class numbers rather than outputs for each class.
    axis : int, default -1
        Axis of the classes.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sparse_y_true"]
        return config

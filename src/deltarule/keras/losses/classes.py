"""Losses as classes; each holds the description that engines execute."""

from __future__ import annotations

from deltarule import losses as core
from deltarule.keras import configs
from deltarule.keras.losses.base import Loss
from deltarule.keras.unsupported import keras_names, require_default


class MeanSquaredError(Loss):
    """Mean squared error: 1/k Σ (y − ŷ)².

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.losses.MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    2.0
    """

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "mean_squared_error",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.MeanSquaredError(), reduction, name, dtype)


class MeanAbsoluteError(Loss):
    """Mean absolute error: 1/k Σ |y − ŷ|.

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "mean_absolute_error",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.MeanAbsoluteError(), reduction, name, dtype)


class Huber(Loss):
    """Huber loss: ½ e² for |e| ≤ delta, else delta (|e| − ½ delta), with e = ŷ − y.

    Parameters
    ----------
    delta : float, default 1.0
        Error at which the loss changes from quadratic to linear.
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    def __init__(
        self, delta: float = 1.0, reduction: str = "sum_over_batch_size",
        name: str = "huber_loss", dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.Huber(delta), reduction, name, dtype)
        self.delta = delta

    def get_config(self) -> configs.Config:
        return {"delta": self.delta, "name": self.name}


class CrossEntropy(Loss):
    """Base of the losses that can take logits."""

    def __init__(
        self, description: core.Loss, reduction: str, name: str, dtype: object, axis: int,
        from_logits: bool,
    ) -> None:  # fmt: skip
        super().__init__(description, reduction, name, dtype)
        require_default(type(self).__name__, {"axis": (axis, -1)}, "a sample is a row")
        self.from_logits = bool(from_logits)

    def get_config(self) -> configs.Config:
        config = {"from_logits": self.from_logits, "name": self.name}
        smoothing = getattr(self.description, "label_smoothing", 0.0)
        return config if self.wants_class_numbers else {**config, "label_smoothing": smoothing}


class BinaryCrossentropy(CrossEntropy):
    """Binary cross-entropy: −1/k Σ (y log p + (1 − y) log(1 − p)).

    In training it is computed from logits, exactly; Keras clips probabilities to [1e-7, 1 − 1e-7].

    Parameters
    ----------
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.
    label_smoothing : float, default 0.0
        Amount α in [0, 1) by which targets move towards 1/2.
    axis : int, default -1
        Only -1 is supported.
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.

    Examples
    --------
    >>> from deltarule import keras
    >>> round(keras.losses.BinaryCrossentropy()([1, 0], [0.5, 0.5]), 4)
    0.6931
    """

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str = "sum_over_batch_size", name: str = "binary_crossentropy",
        dtype: object = None,
    ) -> None:  # fmt: skip
        with keras_names(type(self).__name__, {}):
            description = core.BinaryCrossEntropy(label_smoothing)
        super().__init__(description, reduction, name, dtype, axis, from_logits)


class CategoricalCrossentropy(CrossEntropy):
    """Categorical cross-entropy of one-hot targets: −Σ y log p.

    Parameters
    ----------
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.
    label_smoothing : float, default 0.0
        Amount α in [0, 1) by which targets move towards 1 / n_classes.
    axis : int, default -1
        Only -1 is supported.
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str = "sum_over_batch_size", name: str = "categorical_crossentropy",
        dtype: object = None,
    ) -> None:  # fmt: skip
        with keras_names(type(self).__name__, {}):
            description = core.CategoricalCrossEntropy(label_smoothing)
        super().__init__(description, reduction, name, dtype, axis, from_logits)


class SparseCategoricalCrossentropy(CrossEntropy):
    """Categorical cross-entropy of class numbers: −log p[y].

    Parameters
    ----------
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.
    ignore_class : None
        Not supported; only None is allowed.
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    axis : int, default -1
        Only -1 is supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.

    Examples
    --------
    >>> from deltarule import keras
    >>> round(keras.losses.SparseCategoricalCrossentropy()([0], [[0.5, 0.5]]), 4)
    0.6931
    """

    wants_class_numbers = True

    def __init__(
        self, from_logits: bool = False, ignore_class: int | None = None,
        reduction: str = "sum_over_batch_size", axis: int = -1,
        name: str = "sparse_categorical_crossentropy", dtype: object = None,
    ) -> None:  # fmt: skip
        require_default(
            type(self).__name__, {"ignore_class": (ignore_class, None)}, "leave those rows out"
        )
        super().__init__(core.CategoricalCrossEntropy(), reduction, name, dtype, axis, from_logits)


class Hinge(Loss):
    """Hinge loss: 1/k Σ max(0, 1 − y ŷ), with targets −1 and 1.

    Targets 0 and 1 are converted to −1 and 1.

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    wants_signed_labels = True
    needs_one_hot = True

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "hinge", dtype: object = None
    ) -> None:
        super().__init__(core.Hinge(), reduction, name, dtype)


class Poisson(Loss):
    """Poisson loss: 1/k Σ (ŷ − y log ŷ), for counts y >= 0.

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "poisson", dtype: object = None
    ) -> None:
        super().__init__(core.Poisson(), reduction, name, dtype)

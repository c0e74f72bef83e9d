"""Further losses of classes: hinge losses, KL divergence and focal losses."""

from __future__ import annotations

from deltarule import losses as core
from deltarule.keras import configs
from deltarule.keras.losses.base import Loss
from deltarule.keras.losses.classes import CrossEntropy
from deltarule.keras.unsupported import keras_names


class SquaredHinge(Loss):
    """Squared hinge loss: 1/k Σ max(0, 1 − y ŷ)², with targets −1 and 1.

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
        self, reduction: str = "sum_over_batch_size", name: str = "squared_hinge",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.SquaredHinge(), reduction, name, dtype)


class CategoricalHinge(Loss):
    """Categorical hinge loss of one-hot targets: max(0, 1 + max (1 − y) ŷ − Σ y ŷ).

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    needs_one_hot = True

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "categorical_hinge",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.CategoricalHinge(), reduction, name, dtype)


class KLDivergence(Loss):
    """Kullback-Leibler divergence: Σ y log(y / p), with y and p clipped to [1e-7, 1].

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    clips_targets = True
    needs_one_hot = True

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "kl_divergence",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.KLDivergence(), reduction, name, dtype)


class BinaryFocalCrossentropy(CrossEntropy):
    """Binary focal cross-entropy: 1/k Σ (1 − pₜ)^gamma (−y log p − (1 − y) log(1 − p)).

    pₜ is the probability of a sample's class.

    Parameters
    ----------
    apply_class_balancing : bool, default False
        Whether class 1 has the weight alpha and class 0 the weight 1 − alpha, instead of 1.
    alpha : float, default 0.25
        Weight of class 1 with class balancing, in (0, 1).
    gamma : float, default 2.0
        Focusing exponent, >= 0.
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.
    label_smoothing : float, default 0.0
        Amount in [0, 1) by which targets move towards 1/2.
    axis : int, default -1
        Only -1 is supported.
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.

    Raises
    ------
    SettingError
        If a number is outside its range.
    """

    def __init__(
        self, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
        from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str = "sum_over_batch_size", name: str = "binary_focal_crossentropy",
        dtype: object = None,
    ) -> None:  # fmt: skip
        self.apply_class_balancing, self.alpha = bool(apply_class_balancing), alpha
        with keras_names(type(self).__name__, {}):
            weight = alpha if apply_class_balancing else None
            description = core.BinaryFocalCrossEntropy(label_smoothing, gamma, weight)
        super().__init__(description, reduction, name, dtype, axis, from_logits)
        self.gamma = gamma

    def get_config(self) -> configs.Config:
        own = {"alpha": self.alpha, "gamma": self.gamma}
        balancing = {"apply_class_balancing": self.apply_class_balancing}
        return {**super().get_config(), **balancing, **own}


class CategoricalFocalCrossentropy(CrossEntropy):
    """Categorical focal cross-entropy of one-hot targets: −Σ alpha (1 − p)^gamma y log p.

    Parameters
    ----------
    alpha : float, default 0.25
        Factor of the loss, > 0; one number for all classes.
    gamma : float, default 2.0
        Focusing exponent, >= 0.
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.
    label_smoothing : float, default 0.0
        Amount in [0, 1) by which targets move towards 1 / n_classes.
    axis : int, default -1
        Only -1 is supported.
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.

    Raises
    ------
    SettingError
        If a number is outside its range.
    """

    needs_one_hot = True

    def __init__(
        self, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
        label_smoothing: float = 0.0, axis: int = -1, reduction: str = "sum_over_batch_size",
        name: str = "categorical_focal_crossentropy", dtype: object = None,
    ) -> None:  # fmt: skip
        with keras_names(type(self).__name__, {}):
            description = core.CategoricalFocalCrossEntropy(label_smoothing, gamma, alpha)
        super().__init__(description, reduction, name, dtype, axis, from_logits)
        self.alpha, self.gamma = alpha, gamma

    def get_config(self) -> configs.Config:
        return {**super().get_config(), "alpha": self.alpha, "gamma": self.gamma}

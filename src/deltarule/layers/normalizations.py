"""Layers that normalize the inputs of a dense layer: batch and layer normalization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.activations import ACTIVATIONS, Activation
from deltarule.errors import SettingError
from deltarule.layers.base import LAYERS, Layer, checked_name

Array = NDArray[Any]

__all__ = ["BatchNormalization", "LayerNormalization", "Normalization"]


@dataclass(frozen=True, repr=False)
class Normalization(Layer):
    """Base class of layers that normalize: x ↦ g(γ ⊙ x̂ + β).

    Parameters
    ----------
    name : str or None
        Name of the layer, unique in its network.
    epsilon : float
        Term ε that is added to the variance.
    center : bool
        Whether the layer learns β.
    scale : bool
        Whether the layer learns γ.
    activation : Activation
        Activation g.
    trainable : bool
        Whether training changes γ and β.
    """

    optional: ClassVar[dict[str, Any]] = {"trainable": True}
    keeps_averages: ClassVar[bool] = False
    """Whether the layer keeps moving averages of its statistics, as `BatchNormalization` does."""
    epsilon: float
    center: bool
    scale: bool
    activation: Activation
    trainable: bool

    def statistics(self, x: Array) -> tuple[Array, Array]:
        """Return the mean and the biased variance that the layer normalizes rows with in training.

        Parameters
        ----------
        x : ndarray of shape (n_samples, n_inputs)
            Rows.

        Returns
        -------
        mean : ndarray of shape (1, n_inputs) or (n_samples, 1)
            Mean of each unit over the rows, or of each row over the units, in the dtype of `x`.
        variance : ndarray of the shape of `mean`
            Their variance.
        """
        axis, wide = 0 if self.keeps_averages else 1, x.astype(np.float64)
        mean, variance = wide.mean(axis, keepdims=True), wide.var(axis, keepdims=True)
        return mean.astype(x.dtype), variance.astype(x.dtype)

    @property
    def part_names(self) -> tuple[str, ...]:
        """Names of the layer's arrays of shape (n_inputs,), in the order of `network.PART_NAMES`."""
        learned = ("gamma",) * self.scale + ("beta",) * self.center
        return learned + (("moving_mean", "moving_variance") if self.keeps_averages else ())

    @property
    def uses_batch(self) -> bool:
        """Whether training normalizes with statistics of the batch: False if they are kept fixed."""
        return self.keeps_averages and self.trainable


def _set(
    layer: Normalization,
    name: str | None,
    epsilon: float,
    center: bool,
    scale: bool,
    activation: Activation | str,
    trainable: bool,
) -> None:
    """Check and set what both layers have."""
    owner = type(layer).__name__
    resolved = ACTIVATIONS.resolve(activation, f"{owner}.activation")
    if resolved.kind == "softmax":
        raise SettingError(
            f"{owner}.activation", "must act on each unit separately, which softmax does not"
        )
    checked = {
        "name": checked_name(name),
        "epsilon": checks.number(f"{owner}.epsilon", epsilon, above=0),
        "center": checks.flag(f"{owner}.center", center),
        "scale": checks.flag(f"{owner}.scale", scale),
        "activation": resolved,
        "trainable": checks.flag(f"{owner}.trainable", trainable),
    }
    for field, value in checked.items():
        object.__setattr__(layer, field, value)


@LAYERS.register
@dataclass(frozen=True, init=False, repr=False)
class BatchNormalization(Normalization):
    """Batch normalization: x ↦ g(γ ⊙ (x − μ) / √(σ² + ε) + β).

    Parameters
    ----------
    momentum : float, default 0.99
        Share m of the moving averages that each update keeps, 0 ≤ m ≤ 1.
    epsilon : float, default 1e-3
        Term ε that is added to the variance, greater than 0.
    center : bool, default True
        Whether the layer learns β, initially 0.
    scale : bool, default True
        Whether the layer learns γ, initially 1.
    activation : Activation or str, default "identity"
        Activation g, for a normalization between a Dense layer and its activation. Not "softmax".
    trainable : bool, default True
        False keeps γ, β and the moving averages as they are, and normalizes with the moving averages in
        training too.
    name : str, optional
        Name of the layer, unique in its network; by default such as "batch_normalization_1".

    Raises
    ------
    SettingError
        If a setting is not allowed.

    See Also
    --------
    LayerNormalization : Normalizes each row on its own.

    Notes
    -----
    In an update, μ and σ² are the mean and the (biased) variance of each unit over the rows of the batch:

        μ = 1/B Σᵢ xᵢ        σ² = 1/B Σᵢ (xᵢ − μ)²

    and the layer keeps moving averages of them, as in Keras: average ← m · average + (1 − m) · value,
    from 0 for μ and 1 for σ². Everywhere else (prediction, validation, the gradient norm of a stopping
    rule) μ and σ² are these averages, which are part of the parameters but not learned.

    Sample weights do not affect the statistics, as in Keras. The last batch of an epoch may be smaller
    than the others, and its statistics count as much. A batch of one row has σ² = 0 and becomes g(β): use
    batches of at least about 16 rows.

    A Dense layer before it needs no bias: β takes its place.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", 2015.

    Examples
    --------
    >>> import deltarule as dr
    >>> normalization = dr.BatchNormalization(activation="relu")
    >>> network = dr.Network([dr.Dense(8, bias=False), normalization, dr.Dense(1)], inputs=4)
    >>> network.parameter_count, network.trainable_count
    (73, 57)
    """

    kind = "batch_normalization"
    keeps_averages: ClassVar[bool] = True
    momentum: float

    def __init__(
        self,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        activation: Activation | str = "identity",
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        _set(self, name, epsilon, center, scale, activation, trainable)
        checked = checks.number("BatchNormalization.momentum", momentum, at_least=0, at_most=1)
        object.__setattr__(self, "momentum", checked)


@LAYERS.register
@dataclass(frozen=True, init=False, repr=False)
class LayerNormalization(Normalization):
    """Layer normalization: x ↦ g(γ ⊙ (x − μ) / √(σ² + ε) + β), with μ and σ² of each row.

    Parameters
    ----------
    epsilon : float, default 1e-3
        Term ε that is added to the variance, greater than 0.
    center : bool, default True
        Whether the layer learns β, initially 0.
    scale : bool, default True
        Whether the layer learns γ, initially 1.
    activation : Activation or str, default "identity"
        Activation g, for a normalization between a Dense layer and its activation. Not "softmax".
    trainable : bool, default True
        Whether training changes γ and β.
    name : str, optional
        Name of the layer, unique in its network; by default such as "layer_normalization_1".

    Raises
    ------
    SettingError
        If a setting is not allowed.

    See Also
    --------
    BatchNormalization : Normalizes each unit over the rows of a batch.

    Notes
    -----
    μ and σ² are the mean and the (biased) variance over the units of a row, in training and prediction
    alike, so that a row's outputs do not depend on other rows.

    References
    ----------
    J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016.

    Examples
    --------
    >>> import deltarule as dr
    >>> network = dr.Network([dr.Dense(8, "relu"), dr.LayerNormalization(), dr.Dense(1)], inputs=4)
    >>> network.parameter_count
    65
    """

    kind = "layer_normalization"

    def __init__(
        self,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        activation: Activation | str = "identity",
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        _set(self, name, epsilon, center, scale, activation, trainable)

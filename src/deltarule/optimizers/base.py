"""The base classes and the family of optimizers, and gradient clipping."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule.schedules import SCHEDULES, Schedule, as_schedule

__all__ = ["OPTIMIZERS", "Optimizer", "Stepwise", "clip_gradient"]

CLIPPING = ("clip_norm", "clip_array_norm", "clip_value")

Array = NDArray[Any]
Slots = dict[str, Array]


@dataclass(frozen=True)
class Optimizer(Description):
    """Base class of all optimizers.

    Parameters
    ----------
    clip_norm : float, optional
        Largest Euclidean norm of the whole gradient; a larger gradient is scaled down to it first
        (Pascanu et al. 2013). By default gradients are not clipped.
    clip_array_norm : float, optional
        The same limit for the gradient of each array of parameters by itself, such as the weights of one
        layer. By default arrays are not clipped.
    clip_value : float, optional
        Largest absolute value of each component of the gradient; larger ones are cut. By default values
        are not cut.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    Subclasses state facts as class attributes: ``slot_names`` (the arrays that the optimizer keeps from
    update to update), ``keras_name`` (the class of keras.optimizers; None where Keras has none),
    ``keras_settings`` (our setting → its argument) and ``keras_extras`` (arguments with a fixed value).
    """

    slot_names: ClassVar[tuple[str, ...]] = ()
    keras_name: ClassVar[str | None] = None
    keras_settings: ClassVar[dict[str, str]] = {}
    keras_extras: ClassVar[dict[str, Any]] = {}
    optional: ClassVar[dict[str, Any]] = {"clip_array_norm": None, "clip_value": None}
    clip_norm: float | None = field(default=None, kw_only=True)
    clip_array_norm: float | None = field(default=None, kw_only=True)
    clip_value: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for name in CLIPPING:
            value = getattr(self, name)
            if value is not None:
                checks.number(f"{type(self).__name__}.{name}", value, above=0)

    def clip(self, gradient: Array, array_sizes: Sequence[int]) -> None:
        """Clip a gradient in place: the whole, then each array, then each component.

        Parameters
        ----------
        gradient : ndarray of shape (n_parameters,)
            Gradient, changed in place.
        array_sizes : sequence of int
            Sizes of the arrays of parameters that it consists of, in their order.

        Examples
        --------
        >>> import numpy as np
        >>> from deltarule.optimizers import Adam
        >>> g = np.array([3.0, 4.0, 0.5])
        >>> Adam(clip_array_norm=1.0).clip(g, array_sizes=[2, 1])
        >>> g
        array([0.6, 0.8, 0.5])
        """
        if self.clip_norm is not None:
            clip_gradient(gradient, self.clip_norm)
        if self.clip_array_norm is not None:
            for part in np.split(gradient, np.cumsum(array_sizes)[:-1]):
                clip_gradient(part, self.clip_array_norm)
        if self.clip_value is not None:
            np.clip(gradient, -self.clip_value, self.clip_value, out=gradient)


OPTIMIZERS: Family[Optimizer] = Family("optimizer")


@dataclass(frozen=True)
class Stepwise(Optimizer):
    """Base class of optimizers that make one update per batch, which are all but L-BFGS.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        Learning rate η > 0 of each update.
    clip_norm : float, optional
        Largest Euclidean norm of the whole gradient; a larger gradient is scaled down to it first
        (Pascanu et al. 2013). By default gradients are not clipped.
    clip_array_norm : float, optional
        The same limit for the gradient of each array of parameters by itself, such as the weights of one
        layer. By default arrays are not clipped.
    clip_value : float, optional
        Largest absolute value of each component of the gradient; larger ones are cut. By default values
        are not cut.

    Raises
    ------
    SettingError
        If a setting is out of range.
    """

    learning_rate: float | Schedule = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        as_schedule(self.learning_rate, f"{type(self).__name__}.learning_rate")
        for name in ("momentum", "decay", "decay_mean", "decay_square"):
            if hasattr(self, name):
                value = getattr(self, name)
                checks.number(f"{type(self).__name__}.{name}", value, at_least=0, below=1)
        if hasattr(self, "epsilon"):
            checks.number(f"{type(self).__name__}.epsilon", self.epsilon, above=0)
        for name in ("epsilon_inside_root", "epsilon_uncorrected"):
            if hasattr(self, name):
                checks.flag(f"{type(self).__name__}.{name}", getattr(self, name))

    @property
    def schedule(self) -> Schedule:
        """Learning rate as a schedule."""
        return as_schedule(self.learning_rate, f"{type(self).__name__}.learning_rate")

    def new_slots(self, size: int, dtype: Any) -> Slots:
        """Return the slots before the first update.

        Parameters
        ----------
        size : int
            Number of parameters of the network.
        dtype : dtype
            Type of the parameters.

        Returns
        -------
        dict of str to ndarray
            Zeros of shape (size,) for each name in ``slot_names``.
        """
        return {name: np.zeros(size, dtype) for name in self.slot_names}

    def formula_settings(self) -> dict[str, float]:
        """Return the settings of the update formula that are the same in each update.

        Returns
        -------
        dict of str to float
            Values by name, as the native engine receives them.
        """
        others = ("learning_rate", "weight_decay", *CLIPPING)
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in others}

    @abstractmethod
    def update(
        self, weights: Array, gradient: Array, slots: Slots, learning_rate: float | Array, t: int
    ) -> None:
        """Make one update in place.

        Parameters
        ----------
        weights : ndarray of shape (n_parameters,)
            Parameters, changed in place.
        gradient : ndarray of shape (n_parameters,)
            Gradient of the loss.
        slots : dict of str to ndarray
            Arrays of shape (n_parameters,) that the optimizer keeps, changed in place.
        learning_rate : float or ndarray of shape (n_parameters,)
            Learning rate η of this update.
        t : int
            Number of the update, from 1.
        """


def clip_gradient(gradient: Array, clip_norm: float | None) -> float:
    """Scale a gradient down to a Euclidean norm, in place.

    Parameters
    ----------
    gradient : ndarray of shape (n_parameters,)
        Gradient, changed in place.
    clip_norm : float or None
        Largest norm; None for no limit.

    Returns
    -------
    float
        The norm before clipping.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.optimizers import clip_gradient
    >>> g = np.array([3.0, 4.0])
    >>> clip_gradient(g, 1.0)
    5.0
    >>> g
    array([0.6, 0.8])
    """
    norm = float(np.sqrt(np.sum(np.square(gradient, dtype=np.float64))))
    if clip_norm is not None and norm > clip_norm:
        gradient *= clip_norm / norm
    return norm


OPTIMIZERS.nest("learning_rate", SCHEDULES)
OPTIMIZERS.nest("weight_decay", SCHEDULES)

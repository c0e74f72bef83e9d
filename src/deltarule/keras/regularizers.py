"""Penalties on weights under Keras's names: l1 Σ|W| + l2 ΣW²."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.unsupported import NEEDS_DERIVATIVES, lookup

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "Regularizer",
    "get",
    "l1",
    "l1_l2",
    "l2",
]


class Regularizer(configs.Configurable, Overridable):
    """Base of all penalties: L1, L2 and L1L2, for `isinstance`.

    Custom penalties are not supported: the engine knows l1 Σ|W| + l2 ΣW² only.
    """

    _overrides = Overrides(
        f"a penalty of your own {NEEDS_DERIVATIVES}; choose L1, L2 or L1L2, or use Keras itself (import "
        "keras)"
    )

    def __call__(self, x: ArrayLike) -> float:
        """Return the penalty of an array of weights."""
        raise NotImplementedError

    def get_config(self) -> configs.Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        raise NotImplementedError


class L1L2(Regularizer):
    """Penalty l1 Σ|W| + l2 ΣW² on the weights of a layer.

    Parameters
    ----------
    l1 : float, default 0.0
        Factor of Σ|W|, >= 0.
    l2 : float, default 0.0
        Factor of ΣW², >= 0; without a half, as in Keras.

    Raises
    ------
    SettingError
        If a factor is negative.

    Examples
    --------
    >>> from deltarule import keras
    >>> layer = keras.layers.Dense(3, kernel_regularizer=keras.regularizers.L1L2(l2=0.01))
    >>> layer.kernel_regularizer.l2
    0.01
    >>> keras.regularizers.L1L2(l1=0.5, l2=2)([1.0, -3.0])
    22.0
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        owner = type(self).__name__
        self.l1 = checks.number(f"{owner}.l1", l1 or 0.0, at_least=0)
        self.l2 = checks.number(f"{owner}.l2", l2 or 0.0, at_least=0)

    def __call__(self, x: ArrayLike) -> float:
        weights = np.asarray(x)
        return float(self.l1 * np.abs(weights).sum() + self.l2 * np.square(weights).sum())

    def get_config(self) -> configs.Config:
        return {"l1": self.l1, "l2": self.l2}


class L1(L1L2):
    """Penalty l1 Σ|W| on the weights of a layer.

    Parameters
    ----------
    l1 : float, default 0.01
        Factor of Σ|W|, >= 0.
    """

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=l1)

    def get_config(self) -> configs.Config:
        return {"l1": self.l1}


class L2(L1L2):
    """Penalty l2 ΣW² on the weights of a layer.

    Parameters
    ----------
    l2 : float, default 0.01
        Factor of ΣW², >= 0; without a half, as in Keras.
    """

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=l2)

    def get_config(self) -> configs.Config:
        return {"l2": self.l2}


def l1(l1: float = 0.01) -> L1:
    """Return L1 with this factor.

    Parameters
    ----------
    l1 : float, default 0.01
        Factor of Σ|W|, >= 0.

    Returns
    -------
    L1
        The penalty.
    """
    return L1(l1)


def l2(l2: float = 0.01) -> L2:
    """Return L2 with this factor.

    Parameters
    ----------
    l2 : float, default 0.01
        Factor of ΣW², >= 0; without a half, as in Keras.

    Returns
    -------
    L2
        The penalty.
    """
    return L2(l2)


def l1_l2(l1: float = 0.0, l2: float = 0.0) -> L1L2:
    """Return L1L2 with these factors.

    Parameters
    ----------
    l1 : float, default 0.0
        Factor of Σ|W|, >= 0.
    l2 : float, default 0.0
        Factor of ΣW², >= 0; without a half, as in Keras.

    Returns
    -------
    L1L2
        The penalty.
    """
    return L1L2(l1, l2)


CLASSES: dict[str, Any] = {"L1L2": L1L2, "L1": L1, "L2": L2}
_NAMES = CLASSES | {"l1": L1, "l2": L2}


def get(identifier: object, owner: str = "kernel_regularizer") -> L1L2 | None:
    """Return a penalty.

    Parameters
    ----------
    identifier : str, L1L2, class, dict or None
        "l1", "l2", a penalty, a class or a config.
    owner : str, default "kernel_regularizer"
        Name of the setting in error messages.

    Returns
    -------
    L1L2 or None
        The penalty, None for None.

    Raises
    ------
    SettingError
        If there is no such penalty, or for a function of your own.
    """
    if identifier is None:
        return None
    if identifier in ("l1_l2", "l1l2"):
        raise SettingError(
            owner, "must have its factors", identifier, "Write L1L2(l1=0.01, l2=0.01)."
        )
    if isinstance(identifier, FunctionType):
        raise SettingError(
            owner, f"must be L1, L2 or L1L2: a penalty of your own {NEEDS_DERIVATIVES}"
        )
    return configs.resolve(identifier, L1L2, _NAMES, owner, "a regularizer", "regularizers")


def __getattr__(name: str) -> Any:
    return lookup("regularizers", name, _NAMES)

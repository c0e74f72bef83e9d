"""Activations under Keras's names: each is the core's description, and can be called on an array.

`leaky_relu` has the slope 0.2 of Keras's function; Keras's layer has 0.3, the paper 0.01.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from deltarule.activations import ACTIVATIONS, ELU, Activation, LeakyReLU
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.unsupported import NEEDS_DERIVATIVES, lookup, unknown


def _named() -> Mapping[str, Activation]:
    """Return all activations that Keras has, under its names and with its defaults."""
    return _named_of(tuple(ACTIVATIONS.members.values()))


@functools.cache
def _named_of(members: tuple[type[Activation], ...]) -> Mapping[str, Activation]:
    named = {name: m(**m.keras_defaults) for m in members for name in m.keras_names}
    return MappingProxyType(named)


def get(identifier: object) -> Activation:
    """Return an activation.

    Parameters
    ----------
    identifier : str, Activation, layer or None
        Name, activation of `keras.activations` or `deltarule.activations`, activation layer such as
        LeakyReLU(0.2), or None for linear.

    Returns
    -------
    Activation
        A description that can be called on arrays.

    Raises
    ------
    SettingError
        If there is no such activation.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule import keras
    >>> keras.activations.get("relu")(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    if identifier is None:
        identifier = "linear"
    if isinstance(identifier, Activation):
        return identifier
    if isinstance(identifier, Mapping):
        return _of_config(identifier)
    own = getattr(
        identifier, "activation", None
    )  # of a layer such as LeakyReLU(0.2), as Keras takes it
    if isinstance(own, Activation) and not getattr(identifier, "arrays", None):
        return own
    names = _named()
    if isinstance(identifier, str):
        found = names.get(identifier)
        if found is not None:
            return found
        member = ACTIVATIONS.members.get(identifier)  # one that Keras does not have, such as step
        if member is not None and not member.keras_names:
            return ACTIVATIONS.resolve(identifier, "activation")
    if callable(identifier) and not isinstance(identifier, type):
        called = getattr(identifier, "__name__", "")
        if called in names:
            raise SettingError(
                "activation", f"must be {called!r}, by its name, instead of a function"
            )
        refuse_foreign("activation", identifier, "activations")
        raise SettingError(
            "activation",
            f"must be one of {', '.join(names)}: an activation of your own {NEEDS_DERIVATIVES}",
        )
    refuse_foreign("activation", identifier, "activations")
    raise unknown(
        "activation", f"must be one of {', '.join(names)}", identifier, "activations", names
    )


def _of_config(config: Mapping[str, Any]) -> Activation:
    """Return the activation of `Activation.to_json`, or of the config of a layer such as LeakyReLU."""
    if "kind" in config:
        return ACTIVATIONS.from_json(dict(config), "activation")
    own = configs.own_form(config)
    layer, settings = own.get("class_name"), own.get("config")
    if layer in ("ReLU", "LeakyReLU") and isinstance(settings, dict):
        slope = settings.get("negative_slope", 0.0 if layer == "ReLU" else 0.3)
        return LeakyReLU(slope) if slope else get("relu")
    if layer == "ELU" and isinstance(settings, dict):
        return ELU(settings.get("alpha", 1.0))
    if layer == "Softmax":
        return get("softmax")
    raise SettingError("activation", "must be a name or the config of an activation", config)


def config_of(activation: Activation) -> Any:
    """Return an activation as JSON: its name in Keras, or its settings where they are not Keras's."""
    name = name_of(activation)
    if _named().get(name) == activation or type(activation)() == activation:
        return name
    return activation.to_json()


def name_of(activation: Activation) -> str:
    """Return the name of an activation in Keras.

    Parameters
    ----------
    activation : Activation
        Activation of `deltarule.activations`.

    Returns
    -------
    str
        Keras's name, or deltarule's if Keras has no such activation.
    """
    return next((name for name, value in _named().items() if value == activation), activation.kind)


def __getattr__(name: str) -> Any:
    names = _named()
    return names[name] if name in names else lookup("activations", name, names)


__all__ = ["get", "name_of", *sorted(_named())]

"""Optimizers under Keras's names and with its defaults."""

from __future__ import annotations

from typing import Any

from deltarule import optimizers as core
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.optimizers import schedules
from deltarule.keras.optimizers.adam import Adam, Adamax, AdamW, Lion, Nadam
from deltarule.keras.optimizers.base import DescribedOptimizer, Optimizer
from deltarule.keras.optimizers.sgd import SGD, Adadelta, Adagrad, RMSprop
from deltarule.keras.unsupported import lookup

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "get",
    "schedules",
]

CLASSES: dict[str, Any] = {
    cls.__name__: cls for cls in (SGD, RMSprop, Adam, AdamW, Nadam, Adamax, Lion, Adagrad, Adadelta)
}
_NAMES = CLASSES | {name.lower(): cls for name, cls in CLASSES.items()}


def get(identifier: object) -> Optimizer:
    """Return an optimizer.

    Parameters
    ----------
    identifier : str, Optimizer, class or dict
        Name such as "adam", optimizer or class of `keras.optimizers`, optimizer of
        `deltarule.optimizers`, or a config.

    Returns
    -------
    Optimizer
        The optimizer.

    Raises
    ------
    SettingError
        If there is no such optimizer, or if it does not make one update per batch (L-BFGS).

    Examples
    --------
    >>> from deltarule import keras
    >>> float(keras.optimizers.get("adam").learning_rate)
    0.001
    """
    if isinstance(identifier, str):
        member = core.OPTIMIZERS.find(identifier)
        if member is not None and member.keras_name not in CLASSES:  # Keras does not have it
            identifier = core.OPTIMIZERS.resolve(identifier, "optimizer")
    if isinstance(identifier, core.Stepwise):
        return DescribedOptimizer(identifier)
    if isinstance(identifier, core.Optimizer):
        raise SettingError(
            "optimizer",
            "must update the weights after each batch",
            identifier,
            "Choose Adam, or train with deltarule.fit.",
        )
    if isinstance(identifier, str):
        identifier = next((n for n in _NAMES if n.lower() == identifier.lower()), identifier)
    if isinstance(identifier, dict) and isinstance(identifier.get("config"), dict):
        given = configs.own_form(identifier)
        config = dict(given["config"])
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = configs.from_config(
                config["learning_rate"], schedules.CLASSES, "learning_rate"
            )
        identifier = {"class_name": given.get("class_name"), "config": config}
    return configs.resolve(identifier, Optimizer, _NAMES, "optimizer", "an optimizer", "optimizers")


def __getattr__(name: str) -> Any:
    return lookup("optimizers", name, CLASSES)

"""Settings under the names of earlier versions of Keras, and misspellings that look plausible."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from deltarule._common.checks import did_you_mean
from deltarule.errors import SettingError, shortened

P = ParamSpec("P")
R = TypeVar("R")

_RENAMED: Mapping[str, str] = {
    "lr": "learning_rate", "init": "kernel_initializer", "weights_initializer": "kernel_initializer",
    "W_regularizer": "kernel_regularizer", "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint", "b_constraint": "bias_constraint", "bias": "use_bias",
    "output_dim": "units", "p": "rate", "nb_epoch": "epochs", "nb_epochs": "epochs", "epoch": "epochs",
    "n_epochs": "epochs", "num_epochs": "epochs", "class_weights": "class_weight",
    "callback": "callbacks", "sample_weights": "sample_weight", "validation": "validation_data",
    "validation_set": "validation_data", "batchsize": "batch_size", "metric": "metrics",
    "losses": "loss", "path": "filepath",
}  # fmt: skip
_NO_WORKERS = "Leave it out: batches are made in this process."
_HINTS: Mapping[str, str] = {
    "decay": (
        "Give a schedule: learning_rate=keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay)."
    ),
    "schedule_decay": "Leave it out: Nadam has a schedule of its momentum.",
    "show_accuracy": "Ask for it in compile: metrics=['accuracy'].",
    "class_mode": "The loss decides: 'binary_crossentropy' or 'categorical_crossentropy'.",
    "sample_weight_mode": "Leave it out: each row has one weight.",
    "target_tensors": "Give the targets to fit.",
    "samples_per_epoch": "Give steps_per_epoch, the number of batches.",
    "nb_val_samples": "Give validation_steps, the number of batches.",
    "workers": _NO_WORKERS,
    "use_multiprocessing": _NO_WORKERS,
    "max_queue_size": _NO_WORKERS,
    "period": "save_freq='epoch' saves after each epoch.",
    "weights": "Call set_weights after the layer is built.",
    "learning_rate": "Give it to the optimizer: keras.optimizers.Adam(learning_rate=...).",
    "lr_schedule": "Give it to the optimizer as learning_rate.",
    "early_stopping": "Add callbacks=[keras.callbacks.EarlyStopping(...)] to fit.",
}  # fmt: skip


def setting_hint(name: str, known: Collection[str]) -> str:
    """Return what to write instead of an unknown setting, or an empty string."""
    if _RENAMED.get(name) in known:
        return f"It is called {_RENAMED[name]}."
    if name in _HINTS:
        return _HINTS[name]
    return did_you_mean(name, known)


def refuse_unknown(owner: str, settings: Collection[str], known: Collection[str]) -> None:
    """Raise an error for the first of the settings that is not known."""
    for name in settings:
        if name not in known:
            raise SettingError(
                owner, f"has no setting {shortened(name)}", hint=setting_hint(name, known)
            )


def known_settings_only(function: Callable[P, R], owner: str = "") -> Callable[P, R]:
    """Raise `SettingError` with a hint for unknown settings, instead of Python's TypeError.

    A function that takes any setting checks them itself; here, only old names are refused.
    """
    parameters = inspect.signature(function).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    known = [name for name in parameters if name != "self"]

    @wraps(function)
    def checked(*given: P.args, **settings: P.kwargs) -> R:
        unknown = [n for n in settings if not takes_any or _RENAMED.get(n) in known]
        refuse_unknown(owner or function.__name__, unknown, known)
        return function(*given, **settings)

    return checked

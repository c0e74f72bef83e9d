"""Callbacks under Keras's names.

Epochs run inside the engine, many in one call. Callbacks that only read the logs of an epoch
(CSVLogger, TerminateOnNaN, History) cost nothing, and EarlyStopping becomes a stopping rule that the
engine applies. With any other callback, each epoch is one call of the engine; with one that has hooks of
batches, each batch is.
"""

from __future__ import annotations

from typing import Any

from deltarule.keras.callbacks.base import Callback, History
from deltarule.keras.callbacks.file_writers import CSVLogger, ModelCheckpoint
from deltarule.keras.callbacks.lambda_callback import LambdaCallback
from deltarule.keras.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from deltarule.keras.callbacks.stopping import EarlyStopping, TerminateOnNaN
from deltarule.keras.unsupported import lookup

__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]


def __getattr__(name: str) -> Any:
    return lookup("callbacks", name, __all__)

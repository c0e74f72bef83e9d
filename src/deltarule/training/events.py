"""Events: what training tells while it runs; the library itself prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deltarule.history import Records
from deltarule.parameters import Parameters


@dataclass(frozen=True)
class Progress:
    """Sent about twenty times a second: what the last call of the engine brought."""

    records: Records  # of the epochs since the last event, `history.EPOCH_RECORD`
    epochs: int  # how many the plan has at most
    best_epoch: int | None  # under keep_best, counted from 1
    network: int = 1  # of `networks` that train side by side, counted from 1
    networks: int = 1


@dataclass(frozen=True)
class EpochEvent:
    """Sent after each epoch to a user's own callback, which returns True to stop training."""

    epoch: int  # counted from 1
    learning_rate: float
    training_loss: float
    training_score: float
    validation_loss: float
    validation_score: float
    elapsed_s: float
    current_parameters: Callable[[], Parameters]  # copies of this epoch's parameters


ProgressListener = Callable[[Progress], None]
Callback = Callable[[EpochEvent], bool | None]

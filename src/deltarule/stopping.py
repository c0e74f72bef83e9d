"""Stopping rules: when training ends, and the word for why.

Rules are looked at after each epoch, in the order of the list; the first that says stop is the reason.
A run also ends by itself when its epochs are used up, when it diverges, and when it is interrupted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule.schedules import MONITORS

__all__ = [
    "STOPPING_RULES",
    "NoProgress",
    "StopReason",
    "StoppingRule",
    "TargetReached",
    "TimeLimit",
]


class StopReason(Enum):
    """Why training ended; the value is a sentence that people read."""

    EPOCHS_DONE = "all epochs were run"
    NO_PROGRESS = "the monitored value did not improve enough for the epochs it was given"
    TARGET_REACHED = "the monitored value reached its target"
    TIME_LIMIT = "the time limit was reached"
    DIVERGED = "the loss became NaN or infinite, or exploded"
    INTERRUPTED = "training was interrupted"
    CALLBACK = "a callback asked to stop"
    CONVERGED = "the gradient fell below the optimizer's tolerance"


@dataclass(frozen=True)
class StoppingRule(Description):
    """Base of all stopping rules."""


STOPPING_RULES: Family[StoppingRule] = Family("stopping rule")


@STOPPING_RULES.register
@dataclass(frozen=True)
class NoProgress(StoppingRule):
    """Stop when `monitor` has not improved for `patience_epochs` epochs in a row.

    An epoch improves when it beats the reference by more than `min_improvement`, in the units of the
    monitored value. The reference is the best value of an epoch that improved (`cumulative=True`, as
    Keras: small gains add up), or the best of all epochs (`cumulative=False`, as scikit-learn: each
    epoch has to bring the whole improvement by itself: the textbook's marginal improvement).
    """

    kind = "no_progress"
    patience_epochs: int = 10
    min_improvement: float = 0.0
    monitor: str = "validation_loss"
    cumulative: bool = True

    def __post_init__(self) -> None:
        checks.integer("NoProgress.patience_epochs", self.patience_epochs, at_least=1)
        checks.number("NoProgress.min_improvement", self.min_improvement, at_least=0)
        checks.one_of("NoProgress.monitor", self.monitor, MONITORS)
        checks.flag("NoProgress.cumulative", self.cumulative)


@STOPPING_RULES.register
@dataclass(frozen=True)
class TargetReached(StoppingRule):
    """Stop when `monitor` is as good as `target`: a loss at or below it, a score at or above it."""

    kind = "target_reached"
    target: float
    monitor: str = "training_loss"

    def __post_init__(self) -> None:
        checks.number("TargetReached.target", self.target)
        checks.one_of("TargetReached.monitor", self.monitor, MONITORS)


@STOPPING_RULES.register
@dataclass(frozen=True)
class TimeLimit(StoppingRule):
    """Stop when `seconds` of training have passed, within an epoch too.

    What a run under a time limit reaches depends on the machine: it is the one rule that is not
    reproducible.
    """

    kind = "time_limit"
    seconds: float

    def __post_init__(self) -> None:
        checks.number("TimeLimit.seconds", self.seconds, above=0)

"""Stopping rules: when training ends, and why.

After each epoch every rule is updated, in the order of the list; the first one that stops training is the
reason. Training also ends when all epochs are done, when it diverges, and when it is interrupted.

To add a rule, write a subclass of `StoppingRule` here, and its formula in
`native/core/stopping_rules.hpp`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import ClassVar

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule.schedules import MONITORS

__all__ = [
    "STOPPING_RULES",
    "GradientNormBelow",
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
    GRADIENT_NORM = "the norm of the gradient fell below its threshold"
    DIVERGED = "the loss became NaN or infinite, or exploded"
    INTERRUPTED = "training was interrupted"
    CALLBACK = "a callback asked to stop"
    CONVERGED = "the gradient fell below the optimizer's tolerance"


@dataclass(frozen=True)
class StoppingRule(Description):
    """Base class of all stopping rules."""

    reason: ClassVar[StopReason]
    initial_state: ClassVar[tuple[float, ...]] = ()
    """What the rule remembers from epoch to epoch, before the first one; checkpoints hold it."""
    needs_gradient_norm: ClassVar[bool] = False
    """Whether `update` reads `gradient_norm`, which costs one more pass over the rows in each epoch."""

    @abstractmethod
    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        """Return whether training stops after an epoch, and change `state` in place.

        `values` holds the monitors of `schedules.MONITORS` (NaN where a value is not measured),
        `elapsed_s`, and `gradient_norm`: ‖∂J/∂parameters‖₂ over all training rows after the epoch,
        without dropout (NaN unless `needs_gradient_norm`).
        """

    @abstractmethod
    def explain(self, epochs: int) -> str:
        """Return why training stopped after `epochs` epochs, as a sentence."""

    @property
    def monitored(self) -> str | None:
        """The monitor that the rule depends on, None where it depends on none."""
        return getattr(self, "monitor", None)


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
    reason = StopReason.NO_PROGRESS
    initial_state = (inf, 0.0)  # the reference, and the epochs since it improved
    patience_epochs: int = 10
    min_improvement: float = 0.0
    monitor: str = "validation_loss"
    cumulative: bool = True

    def __post_init__(self) -> None:
        checks.integer("NoProgress.patience_epochs", self.patience_epochs, at_least=1)
        checks.number("NoProgress.min_improvement", self.min_improvement, at_least=0)
        checks.one_of("NoProgress.monitor", self.monitor, MONITORS)
        checks.flag("NoProgress.cumulative", self.cumulative)

    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        """Count the epochs without progress; stop after `patience_epochs` of them."""
        value = to_minimize(self.monitor, values[self.monitor])
        improved = value < state[0] - self.min_improvement
        if improved or (not self.cumulative and value < state[0]):
            state[0] = value
        state[1] = 0.0 if improved else state[1] + 1
        return state[1] >= self.patience_epochs

    def explain(self, epochs: int) -> str:
        """Return why training stopped after `epochs` epochs, as a sentence."""
        least = f"by more than {self.min_improvement:g} " if self.min_improvement else ""
        return (
            f"The {_words(self.monitor)} did not improve {least}for {self.patience_epochs} "
            f"epoch{'s' * (self.patience_epochs > 1)} (after epoch {epochs})."
        )


@STOPPING_RULES.register
@dataclass(frozen=True)
class TargetReached(StoppingRule):
    """Stop when `monitor` is as good as `target`: a loss at or below it, a score at or above it."""

    kind = "target_reached"
    reason = StopReason.TARGET_REACHED
    target: float
    monitor: str = "training_loss"

    def __post_init__(self) -> None:
        checks.number("TargetReached.target", self.target)
        checks.one_of("TargetReached.monitor", self.monitor, MONITORS)

    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        """Stop when the monitored value is at least as good as the target."""
        value = to_minimize(self.monitor, values[self.monitor])
        return value <= to_minimize(self.monitor, self.target)

    def explain(self, epochs: int) -> str:
        """Return why training stopped after `epochs` epochs, as a sentence."""
        return (
            f"The {_words(self.monitor)} reached its target of {self.target:g} in epoch {epochs}."
        )


@STOPPING_RULES.register
@dataclass(frozen=True)
class TimeLimit(StoppingRule):
    """Stop when `seconds` of training have passed, within an epoch too.

    What a run under a time limit reaches depends on the machine: it is the one rule that is not
    reproducible.
    """

    kind = "time_limit"
    reason = StopReason.TIME_LIMIT
    seconds: float

    def __post_init__(self) -> None:
        checks.number("TimeLimit.seconds", self.seconds, above=0)

    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        """Stop when the training time has reached the limit."""
        return values["elapsed_s"] >= self.seconds

    def explain(self, epochs: int) -> str:
        """Return why training stopped after `epochs` epochs, as a sentence."""
        return f"The time limit of {self.seconds:g} seconds was reached in epoch {epochs}."


@STOPPING_RULES.register
@dataclass(frozen=True)
class GradientNormBelow(StoppingRule):
    """Stop when the norm of the gradient falls below `threshold`: ‖∂J/∂parameters‖₂ < threshold.

    The gradient is that of the training loss over all training rows, with penalties and without dropout,
    at the parameters after the epoch: its Euclidean norm over all parameters, not that of a mini-batch.
    It approaches zero at a minimum, a maximum or a saddle point (Nocedal and Wright 2006, section 3.2).
    Computing it costs about as much as one more epoch of a full batch.
    """

    kind = "gradient_norm_below"
    reason = StopReason.GRADIENT_NORM
    needs_gradient_norm = True
    threshold: float = 1e-4

    def __post_init__(self) -> None:
        checks.number("GradientNormBelow.threshold", self.threshold, above=0)

    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        """Stop when the norm of the gradient is below the threshold."""
        return values["gradient_norm"] < self.threshold

    def explain(self, epochs: int) -> str:
        """Return why training stopped after `epochs` epochs, as a sentence."""
        return f"The norm of the gradient fell below {self.threshold:g} in epoch {epochs}."


def to_minimize(monitor: str, value: float) -> float:
    """Return a number that falls as the monitored value gets better: scores are negated."""
    return -value if monitor.endswith("_score") else value


def _words(monitor: str) -> str:
    return monitor.replace("_", " ")

"""Stopping rules: when training ends, and why.

After each epoch every rule is updated, in the order of the list; the first one that stops training
is the reason. Training also ends when all epochs are done, when it diverges, and when it is
interrupted.

To add a rule, write a class here and add its name and formula to ``native/core/stopping_rules.hpp``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import floor, inf
from typing import TYPE_CHECKING, ClassVar

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule._common.other_terms import module_getattr
from deltarule.schedules import MONITORS
from deltarule.schedules.rise_and_fall import share_of_cycles

__all__ = [
    "STOPPING_RULES",
    "GradientNormBelow",
    "NoProgress",
    "NoProgressInCycle",
    "StopReason",
    "StoppingRule",
    "TargetReached",
    "TimeLimit",
]


class StopReason(Enum):
    """Why training ended; the value is a sentence for people."""

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
    """Base class of all stopping rules.

    Notes
    -----
    Subclasses state as class attributes: ``reason`` (a `StopReason`), ``initial_state`` (what the
    rule keeps from epoch to epoch; checkpoints contain it) and ``needs_gradient_norm`` (whether
    `update` reads ``gradient_norm``, which costs one more evaluation of all rows in each epoch).
    """

    reason: ClassVar[StopReason]
    initial_state: ClassVar[tuple[float, ...]] = ()
    needs_gradient_norm: ClassVar[bool] = False

    @abstractmethod
    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        """Update the state after an epoch.

        Parameters
        ----------
        state : list of float
            What the rule keeps from epoch to epoch, changed in place.
        values : mapping of str to float
            The monitors of `schedules.MONITORS` (NaN where a value is not measured), ``elapsed_s`` and
            ``gradient_norm``: ‖∂J/∂parameters‖₂ over all training rows after the epoch, without
            dropout (NaN unless ``needs_gradient_norm``).

        Returns
        -------
        bool
            Whether training stops.
        """

    @abstractmethod
    def explain(self, epochs: int) -> str:
        """Return why training stopped.

        Parameters
        ----------
        epochs : int
            Number of the last epoch, from 1.

        Returns
        -------
        str
            One sentence.
        """

    @property
    def monitored(self) -> str | None:
        """Monitor that the rule depends on, or None."""
        return getattr(self, "monitor", None)


STOPPING_RULES: Family[StoppingRule] = Family("stopping rule")


@STOPPING_RULES.register
@dataclass(frozen=True)
class NoProgress(StoppingRule):
    """Stop when a value has not improved for several epochs in a row.

    Parameters
    ----------
    patience_epochs : int, default 10
        Epochs without improvement, at least 1.
    min_improvement : float, default 0.0
        An epoch improves if it beats the reference by more than this, in units of the monitored
        value; at least 0.
    monitor : str, default "validation_loss"
        Monitored value, one of `schedules.MONITORS`.
    cumulative : bool, default True
        Whether the reference is the best value of an epoch that improved, as in Keras, so that small
        gains add up. False: the best value of all epochs, as in scikit-learn, so that a single epoch
        must improve enough.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import deltarule as dr
    >>> from deltarule.stopping import NoProgress
    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> network = dr.Network([dr.Dense(1)])
    >>> rule = NoProgress(3, min_improvement=1e-3, monitor="training_loss")
    >>> result = dr.fit(network, X, X[:, 0], epochs=500, optimizer="sgd", stopping=rule)
    >>> result.reason.name
    'NO_PROGRESS'
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
        value = to_minimize(self.monitor, values[self.monitor])
        improved = value < state[0] - self.min_improvement
        if improved or (not self.cumulative and value < state[0]):
            state[0] = value
        state[1] = 0.0 if improved else state[1] + 1
        return state[1] >= self.patience_epochs

    def explain(self, epochs: int) -> str:
        least = f"by more than {self.min_improvement:g} " if self.min_improvement else ""
        return (
            f"The {_words(self.monitor)} did not improve {least}for {self.patience_epochs} "
            f"epoch{'s' * (self.patience_epochs > 1)} (after epoch {epochs:,})."
        )


@STOPPING_RULES.register
@dataclass(frozen=True)
class NoProgressInCycle(StoppingRule):
    """Stop at the end of a learning rate cycle in whose last epochs a value did not improve.

    A network whose best epochs are the last ones of a cycle of `schedules.CosineCycles` learns more in
    the next one, which is twice as long; one whose best epoch lies further back does not.

    Parameters
    ----------
    cycles : int
        Number of cycles of the schedule, from 2 to 30.
    epochs : int
        Epochs of all cycles together, at least 1.
    first_cycle : int, default 1
        The first cycle at whose end training may stop, counted from 1, less than `cycles`.
    late_share : float, default 0.25
        Training goes on if the best epoch so far is in this share of the cycle, at its end; greater
        than 0, at most 1.
    monitor : str, default "validation_loss"
        Monitored value, one of `schedules.MONITORS`.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    Cycle c of all C cycles ends with epoch T · (2^c − 1) / (2^C − 1), rounded, where T is `epochs`.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, for
    cycles of which each is twice as long as the one before.

    Examples
    --------
    >>> from deltarule.stopping import NoProgressInCycle
    >>> rule, state, losses = NoProgressInCycle(2, 6), [float("inf"), 0.0, 0.0], [3.0, 4.0, 5.0]
    >>> [rule.update(state, {"validation_loss": loss}) for loss in losses]
    [False, True, False]
    """

    kind = "no_progress_in_cycle"
    reason = StopReason.NO_PROGRESS
    initial_state = (inf, 0.0, 0.0)  # the best value, its epoch, and the epochs so far
    cycles: int
    epochs: int
    first_cycle: int = 1
    late_share: float = 0.25
    monitor: str = "validation_loss"

    def __post_init__(self) -> None:
        checks.integer("NoProgressInCycle.cycles", self.cycles, at_least=2, at_most=30)
        checks.integer("NoProgressInCycle.epochs", self.epochs, at_least=1)
        most = self.cycles - 1
        checks.integer("NoProgressInCycle.first_cycle", self.first_cycle, at_least=1, at_most=most)
        checks.number("NoProgressInCycle.late_share", self.late_share, above=0, at_most=1)
        checks.one_of("NoProgressInCycle.monitor", self.monitor, MONITORS)

    def _end_of(self, cycle: int) -> int:
        """Return the epoch that ends a cycle, 0 for cycle 0."""
        return floor(self.epochs * share_of_cycles(cycle, self.cycles) + 0.5)

    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        value = to_minimize(self.monitor, values[self.monitor])
        state[2] += 1.0
        if value < state[0]:
            state[0], state[1] = value, state[2]
        for cycle in range(self.first_cycle, self.cycles):
            end, length = self._end_of(cycle), self._end_of(cycle) - self._end_of(cycle - 1)
            if state[2] == end and length > 0:
                return state[1] <= end - self.late_share * length
        return False

    def explain(self, epochs: int) -> str:
        return (
            f"The {_words(self.monitor)} did not improve in the last {self.late_share:.0%} of the "
            f"learning rate cycle that ended with epoch {epochs:,}."
        )


@STOPPING_RULES.register
@dataclass(frozen=True)
class TargetReached(StoppingRule):
    """Stop when a value is as good as a target: a loss at or below it, a score at or above it.

    Parameters
    ----------
    target : float
        The target.
    monitor : str, default "training_loss"
        Monitored value, one of `schedules.MONITORS`.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Examples
    --------
    >>> from deltarule.stopping import TargetReached
    >>> rule = TargetReached(0.95, monitor="validation_score")
    >>> rule.update([], {"validation_score": 0.96})
    True
    """

    kind = "target_reached"
    reason = StopReason.TARGET_REACHED
    target: float
    monitor: str = "training_loss"

    def __post_init__(self) -> None:
        checks.number("TargetReached.target", self.target)
        checks.one_of("TargetReached.monitor", self.monitor, MONITORS)

    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        value = to_minimize(self.monitor, values[self.monitor])
        return value <= to_minimize(self.monitor, self.target)

    def explain(self, epochs: int) -> str:
        return (
            f"The {_words(self.monitor)} reached its target of {self.target:g} in epoch {epochs:,}."
        )


@STOPPING_RULES.register
@dataclass(frozen=True)
class TimeLimit(StoppingRule):
    """Stop after a time of training, also within an epoch.

    Parameters
    ----------
    seconds : float
        Time limit in seconds, greater than 0.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    This is the only rule whose result depends on the speed of the machine.
    """

    kind = "time_limit"
    reason = StopReason.TIME_LIMIT
    seconds: float

    def __post_init__(self) -> None:
        checks.number("TimeLimit.seconds", self.seconds, above=0)

    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        return values["elapsed_s"] >= self.seconds

    def explain(self, epochs: int) -> str:
        return f"The time limit of {self.seconds:g} seconds was reached in epoch {epochs:,}."


@STOPPING_RULES.register
@dataclass(frozen=True)
class GradientNormBelow(StoppingRule):
    """Stop when the norm of the gradient falls below a threshold.

    Parameters
    ----------
    threshold : float, default 0.0001
        Training stops if ‖∂J/∂parameters‖₂ is less than this; greater than 0.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    The gradient is that of J over all training rows, with penalties and without dropout, at the
    parameters after the epoch. Its Euclidean norm approaches 0 at a minimum, a maximum or a saddle
    point. The evaluation costs about as much as one more epoch with a full batch.

    References
    ----------
    J. Nocedal and S. J. Wright, "Numerical optimization", 2006, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> import deltarule as dr
    >>> from deltarule.stopping import GradientNormBelow
    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> network = dr.Network([dr.Dense(1)])
    >>> rule = GradientNormBelow(1e-3)
    >>> result = dr.fit(network, X, X[:, 0], epochs=500, optimizer="sgd", stopping=rule)
    >>> result.reason.name
    'GRADIENT_NORM'
    """

    kind = "gradient_norm_below"
    reason = StopReason.GRADIENT_NORM
    needs_gradient_norm = True
    threshold: float = 1e-4

    def __post_init__(self) -> None:
        checks.number("GradientNormBelow.threshold", self.threshold, above=0)

    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        return values["gradient_norm"] < self.threshold

    def explain(self, epochs: int) -> str:
        return f"The norm of the gradient fell below {self.threshold:g} in epoch {epochs:,}."


def to_minimize(monitor: str, value: float) -> float:
    """Return a number that falls as the monitored value improves: scores are negated."""
    return -value if monitor.endswith("_score") else value


def _words(monitor: str) -> str:
    return monitor.replace("_", " ")


if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every name
    __getattr__ = module_getattr(__name__, STOPPING_RULES, __all__)

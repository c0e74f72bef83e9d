"""TimeBudget: how much of a run's time limit is left for training."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

_RESERVE = 0.1  # share of the time limit for what follows training: scores and a report
_RESERVE_OF_PREPARATION = 0.5  # both take longer for many columns, whose preparation was measured
_RESERVE_WHEN_WAITING_S = 1.2  # their processor time; on a busy machine it waits as preparation did
_MAX_RESERVE = 0.5  # share of the time limit
_MIN_TRAINING_S = 0.1  # a model needs at least one network, even after the time limit has passed


@dataclass(frozen=True)
class TimeBudget:
    """Time limit of one run.

    Parameters
    ----------
    seconds : float
        The limit, counted from `started`.
    started : float
        Start of the run, a value of `time.perf_counter()`.
    seconds_per_network : float, default inf
        Limit for the training of one network.
    preparation_s, processor_s : float, default 0.0
        Measured seconds and seconds of processor time to encode the table, from which the time for what
        follows training is estimated.
    """

    seconds: float
    started: float
    seconds_per_network: float = math.inf
    preparation_s: float = 0.0
    processor_s: float = 0.0

    def elapsed(self) -> float:
        """Return the seconds since the run started."""
        return time.perf_counter() - self.started

    def remaining(self) -> float:
        """Return the seconds left for training, at least 0.1."""
        return max(self._end - self.elapsed(), _MIN_TRAINING_S)

    @property
    def _end(self) -> float:
        """Seconds after the start at which training ends."""
        waiting = self.preparation_s / max(self.processor_s, 1e-3) - 1 if self.processor_s else 0.0
        reserve_s = max(
            _RESERVE * self.seconds,
            _RESERVE_OF_PREPARATION * self.preparation_s,
            _RESERVE_WHEN_WAITING_S * waiting,
        )
        return self.seconds - min(reserve_s, _MAX_RESERVE * self.seconds)

    def paused_for(self, seconds: float) -> TimeBudget:
        """Return the budget without the time that an engine took to prepare (its warm-up)."""
        return replace(self, started=self.started + seconds)

    @property
    def exhausted(self) -> bool:
        """Whether the time for training has passed."""
        return self.elapsed() >= self._end

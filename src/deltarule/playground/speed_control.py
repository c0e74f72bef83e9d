"""Decides how many epochs to train at once, for a chosen speed or as fast as possible."""

from __future__ import annotations

from collections import deque

DEFAULT_EPOCHS_PER_SECOND = 10.0  # the circles are solved in 4 to 9 seconds: a hall can watch how
MAX_CHUNK_S = 0.012
"""How long one call of the engine may take, which is the longest wait after Pause."""
WINDOW_S = 1.0


class SpeedControl:
    """`wanted`: epochs per second, None for as fast as possible. Times are seconds of one clock."""

    def __init__(self, wanted: float | None) -> None:
        self.wanted = wanted
        self._size = 1
        self._owed = 0.0
        self._checked: float | None = None
        self._done: deque[tuple[float, int]] = deque()

    def start(self, now: float) -> None:
        """Start counting at `now`; epochs that were missed before are not made up for."""
        self._checked, self._owed = now, 1.0
        self._done.clear()

    def due(self, now: float) -> int:
        """Return the number of epochs to train now, possibly 0."""
        if self.wanted is None:
            return self._size
        if self._checked is None:
            self.start(now)
        assert self._checked is not None
        self._owed += (now - self._checked) * self.wanted
        self._checked = now
        # A machine that is too slow does not accumulate an unlimited debt.
        self._owed = min(self._owed, max(self.wanted / 4, 1.0))
        return min(int(self._owed), self._size)

    def wait_s(self) -> float:
        """Return the seconds until the next epoch is due."""
        return 0.0 if self.wanted is None else max((1.0 - self._owed) / self.wanted, 0.0)

    def add(self, epochs: int, seconds: float, now: float) -> None:
        """Record that `epochs` took `seconds`."""
        self._owed -= epochs
        self._done.append((now, epochs))
        while len(self._done) > 1 and self._done[0][0] < now - WINDOW_S:
            self._done.popleft()
        if epochs >= self._size or seconds > MAX_CHUNK_S:
            share = MAX_CHUNK_S / max(seconds, 1e-6)
            self._size = max(int(min(epochs * share, 4 * self._size)), 1)

    def measured(self) -> float | None:
        """Return the epochs per second over the last second, None with too few measurements."""
        if len(self._done) < 2:
            return None
        span = self._done[-1][0] - self._done[0][0]
        total = sum(epochs for _, epochs in list(self._done)[1:])
        return total / span if span > 0 else None

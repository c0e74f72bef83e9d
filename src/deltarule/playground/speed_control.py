"""How many epochs to train at once: as fast as it goes, or so many a second; and how fast it was."""

from __future__ import annotations

from collections import deque

MAX_CHUNK_S = 0.012
"""How long one call of the engine should take: whoever presses pause waits no longer than that."""
WINDOW_S = 1.0


class SpeedControl:
    """Times are seconds of one clock. `wanted`: epochs a second, None: as fast as it goes."""

    def __init__(self, wanted: float | None) -> None:
        self.wanted = wanted
        self._size = 1
        self._owed = 0.0
        self._looked: float | None = None
        self._done: deque[tuple[float, int]] = deque()

    def start(self, now: float) -> None:
        """Training goes on from here: what was not trained before is not made up for."""
        self._looked, self._owed = now, 1.0
        self._done.clear()

    def due(self, now: float) -> int:
        """Return how many epochs to train now; 0: none yet."""
        if self.wanted is None:
            return self._size
        if self._looked is None:
            self.start(now)
        assert self._looked is not None
        self._owed += (now - self._looked) * self.wanted
        self._looked = now
        # A machine that is too slow for the request does not run after it for ever.
        self._owed = min(self._owed, max(self.wanted / 4, 1.0))
        return min(int(self._owed), self._size)

    def wait_s(self) -> float:
        """Return how long until the next epoch is due."""
        return 0.0 if self.wanted is None else max((1.0 - self._owed) / self.wanted, 0.0)

    def add(self, epochs: int, seconds: float, now: float) -> None:
        """Say that so many epochs took so long."""
        self._owed -= epochs
        self._done.append((now, epochs))
        while len(self._done) > 1 and self._done[0][0] < now - WINDOW_S:
            self._done.popleft()
        if epochs >= self._size or seconds > MAX_CHUNK_S:
            share = MAX_CHUNK_S / max(seconds, 1e-6)
            self._size = max(int(min(epochs * share, 4 * self._size)), 1)

    def measured(self) -> float | None:
        """Return the epochs a second of the last second, None where there are too few to tell."""
        if len(self._done) < 2:
            return None
        span = self._done[-1][0] - self._done[0][0]
        total = sum(epochs for _, epochs in list(self._done)[1:])
        return total / span if span > 0 else None

"""How many frames are on their way, so that a slow page never fills memory.

At most FRAMES_PER_SECOND, and at most MAX_UNACKNOWLEDGED to each page that it has not said it painted.
What happens meanwhile is not kept: the next frame shows the newest state.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FRAMES_PER_SECOND = 30
MAX_UNACKNOWLEDGED = 2
PAGE_TIMEOUT_S = 10.0
"""Among several pages, one that paints nothing for so long is not waited for any more."""


@dataclass
class _Page:
    sent: list[int] = field(default_factory=list)  # sequences without an answer
    heard: float = 0.0


class FlowControl:
    """Who may be sent a frame, and when; times are seconds of one clock."""

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}
        self._sequence = 0
        self._last = -1e9

    def joined(self, client: str, now: float) -> None:
        """A page said hello: what was sent to it before counts no more."""
        self._pages[client] = _Page(heard=now)

    def left(self, client: str) -> None:
        """A page is gone."""
        self._pages.pop(client, None)

    def acknowledged(self, client: str, sequence: int, now: float) -> None:
        """A page painted the frame `sequence`; all before it are done with."""
        page = self._pages.get(client)
        if page is not None:
            page.sent = [number for number in page.sent if number > sequence]
            page.heard = now

    def wait_s(self, now: float) -> float | None:
        """Return how long until a frame may be sent, 0 for now, None while pages owe an answer."""
        if len(self._pages) > 1:
            for client, page in list(self._pages.items()):
                if page.sent and now - page.heard > PAGE_TIMEOUT_S:
                    self.left(client)
        if not self._pages:
            return None
        if any(len(page.sent) >= MAX_UNACKNOWLEDGED for page in self._pages.values()):
            return None
        return max(self._last + 1 / FRAMES_PER_SECOND - now, 0.0)

    def next_sequence(self, now: float) -> int:
        """Count a frame as sent to all pages and return its number."""
        self._sequence += 1
        self._last = now
        for page in self._pages.values():
            page.sent.append(self._sequence)
        return self._sequence

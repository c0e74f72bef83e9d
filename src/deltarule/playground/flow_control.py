"""Limits the frames in flight, so that a slow page never fills memory.

At most FRAMES_PER_SECOND are sent, and each page has at most MAX_UNACKNOWLEDGED pending.
Nothing is queued meanwhile: the next frame shows the newest state.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FRAMES_PER_SECOND = 30
MAX_UNACKNOWLEDGED = 2
MAX_PAGES = 16
"""Pages of one playground, which are the views of a notebook; the oldest is forgotten."""
PAGE_TIMEOUT_S = 10.0
"""Among several pages, one that acknowledges nothing for this long no longer delays the others."""


@dataclass
class _Page:
    sent: list[int] = field(default_factory=list)  # unacknowledged sequences
    last_seen: float = 0.0


class FlowControl:
    """Decides when the pages may get a frame; times are seconds of one clock."""

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}
        self._sequence = 0
        self._last = -1e9

    def joined(self, client: str, now: float) -> None:
        """Add a page that said hello; frames sent to it before no longer count."""
        self.left(client)
        if len(self._pages) >= MAX_PAGES:
            self.left(next(iter(self._pages)))
        self._pages[client] = _Page(last_seen=now)

    def left(self, client: str) -> None:
        """Remove a page."""
        self._pages.pop(client, None)

    def acknowledged(self, client: str, sequence: int, now: float) -> None:
        """Record that a page painted the frame `sequence`, which acknowledges all before it."""
        page = self._pages.get(client)
        if page is not None:
            page.sent = [number for number in page.sent if number > sequence]
            page.last_seen = now

    def wait_s(self, now: float) -> float | None:
        """Return the seconds until a frame may be sent; None while a page must acknowledge first."""
        if len(self._pages) > 1:
            for client, page in list(self._pages.items()):
                if page.sent and now - page.last_seen > PAGE_TIMEOUT_S:
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

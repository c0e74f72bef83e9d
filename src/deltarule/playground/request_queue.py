"""The requests that wait for a playground's thread; their number and their bytes are limited."""

from __future__ import annotations

import queue
import threading

from deltarule.playground.protocol.wire import Message

MAX_REQUESTS = 256
MAX_BYTES = 128 << 20
"""Largest total size of the bytes that follow waiting requests, unless there is only one."""


class RequestQueue:
    """A queue of messages, and of other objects that control the thread, which always have room."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._requests = self._bytes = 0

    def has_room(self, message: Message) -> bool:
        """Return whether `message` may be added now."""
        with self._lock:
            return self._requests == 0 or (
                self._requests < MAX_REQUESTS and self._bytes + _size(message) <= MAX_BYTES
            )

    def put(self, item: object) -> None:
        """Add a message or another object."""
        if isinstance(item, Message):
            with self._lock:
                self._requests += 1
                self._bytes += _size(item)
        self._queue.put(item)

    def get(self, timeout_s: float) -> object:
        """Return the first object; raise `queue.Empty` if there is none for this long."""
        item = self._queue.get(timeout=timeout_s)
        if isinstance(item, Message):
            with self._lock:
                self._requests -= 1
                self._bytes -= _size(item)
        return item


def _size(message: Message) -> int:
    return len(message.body or b"")

"""Metrics on their way to a tracking server, sent by a thread so that training does not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

SECONDS = 1.0
"""How often metrics are sent."""
MAX_BATCH = 1000
"""The most metrics that MLflow takes in one request."""
TIMEOUT_S = 60.0
"""How long the end of a run waits for the server."""


class MetricWriter:
    """Sends metrics in batches; `send` takes a list of them."""

    def __init__(self, send: Callable[[list[Any]], None]) -> None:
        self._send = send
        self._waiting: list[Any] = []
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._error: Exception | None = None
        self._thread: threading.Thread | None = None

    def add(self, metrics: list[Any]) -> None:
        """Send metrics soon; raise what the server answered to earlier ones."""
        if self._error is not None:
            raise self._error
        with self._lock:
            self._waiting += metrics
            if self._thread is None:
                # A daemon: a server that does not answer must not keep the interpreter from its end.
                self._thread = threading.Thread(
                    target=self._run, name="deltarule-mlflow", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Send what waits; raise what the server answered, or that it does not answer."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(TIMEOUT_S)
            if self._thread.is_alive():
                raise TimeoutError(f"the tracking server did not answer within {TIMEOUT_S:g} s.")
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while not self._closing.wait(SECONDS):
                self._send_waiting()
            self._send_waiting()
        except Exception as error:
            self._error = error

    def _send_waiting(self) -> None:
        with self._lock:
            metrics, self._waiting = self._waiting, []
        for first in range(0, len(metrics), MAX_BATCH):
            self._send(metrics[first : first + MAX_BATCH])

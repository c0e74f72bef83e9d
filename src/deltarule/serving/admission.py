"""The outermost part: how many requests are in progress, what each came to, and no traceback."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Mapping
from typing import Any

from deltarule.serving.http_connection import TOO_LATE
from deltarule.serving.json_answers import BUSY, JSON_HEADERS, error_body
from deltarule.serving.request_metrics import RequestMetrics
from deltarule.serving.request_progress import Progress
from deltarule.serving.token_guard import HEADERS, OPEN_PATHS
from deltarule.web_server.asgi import App, Event, Receive, Scope, Send, send_answer

_LOG = logging.getLogger("deltarule.serving")
_BUSY_BODY = error_body(BUSY)
RETRY = (*JSON_HEADERS, (b"retry-after", b"1"))
BUG = error_body("This is a bug in deltarule; the server's log has the details.")
DISCONNECTED = 499
"""The status, as in nginx, of a request whose connection was closed before its answer."""
OTHER = "other"
"""The path, in the counts, of requests without a handler."""
EXEMPT = OPEN_PATHS | {"/metrics"}
"""Answered however busy the server is."""


class Admission:
    """Counts requests, refuses those that are one too many, and adds the headers of every answer.

    `paths` are the addresses of the handlers, for the counts.
    """

    def __init__(
        self,
        app: App,
        metrics: RequestMetrics,
        progress: Progress,
        max_concurrent: int,
        paths: Mapping[Any, str],
    ) -> None:
        self._app, self._metrics, self._most = app, metrics, max_concurrent
        self._paths = paths
        self.progress = progress

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        def sending(event: Event) -> Awaitable[None]:
            nonlocal status
            if event["type"] == "http.response.start":
                status = event["status"]
                event["headers"] = [*event.get("headers", ()), *HEADERS]
            return send(event)

        try:
            if self._is_too_many(scope):
                await send_answer(sending, 429, _BUSY_BODY, RETRY)
            else:
                await self._app(scope, receive, sending)
        except Exception:
            _LOG.exception("A request of %s failed.", scope["path"])
            if not status:
                await send_answer(sending, 500, BUG, JSON_HEADERS)
        finally:
            path = self._paths.get(scope.get("endpoint"), OTHER)
            seconds = time.perf_counter() - started
            self._metrics.count_request(path, status or DISCONNECTED, seconds)
            # uvicorn removes it when other requests that wait have had their turn.
            self.progress.tasks.discard(_current_task())

    def is_busy(self) -> bool:
        """Return whether one more request would be too many."""
        return self.progress.requests >= self._most

    def _is_too_many(self, scope: Scope) -> bool:
        too_many = self.progress.requests > self._most or TOO_LATE in scope
        return too_many and scope["path"] not in EXEMPT


def _current_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None
    return task

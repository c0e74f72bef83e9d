"""What Prometheus collects: requests, their time, rows, unusual cells, reloads."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from deltarule.serving.row_reading import RowCounts

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which worker processes share their counts."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (
    0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
)  # fmt: skip
"""Upper ends of the buckets of the time of requests, in seconds."""


class SharedCounts:
    """The counts of all worker processes, from the files of their folder."""

    def collect(self) -> Iterable[Metric]:
        """Return the sums over all processes."""
        # A file is empty for a moment while its process starts, and stays so if it is killed then.
        files = [
            path for path in Path(os.environ[SHARED_FOLDER]).glob("*.db") if path.stat().st_size
        ]
        return MultiProcessCollector.merge(map(str, files))


class RequestMetrics:
    """The counts of one server; its worker processes share them in a folder."""

    def __init__(self) -> None:
        disable_created_metrics()  # the time of each first event, which nobody asks for
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "deltarule_requests", "Requests by path and status.", ["path", "status"],
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "deltarule_request_seconds", "Time of requests, without waiting in the network.",
            ["path"], buckets=BUCKETS, registry=registry,
        )  # fmt: skip
        self._found: dict[tuple[str, int], tuple[Any, Any]] = {}
        self._rows = Counter("deltarule_rows", "Predicted rows.", ["model"], registry=registry)
        self._row_counters: dict[str, Counter] = {}
        self._unseen = Counter(
            "deltarule_unseen_levels",
            "Cells with a level that training did not have, or a text without any known word.",
            ["model", "column"],
            registry=registry,
        )
        self._missing = Counter(
            "deltarule_missing_cells", "Missing cells.", ["model", "column"], registry=registry
        )
        self._reloads = Counter(
            "deltarule_reloads", "Changed model files: loaded, or refused.", ["model", "outcome"],
            registry=registry,
        )  # fmt: skip

    def count_request(self, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        found = self._found.get((path, status))
        if found is None:  # looking up labels takes longer than counting
            found = (self._requests.labels(path, str(status)), self._seconds.labels(path))
            self._found[path, status] = found
        requests, times = found
        requests.inc()
        times.observe(seconds)

    def count_rows(self, model: str, rows: int, counts: RowCounts) -> None:
        """Count rows that were predicted, and their unusual cells."""
        counter = self._row_counters.get(model)
        if counter is None:
            counter = self._row_counters[model] = self._rows.labels(model)
        counter.inc(rows)
        for column, cells in counts.unseen.items():
            self._unseen.labels(model, column).inc(cells)
        for column, cells in counts.missing.items():
            self._missing.labels(model, column).inc(cells)

    def count_reload(self, model: str, outcome: str) -> None:
        """Count a changed file that was "loaded" or "refused"."""
        self._reloads.labels(model, outcome).inc()

    def text(self) -> bytes:
        """Return all counts in Prometheus's text format."""
        if SHARED_FOLDER not in os.environ:
            return bytes(generate_latest(self._registry))
        registry = CollectorRegistry()
        registry.register(SharedCounts())
        return bytes(generate_latest(registry))

"""Requests that wait at the same time are predicted together, which takes little longer than one of them.

A row has the same bits alone and among others. What `predict` notes depends on all rows of a call, so
that only rows without anything to note may share one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from deltarule.serving.row_reading import Row
from deltarule.serving.served_model import ServedModel
from deltarule.table_model import Prediction

MAX_BATCH_ROWS = 64
"""Most rows that are predicted in the event loop at a time; requests with more of them get a thread."""

Key = tuple[ServedModel, tuple[float, ...]]


@dataclass(frozen=True, eq=False)
class Waiting:
    """The rows of a request, and who waits for their prediction."""

    rows: list[Row]
    answer: asyncio.Future[Prediction]


class RequestBatches:
    """Collects the requests that arrive together; nothing waits for others to come."""

    def __init__(self) -> None:
        self._waiting: dict[Key, list[Waiting]] = {}

    async def predict(
        self, served: ServedModel, rows: list[Row], levels: tuple[float, ...]
    ) -> Prediction:
        """Predict with the other requests whose turn is in this round of the event loop."""
        loop = asyncio.get_running_loop()
        key = (served, levels)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = []
            loop.call_soon(self._predict_waiting, key)
        request = Waiting(rows, loop.create_future())
        waiting.append(request)
        return await request.answer

    def _predict_waiting(self, key: Key) -> None:
        batch, count = [], 0
        waiting = self._waiting.pop(key)
        while waiting and count + len(waiting[0].rows) <= MAX_BATCH_ROWS:
            request = waiting.pop(0)
            batch.append(request)
            count += len(request.rows)
        if waiting:  # after the answers to these
            self._waiting[key] = waiting
            asyncio.get_running_loop().call_soon(self._predict_waiting, key)
        _predict_batch(key, batch)


def _predict_batch(key: Key, batch: Sequence[Waiting]) -> None:
    served, levels = key
    if len(batch) == 1:
        _predict_alone(key, batch[0])
        return
    try:
        prediction = served.predict([row for request in batch for row in request.rows], levels)
    except Exception:
        for request in batch:  # so that one of them does not fail the others
            _predict_alone(key, request)
        return
    start = 0
    for request in batch:
        stop = start + len(request.rows)
        if not request.answer.done():
            request.answer.set_result(rows_of(prediction, start, stop))
        start = stop


def _predict_alone(key: Key, request: Waiting) -> None:
    served, levels = key
    if request.answer.done():  # the connection was closed
        return
    try:
        request.answer.set_result(served.predict(request.rows, levels))
    except Exception as error:
        request.answer.set_exception(error)


def rows_of(prediction: Prediction, start: int, stop: int) -> Prediction:
    """Return the predictions of some rows, without notes."""
    rows = slice(start, stop)
    numbers, probabilities = prediction.class_numbers, prediction.probabilities
    return Prediction(
        prediction.target,
        prediction.values[rows],
        None if probabilities is None else probabilities[rows],
        prediction.classes,
        None if prediction.quantiles is None else prediction.quantiles[rows],
        prediction.levels,
        None if numbers is None else numbers[rows],
    )

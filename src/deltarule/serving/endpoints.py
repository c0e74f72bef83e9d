"""The endpoints that programs use: predictions, the OpenAPI document, the counts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from deltarule.serving.json_answers import JSON_TYPE, RequestError, json_bytes
from deltarule.serving.limits import ServingLimits
from deltarule.serving.openapi import openapi_document
from deltarule.serving.request_batches import MAX_BATCH_ROWS, RequestBatches
from deltarule.serving.request_body import json_of
from deltarule.serving.request_metrics import CONTENT_TYPE, RequestMetrics
from deltarule.serving.request_progress import Progress
from deltarule.serving.served_model import ServedModel, find
from deltarule.table_model import Prediction
from deltarule.web_server.asgi import Receive, Scope


class Predictor:
    """Checks rows, predicts and counts; `models` are replaced in place when a file changes."""

    def __init__(
        self,
        models: dict[str, ServedModel],
        limits: ServingLimits,
        metrics: RequestMetrics,
        threads: int,
    ) -> None:
        self.models, self.limits, self.metrics = models, limits, metrics
        self.progress = Progress()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="predict")
        self._batches = RequestBatches()

    async def predict(self, served: ServedModel, rows: Any, levels: Sequence[float]) -> Prediction:
        """Predict for a list of rows; raise `RequestError` for what does not fit."""
        if type(rows) is list and len(rows) <= min(MAX_BATCH_ROWS, self.limits.max_rows):
            return await self._predict_few(served, rows, levels)
        cells = served.reader.columns_of(rows, self.limits.max_rows)

        def work() -> Prediction:
            counts = served.reader.check(cells)
            prediction = served.predict(rows, levels)
            self.metrics.count_rows(served.name, len(rows), counts)
            return prediction

        working = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            async with asyncio.timeout(self.limits.timeout_s):
                return await working
        except TimeoutError:
            raise RequestError(
                503,
                f"The prediction took more than {self.limits.timeout_s:g} seconds: send fewer rows "
                "per request, or send it again when the server has less to do.",
            ) from None

    async def _predict_few(
        self, served: ServedModel, rows: list[Any], levels: Sequence[float]
    ) -> Prediction:
        counts = served.counts_of_usual(rows)
        if counts is None:
            counts = served.reader.check(served.reader.columns_of(rows, MAX_BATCH_ROWS))
        if counts.usual and served.predicts_together:
            prediction = await self._batches.predict(served, rows, tuple(levels))
        else:
            prediction = served.predict(rows, levels)
        self.metrics.count_rows(served.name, len(rows), counts)
        return prediction

    def close(self) -> None:
        """End the threads when they have nothing to do."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Endpoints:
    """The handlers of requests; their names are the endpoints of the counts."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    async def predict(self, scope: Scope, receive: Receive) -> bytes:
        """Answer POST /predict and /models/NAME/predict."""
        predictor = self._predictor
        served = self._model(scope)
        body = await json_of(scope, receive, predictor.limits, predictor.progress)
        rows, quantiles = _parts(body, served)
        prediction = await predictor.predict(served, rows, served.levels_of(quantiles))
        return json_bytes(
            {
                "model": served.name,
                "version": served.version,
                "predictions": prediction.records(),
                "notes": list(prediction.notes),
            }
        )

    async def openapi(self, request: Request) -> Response:
        """Answer GET /openapi.json."""
        document = openapi_document(self._predictor.models, self._predictor.limits)
        return Response(json_bytes(document), media_type=JSON_TYPE)

    async def metrics(self, request: Request) -> Response:
        """Answer GET /metrics."""
        return Response(self._predictor.metrics.text(), headers={"content-type": CONTENT_TYPE})

    def _model(self, scope: Scope) -> ServedModel:
        models = self._predictor.models
        name = scope["path_params"].get("name")
        if name is not None:
            return find(models, name)
        if len(models) > 1:
            raise RequestError(
                404,
                f"There are several models: send the rows to one of "
                f"{', '.join(f'/models/{known}/predict' for known in models)}.",
            )
        return next(iter(models.values()))


def _parts(body: Any, served: ServedModel) -> tuple[Any, Any]:
    """Return rows and quantiles of a body."""
    if isinstance(body, list):
        return body, None
    if not isinstance(body, dict):
        raise RequestError(422, 'Send a list of rows, or an object {"rows": [...]}.')
    if "rows" not in body:
        is_row = any(column.name in body for column in served.columns)
        hint = "Put the row into a list: [{...}]." if is_row else 'Send {"rows": [{...}]}.'
        raise RequestError(422, f'The object has no "rows". {hint}')
    unknown = [key for key in body if key not in ("rows", "quantiles")]
    if unknown:
        raise RequestError(
            422, f'The object has the key {unknown[0][:60]!r}; it may have "rows" and "quantiles".'
        )
    return body["rows"], body.get("quantiles")

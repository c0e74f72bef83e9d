"""The Open Inference Protocol, version 2 (REST): health, metadata and inference with tensors.

Each column is a tensor of shape [rows] or [rows, 1]; the protocol knows neither dates nor missing values,
so that dates are texts (BYTES) and null is a missing value, as in MLServer.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from deltarule._common.checks import did_you_mean, sentences
from deltarule._common.version import __version__
from deltarule.errors import shortened
from deltarule.preprocessing import ClassTarget
from deltarule.serving.endpoints import Predictor
from deltarule.serving.json_answers import RequestError, json_answer, json_bytes
from deltarule.serving.request_body import json_of
from deltarule.serving.row_reading import Row
from deltarule.serving.served_model import ServedModel, find
from deltarule.table_model import Prediction
from deltarule.web_server.asgi import Receive, Scope

PLATFORM = "deltarule"
_TARGET_TYPES = {"i": "INT64", "f": "FP64", "b": "BOOL"}


class OpenInference:
    """The handlers of requests below /v2."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    async def live(self, request: Request) -> Response:
        """Answer GET /v2/health/live."""
        return json_answer({"live": True})

    async def ready(self, request: Request) -> Response:
        """Answer GET /v2/health/ready: a server has its models before it can be reached."""
        return json_answer({"ready": True})

    async def server(self, request: Request) -> Response:
        """Answer GET /v2."""
        return json_answer({"name": PLATFORM, "version": __version__, "extensions": []})

    async def model(self, request: Request) -> Response:
        """Answer GET /v2/models/NAME."""
        served = self._model(request.scope)
        inputs = [
            {"name": column.name, "datatype": column.datatype, "shape": [-1]}
            for column in served.columns
        ]
        return json_answer(
            {
                "name": served.name,
                "versions": [served.version],
                "platform": PLATFORM,
                "inputs": inputs,
                "outputs": _output_metadata(served),
            }
        )

    async def model_ready(self, request: Request) -> Response:
        """Answer GET /v2/models/NAME/ready."""
        return json_answer({"name": self._model(request.scope).name, "ready": True})

    async def infer(self, scope: Scope, receive: Receive) -> bytes:
        """Answer POST /v2/models/NAME/infer."""
        predictor, served = self._predictor, self._model(scope)
        body = await json_of(scope, receive, predictor.limits, predictor.progress)
        if not isinstance(body, dict):
            raise RequestError(422, 'Send an object {"inputs": [...]}.')
        rows = _rows(body.get("inputs"), served)
        parameters = body.get("parameters", {})
        quantiles = parameters.get("quantiles") if isinstance(parameters, dict) else None
        prediction = await predictor.predict(served, rows, served.levels_of(quantiles))
        answer = {
            "model_name": served.name,
            "model_version": served.version,
            "outputs": _chosen(body.get("outputs"), _outputs(prediction)),
        }
        return json_bytes(answer | ({"id": body["id"]} if isinstance(body.get("id"), str) else {}))

    def _model(self, scope: Scope) -> ServedModel:
        named = scope["path_params"]
        served = find(self._predictor.models, named["name"])
        version = named.get("version", served.version)
        if version != served.version:
            raise RequestError(
                404, f"{served.name} has the version {served.version}, not {version[:60]!r}."
            )
        return served


def _rows(inputs: Any, served: ServedModel) -> list[Row]:
    if not isinstance(inputs, list):
        raise RequestError(422, '"inputs" must be a list of tensors, one for each column.')
    known = [column.name for column in served.columns]
    cells: dict[str, list[Any]] = {}
    for tensor in inputs:
        name = tensor.get("name") if isinstance(tensor, dict) else None
        if not isinstance(name, str):
            raise RequestError(422, 'Each input must be an object with "name", "shape", "data".')
        if name not in known:
            hint = did_you_mean(name, known) or f"The columns are {', '.join(known[:20])}."
            sentence = f"The model has no column {shortened(name)}."
            raise RequestError(422, sentences(sentence, hint))
        if name in cells:
            raise RequestError(422, f"The input {shortened(name)} occurs twice: send it once.")
        cells[name] = _data(tensor, name)
    absent = [name for name in known if name not in cells]
    if absent:
        raise RequestError(422, f"There is no input {shortened(absent[0])}: send each column.")
    other = next((name for name in known if len(cells[name]) != len(cells[known[0]])), None)
    if other is not None:
        raise RequestError(
            422,
            f"The inputs {shortened(known[0])} and {shortened(other)} have {len(cells[known[0]]):,} "
            f"and {len(cells[other]):,} rows: send the same rows of each column.",
        )
    columns = (cells[name] for name in known)
    return [dict(zip(known, row, strict=True)) for row in zip(*columns, strict=True)]


def _data(tensor: dict[str, Any], name: str) -> list[Any]:
    """Return the cells of a tensor of shape [rows] or [rows, 1], flat or nested."""
    data, shape = tensor.get("data"), tensor.get("shape")
    if not isinstance(data, list):
        raise RequestError(422, f'The input {shortened(name)} has no list "data".')
    if all(isinstance(row, list) and len(row) == 1 for row in data):
        data = [row[0] for row in data]
    is_shape = isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape)
    if not is_shape or len(shape or ()) not in (1, 2) or math.prod(shape or ()) != len(data):
        raise RequestError(
            422,
            f"The input {shortened(name)} has {len(data):,} values and the shape "
            f"{shortened(shape)}: the shape must be [{len(data)}].",
        )
    return data


def _outputs(prediction: Prediction) -> list[dict[str, Any]]:
    values = prediction.values
    outputs = [_tensor("prediction", _TARGET_TYPES.get(values.dtype.kind, "BYTES"), values)]
    if prediction.probabilities is not None:
        tensor = _tensor("probabilities", "FP64", prediction.probabilities)
        outputs.append(tensor | {"parameters": {"classes": list(prediction.classes)}})
    if prediction.quantiles is not None:
        tensor = _tensor("quantiles", "FP64", prediction.quantiles)
        outputs.append(tensor | {"parameters": {"levels": list(prediction.levels)}})
    return outputs


def _tensor(name: str, datatype: str, values: Any) -> dict[str, Any]:
    return {
        "name": name,
        "datatype": datatype,
        "shape": list(values.shape),
        "data": values.ravel().tolist(),
    }


def _chosen(requested: Any, outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not requested:
        return outputs
    by_name = {output["name"]: output for output in outputs}
    names = (
        [item.get("name") if isinstance(item, dict) else item for item in requested]
        if isinstance(requested, list)
        else [requested]
    )
    unknown = [name for name in names if not isinstance(name, str) or name not in by_name]
    if unknown:
        raise RequestError(
            422, f"There is no output {shortened(unknown[0])}: there are {', '.join(by_name)}."
        )
    return [by_name[name] for name in names]


def _output_metadata(served: ServedModel) -> list[dict[str, Any]]:
    target = served.model.target
    if not isinstance(target, ClassTarget):
        return [{"name": "prediction", "datatype": "FP64", "shape": [-1]}]
    labels = target.decode(np.zeros(1, np.int64))
    datatype = _TARGET_TYPES.get(labels.dtype.kind, "BYTES")
    return [
        {"name": "prediction", "datatype": datatype, "shape": [-1]},
        {
            "name": "probabilities",
            "datatype": "FP64",
            "shape": [-1, len(target.classes)],
            "parameters": {"classes": list(target.classes)},
        },
    ]

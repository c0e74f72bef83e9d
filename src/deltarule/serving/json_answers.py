"""What is answered: JSON without NaN, and for a request that is refused one sentence."""

from __future__ import annotations

import json
import math
from typing import Any

from starlette.responses import Response

BUSY = "The server is busy: send the request again in a second."
JSON_TYPE = "application/json"
JSON_HEADERS = ((b"content-type", JSON_TYPE.encode()),)


class RequestError(Exception):
    """A request is refused with a status; the message is a sentence with the next step."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON; numbers that are not finite become null."""
    try:
        return _encoder.encode(value).encode()
    except ValueError:
        return _encoder.encode(_finite(value)).encode()


def json_answer(value: Any, status: int = 200) -> Response:
    """Return an answer with a value as JSON."""
    return Response(json_bytes(value), status, media_type=JSON_TYPE)


def error_body(sentence: str) -> bytes:
    """Return the JSON of a refusal, {"error": sentence}, as in the Open Inference Protocol."""
    return json_bytes({"error": sentence})


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

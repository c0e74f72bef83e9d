"""The body of a request as strict JSON, bounded in bytes and time."""

from __future__ import annotations

import asyncio
from typing import Any

from deltarule.formats.strict_json import JsonError, read_json
from deltarule.serving.json_answers import BUSY, RequestError
from deltarule.serving.limits import ServingLimits
from deltarule.serving.request_progress import Progress
from deltarule.web_server.asgi import Receive, Scope

MAX_HELD_BODIES = 16
"""Bodies of the longest length whose parts are held at a time."""
BODY_ARRIVED = "deltarule.body_arrived"
"""The key of a scope that is true once the connection has the whole body."""


async def body_of(
    scope: Scope, receive: Receive, limits: ServingLimits, progress: Progress
) -> bytes:
    """Return the body; raise `RequestError` if it is too long or arrives too slowly."""
    if not scope.get(BODY_ARRIVED):
        return await _arriving(scope, receive, limits, progress)
    body: bytes = (await receive()).get("body", b"")  # without waiting: nothing limits the time
    if len(body) > limits.max_bytes:
        raise _too_long(limits)
    return body


async def _arriving(
    scope: Scope, receive: Receive, limits: ServingLimits, progress: Progress
) -> bytes:
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if length.isdigit() and int(length) > limits.max_bytes:
        raise _too_long(limits)
    parts, size, more = [], 0, True
    progress.receiving += 1
    try:
        async with asyncio.timeout(limits.body_s):
            while more:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise RequestError(400, "The connection was closed before the body arrived.")
                part, more = event.get("body", b""), event.get("more_body", False)
                parts.append(part)
                size += len(part)
                progress.held_bytes += len(part)
                if size > limits.max_bytes:
                    raise _too_long(limits)
                if progress.held_bytes > MAX_HELD_BODIES * limits.max_bytes:
                    raise RequestError(429, BUSY)
    except TimeoutError:
        raise RequestError(
            408, f"The body did not arrive within {limits.body_s:g} seconds: send it again."
        ) from None
    finally:
        progress.receiving -= 1
        progress.held_bytes -= size
    return b"".join(parts)


async def json_of(scope: Scope, receive: Receive, limits: ServingLimits, progress: Progress) -> Any:
    """Return the body as strict JSON; raise `RequestError` if it is none."""
    body = await body_of(scope, receive, limits, progress)
    if not body:
        raise RequestError(400, 'The body is empty: send JSON such as {"rows": [{...}]}.')
    try:
        return read_json(body.decode())
    except UnicodeDecodeError:
        raise RequestError(400, "The body is not UTF-8: encode the JSON as UTF-8.") from None
    except JsonError as error:
        raise RequestError(400, f"The body is not valid: {error}. Send strict JSON.") from None


def _too_long(limits: ServingLimits) -> RequestError:
    return RequestError(
        413, f"The body has more than {limits.max_bytes:,} bytes: send fewer rows per request."
    )

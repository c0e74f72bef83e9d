"""Refuses every request that does not come from the playground's own page.

The guard wraps all routes and the WebSocket. A page of another site can make a browser send requests to
127.0.0.1, but it does not know the token and has neither our Host nor our Origin: it always gets the same
refusal.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

REFUSAL = b"Open the full address that deltarule play printed: it contains this page's key.\n"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class AccessGuard:
    """Passes on requests with the token in their path, our Host and no foreign Origin.

    The inner application sees the path after the token.
    """

    def __init__(self, app: App, host: str, token: str) -> None:
        self._app, self._host, self._token = app, host.encode(), token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path = self._path_after_token(scope)
        if path is None or not self._is_ours(scope):
            await _refuse(scope, receive, send)
            return
        inner = dict(scope)
        inner["path"], inner["raw_path"] = path, path.encode()
        await self._app(inner, receive, _with_headers(send))

    def _path_after_token(self, scope: Scope) -> str | None:
        first, slash, rest = str(scope["path"]).removeprefix("/").partition("/")
        if not slash or not hmac.compare_digest(first.encode(), self._token):
            return None
        return f"/{rest}"

    def _is_ours(self, scope: Scope) -> bool:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        if headers.get(b"host") != [self._host]:
            return False
        origin = headers.get(b"origin", [])
        if origin != [b"http://" + self._host] and (origin or scope["type"] == "websocket"):
            return False
        # Browsers send which site a request comes from; "none" is the address bar.
        return headers.get(b"sec-fetch-site", [b"none"]) in ([b"none"], [b"same-origin"])


def _with_headers(send: Send) -> Send:
    async def sending(event: Event) -> None:
        if event["type"] == "http.response.start":
            event = {**event, "headers": [*event.get("headers", []), *HEADERS]}
        await send(event)

    return sending


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(REFUSAL)).encode()),
        *HEADERS,
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": REFUSAL})

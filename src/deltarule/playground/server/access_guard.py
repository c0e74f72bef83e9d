"""Refuses every request that does not come from the playground's own page.

The guard wraps all routes and the WebSocket. The address with the token answers with a cookie and leads
to the page, so that the token stays neither in the address bar nor in the history. All other requests
need the path of the page and the cookie. Cookies of 127.0.0.1 are sent to all its ports, but only with
this path, which no other server knows.

A page of another site can make a browser send requests to 127.0.0.1, but it knows neither the token nor
the path and has neither our Host nor our Origin: it always gets the same refusal.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Headers = dict[bytes, list[bytes]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

REFUSAL = (
    b"Open the full address that deltarule play printed: it contains this page's key. "
    b"The browser must accept cookies of 127.0.0.1.\n"
)
COOKIE = "deltarule"
COOKIE_BYTES = 32
PATH_BYTES = 16
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
    """Passes on requests with the page's path and cookie, our Host and no foreign Origin.

    The inner application sees the path after the page's. `opened` is called each time that the address
    with the token is opened.
    """

    def __init__(
        self, app: App, host: str, token: str, opened: Callable[[], None] = lambda: None
    ) -> None:
        self._app, self._host, self._token = app, host.encode(), token.encode()
        self._opened = opened
        self._page = secrets.token_urlsafe(PATH_BYTES)
        self._cookie = f"{COOKIE}={secrets.token_urlsafe(COOKIE_BYTES)}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers: Headers = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        first, slash, rest = str(scope["path"]).removeprefix("/").partition("/")
        if not slash or not self._is_ours(scope, headers):
            await _refuse(scope, receive, send)
        elif not rest and _equal(first, self._token) and _reads(scope):
            self._opened()
            await _answer(send, 303, b"", self._to_the_page())
        elif _equal(first, self._page.encode()) and self._has_cookie(headers):
            inner = dict(scope)
            inner["path"] = f"/{rest}"
            inner["raw_path"] = inner["path"].encode()
            await self._app(inner, receive, _with_headers(send))
        else:
            await _refuse(scope, receive, send)

    def _to_the_page(self) -> list[tuple[bytes, bytes]]:
        path = f"/{self._page}/"
        # Strict cookies are not sent after a redirect from a file or from another site.
        cookie = f"{self._cookie}; Path={path}; HttpOnly; SameSite=Lax"
        return [(b"location", path.encode()), (b"set-cookie", cookie.encode())]

    def _has_cookie(self, headers: Headers) -> bool:
        sent = b";".join(headers.get(b"cookie", [])).split(b";")
        ours = self._cookie.encode()
        return any(hmac.compare_digest(cookie.strip(), ours) for cookie in sent)

    def _is_ours(self, scope: Scope, headers: Headers) -> bool:
        if headers.get(b"host") != [self._host]:
            return False
        origin = headers.get(b"origin", [])
        if origin != [b"http://" + self._host] and (origin or scope["type"] == "websocket"):
            return False
        # Browsers send which site a request comes from; "none" is the address bar.
        site = headers.get(b"sec-fetch-site", [b"none"])
        if site in ([b"none"], [b"same-origin"]):
            return True
        # A link to the page, such as that of a file, may come from anywhere; what it embeds may not.
        return (
            scope["type"] == "http"
            and _reads(scope)
            and site in ([b"cross-site"], [b"same-site"])
            and headers.get(b"sec-fetch-mode") == [b"navigate"]
            and headers.get(b"sec-fetch-dest") == [b"document"]
        )


def _equal(part: str, secret: bytes) -> bool:
    return hmac.compare_digest(part.encode("utf-8", "surrogatepass"), secret)


def _reads(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD")


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
    await _answer(send, 403, REFUSAL, [(b"content-type", b"text/plain; charset=utf-8")])


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, length, *HEADERS],
        }
    )
    await send({"type": "http.response.body", "body": body})

"""Refuses every request that does not come from the playground's own page.

The guard wraps all routes and the WebSocket. The address with the token answers with a cookie and leads
to the page, so that the token stays neither in the address bar nor in the history. All other requests
need the path of the page and the cookie, our exact Host and no foreign Origin. Cookies of 127.0.0.1 are
sent to all its ports, but only with this path, which no other server knows.

What it refuses always gets the same answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from deltarule.web_server.asgi import (
    SECURITY_HEADERS,
    App,
    Header,
    Receive,
    Scope,
    Send,
    send_answer,
    with_headers,
)
from deltarule.web_server.request_guard import (
    Headers,
    has_cookie,
    headers_of,
    is_from_our_page,
    is_secret,
    only_reads,
)

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
HEADERS: tuple[Header, ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    *SECURITY_HEADERS,
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
        headers = headers_of(scope)
        first, slash, rest = str(scope["path"]).removeprefix("/").partition("/")
        asked = first.encode("utf-8", "surrogatepass")
        if not slash or not self._is_ours(scope, headers):
            await _refuse(scope, receive, send)
        elif not rest and is_secret(asked, self._token) and only_reads(scope):
            self._opened()
            await send_answer(send, 303, b"", [*self._to_the_page(), *HEADERS])
        elif is_secret(asked, self._page.encode()) and has_cookie(headers, self._cookie):
            inner = dict(scope)
            inner["path"] = f"/{rest}"
            inner["raw_path"] = inner["path"].encode()
            await self._app(inner, receive, with_headers(send, HEADERS))
        else:
            await _refuse(scope, receive, send)

    def _to_the_page(self) -> list[Header]:
        path = f"/{self._page}/"
        # Strict cookies are not sent after a redirect from a file or from another site.
        cookie = f"{self._cookie}; Path={path}; HttpOnly; SameSite=Lax"
        return [(b"location", path.encode()), (b"set-cookie", cookie.encode())]

    def _is_ours(self, scope: Scope, headers: Headers) -> bool:
        is_our_host = headers.get(b"host") == [self._host]
        return is_our_host and is_from_our_page(scope, headers, b"http://" + self._host)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    text = (b"content-type", b"text/plain; charset=utf-8")
    await send_answer(send, 403, REFUSAL, [text, *HEADERS])

"""Refuses requests without the token, and those that the page of another site lets a browser send.

Programs send the token as `Authorization: Bearer TOKEN`. A browser opens `/?token=TOKEN` once, as in
Jupyter: it gets a cookie and the address without the token. Without a token the server is for this
machine, and a Host that is not local is refused, because another site can point its name here.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import parse_qs

from deltarule.serving.json_answers import JSON_HEADERS, error_body
from deltarule.web_server.asgi import (
    SECURITY_HEADERS,
    App,
    Header,
    Receive,
    Scope,
    Send,
    send_answer,
)
from deltarule.web_server.request_guard import (
    Headers,
    has_cookie,
    headers_of,
    is_from_our_page,
    is_secret,
    only_reads,
)

COOKIE_BYTES = 32
OPEN_PATHS = frozenset({"/v2/health/live", "/v2/health/ready"})
"""Answered without the token: those who ask whether the server runs often have none."""
# Without a referrer browsers send "Origin: null" with a form of our own page.
HEADERS: tuple[Header, ...] = (*SECURITY_HEADERS, (b"referrer-policy", b"same-origin"))
"""Headers of every answer."""


class TokenGuard:
    """Passes on requests with the token or the cookie, from our own pages or from no browser."""

    def __init__(self, app: App, token: str | None, port: int, *, only_local: bool) -> None:
        self._app = app
        self._token = None if token is None else token.encode()
        self._cookie = f"deltarule-serve-{port}={secrets.token_urlsafe(COOKIE_BYTES)}"
        self._only_local = only_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        host = headers.get(b"host", [b""])[0]
        if self._only_local and not is_local(host):
            await _refuse(send, 403, "Ask for 127.0.0.1 or localhost, or start with --token.")
        elif not is_from_our_page(scope, headers, b"http://" + host, b"https://" + host):
            await _refuse(send, 403, "Requests of other sites' pages are refused.")
        elif self._token is None or self._is_known(scope, headers):
            await self._app(scope, receive, send)
        elif self._opens_page(scope):
            cookie = f"{self._cookie}; Path=/; HttpOnly; SameSite=Lax"
            await send_answer(
                send, 303, b"", [(b"location", b"/"), (b"set-cookie", cookie.encode())]
            )
        else:
            bearer: Header = (b"www-authenticate", b"Bearer")
            sentence = "Send the header 'Authorization: Bearer TOKEN' with the token of the server."
            await _refuse(send, 401, sentence, bearer)

    def _is_known(self, scope: Scope, headers: Headers) -> bool:
        if scope["path"] in OPEN_PATHS:
            return True
        scheme, _, sent = headers.get(b"authorization", [b""])[0].partition(b" ")
        assert self._token is not None
        has_token = scheme.lower() == b"bearer" and is_secret(sent.strip(), self._token)
        return has_token or has_cookie(headers, self._cookie)

    def _opens_page(self, scope: Scope) -> bool:
        if scope["path"] != "/" or not only_reads(scope):
            return False
        sent = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        assert self._token is not None
        return is_secret(sent.encode("utf-8", "surrogatepass"), self._token)


@lru_cache(maxsize=64)
def is_local(host: bytes) -> bool:
    """Return whether the Host of a request, or the host of an address, is this machine by name."""
    name = host.decode("latin-1").lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


async def _refuse(send: Send, status: int, sentence: str, *headers: Header) -> None:
    await send_answer(send, status, error_body(sentence), [*JSON_HEADERS, *headers])

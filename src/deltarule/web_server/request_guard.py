"""Which requests of browsers are answered: those of our own pages and of the address bar.

A page of another site can make a browser send requests to this machine, but it knows no secret, and its
Origin is not ours. A name of another site that points to this machine (DNS rebinding) is not our Host.
"""

from __future__ import annotations

import hmac

from deltarule.web_server.asgi import Scope

Headers = dict[bytes, list[bytes]]


def headers_of(scope: Scope) -> Headers:
    """Return the headers of a request: all values of each name."""
    headers: Headers = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.lower(), []).append(value)
    return headers


def is_from_our_page(scope: Scope, headers: Headers, *origins: bytes) -> bool:
    """Return whether a request comes from a page of ours, from the address bar or from no browser.

    `origins` are those of our pages, such as ``b"http://127.0.0.1:8000"``. A link to a page, such as
    that of a file, may come from anywhere; what other sites embed may not.
    """
    sent = headers.get(b"origin", [])
    is_ours = len(sent) == 1 and sent[0] in origins
    if not is_ours and (sent or scope["type"] == "websocket"):
        return False
    # Browsers send which site a request comes from; "none" is the address bar.
    site = headers.get(b"sec-fetch-site", [b"none"])
    if site in ([b"none"], [b"same-origin"]):
        return True
    return (
        only_reads(scope)
        and site in ([b"cross-site"], [b"same-site"])
        and headers.get(b"sec-fetch-mode") == [b"navigate"]
        and headers.get(b"sec-fetch-dest") == [b"document"]
    )


def only_reads(scope: Scope) -> bool:
    """Return whether a request is GET or HEAD."""
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD")


def has_cookie(headers: Headers, cookie: str) -> bool:
    """Return whether a request has this cookie, "name=value"."""
    sent = b";".join(headers.get(b"cookie", [])).split(b";")
    return any(is_secret(part.strip(), cookie.encode()) for part in sent)


def is_secret(sent: bytes, secret: bytes) -> bool:
    """Return whether two texts are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(sent, secret)

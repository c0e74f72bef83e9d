"""Handlers of JSON requests as ASGI applications, which cost less than objects of a framework.

Most requests are those of predictions: they are led to their handlers by their exact path, before the
routes are tried one after the other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from starlette.routing import Route

from deltarule.serving.json_answers import JSON_HEADERS, RequestError, error_body
from deltarule.web_server.asgi import App, Receive, Scope, Send, send_answer

Handler = Callable[[Scope, Receive], Awaitable[bytes]]
"""Returns the JSON that is answered, or raises `RequestError`."""
Found = tuple[App, Mapping[str, str]]


class JsonEndpoint:
    """Answers with what a handler returns, or with its refusal."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        status = 200
        try:
            body = await self._handler(scope, receive)
        except RequestError as error:
            status, body = error.status, error_body(str(error))
        await send_answer(send, status, body, JSON_HEADERS)


class ExactPaths:
    """Leads POST requests of exact paths to their endpoints, and all others to the routes of `app`."""

    def __init__(self, app: App, found: Mapping[str, Found]) -> None:
        self._app, self._found = app, found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        found = None
        if scope["type"] == "http" and scope["method"] == "POST":
            found = self._found.get(scope["path"])
        if found is None:
            await self._app(scope, receive, send)
        else:
            scope["endpoint"], scope["path_params"] = found
            await found[0](scope, receive, send)


def exact_paths(routes: Iterable[Route], models: Iterable[str]) -> dict[str, Found]:
    """Return the paths of routes to JSON endpoints that have no parameters but the name of a model."""
    names = list(models)
    found: dict[str, Found] = {}
    for route in routes:
        if isinstance(route.endpoint, JsonEndpoint):
            if not route.param_convertors:
                found[route.path] = (route.endpoint, {})
            elif list(route.param_convertors) == ["name"]:
                for name in names:
                    found[route.path.format(name=name)] = (route.endpoint, {"name": name})
    return found

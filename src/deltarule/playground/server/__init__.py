"""Serves the playground as a web page on this machine."""

from __future__ import annotations

from deltarule.errors import MissingPackageError

try:
    import starlette  # noqa: F401
    import uvicorn  # noqa: F401
    import websockets  # noqa: F401
except ImportError as error:
    raise MissingPackageError(
        "deltarule play needs Starlette, uvicorn and websockets: install them with "
        "pip install 'deltarule[play]'."
    ) from error

from deltarule.playground.server.serving import serve

__all__ = ["serve"]

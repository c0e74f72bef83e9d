"""Predictions over HTTP: the server of `deltarule serve`."""

from __future__ import annotations

from deltarule.errors import MissingPackageError

try:
    import prometheus_client  # noqa: F401
    import starlette  # noqa: F401
    import uvicorn  # noqa: F401
except ImportError as error:
    raise MissingPackageError(
        "deltarule serve needs Starlette, uvicorn and prometheus-client: install them with "
        "pip install 'deltarule[serve]'."
    ) from error

from deltarule.serving.prediction_server import serve

__all__ = ["serve"]

"""The routes of the server, and its start and end."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deltarule._common.processors import processor_count
from deltarule.serving.admission import BUG, Admission
from deltarule.serving.endpoints import Endpoints, Predictor
from deltarule.serving.form_page import FormPage
from deltarule.serving.http_connection import answering_once
from deltarule.serving.json_answers import JSON_TYPE, RequestError, error_body
from deltarule.serving.json_endpoints import ExactPaths, JsonEndpoint, exact_paths
from deltarule.serving.limits import ServingLimits
from deltarule.serving.model_reloading import ModelReloading
from deltarule.serving.open_inference import OpenInference
from deltarule.serving.request_metrics import RequestMetrics
from deltarule.serving.served_model import ModelPlace, ServedModel, load
from deltarule.serving.token_guard import TokenGuard, is_local
from deltarule.serving.worker_processes import run_workers
from deltarule.web_server.connection_limits import ConnectionLimits, limited
from deltarule.web_server.server import WebServer, bound, settings_of

SHUTDOWN_S = 10.0
"""How long requests in progress may take when the server ends."""
MAX_CONNECTIONS = 2048
DEFAULT_LIMITS = ServingLimits()
FILES_BESIDE = 128
"""Open files of a process that are no connections."""


@dataclass(frozen=True)
class Address:
    """Where the server can be reached, and the token that requests need."""

    host: str
    port: int
    token: str | None = None


def serve(
    places: Sequence[ModelPlace],
    address: Address,
    *,
    limits: ServingLimits = DEFAULT_LIMITS,
    workers: int = 1,
    started: Callable[[Address, Sequence[ServedModel]], None],
    report: Callable[[str], None],
) -> None:
    """Answer requests until Ctrl-C or SIGTERM.

    `started` is called with the address, whose port is free if it was 0, and the models once requests
    are answered; `report` gets a sentence about each file that changed. Several `workers` are processes
    that share the port.

    Raises `SettingError` for an address that cannot be used, and `FileError` for a model that cannot be
    read.
    """
    models = {place.name: load(place) for place in places}
    with bound(address.host, address.port) as listening:
        address = replace(address, port=listening.getsockname()[1])
        listening.listen(MAX_CONNECTIONS)

        def work(ready: Callable[[], None]) -> None:
            for served in models.values():
                served.warm_up()
            server = prediction_server(models, address, limits, workers, ready, report)
            with _kept_from_the_collector():
                server.run(sockets=[listening])

        ready = partial(started, address, tuple(models.values()))
        if workers == 1:
            work(ready)
        else:
            run_workers(workers, work, ready)


@contextmanager
def _kept_from_the_collector() -> Iterator[None]:
    """Keep what exists now from the garbage collector, which needs 40 ms to look at all of it."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def application(
    models: dict[str, ServedModel],
    address: Address,
    limits: ServingLimits,
    report: Callable[[str], None],
    workers: int = 1,
) -> Admission:
    """Return the application that answers with `models`."""
    metrics = RequestMetrics()
    predictor = Predictor(models, limits, metrics, max(1, processor_count() // workers))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        reloading = ModelReloading(models, metrics, report)
        hangup = getattr(signal, "SIGHUP", None)
        loop = asyncio.get_running_loop()
        if hangup is not None:
            with suppress(ValueError, RuntimeError):  # outside the main thread
                loop.add_signal_handler(hangup, reloading.ask)
        watch = loop.create_task(reloading.run())
        yield
        watch.cancel()
        predictor.close()

    routes = _routes(predictor)
    inner = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={
            RequestError: _refuse,
            HTTPException: _refuse_route,
            Exception: _report_bug,
        },
    )
    inner.router.redirect_slashes = False
    only_local = address.token is None and is_local(address.host.encode())
    led = ExactPaths(inner, exact_paths(routes, models))
    guard = TokenGuard(led, address.token, address.port, only_local=only_local)
    paths = {route.endpoint: route.path for route in reversed(routes)}
    return Admission(guard, metrics, predictor.progress, limits.max_concurrent, paths)


def prediction_server(
    models: dict[str, ServedModel],
    address: Address,
    limits: ServingLimits,
    workers: int = 1,
    started: Callable[[], None] = lambda: None,
    report: Callable[[str], None] = lambda _: None,
) -> WebServer:
    """Return the server of one process."""
    app = application(models, address, limits, report, workers)
    connections = ConnectionLimits(_max_connections(), limits.idle_s, renewed=True)
    settings = settings_of(
        app,
        limited(answering_once(_http_protocol(), app.is_busy), connections),
        ws="none",
        backlog=MAX_CONNECTIONS,
        timeout_keep_alive=limits.idle_s,
    )
    server = WebServer(settings, started, SHUTDOWN_S)
    app.progress.tasks = server.server_state.tasks
    return server


def _routes(predictor: Predictor) -> Sequence[Route]:
    own, inference, page = Endpoints(predictor), OpenInference(predictor), FormPage(predictor)
    predict, infer = JsonEndpoint(own.predict), JsonEndpoint(inference.infer)
    model = "/v2/models/{name}"
    return [
        Route("/predict", predict, methods=["POST"]),
        Route("/models/{name}/predict", predict, methods=["POST"]),
        Route(f"{model}/infer", infer, methods=["POST"]),
        Route(f"{model}/versions/{{version}}/infer", infer, methods=["POST"]),
        Route("/v2/health/live", inference.live),
        Route("/v2/health/ready", inference.ready),
        Route("/v2", inference.server),
        Route(model, inference.model),
        Route(f"{model}/ready", inference.model_ready),
        Route(f"{model}/versions/{{version}}", inference.model),
        Route(f"{model}/versions/{{version}}/ready", inference.model_ready),
        Route("/openapi.json", own.openapi),
        Route("/metrics", own.metrics),
        Route("/", page.first),
        Route("/models/{name}", page.form),
        Route("/models/{name}", page.answer, methods=["POST"]),
    ]


async def _refuse(request: Request, error: RequestError) -> Response:
    return Response(error_body(str(error)), error.status, media_type=JSON_TYPE)


async def _refuse_route(request: Request, error: HTTPException) -> Response:
    path = request.url.path[:60]
    if error.status_code == 404:
        sentence = f"There is no {path}: /openapi.json lists the addresses."
    else:
        allowed = (error.headers or {}).get("Allow", "another method")
        sentence = f"{path} does not answer {request.method[:20]}: send {allowed}."
    return Response(
        error_body(sentence), error.status_code, headers=error.headers, media_type=JSON_TYPE
    )


async def _report_bug(request: Request, error: Exception) -> Response:
    return Response(BUG, 500, media_type=JSON_TYPE)


def _http_protocol() -> type[Any]:
    """Return uvicorn's fastest protocol that is installed."""
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        from uvicorn.protocols.http.h11_impl import H11Protocol

        return H11Protocol
    return HttpToolsProtocol


def _max_connections() -> int:
    """Return how many connections fit into the limit of open files."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MAX_CONNECTIONS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(16, min(MAX_CONNECTIONS, files - FILES_BESIDE))

"""deltarule serve: answers predictions over HTTP."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from deltarule._common import checks
from deltarule.cli.output import Output
from deltarule.cli.screens import print_warning

if TYPE_CHECKING:
    from deltarule.serving.prediction_server import Address
    from deltarule.serving.served_model import ServedModel

TOKEN = "DELTARULE_TOKEN"
TOKEN_BYTES = 24
MAX_WORKERS = 64
COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""The variable, known to prometheus-client, of the folder in which workers share their counts."""


def serve(options: Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM and return the exit status."""
    workers = checks.integer("workers", options.workers, at_least=1, at_most=MAX_WORKERS)
    with _shared_counts(workers):
        from deltarule.serving import serve as serve_models
        from deltarule.serving.limits import ServingLimits
        from deltarule.serving.prediction_server import Address
        from deltarule.serving.served_model import model_places
        from deltarule.serving.token_guard import is_local

        limits = ServingLimits(
            checks.integer("max_bytes", options.max_bytes, at_least=1),
            checks.integer("max_rows", options.max_rows, at_least=1),
            checks.integer("max_concurrent", options.max_concurrent, at_least=1),
            checks.number("timeout_s", options.timeout_s, above=0),
        )
        places = model_places(options.models)
        is_public = not is_local(options.host.encode())
        token = options.token or os.environ.get(TOKEN) or None
        if options.no_token:
            token = None
        is_new = token is None and is_public and not options.no_token
        if is_new:
            token = secrets.token_urlsafe(TOKEN_BYTES)
        address = Address(options.host, options.port, token)
        output = Output(sys.stdout)

        def started(address: Address, models: Sequence[ServedModel]) -> None:
            for served in models:
                output.write(f"{served.name} (version {served.version}): {served.model.summary}\n")
            output.write(f"Answering at {_url(address, with_token=is_new)}\n")
            output.write("Press Ctrl-C to stop.\n")
            output.flush()
            if is_public and address.token is None:
                print_warning(
                    f"Everybody who can reach {address.host} can use the models: omit --no-token, "
                    "unless a proxy in front checks who asks.",
                    as_json=False,
                )

        def report(sentence: str) -> None:
            output.write(f"{sentence}\n")
            output.flush()

        with suppress(KeyboardInterrupt):
            serve_models(
                places, address, limits=limits, workers=workers, started=started, report=report
            )
        output.end()
    return 0


def _url(address: Address, *, with_token: bool) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    query = f"?token={address.token}" if with_token else ""
    return f"http://{host}:{address.port}/{query}"


@contextmanager
def _shared_counts(workers: int) -> Iterator[None]:
    """Give the workers a folder for their counts, before prometheus-client is imported."""
    if workers == 1:
        yield
        return
    folder = tempfile.mkdtemp(prefix="deltarule-counts-")
    os.environ[COUNTS] = folder
    try:
        yield
    finally:
        del os.environ[COUNTS]
        shutil.rmtree(folder, ignore_errors=True)

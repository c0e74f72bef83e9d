"""A web host that serves the built website, or another folder."""

from __future__ import annotations

import functools
import http.server
import threading
from pathlib import Path
from typing import Any

from browser.screen import CHECKOUT

SITE = CHECKOUT / "build" / "site"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class Host:
    """A web host that serves a folder; `stop` ends it."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(_Quiet, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self._runs = True

    def stop(self) -> None:
        """Serve nothing more."""
        if self._runs:
            self._runs = False
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

"""Opens an address with a key in the browser, but not on a command line: other users can list those.

The browser gets the address from a file that only this user can read, as Jupyter does.
"""

from __future__ import annotations

import html
import os
import shutil
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

PATIENCE_S = 15.0
"""How long the browser may take to open the page until the user reads what else to do."""
SNAP_FOLDERS = (Path("/snap/bin"), Path("/var/lib/snapd/snap/bin"))
SNAP_BROWSERS = ("brave", "chromium", "firefox", "opera")
REDIRECT = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}">
<title>deltarule playground</title>
<p>Opening <a href="{address}">the playground</a> ...</p>
</html>
"""


class BrowserPage:
    """A file that leads the browser to `address`; `remove` it when the page is open."""

    def __init__(self, address: str) -> None:
        self._opened = threading.Event()
        self._folder = Path(tempfile.mkdtemp(prefix="deltarule-play-", dir=_parent()))  # mode 0700
        self.file = self._folder / "open.html"
        try:
            with open(self.file, "x", encoding="utf-8", opener=_private) as file:
                file.write(REDIRECT.format(address=html.escape(address)))
        except BaseException:
            self.remove()
            raise

    def open(self, not_opened: Callable[[], None]) -> None:
        """Start the browser in another thread: text browsers and some scripts run until they are closed.

        `not_opened` is called if a browser started but `opened` is not called in time.
        """
        threading.Thread(target=self._open, args=(not_opened,), daemon=True).start()

    def opened(self) -> None:
        """Remove the file: the browser has read it."""
        self._opened.set()
        self.remove()

    def remove(self) -> None:
        """Remove the file and its folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self, not_opened: Callable[[], None]) -> None:
        try:
            started = webbrowser.open(self.file.as_uri())
        except (webbrowser.Error, OSError):
            return
        if started and not self._opened.wait(PATIENCE_S):
            not_opened()


@contextmanager
def exit_cleanly() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block by SystemExit with their status, so that files are removed.

    A signal that is ignored stays ignored.
    """
    received: list[int] = []

    def leave(number: int, _: FrameType | None) -> None:
        received.append(number)
        if number == signal.SIGTERM:
            sys.exit(128 + received[0])
        # While the server runs, it handles SIGTERM: it ends its connections, then sends it again.
        signal.raise_signal(signal.SIGTERM)

    previous: dict[int, Any] = {}
    with suppress(ValueError):  # outside the main thread the caller handles signals
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                previous[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _parent() -> str | None:
    """Return a folder that the user's browser can read; None for the one of temporary files."""
    if any((folder / name).exists() for folder in SNAP_FOLDERS for name in SNAP_BROWSERS):
        # A snap has a /tmp of its own and reads only visible files of the home folder.
        return str(Path.home())
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return runtime if os.path.isabs(runtime) and os.access(runtime, os.W_OK | os.X_OK) else None

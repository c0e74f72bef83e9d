"""Reads the files of the built front end."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from deltarule.errors import MissingPackageError

FILES = {
    "index.html": "text/html; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "widget.js": "text/javascript; charset=utf-8",
    "widget.css": "text/css; charset=utf-8",
}
"""The files of the page with their media types; nothing else is served."""
FROZEN = "frozen.js"


def built(name: str) -> bytes:
    """Return one file of the front end; raise `MissingPackageError` if it was not built."""
    file = _folder().joinpath(name)
    try:
        return file.read_bytes()
    except OSError:
        raise MissingPackageError(
            "The playground's page is missing: it was not built when deltarule was installed. Install "
            "Node.js 20 or newer with npm, then reinstall deltarule by pip install -v, which prints why "
            "the page is not built (in a checkout, run make web first)."
        ) from None


def check_built() -> None:
    """Raise `MissingPackageError` if a file of the front end is missing."""
    for name in (*FILES, FROZEN):
        built(name)


def _folder() -> Traversable:
    return files("deltarule.playground").joinpath("static")

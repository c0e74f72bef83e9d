"""The built front end: where it lies, and what to say where it was not built."""

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
"""What the page is made of, with its media types; nothing else is ever served."""
FROZEN = "frozen.js"


def built(name: str) -> bytes:
    """Return one file of the front end; `MissingPackageError` where it was not built."""
    file = _folder().joinpath(name)
    try:
        return file.read_bytes()
    except OSError:
        raise MissingPackageError(
            "The playground's page was not built, which takes Node.js: install it (on Debian: apt-get "
            "install nodejs npm), run make web in the checkout, and install deltarule again."
        ) from None


def check_built() -> None:
    """Raise `MissingPackageError` where a file of the front end is missing."""
    for name in (*FILES, FROZEN):
        built(name)


def _folder() -> Traversable:
    return files("deltarule.playground").joinpath("static")

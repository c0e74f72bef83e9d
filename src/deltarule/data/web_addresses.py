"""Download a table from a http or https address to a temporary file."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deltarule._common.version import __version__
from deltarule.data.read_options import ReadOptions
from deltarule.data.temporary_files import spooled
from deltarule.errors import DeltaruleError, FileError, SettingError

_TIMEOUT_S = 30.0
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_address(source: str) -> bool:
    """Whether a source is a network address, such as https://example.org/iris.csv."""
    return _ADDRESS.match(source) is not None


def download(address: str, options: ReadOptions, stack: ExitStack) -> tuple[Path, str]:
    """Return the content of an address as a temporary file that `stack` removes, and its shown name.

    Raises `SettingError` if addresses are not allowed, `FileError` if there is no answer.
    """
    name = shown_address(address)
    if urlsplit(address).scheme.lower() not in ("http", "https"):
        raise FileError(f"{name} is neither a http nor a https address: download the file first.")
    if not options.allow_urls:
        raise SettingError("allow_urls", f"must be True to download {name}")
    request = urllib.request.Request(address, headers={"User-Agent": f"deltarule/{__version__}"})
    try:
        with _opener().open(request, timeout=_TIMEOUT_S) as answer:
            return spooled(answer, name, options.max_bytes, stack), name
    except urllib.error.HTTPError as error:
        error.close()
        reason = f"the server answers {error.code} ({error.reason})"
    except urllib.error.URLError as error:
        reason = str(getattr(error.reason, "strerror", None) or error.reason)
    except DeltaruleError:
        raise
    except TimeoutError:
        reason = f"the server does not answer for {_TIMEOUT_S:.0f} s"
    except OSError as error:
        reason = error.strerror or str(error)
    except (HTTPException, ValueError) as error:
        reason = f"the answer is not complete ({type(error).__name__})"
    raise FileError(f"{name} cannot be downloaded: {reason}. Check the address and the network.")


def shown_address(address: str) -> str:
    """Return an address without a user name and a password; a path stays as it is."""
    if not is_address(address):
        return address
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener for http and https alone: a redirection leads to no file and no FTP server."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener

"""The log of errors of the playground that nobody foresaw."""

from __future__ import annotations

import logging
import traceback

_log = logging.getLogger("deltarule.playground")


def log_error(what: str, error: BaseException) -> None:
    """Log an error with its traceback; escape what no file can hold, such as "\\ud800"."""
    lines = "".join(traceback.format_exception(error))
    _log.error("%s\n%s", what, lines.encode("utf-8", "backslashreplace").decode("utf-8"))

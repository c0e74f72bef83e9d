"""Reports pages that were not written.

Sphinx stops its other processes when one fails, and in some places forgets why: the build then ends as if
it had succeeded, without many of its pages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

_logger = logging.getLogger(__name__)
_MAX_LISTED = 5


def missing_pages(app: Sphinx) -> list[str]:
    """Return the names of the documents without a page."""
    return [
        name
        for name in sorted(app.env.found_docs)
        if not Path(app.builder.get_outfilename(name)).exists()
    ]


def report(app: Sphinx, exception: Exception | None) -> None:
    """Warn, which fails a build with -W."""
    if exception is not None or app.builder.format != "html":
        return
    missing = missing_pages(app)
    if missing:
        more = ", ..." if len(missing) > _MAX_LISTED else ""
        _logger.warning(
            "Pages were not written: %s%s. Build with -j 1 to see which page fails.",
            ", ".join(missing[:_MAX_LISTED]), more,
        )  # fmt: skip


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("build-finished", report)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

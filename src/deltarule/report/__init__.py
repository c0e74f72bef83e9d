"""The report of a training run on a table: an HTML file, or the last value of a notebook's cell."""

# Names are imported on first use, because notebooks draw with the charts alone.
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deltarule.report.notebook_report import Report
    from deltarule.report.page import render_report, write_report

__all__ = ["Report", "render_report", "write_report"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "notebook_report" if name == "Report" else "page"
    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value

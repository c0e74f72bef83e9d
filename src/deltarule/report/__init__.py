"""The report of a run on a table: one HTML file to look at, keep and hand on."""

from deltarule.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]

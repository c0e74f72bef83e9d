"""The report of a training run on a table as one HTML file."""

from deltarule.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]

"""The report as one HTML page."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from importlib.resources import files
from os import PathLike
from typing import Any

from deltarule._common import palette
from deltarule._common.palette import css_variables
from deltarule.drawing.svg import Fragment, truncate
from deltarule.formats.atomic_write import write_atomically
from deltarule.report import report_text
from deltarule.report.column_histograms import histogram_section
from deltarule.report.content import ColumnRow, Section
from deltarule.report.explanation import Explanation
from deltarule.report.explanation_sections import column_sections, reliability_section
from deltarule.report.result_sections import curve_section, error_section, network_section
from deltarule.report.surface_section import surface_section
from deltarule.table_model import TableResult
from deltarule.table_model.score_summary import score_summary
from deltarule.table_model.setting_info import as_options

# No network access and no scripts; the style sheet is allowed by its hash, images are embedded.
_POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
# Control characters, unpaired surrogates and bidirectional overrides: a column name must not change the
# text around it.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def write_report(
    result: TableResult, path: str | PathLike[str], *, command: str | None = None
) -> None:
    """Write the report of a training run as one HTML file, atomically.

    Parameters
    ----------
    result : TableResult
        The result of `deltarule.train`.
    path : str or os.PathLike
        Name of the file.
    command : str, optional
        The command line that repeats the run. By default the Python call is shown.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    write_atomically(path, render_report(result, command=command).encode("utf-8"))


def render_report(result: TableResult, *, command: str | None = None) -> str:
    """Render the report of a training run as a self-contained HTML page.

    All text from the data (names, classes, sources) is escaped, also in the drawings.

    Parameters
    ----------
    result : TableResult
        The result of `deltarule.train`.
    command : str, optional
        The command line that repeats the run. By default the Python call is shown.

    Returns
    -------
    str
        The page.
    """
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["truncate_text"] = truncate
    page = environment.from_string(_resource("report.html.jinja"))
    style = f"{_colors()}\n{_resource('report.css')}"
    html = page.render(**_content(result, command), style=Fragment(style), policy=_policy(style))
    return _UNSAFE.sub("\ufffd", html)


def _content(result: TableResult, command: str | None) -> dict[str, Any]:
    explanation = Explanation(result)
    sections: list[Section] = [
        error_section(result),
        surface_section(explanation),
        reliability_section(result),
        *column_sections(explanation),
        histogram_section(explanation),
        curve_section(result),
        network_section(result),
    ]
    return {
        "target": truncate(result.model.target.name),
        "title": report_text.title(result),
        "headline": score_summary(result),
        "scores": report_text.scores(result),
        "warning": report_text.warning(result),
        "facts": report_text.data_facts(result),
        "notes": result.notes if command is None else tuple(map(as_options, result.notes)),
        "sections": sections,
        "columns": [_column_row(record) for record in result.model.describe_columns()],
        "settings": report_text.settings_table(result),
        "command": command or report_text.python_call(result),
        "shell": command is not None,
        "versions": report_text.versions(result),
    }


def _column_row(record: dict[str, Any]) -> ColumnRow:
    return ColumnRow(
        record["column"],
        record["kind"],
        f"{record['missing']:,}",
        f"{record['encoding']}; read as {record['reading']}"
        if record["reading"]
        else record["encoding"],
        f"{record['features']:,}",
    )


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return _POLICY.format(style=digest)


def _colors() -> str:
    """Return the style sheet's colors: light, dark, and black on white for paper."""
    print_theme = replace(
        palette.LIGHT, paper="#ffffff", card="#ffffff", ink="#000000", soft="#444444",
        rule="#cccccc", accent="#000000",
    )  # fmt: skip
    return "\n".join(
        (
            f":root {{ {css_variables(palette.LIGHT)} }}",
            f"@media (prefers-color-scheme: dark) {{ :root {{ {css_variables(palette.DARK)} }} }}",
            f"@media print {{ :root {{ {css_variables(print_theme)} }} }}",
        )
    )


def _resource(name: str) -> str:
    return files("deltarule.report").joinpath("templates", name).read_text(encoding="utf-8")

"""The report as one HTML page."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from os import PathLike
from typing import Any

from deltarule._common import palette
from deltarule._common.palette import css_variables
from deltarule.drawing.svg import Fragment, printable, truncate
from deltarule.formats.atomic_write import write_atomically
from deltarule.report import report_text
from deltarule.report.chart_style import chart_style, template
from deltarule.report.column_histograms import histogram_section
from deltarule.report.comparison_table import comparison_table
from deltarule.report.content import ColumnRow
from deltarule.report.explanation import Explanation
from deltarule.report.explanation_sections import column_sections, reliability_section
from deltarule.report.groups_section import groups_section, groups_title
from deltarule.report.model_card import Card, card_fields
from deltarule.report.result_sections import curve_section, error_section, network_section
from deltarule.report.surface_section import surface_section
from deltarule.report.threshold_section import threshold_section
from deltarule.report.tuning_section import tuning_section
from deltarule.report.worst_rows import worst_rows_section
from deltarule.table_model import GroupedResult, TableResult
from deltarule.table_model.by_group.grouped_result import as_table_result
from deltarule.table_model.score_summary import fold_summary, score_summary
from deltarule.table_model.setting_info import as_options

# No network access and no scripts; the style sheet is allowed by its hash, images are embedded.
_POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def write_report(
    result: TableResult | GroupedResult,
    path: str | PathLike[str],
    *,
    command: str | None = None,
    card: Card | None = None,
    rows: bool = True,
    created: datetime | None = None,
) -> None:
    """Write the report of a training run as one HTML file, atomically.

    Parameters
    ----------
    result : TableResult or GroupedResult
        The result of `deltarule.train`.
    path : str or os.PathLike
        Name of the file.
    command : str, optional
        The command line that repeats the run. By default the Python call is shown.
    card : dict of str to str, optional
        Texts of the model card by field, such as ``{"Intended use": "..."}``. Other fields are added;
        those without a text are left open, to be filled in in the browser.
    rows : bool, default True
        Whether to list the test rows with the largest errors, with their values.
    created : datetime, optional
        The date of the report; by default now, or the time of the environment variable
        ``SOURCE_DATE_EPOCH``, in seconds since 1970.

    Raises
    ------
    FileError
        If the file cannot be written.
    SettingError
        If `card` is not a dict of texts.
    """
    html = render_report(result, command=command, card=card, rows=rows, created=created)
    write_atomically(path, html.encode("utf-8"))


def render_report(
    result: TableResult | GroupedResult,
    *,
    command: str | None = None,
    card: Card | None = None,
    rows: bool = True,
    created: datetime | None = None,
) -> str:
    """Render the report of a training run as a self-contained HTML page.

    All text from the data (names, classes, sources) is escaped, also in the drawings. Reports of equal
    runs are equal, except for the date.

    Parameters
    ----------
    result : TableResult or GroupedResult
        The result of `deltarule.train`.
    command : str, optional
        The command line that repeats the run. By default the Python call is shown.
    card : dict of str to str, optional
        Texts of the model card by field, as in `write_report`.
    rows : bool, default True
        Whether to list the test rows with the largest errors, with their values.
    created : datetime, optional
        The date of the report, as in `write_report`.

    Returns
    -------
    str
        The page.

    Raises
    ------
    SettingError
        If `card` is not a dict of texts.
    """
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["truncate_text"] = truncate
    page = environment.from_string(template("report.html.jinja"))
    style = f"{_colors()}\n{chart_style()}\n{template('report.css')}"
    groups = result if isinstance(result, GroupedResult) else None
    if isinstance(result, GroupedResult):
        result = as_table_result(result)
    content = {
        "card": card_fields(result, card),
        **_content(result, command, rows, groups),
        "versions": report_text.versions(result, created or _now()),
    }
    html = page.render(**content, style=Fragment(style), policy=_policy(style))
    return printable(html)


def _now() -> datetime:
    """Return the current time, or that of SOURCE_DATE_EPOCH (reproducible-builds.org)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)


def _content(
    result: TableResult, command: str | None, rows: bool, groups: GroupedResult | None
) -> dict[str, Any]:
    base = result if groups is None else groups.all_rows  # what explains a single model
    explanation = Explanation(base)
    sections = [
        None if groups is None else groups_section(groups, is_command=command is not None),
        error_section(result),
        threshold_section(base),
        worst_rows_section(explanation, result) if rows else None,
        surface_section(explanation),
        reliability_section(base),
        *column_sections(explanation),
        histogram_section(explanation),
        tuning_section(result),
        curve_section(result),
        network_section(result),
    ]
    return {
        "target": truncate(result.model.target.name),
        "title": report_text.title(result) if groups is None else groups_title(groups),
        "headline": score_summary(result),
        "scores": report_text.scores(result),
        "comparison": comparison_table(result),
        "folds": fold_summary(result),
        "warning": report_text.warning(result),
        "facts": report_text.data_facts(result),
        "notes": result.notes if command is None else tuple(map(as_options, result.notes)),
        "sections": [section for section in sections if section is not None],
        "columns": [_column_row(record) for record in result.model.describe_columns()],
        "settings": report_text.settings_table(result),
        "command": command
        or report_text.python_call(result, None if groups is None else groups.model.by),
        "shell": command is not None,
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

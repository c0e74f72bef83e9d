"""The report as one page of HTML: everything gathered, then one template."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from os import PathLike
from typing import Any

from deltarule.drawing.svg import Fragment, brief
from deltarule.formats.atomic_write import write_atomically
from deltarule.report import summary
from deltarule.report.charts import answer_sections, curve_section, network_section
from deltarule.report.explanations import column_sections, trust_section
from deltarule.report.sections import Section
from deltarule.table_model import TableResult

# No network, no scripts; the one style sheet is named by its hash, pictures are inside the page.
_POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
# Signs that are no text: control characters, halves of surrogate pairs, and what turns the direction
# of the text around it (a column name must not rewrite the line it stands in).
_NO_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


@dataclass(frozen=True)
class ColumnRow:
    """One line of the table of columns."""

    column: str
    kind: str
    missing: str
    treatment: str
    features: str


def write_report(
    run: TableResult, path: str | PathLike[str], *, command: str | None = None
) -> None:
    """Write the report of a run as one HTML file, complete or not at all; `FileError` if it fails.

    `command`: what repeats the run on a command line; without it the call in Python is shown.
    """
    write_atomically(path, render_report(run, command=command).encode("utf-8"))


def render_report(run: TableResult, *, command: str | None = None) -> str:
    """Return the report of a run as HTML that needs nothing from anywhere else.

    Every text from the data (names, classes, sources) is escaped, in the drawings too.
    """
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["brief"] = brief
    page = environment.from_string(_resource("report.html.jinja"))
    style = _resource("report.css")
    html = page.render(**_content(run, command), style=Fragment(style), policy=_policy(style))
    return _NO_TEXT.sub("\ufffd", html)


def _content(run: TableResult, command: str | None) -> dict[str, Any]:
    sections: list[Section] = [
        *answer_sections(run),
        trust_section(run),
        *column_sections(run),
        curve_section(run),
        network_section(run),
    ]
    return {
        "target": brief(run.model.target.name),
        "title": summary.title(run),
        "headline": summary.headline(run),
        "figures": summary.figures(run),
        "verdict": summary.verdict(run),
        "read": summary.what_was_read(run),
        "notes": run.notes,
        "sections": sections,
        "columns": [_column_row(record) for record in run.model.encoder.describe()],
        "settings": summary.settings_in_words(run),
        "command": command or summary.python_call(run),
        "shell": command is not None,
        "versions": summary.versions(run),
    }


def _column_row(record: dict[str, Any]) -> ColumnRow:
    return ColumnRow(
        record["column"],
        record["kind"],
        f"{record['missing']:,}",
        record["treatment"],
        f"{record['features']:,}",
    )


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return _POLICY.format(style=digest)


def _resource(name: str) -> str:
    return files("deltarule.report").joinpath("templates", name).read_text(encoding="utf-8")

"""The style sheet of figures, limited to them: colors and charts of the report, and their own rules."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from deltarule._common.palette import DARK, LIGHT, css_variables
from deltarule.report.chart_style import chart_style

# How pages state that they are dark or light: Sphinx and JupyterLab, VS Code, marimo.
_DARK = (
    '[data-theme="dark"]', '[data-jp-theme-light="false"]', "body.vscode-dark", '[theme="dark"]',
)  # fmt: skip


@cache
def figure_style() -> str:
    """Return the rules of figures and questions, light and dark."""
    own = files("deltarule.course").joinpath("figure.css").read_text(encoding="utf-8")
    dark = ", ".join(f"{theme} :is(.course-figure, .course-question)" for theme in _DARK)
    return "\n".join(
        (
            f".course-figure, .course-question {{ {css_variables(LIGHT)} }}",
            f"{dark} {{ {css_variables(DARK)} }}",
            f".course-figure {{ {chart_style()} }}",
            own,
        )
    )

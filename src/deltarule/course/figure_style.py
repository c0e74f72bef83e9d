"""The style sheet of figures, limited to them: colors and charts of the report, and their own rules."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from deltarule._common.palette import CHAIN_RULE_COLORS, DARK, LIGHT, css_variables
from deltarule.report.chart_style import chart_style

# How pages state that they are dark or light: Sphinx and JupyterLab, VS Code, marimo.
_DARK = (
    '[data-theme="dark"]', '[data-jp-theme-light="false"]', "body.vscode-dark", '[theme="dark"]',
)  # fmt: skip


# What has colors of figures: formulas name the factors of the chain rule, too.
_COLORED = ":is(.course-figure, .course-question, .course-button, .course-slide-bar, math)"


@cache
def figure_style() -> str:
    """Return the rules of figures and questions, light and dark."""
    own = files("deltarule.course").joinpath("figure.css").read_text(encoding="utf-8")
    light, dark = map(css_variables, (LIGHT, DARK), CHAIN_RULE_COLORS)
    return "\n".join(
        (
            f"{_COLORED} {{ {light} }}",
            ", ".join(f"{theme} {_COLORED}" for theme in _DARK) + f" {{ {dark} }}",
            f".course-figure {{ {chart_style()} }}",
            own,
        )
    )

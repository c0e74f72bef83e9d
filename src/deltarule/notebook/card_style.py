"""The style sheet of a card, limited to it: the rest of the notebook keeps its looks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from deltarule._common.palette import DARK, LIGHT, css_variables
from deltarule.drawing.svg import Fragment
from deltarule.report.chart_style import chart_style

CARD = ".deltarule-card"
# How notebooks state that they are dark or light: JupyterLab, VS Code, Colab and Sphinx, marimo.
_DARK = (
    '[data-jp-theme-light="false"]', "body.vscode-dark", "body.vscode-high-contrast",
    '[theme="dark"]', '[data-theme="dark"]', ".dark",
)  # fmt: skip
_LIGHT = (
    '[data-jp-theme-light="true"]', "body.vscode-light", '[theme="light"]', '[data-theme="light"]',
    ".light",
)  # fmt: skip


def card_style(unique: str, parts: Iterable[str]) -> Fragment:
    """Return the style sheet of a card with these parts: of the charts, only the rules that apply.

    These are limited to this card by the class `unique`: they would undo others' rules that come later.
    """
    used = {
        name for part in parts for found in re.findall(r'class="([^"]*)"', part)
        for name in found.split()
    }  # fmt: skip
    rules = []
    for selectors, rule in _chart_rules():
        limited = [f".{unique} {one}" for one, names in selectors if names <= used]
        if limited:
            rules.append(f"{', '.join(limited)} {{{rule}}}")
    return Fragment("\n".join((_colors(), *rules, _card())))


@cache
def _colors() -> str:
    dark = css_variables(DARK)
    undecided = f":not(:is({', '.join(f'{one} *' for one in _LIGHT)}))"
    return "\n".join(
        (
            f"{CARD} {{ {css_variables(LIGHT)} }}",
            f"@media (prefers-color-scheme: dark) {{ {CARD}{undecided} {{ {dark} }} }}",
            f"{', '.join(f'{one} {CARD}' for one in _DARK)} {{ {dark} }}",
        )
    )


@cache
def _card() -> str:
    return files("deltarule.notebook").joinpath("card.css").read_text(encoding="utf-8")


@cache
def _chart_rules() -> list[tuple[list[tuple[str, set[str]]], str]]:
    """Return the selectors of each rule of the charts with the classes that they name, and the rule."""
    return [
        (
            [(one.strip(), set(re.findall(r"\.([\w-]+)", one))) for one in found[1].split(",")],
            found[2],
        )
        for found in re.finditer(r"([^{}]+)\{([^{}]*)\}", chart_style())
    ]

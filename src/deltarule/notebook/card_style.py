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


def card_style(parts: Iterable[str]) -> Fragment:
    """Return the style sheet of a card with these parts: of the charts, only the rules that apply."""
    used = {
        name for part in parts for found in re.findall(r'class="([^"]*)"', part)
        for name in found.split()
    }  # fmt: skip
    rules = [rule for names, rule in _chart_rules() if any(one <= used for one in names)]
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
def _chart_rules() -> list[tuple[list[set[str]], str]]:
    """Return each rule of the charts, limited to the card, and the classes that its selectors name."""
    rules = []
    for found in re.finditer(r"([^{}]+)\{([^{}]*)\}", chart_style()):
        selectors = [one.strip() for one in found[1].split(",")]
        names = [set(re.findall(r"\.([\w-]+)", one)) for one in selectors]
        rules.append((names, f"{', '.join(f'{CARD} {one}' for one in selectors)} {{{found[2]}}}"))
    return rules

"""Formulas as MathML, which browsers draw themselves: the site loads nothing from elsewhere."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

_logger = logging.getLogger(__name__)

# \purple{…}, \red{…} and \blue{…}: parts of a formula in a color, with two levels of braces in them.
_COLORED = re.compile(r"\\(purple|red|blue)\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")


def _mathml(formula: str, block: bool) -> str:
    # What TeX knows and docutils does not: MathML's brackets grow by themselves.
    formula = re.sub(r"\\[bB]ig[lr]?(?![A-Za-z])", "", formula)
    formula = re.sub(r"\\[lr]Vert(?![A-Za-z])", r"\\Vert ", formula)
    # A hat over a letter is a bar in fonts without mathematics; the letter that has one is not.
    formula = re.sub(r"\\hat ?(\{y\}|y)", "ŷ", formula)
    colored: list[str] = []

    def set_aside(found: re.Match[str]) -> str:
        inner = re.sub(r"</?math[^>]*>", "", _mathml(found[2], block=False))
        colored.append(f'<mrow class="{found[1]}">{inner}</mrow>')
        return f"\\text{{part{len(colored) - 1}}}"

    formula = _COLORED.sub(set_aside, formula)
    written = str(latex2mathml.tex2mathml(formula, as_block=block))
    for place, part in enumerate(colored):
        written = written.replace(f"<mtext>part{place}</mtext>", part)
    return written


def _drawn(node: nodes.Element, block: bool) -> str:
    """Return a formula as MathML; one that cannot be read is a warning with its place, and its text."""
    try:
        return _mathml(node.astext(), block)
    except MathError as error:
        message = str(error).rstrip(".")
        _logger.warning(
            "%s: write the formula without it: %s", message, node.astext(), location=node
        )
        return escape(node.astext())


def inline(self: Any, node: nodes.math) -> None:
    """Write a formula within a sentence."""
    self.body.append(_drawn(node, block=False))
    raise nodes.SkipNode


def block(self: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own."""
    self.body.append(f'<div class="formula">{_drawn(node, block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True}

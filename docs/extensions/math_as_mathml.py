"""Formulas as MathML, which browsers draw themselves: the site loads nothing from elsewhere."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx


def _mathml(formula: str, block: bool) -> str:
    # What TeX knows and docutils does not: MathML's brackets grow by themselves.
    formula = re.sub(r"\\[bB]ig[lr]?(?![A-Za-z])", "", formula)
    formula = re.sub(r"\\[lr]Vert(?![A-Za-z])", r"\\Vert ", formula)
    math = latex2mathml.tex2mathml(formula, as_block=block)
    # A hat that is stretched over a letter looks like a bar; the other sign is drawn as it is.
    return str(math).replace("<mo>^</mo>", '<mo stretchy="false">\u02c6</mo>')


def inline(self: Any, node: nodes.math) -> None:
    """Write a formula within a sentence."""
    self.body.append(_mathml(node.astext(), block=False))
    raise nodes.SkipNode


def block(self: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own."""
    self.body.append(f'<div class="formula">{_mathml(node.astext(), block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True}

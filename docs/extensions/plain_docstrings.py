"""Docstrings here are plain text with `code` and formulas, not reStructuredText; this makes them so."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from sphinx.application import Sphinx

_FORMULA = re.compile(r"^\s|\S {2,}\S|←|^[^.]{0,60} = [^.]*$")
_SPECIAL = re.compile(r"([\\*|_<>])")


def as_restructured(lines: list[str]) -> list[str]:
    """Return a docstring's lines with formulas kept line by line and the rest escaped."""
    written: list[str] = []
    for is_blank, group in groupby(lines, key=lambda line: not line.strip()):
        paragraph = list(group)
        if is_blank:
            written.append("")
        elif any(_FORMULA.search(line) for line in paragraph):
            written += ["::", "", *("    " + line for line in paragraph)]
        else:
            written += [_escaped(line) for line in paragraph]
    return [*written, ""]


def _escaped(line: str) -> str:
    """Escape what is not code and double the backticks of what is."""
    parts = re.split(r"(`[^`]+`)", line)
    return "".join(
        f"`{part}`" if i % 2 else _SPECIAL.sub(r"\\\1", part).replace("`", r"\`")
        for i, part in enumerate(parts)
    )


def rewrite(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Rewrite one docstring in place (autodoc-process-docstring)."""
    lines[:] = as_restructured(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("autodoc-process-docstring", rewrite)
    return {"parallel_read_safe": True}

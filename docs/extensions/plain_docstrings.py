"""Numpydoc docstrings whose text is plain: `code`, formulas and |W| need no reStructuredText markup.

Runs before numpydoc's own Sphinx extension, which turns the sections into fields. Outside of code and
examples, characters that reStructuredText would read as markup are escaped; an indented paragraph of the
summary or the notes, which holds a formula, becomes a literal block.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from sphinx.application import Sphinx

_SPECIAL = re.compile(r"([\\*|_])")
_PROSE = {"", "Notes"}


def as_restructured(lines: list[str]) -> list[str]:
    """Return a docstring's lines as numpydoc expects them."""
    written: list[str] = []
    section = ""
    for is_blank, group in groupby(lines, key=lambda line: not line.strip()):
        paragraph = list(group)
        if is_blank:
            written.append("")
            continue
        if len(paragraph) > 1 and re.fullmatch(r"-{3,}", paragraph[1]):
            section = paragraph[0]
            written += paragraph[:2]
            paragraph = paragraph[2:]
        if section == "Examples" or any(line.lstrip().startswith(">>>") for line in paragraph):
            written += paragraph
        elif section in _PROSE and paragraph and all(line.startswith("    ") for line in paragraph):
            written += ["::", "", *paragraph]
        else:
            written += [_escaped(line, section) for line in paragraph]
    return written


def _escaped(line: str, section: str) -> str:
    """Escape what is neither code nor the name and type of a parameter."""
    if section not in (*_PROSE, "References") and not line.startswith(" "):
        return line
    parts = re.split(r"(``[^`]+``|`[^`]+`)", line)
    return "".join(part if i % 2 else _SPECIAL.sub(r"\\\1", part) for i, part in enumerate(parts))


def rewrite(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Rewrite one docstring in place (autodoc-process-docstring)."""
    lines[:] = as_restructured(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the rewriting, ahead of numpydoc's."""
    app.connect("autodoc-process-docstring", rewrite, priority=400)
    return {"parallel_read_safe": True}

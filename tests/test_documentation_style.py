"""The pages of the documentation: lines of code that fit, and plain sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GENERATED = {"gallery", "api", "generated", "notebooks"}
MAX_COLUMNS = 84
"""The width of a code block on a laptop; `tests/browser/test_documentation.py` measures it."""

# Kinds of sentences that readers stumbled over, and what is written instead.
AWKWARD = {
    r"\bhears?\b": "receives, depends on",
    r"\bdone without\b": "goes on without",
    r"\bwant of\b": "lack of, without",
    r"\bdear\b": "expensive",
    r"\bto nothing\b": "approaches zero",
    r"\bparts (them|the classes)\b": "separates",
    r"\bdealt out\b": "shuffled, distributed",
    r"\bnumbers run out\b": "overflow",
    r"\bthe own\b": "its own",
    r"\bwhat is (said|told)\b": "the message",
    r"\bthe slope tells\b": "overshoots",
    r"\bdeaf\b": "stops answering",
    r"\bwho (has|have) the\b.*\bis accepted\b": "holders are accepted",
    r"\bput together from\b": "consists of",
    r"\blight is low\b": "yellow means low",
    r"\bafter 1 \w+s\b": "after 1 correction",
    r"\bto look at\b": "for you to read",
    r"\bby (itself|themselves) alone\b": "alone",
}


def pages() -> list[Path]:
    """Return the pages that people wrote."""
    return [
        path
        for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
        if not GENERATED & set(path.relative_to(ROOT).parts)
    ]


def prose_of(page: Path) -> list[tuple[int, str]]:
    """Return the lines outside of code, each with its number."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for token in MarkdownIt("commonmark").parse("\n".join(lines)):
        if token.type in ("fence", "code_block") and token.map and not token.info.startswith("{"):
            lines[token.map[0] : token.map[1]] = [""] * (token.map[1] - token.map[0])
    return [(number, re.sub(r"`[^`]*`", "", line)) for number, line in enumerate(lines, 1)]


def test_lines_of_code_fit_the_page():
    long = [
        f"{page.relative_to(ROOT)}:{token.map[0] + 1}: {line}"
        for page in pages()
        for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
        if token.type in ("fence", "code_block") and not token.info.startswith(("{", ":"))
        for line in token.content.splitlines()
        if len(line) > MAX_COLUMNS and token.map
    ]
    assert long == []


def test_lines_of_the_gallery_fit_the_page():
    long = [
        f"{path.name}:{number}: {line}"
        for path in sorted((ROOT / "examples").glob("*.py"))
        for number, line in enumerate(_without_texts(path.read_text(encoding="utf-8")), 1)
        if len(line) > MAX_COLUMNS and not line.startswith("#")
    ]
    assert long == []


def _without_texts(source: str) -> list[str]:
    """Return the lines of a script whose docstring, which is a text of the page, is empty."""
    return re.sub(
        r'^r?"""(.*?)"""', lambda m: "\n" * m[0].count("\n"), source, count=1, flags=re.DOTALL
    ).split("\n")


@pytest.mark.parametrize("kind", AWKWARD)
def test_sentences_are_plain(kind):
    found = [
        f"{page.relative_to(ROOT)}:{number}: {line.strip()}"
        for page in pages()
        for number, line in prose_of(page)
        if re.search(kind, line)
    ]
    assert found == [], f"write instead: {AWKWARD[kind]}"

"""Tutorials and guides as notebooks: a page with Python ends with a link to download it as one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx

FOLDERS = ("tutorial", "how-to", "explanation")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$\n?", re.DOTALL | re.MULTILINE)
LOCAL_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")


def pages(source: Path) -> list[str]:
    """Return the names of the pages that have Python."""
    return [
        path.relative_to(source).with_suffix("").as_posix()
        for folder in FOLDERS
        for path in sorted((source / folder).glob("*.md"))
        if "\n```python\n" in path.read_text("utf-8")
    ]


def notebook_of(text: str) -> nbformat.NotebookNode:
    """Return a page as a notebook: sentences, cells of code, and commands with an exclamation mark.

    What blocks print is left out, because the cells print it; links to other pages become words.
    """
    cells: list[nbformat.NotebookNode] = []
    end = 0
    for match in [*FENCE.finditer(text), None]:
        before = text[end : match.start() if match else len(text)].strip()
        if before:
            cells.append(nbformat.v4.new_markdown_cell(LOCAL_LINK.sub(r"\1", before)))
        if match is None:
            break
        end = match.end()
        language, content = match.groups()
        if language == "python":
            cells.append(nbformat.v4.new_code_cell(content.rstrip()))
        elif language != "text" and (commands := _commands(language, content)):
            cells.append(nbformat.v4.new_code_cell("\n".join(commands)))
        elif language != "text":
            cells.append(nbformat.v4.new_markdown_cell(match.group().strip()))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # the same bytes in every build
    return nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )


def _commands(language: str, content: str) -> list[str]:
    """Return the commands of a console block that a cell can run: those that end by themselves."""
    if language != "console":
        return []
    lines = content.replace("\\\n> ", "").splitlines()
    commands = [f"!{line[2:]}" for line in lines if line.startswith("$ ")]
    runs = all(
        command.startswith("!deltarule") and not command.endswith("&") for command in commands
    )
    return commands if runs else []


def write(app: Sphinx) -> None:
    """Write the notebooks beside the pages, where the links find them."""
    source = Path(app.srcdir)
    folder = source / "notebooks"
    for page in pages(source):
        path = folder / f"{page.replace('/', '-')}.ipynb"
        text = nbformat.writes(notebook_of((source / f"{page}.md").read_text("utf-8")))
        folder.mkdir(exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def add_link(app: Sphinx, page: str, source: list[str]) -> None:
    """End the page with the link."""
    if (Path(app.srcdir) / "notebooks" / f"{page.replace('/', '-')}.ipynb").exists():
        notebook = f"/notebooks/{page.replace('/', '-')}.ipynb"
        source[0] += f"\n---\n\n{{download}}`Download this page as a notebook <{notebook}>`\n"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what writes the notebooks and what links them."""
    app.connect("builder-inited", write)
    app.connect("source-read", add_link)
    return {"parallel_read_safe": True}

"""Pages as notebooks: their cells are the Python and the commands of the page, whole and in its order."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from page_blocks import blocks_of, commands_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
sys.path.insert(0, str(DOCS / "extensions"))
page_notebooks = pytest.importorskip("page_notebooks", reason="needs Sphinx and nbformat")
PAGES = page_notebooks.pages(DOCS)


def code_of(text: str) -> list[str]:
    return [
        cell["source"]
        for cell in page_notebooks.notebook_of(text)["cells"]
        if cell["cell_type"] == "code"
    ]


@pytest.mark.parametrize("page", PAGES)
def test_cells_are_the_blocks_of_the_page(page):
    path = DOCS / f"{page}.md"
    expected = []
    for block in blocks_of(path):
        if block.language == "python":
            expected.append(block.text.rstrip())
        elif block.language == "console":
            commands = [command.replace("\\\n", "") for command, _ in commands_of(block)]
            if all(c.startswith("deltarule") and not c.endswith("&") for c in commands):
                expected.append("\n".join(f"!{command}" for command in commands))
    assert code_of(path.read_text(encoding="utf-8")) == expected


def test_commands_outputs_and_links():
    text = """\
See [the guide](guide.md) and [NumPy](https://numpy.org).

```console
$ deltarule train a.csv --target b \\
> --out c
Read ...
```

```python
print(1)
```

```text
1
```

```console
$ deltarule serve c &
```
"""
    cells = page_notebooks.notebook_of(text)["cells"]
    assert [(cell["cell_type"], cell["source"]) for cell in cells] == [
        ("markdown", "See the guide and [NumPy](https://numpy.org)."),
        ("code", "!deltarule train a.csv --target b --out c"),
        ("code", "print(1)"),
        ("markdown", "```console\n$ deltarule serve c &\n```"),
    ]

"""The README's Python runs as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("code", BLOCKS, ids=lambda code: code.strip().splitlines()[-1])
def test_python_blocks_run(code, tmp_path, monkeypatch, capsys):
    shutil.copy(ROOT / "examples" / "iris.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert bool(capsys.readouterr().out) == ("print(" in code)


def test_there_are_python_blocks():
    assert len(BLOCKS) >= 2


def test_every_picture_and_page_it_links_to_is_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "README.md").read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []

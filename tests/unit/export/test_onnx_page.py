"""The Python of docs/how-to/onnx.md runs as it is written."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from unit.export.onnx_files import onnx

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "how-to" / "onnx.md").read_text("utf-8")


def test_the_blocks_run(tmp_path, monkeypatch, capsys):
    shutil.copy(ROOT / "examples" / "iris.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(code, "onnx.md", "exec"), {})
    out = capsys.readouterr().out
    assert "'sepal_length': 'float64, NaN if missing'" in out
    assert "setosa" in out
    onnx.checker.check_model(onnx.load("iris.onnx"), full_check=True)

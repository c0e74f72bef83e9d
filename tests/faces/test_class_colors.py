"""One color for one meaning: every face takes its colors from the palette, and a class keeps its own."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import deltarule
from deltarule._common import palette
from deltarule.report.confusion_matrix import confusion_chart
from deltarule.report.page import render_report

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(deltarule.__file__).parent
FROM_PALETTE = {"palette.py", "palette.ts", "colors.css"}
GRAYS = {"#ffffff", "#000000", "#444444", "#cccccc", "#0d0f12", "#fff"}  # paper, print, outlines
HEX = re.compile(r"#[0-9a-fA-F]{6}\b|#fff\b")


def sources() -> list[Path]:
    folders = [(SOURCE, "*.py"), (SOURCE, "*.css"), (ROOT / "examples", "*.py")]
    folders += [(ROOT / "web/src", f"*.{kind}") for kind in ("ts", "tsx", "css")]
    found = [path for folder, pattern in folders for path in folder.rglob(pattern)]
    return [p for p in found if p.name not in FROM_PALETTE and "static" not in p.parts]


def test_no_color_is_written_outside_the_palette() -> None:
    paths = sources()
    assert len(paths) > 100
    found = {p.name: set(HEX.findall(p.read_text("utf-8"))) - GRAYS for p in paths}
    assert {name: colors for name, colors in found.items() if colors} == {}


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_cells_of_the_confusion_matrix_have_the_color_of_the_predicted_class(classes: int) -> None:
    names = [f"c{i}" for i in range(classes)]
    chart = confusion_chart(np.eye(classes, dtype=np.int64), names)
    found = re.findall(r'class="cell (class-\d+)(?: right)?"', chart)
    assert found == [f"class-{i}" for i in range(classes)] * classes
    assert chart.count(" right") == classes


def test_a_report_uses_the_color_of_the_class_in_every_section() -> None:
    classes = 3
    x = np.random.default_rng(0).normal(size=(90, 2))
    kind = np.array(["a", "b", "c"])[np.argsort(np.argsort(x[:, 0])) * classes // 90]
    table = {"x": x[:, 0], "z": x[:, 1], "kind": kind}
    run = deltarule.train(table, "kind", hidden=(2,), epochs=2, folds=1, engine="reference")
    html = render_report(run)
    for theme in (palette.LIGHT, palette.DARK):
        for i in range(classes):
            assert f"--class-{i}: {theme.classes[i]};" in html
    name_of = {f"class-{i}": "abc"[i] for i in range(classes)}
    marked = re.findall(r'<td class="(class-\d+)" data-marker="."[^>]*>(\w)</td>', html)
    assert len(marked) >= 20
    assert all(name_of[style] == name for style, name in marked)
    curves = set(re.findall(r'class="curve (class-\d+) line-\d', html))
    assert curves == set(name_of)

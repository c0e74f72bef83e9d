"""The lines of C in docs/how-to/microcontrollers.md compile, and do what the page says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from unit.export.c_programs import compile_c, needs_gcc

import deltarule as dr
from deltarule.export import to_c

pytestmark = needs_gcc
ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "how-to" / "microcontrollers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```c\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the C files of both models of the page."""
    folder = tmp_path_factory.mktemp("page")
    iris = dr.train(
        ROOT / "examples" / "iris.csv", "species", folds=1, hidden=(8,), epochs=20
    ).model
    to_c(iris, folder / "iris.c")
    random = np.random.default_rng(0)
    rent = {
        "area": random.uniform(20, 150, 80),
        "rooms": random.integers(1, 6, 80),
        "district": random.choice(["Zürich", "Bern", "Basel"], 80),
        "built": np.datetime64("1950-01-01") + random.integers(0, 20000, 80),
    }
    model = dr.train(
        rent | {"rent": 20 * rent["area"]}, "rent", folds=2, hidden=(4,), epochs=2
    ).model
    to_c(model, folder / "rent.c", quantiles=[0.05, 0.95])
    return folder


def test_a_call_prints_the_class(folder):
    (folder / "main.c").write_text(BLOCKS[0], encoding="utf-8")
    compile_c("-O1", folder / "main.c", folder / "iris.c", "-o", folder / "main")
    shown = subprocess.run([folder / "main"], capture_output=True, text=True).stdout
    assert re.fullmatch(r"setosa: [01]\.\d{3}\n", shown)


def test_other_lines_compile(folder):
    for number, block in enumerate(BLOCKS[1:]):
        source = folder / f"block_{number}.c"
        source.write_text(block, encoding="utf-8")
        compile_c("-O0", "-c", source, "-o", folder / "block.o")


def test_the_self_test_of_the_page_passes(folder):
    compile_c("-O2", "-DIRIS_SELF_TEST", folder / "iris.c", "-o", folder / "a.out")
    assert subprocess.run([folder / "a.out"]).returncode == 0

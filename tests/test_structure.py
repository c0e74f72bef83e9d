"""The structure that ARCHITECTURE.md promises: short files, one meaning for each file name, plain words.

`make imports` holds the direction of imports and that there are no circles.
"""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "deltarule"
MAX_LINES = 400
MAX_MEDIAN_LINES = 150
GENERATED = "generated"  # part of the name of files that a program writes

# A file name occurs once, or everywhere means what is said here.
SHARED_NAMES = {
    "__init__.py": "what a package exports",
    "adam.py": "Adam and its variants, in the core and under Keras's names",
    "base.py": "the base class of a family, and the family",
    "catalog.py": "what the playground's menus offer, and its message",
    "dense.py": "the dense layer, in the core and under Keras's name",
    "input_arrays.py": "the arrays that a fit takes, checked",
    "lbfgs.py": "L-BFGS: its settings, and the run that SciPy drives",
    "learning_curves.py": "loss and scores by epoch, as a figure and as a chart of the report",
    "loss_landscape.py": "the loss around a network, as a value and live in the playground",
    "model.py": "a trained model that a user holds: of Keras, and of a table",
    "model_file.py": "the model file, and models of Keras in it",
    "network_drawing.py": "the drawing of a trained network, in a notebook and in the report",
    "numerical.py": "columns of numbers: their encoders, and their embeddings",
    "result.py": "the result of training: of a network and on a table",
    "stopping.py": "stopping rules, and Keras's callbacks that stop",
    "toy_datasets.py": "small made-up datasets, and how the playground offers them",
}

# Expressions that no other project in the field uses, and what is written instead.
PRIVATE_IDIOM = {
    r"\bso many\b": "at most this many, n",
    r"\bby heart\b": "memorize, overfit",
    r"\bsays? so\b": "warns, reports",
    r"\bin good order\b": "gracefully",
    r"\blistens? to\b": "relies on, depends on",
    r"\bof the own\b": "its",
    r"\b(is|are) told\b": "reported",
    r"\b(MOST|FEWEST|LEAST)_[A-Z]": "MAX_, MIN_",
    r"\bcolour|\bgrey\b|\bbehaviour\b|\bneighbour|\bparametris|\bnormalis": "American spelling",
}


def sources() -> list[Path]:
    """Return every source file of the project, without what a program generated."""
    found = [
        path
        for folder in ("src", "native", "web/src", "web/tests", "tests", "examples", "benchmarks")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".hpp", ".cpp", ".inc", ".ts", ".tsx", ".css", ".jinja"}
    ]
    return [
        path
        for path in found
        if GENERATED not in path.name and not {"static", "node_modules"} & set(path.parts)
    ]


# What a trial writes beside them must not be committed.
ROOT_FILES = {
    ".gitignore", "ARCHITECTURE.md", "CHANGELOG.md", "CMakeLists.txt", "CONTRIBUTING.md", "LICENSE",
    "Makefile", "README.md", "constraints.txt", "pyproject.toml",
}  # fmt: skip


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def lines(path: Path) -> int:
    return len(text_of(path).splitlines())


def test_no_file_is_long():
    assert {str(p.relative_to(ROOT)): lines(p) for p in sources() if lines(p) > MAX_LINES} == {}


def test_the_root_has_no_stray_file():
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {path for path in listed.splitlines() if "/" not in path} == ROOT_FILES


def test_the_median_file_is_short():
    assert median(lines(path) for path in PACKAGE.rglob("*.py")) < MAX_MEDIAN_LINES


def test_a_file_name_occurs_once_or_means_the_same_everywhere():
    places = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        places[path.name].append(str(path.relative_to(PACKAGE)))
    repeated = {n: sorted(p) for n, p in places.items() if len(p) > 1 and n not in SHARED_NAMES}
    assert repeated == {}
    assert [name for name in SHARED_NAMES if len(places[name]) < 2] == []


@pytest.mark.parametrize("idiom", PRIVATE_IDIOM)
def test_the_words_are_those_of_the_field(idiom):
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    pattern = re.compile(idiom)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in [*sources(), *pages]
        if path != Path(__file__) and path.name not in ("CHANGELOG.md", "legacy_names.py")
        if pattern.search(text_of(path))
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == [], f"write instead: {PRIVATE_IDIOM[idiom]}"

"""Every example in a docstring runs and prints what it says."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import deltarule

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
MIN_EXAMPLES = 60


def examples() -> dict[str, doctest.DocTest]:
    """Return the examples of all modules of the package, by the name of their object."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found: dict[str, doctest.DocTest] = {}
    for module in pkgutil.walk_packages(deltarule.__path__, "deltarule."):
        if module.name.endswith(("__main__", "_native")):
            continue
        for test in finder.find(import_module(module.name)):
            if test.examples:
                found[test.name] = test
    return found


EXAMPLES = examples()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # an example may write files
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    lines: list[str] = []
    runner.run(EXAMPLES[name], out=lines.append)
    assert runner.failures == 0, "".join(lines)


def test_there_are_enough_examples():
    assert len(EXAMPLES) >= MIN_EXAMPLES

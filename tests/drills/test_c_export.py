"""Random models of tables as C: warnings, sanitizers and results at several levels of optimization."""

from __future__ import annotations

from pathlib import Path

import pytest
from drills.conftest import Drill
from unit.export.c_programs import (
    TARGETS,
    compare,
    export_tables,
    library,
    needs_gcc,
    self_tests,
)

pytestmark = needs_gcc
AT_ONCE = 20
SANITIZED = ("-O1", "-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover")


def test_random_models_of_tables(tmp_path: Path, drill: Drill) -> None:
    for first in range(0, drill.cases(short=AT_ONCE, full=600), AT_ONCE):
        folder = tmp_path / str(first)
        folder.mkdir()
        models = export_tables(folder, range(first, first + AT_ONCE))
        sources = [folder / f"{prefix}.c" for prefix in models]
        level = ("-Os", "-O2", "-O3")[first // AT_ONCE % 3]
        lib = library(folder, sources, level)
        found = {prefix: compare(lib, prefix, model) for prefix, model in models.items()}
        classes = [found[p] for p, model in models.items() if model.task == "classification"]
        assert max(classes) <= 1e-6, found
        assert max(found.values()) <= 5e-6, found
        assert self_tests(folder, sources[:4], *SANITIZED) == 0
        drill.count(len(models), "models of tables as C")


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "gcc"])
def test_self_tests_pass_on_other_targets(name: str, tmp_path: Path, drill: Drill) -> None:
    target = TARGETS[name]
    if target.missing:
        pytest.skip(target.missing)
    for first in range(0, drill.cases(short=AT_ONCE, full=300), AT_ONCE):
        folder = tmp_path / str(first)
        folder.mkdir()
        models = export_tables(folder, range(first, first + AT_ONCE))
        sources = [folder / f"{prefix}.c" for prefix in models]
        assert self_tests(folder, sources, target=target) == 0
        drill.count(len(models), f"self-tests in C: {name}")

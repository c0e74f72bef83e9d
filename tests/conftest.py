"""Fixtures for all tests."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does.
settings.register_profile("deltarule", deadline=None)
settings.load_profile("deltarule")

# Tests start Python in folders of their own, where a relative path such as PYTHONPATH=src names nothing,
# and an installed copy of deltarule would be tested.
if paths := os.environ.get("PYTHONPATH"):
    os.environ["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, paths.split(os.pathsep)))

# What a shell starts in the background ignores Ctrl-C, and the tests that press it would wait for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage among modules and tests, which stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure() -> None:
    """Let the garbage collector see all objects again: nanobind reports those left at the end."""
    gc.unfreeze()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the states of the modules' random generators: `_same_draws` goes back to them."""
    for module in {test.getparent(pytest.Module).obj for test in session.items}:
        for value in vars(module).values():
            if isinstance(value, np.random.Generator):
                STATES[id(value)] = value, value.bit_generator.state


# Each random generator of a test module, by its id, with its state once the module was imported.
STATES: dict[int, tuple[np.random.Generator, Any]] = {}


@pytest.fixture(autouse=True)
def _same_draws(request: pytest.FixtureRequest) -> None:
    """Let a test draw the same numbers alone, after others, and whatever its worker ran before."""
    for value in vars(request.module).values():
        if isinstance(value, np.random.Generator):
            value.bit_generator.state = STATES[id(value)][1]


@pytest.fixture(scope="session")
def shared_tables() -> Path:
    """The folder of real tables beside the checkout, or in DELTARULE_TABLES; skips without it."""
    named = os.environ.get("DELTARULE_TABLES")
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "tables"
    folder = Path(named) if named else beside
    if not (folder / "index.csv").is_file():
        pytest.skip(f"no folder of real tables at {folder}: set DELTARULE_TABLES to it")
    return folder


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Let PYTEST_ARGS choose tests of one half of `make test` only."""
    by_marker = "alone" in session.config.option.markexpr
    chosen = session.config.option.keyword or session.config.option.file_or_dir
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and by_marker and chosen:
        session.exitstatus = pytest.ExitCode.OK

"""Fixtures for all tests."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does.
settings.register_profile("deltarule", deadline=None)
settings.load_profile("deltarule")

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

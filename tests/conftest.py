"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_tables() -> Path:
    """The folder of real tables beside the checkout, or in DELTARULE_TABLES; skips without it."""
    named = os.environ.get("DELTARULE_TABLES")
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "tables"
    folder = Path(named) if named else beside
    if not (folder / "index.csv").is_file():
        pytest.skip(f"no folder of real tables at {folder}: set DELTARULE_TABLES to it")
    return folder

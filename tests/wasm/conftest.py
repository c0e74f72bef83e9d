"""Tests of the WebAssembly engine from outside: `make test-wasm` builds and installs what they need."""

from __future__ import annotations

from pathlib import Path

import pytest

collect_ignore = ["in_pyodide"]  # run inside Pyodide by run_contract.py


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.wasm)

"""Tests beside other libraries: marked `peers` and run by `make test-peers`, not by `make test`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

# Without the peers these files cannot even be imported; `make test-peers` makes sure of them.
if find_spec("torch") is None or find_spec("optax") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.hookimpl(tryfirst=True)  # before pytest looks at -m
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.peers)

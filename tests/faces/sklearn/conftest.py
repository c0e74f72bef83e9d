"""Fixtures of the estimators' tests; they need scikit-learn."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn")


@pytest.fixture
def global_random_seed() -> int:
    """What scikit-learn's own conftest gives its tests."""
    return 42


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the slow engine do where the native one was not built."""
    for item in items:
        if "faces/sklearn" in item.path.as_posix():
            item.add_marker(
                pytest.mark.filterwarnings("ignore::deltarule.engines.SlowEngineWarning")
            )

"""Fixtures of the estimators' tests; they need scikit-learn."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn")


@pytest.fixture
def global_random_seed() -> int:
    """Fixtures of scikit-learn's own conftest."""
    return 42


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Use the reference engine if the native one was not built."""
    for item in items:
        if "faces/sklearn" in item.path.as_posix():
            item.add_marker(
                pytest.mark.filterwarnings("ignore::deltarule.engines.SlowEngineWarning")
            )

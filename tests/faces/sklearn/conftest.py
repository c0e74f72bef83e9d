"""Fixtures of the estimators' tests; they need scikit-learn."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn")


@pytest.fixture
def global_random_seed() -> int:
    """What scikit-learn's own conftest gives its tests."""
    return 42

"""The engines under test: `engine` is each of them in turn, `native` the fast one alone."""

from __future__ import annotations

from typing import Any

import pytest
from contract.engines import ENGINES, opened


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Any:
    """Each engine in turn; the native one is skipped where it is not built (see `opened`)."""
    return opened(request.param)


@pytest.fixture
def native() -> Any:
    """The native engine, or a skip."""
    return opened("native")

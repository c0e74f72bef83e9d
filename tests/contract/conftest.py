"""The engines under test: `engine` is each of them in turn, `native` the fast one alone."""

from __future__ import annotations

from typing import Any

import pytest
from contract.engines import engine_names, opened


@pytest.fixture(params=engine_names())
def engine(request: pytest.FixtureRequest) -> Any:
    """Each registered engine in turn; the native one is skipped if it was not built (see `opened`)."""
    return opened(request.param)


@pytest.fixture
def native() -> Any:
    """The native engine, or a skip."""
    return opened("native")

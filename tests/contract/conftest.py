"""The engines under test: `engine` is each of them in turn, `native` the compiled one alone."""

from __future__ import annotations

from typing import Any

import pytest
from contract.engines import COMPILED, TESTED, opened


@pytest.fixture(params=TESTED)
def engine(request: pytest.FixtureRequest) -> Any:
    """Each registered engine in turn; the native one is skipped if it was not built (see `opened`)."""
    return opened(request.param)


@pytest.fixture
def native() -> Any:
    """The native engine, or a skip; in Pyodide the WebAssembly engine, which is the same C++."""
    return opened(COMPILED)

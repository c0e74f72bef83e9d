"""Which engines the contract is tested on, and what happens if one of them is not available."""

from __future__ import annotations

import os
from typing import Any

import pytest

from deltarule.engines import engine_names, get_engine
from deltarule.errors import EngineError

COMPILED = "wasm" if "wasm" in engine_names() else "native"  # in Pyodide there is no native one
TESTED = tuple(name for name in engine_names() if name in (COMPILED, "reference"))
NATIVE_IS_REQUIRED = os.environ.get("DELTARULE_REQUIRE_NATIVE") == "1"


def opened(name: str) -> Any:
    """Return the engine of that name.

    The tests of the native engine are skipped if it was not built; with DELTARULE_REQUIRE_NATIVE=1, as
    in continuous integration, they fail instead.
    """
    try:
        return get_engine(name)
    except EngineError as error:
        sentence = f"the engine {name} is not tested: {error}"
    if NATIVE_IS_REQUIRED:
        pytest.fail(f"DELTARULE_REQUIRE_NATIVE=1, but {sentence}")
    pytest.skip(sentence)


__all__ = ["COMPILED", "TESTED", "engine_names", "opened"]

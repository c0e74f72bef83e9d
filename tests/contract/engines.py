"""Which engines the contract is held against, and what happens where one of them is missing."""

from __future__ import annotations

import os
from typing import Any

import pytest

from deltarule.engines.reference import ReferenceEngine

ENGINES = ("reference", "native")
NATIVE_IS_REQUIRED = os.environ.get("DELTARULE_REQUIRE_NATIVE") == "1"


def opened(name: str) -> Any:
    """Return the engine of that name.

    Where the native engine is not built its tests are skipped; with DELTARULE_REQUIRE_NATIVE=1, as
    in continuous integration, they fail instead.
    """
    if name == "reference":
        return ReferenceEngine()
    try:
        from deltarule.engines import native
    except ImportError as error:
        return _absent(str(error))
    if not native.is_available():
        return _absent("its compiled module is not there")
    return native.NativeEngine()


def _absent(why: str) -> Any:
    sentence = f"the native engine is not built ({why}): only the reference engine is tested"
    if NATIVE_IS_REQUIRED:
        pytest.fail(f"DELTARULE_REQUIRE_NATIVE=1, but {sentence}")
    pytest.skip(sentence)

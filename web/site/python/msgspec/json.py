"""Objects as JSON; numbers that are not finite are null, as in msgspec."""

from __future__ import annotations

import json
import math
from typing import Any


def encode(value: Any) -> bytes:
    """Return the JSON text of a struct, a dataclass or plain values, as UTF-8."""
    from msgspec.conversion import to_builtins

    plain = _finite(to_builtins(value))
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def decode(text: bytes | str) -> Any:
    """Return the plain values of a JSON text."""
    return json.loads(text)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return value

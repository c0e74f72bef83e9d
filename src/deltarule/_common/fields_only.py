"""Dataclasses whose copies and pickles hold the fields alone, not what was computed from them."""

from __future__ import annotations

import dataclasses
from typing import Any, cast


class FieldsOnly:
    """Base of frozen dataclasses that keep what they computed, such as a `cached_property`."""

    def __getstate__(self) -> dict[str, Any]:
        names = [field.name for field in dataclasses.fields(cast(Any, self))]
        return {name: getattr(self, name) for name in names}

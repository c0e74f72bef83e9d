"""The part of msgspec that the playground uses, in plain Python, for the page without a server.

msgspec is compiled, and no registry has a build for WebAssembly. Structs are dataclasses here; the names,
the strictness and the meaning are msgspec's, to which the tests compare each request and response.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, dataclass_transform

from msgspec import json
from msgspec.conversion import ValidationError, convert, to_builtins

__all__ = ["Meta", "Struct", "ValidationError", "convert", "field", "json", "to_builtins"]
_MISSING = dataclasses.MISSING


@dataclasses.dataclass(frozen=True)
class Meta:
    """Bounds of a value, as an annotation."""

    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    extra: dict[str, Any] | None = None

    def __hash__(self) -> int:
        return id(self)


def field(*, default: Any = _MISSING, default_factory: Any = _MISSING, name: str = "") -> Any:
    """Return the description of a struct's field; `name` is its key in JSON."""
    chosen: dict[str, Any] = {"default": default, "default_factory": default_factory}
    given = {key: value for key, value in chosen.items() if value is not _MISSING}
    return dataclasses.field(**given, metadata={"name": name} if name else None)


@dataclass_transform(field_specifiers=(field,))
class Struct:
    """A class with typed fields, which are checked when it is converted from JSON."""

    __struct_tag__: ClassVar[str | None] = None
    __struct_tag_field__: ClassVar[str | None] = None
    __struct_forbids_unknown__: ClassVar[bool] = False

    def __init_subclass__(
        cls,
        *,
        tag: str | None = None,
        tag_field: str | None = None,
        forbid_unknown_fields: bool | None = None,
        kw_only: bool = False,
    ) -> None:
        super().__init_subclass__()
        cls.__struct_tag__ = tag
        if tag_field is not None:
            cls.__struct_tag_field__ = tag_field
        if forbid_unknown_fields is not None:
            cls.__struct_forbids_unknown__ = forbid_unknown_fields
        dataclasses.dataclass(kw_only=kw_only)(cls)

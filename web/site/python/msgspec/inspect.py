"""The types and bounds of a dataclass's fields, as values."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Meta


class Type:
    """A type of a field."""


@dataclasses.dataclass(frozen=True)
class Metadata(Type):
    """A type with `extra` facts."""

    type: Type
    extra: dict[str, Any] | None = None


@dataclasses.dataclass(frozen=True)
class LiteralType(Type):
    """One of some texts."""

    values: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class IntType(Type):
    """An integer with bounds."""

    gt: int | None = None
    ge: int | None = None
    lt: int | None = None
    le: int | None = None


@dataclasses.dataclass(frozen=True)
class FloatType(Type):
    """A number with bounds."""

    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None


@dataclasses.dataclass(frozen=True)
class BoolType(Type):
    """True or false."""


@dataclasses.dataclass(frozen=True)
class NoneType(Type):
    """None."""


@dataclasses.dataclass(frozen=True)
class StrType(Type):
    """A text with bounds."""

    min_length: int | None = None
    max_length: int | None = None


@dataclasses.dataclass(frozen=True)
class UnionType(Type):
    """One of several types."""

    types: tuple[Type, ...]


@dataclasses.dataclass(frozen=True)
class VarTupleType(Type):
    """A tuple of any length."""

    item_type: Type


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of a dataclass."""

    name: str
    type: Type


@dataclasses.dataclass(frozen=True)
class DataclassType(Type):
    """A dataclass."""

    cls: type[Any]
    fields: tuple[Field, ...]


_SCALARS: dict[Any, Callable[[], Type]] = {
    int: IntType, float: FloatType, bool: BoolType, str: StrType, type(None): NoneType,
}  # fmt: skip


def type_info(type: Any) -> Type:
    """Return the description of a type; raise `TypeError` for one that no experiment has."""
    return _described(type, Meta())


def _described(wanted: Any, bounds: Meta) -> Type:
    origin, given = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        inner = _described(given[0], given[1])
        return Metadata(inner, given[1].extra) if given[1].extra else inner
    if origin is Literal:
        return LiteralType(tuple(sorted(given)))
    if origin in (Union, types.UnionType):
        return UnionType(tuple(_described(choice, Meta()) for choice in given))
    if origin is tuple and given[1:] == (Ellipsis,):
        return VarTupleType(_described(given[0], Meta()))
    if wanted in (int, float):
        kind = IntType if wanted is int else FloatType
        return kind(bounds.gt, bounds.ge, bounds.lt, bounds.le)  # type: ignore[arg-type]
    if wanted is str:
        return StrType(bounds.min_length, bounds.max_length)
    if wanted in _SCALARS:
        return _SCALARS[wanted]()
    if dataclasses.is_dataclass(wanted):
        hints = get_type_hints(wanted, include_extras=True)
        fields = dataclasses.fields(wanted)
        described = tuple(Field(f.name, _described(hints[f.name], Meta())) for f in fields)
        return DataclassType(wanted, described)  # type: ignore[arg-type]
    raise TypeError(f"Type {wanted!r} is not supported")

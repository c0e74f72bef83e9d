"""Checks the fields of a frozen dataclass by the types and bounds in its annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

from deltarule._common import checks
from deltarule.errors import SettingError, shortened


def choice_of(names: Callable[[], Iterable[str]]) -> msgspec.Meta:
    """Return the annotation of a text that must be one of `names()`."""
    return msgspec.Meta(extra={"names": names})


def check_fields(settings: Any, owner: str) -> None:
    """Raise `SettingError` for the first field of a dataclass that breaks its annotation."""
    kind_of_settings: Any = type(settings)
    for name, kind in _field_types(kind_of_settings):
        _check(kind, getattr(settings, name), f"{owner}.{name}")


@cache
def _field_types(owner: type[Any]) -> tuple[tuple[str, inspect.Type], ...]:
    described = inspect.type_info(owner)
    assert isinstance(described, inspect.DataclassType)
    hints = get_type_hints(owner)

    def kind(field: inspect.Field) -> inspect.Type:
        hint = hints[
            field.name
        ]  # msgspec sorts the names of a Literal; errors list them as written
        if get_origin(hint) is Literal:
            return inspect.LiteralType(get_args(hint))
        return field.type

    return tuple((field.name, kind(field)) for field in described.fields)


def _check(kind: inspect.Type, value: Any, place: str) -> None:
    match kind:
        case inspect.Metadata(type=inspect.StrType(), extra={"names": names}):
            checks.one_of(place, value, names())
        case inspect.LiteralType(values=names):
            checks.one_of(place, value, map(str, names))
        case inspect.IntType():
            checks.integer(place, value, at_least=kind.ge, at_most=kind.le)
        case inspect.FloatType():
            checks.number(
                place, value, above=kind.gt, at_least=kind.ge, below=kind.lt, at_most=kind.le
            )
        case inspect.BoolType():
            checks.flag(place, value)
        case inspect.StrType():
            least, most = kind.min_length or 0, kind.max_length
            if not isinstance(value, str) or not least <= len(value) <= (most or len(value)):
                raise SettingError(place, f"must be a name, got {shortened(value)}")
        case inspect.UnionType():  # a value or None
            if value is not None:
                _check(kind.types[0], value, place)
        case inspect.VarTupleType():
            for item in value:
                _check(kind.item_type, item, place)
        case inspect.DataclassType():  # checked when it was made
            pass
        case _:
            raise TypeError(f"{place} has the type {kind}, for which there is no rule.")

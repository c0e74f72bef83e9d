"""Structs to plain values and back, strictly."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import types
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

_KINDS: dict[Any, str] = {
    bool: "bool", int: "int", float: "float", str: "str", list: "array", tuple: "array",
    dict: "object", type(None): "null",
}  # fmt: skip


class ValidationError(ValueError):
    """A value does not have the type or the bounds of its field."""


def to_builtins(value: Any) -> Any:
    """Return a struct or a dataclass as dicts, lists, texts and numbers."""
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [to_builtins(item) for item in value]
    if isinstance(value, dict):
        return {key: to_builtins(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        tag = getattr(value, "__struct_tag__", None)
        plain = {} if tag is None else {value.__struct_tag_field__: tag}  # type: ignore[attr-defined]
        for name, key in _keys(type(value)):
            plain[key] = to_builtins(getattr(value, name))
        return plain
    raise TypeError(f"Encoding objects of type {type(value).__name__} is unsupported")


def convert(value: Any, type: Any) -> Any:
    """Return a plain value as an object of a type; raise `ValidationError` unless it has that type."""
    return _converted(value, type, "$")


@cache
def _keys(owner: type[Any]) -> tuple[tuple[str, str], ...]:
    fields = dataclasses.fields(owner)
    return tuple((field.name, field.metadata.get("name", field.name)) for field in fields)


@cache
def _hints(owner: type[Any]) -> dict[str, Any]:
    return get_type_hints(owner, include_extras=True)


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def _expected(wanted: str, value: Any, place: str) -> ValidationError:
    return ValidationError(f"Expected `{wanted}`, got `{_kind(value)}`{_at(place)}")


def _at(place: str) -> str:
    return "" if place == "$" else f" - at `{place}`"


def _converted(value: Any, wanted: Any, place: str) -> Any:
    origin, given = get_origin(wanted), get_args(wanted)
    if wanted is Any:
        return value
    if origin is Annotated:
        converted = _converted(value, given[0], place)
        for bounds in given[1:]:
            _check_bounds(converted, bounds, place)
        return converted
    if origin in (Union, types.UnionType):
        return _one_of(value, given, place)
    if origin is Literal:
        if value in given and isinstance(value, str):
            return value
        raise ValidationError(f"Invalid enum value {value!r}{_at(place)}")
    if origin is list and isinstance(value, list):
        return [_converted(item, given[0], f"{place}[...]") for item in value]
    if origin is dict and isinstance(value, dict):
        return {key: _converted(item, given[1], f"{place}[...]") for key, item in value.items()}
    if origin is not None:
        raise _expected(_KINDS.get(origin, str(origin)), value, place)
    if hasattr(wanted, "__struct_tag__"):
        return _struct(value, wanted, place)
    return _scalar(value, wanted, place)


def _scalar(value: Any, wanted: Any, place: str) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if wanted is float and is_number:
        return float(value)
    if wanted is bytes and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise ValidationError(f"Invalid base64 encoded string{_at(place)}") from None
    if (wanted is int and isinstance(value, float)) or (wanted in (int, float) and not is_number):
        raise _expected(_KINDS[wanted], value, place)
    if wanted is bytes or not isinstance(value, type(None) if wanted is None else wanted):
        raise _expected(_KINDS.get(wanted, getattr(wanted, "__name__", "null")), value, place)
    return value


def _one_of(value: Any, choices: tuple[Any, ...], place: str) -> Any:
    tagged = {c.__struct_tag__: c for c in choices if getattr(c, "__struct_tag__", None)}
    if tagged:
        if not isinstance(value, dict):
            raise _expected("object", value, place)
        key = next(iter(tagged.values())).__struct_tag_field__
        if key not in value:
            raise ValidationError(f"Object missing required field `{key}`{_at(place)}")
        if not isinstance(value[key], str):
            raise _expected("str", value[key], f"{place}.{key}")
        if value[key] not in tagged:
            raise ValidationError(f"Invalid value {value[key]!r}{_at(f'{place}.{key}')}")
        return _struct(value, tagged[value[key]], place)
    if value is None and type(None) in choices:
        return None
    others = [choice for choice in choices if choice is not type(None)]
    return _converted(value, others[0], place)


def _struct(value: Any, wanted: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise _expected("object", value, place)
    hints, found = _hints(wanted), {}
    keys = {key: name for name, key in _keys(wanted)}
    for key, item in value.items():
        if key in keys:
            found[keys[key]] = _converted(item, hints[keys[key]], f"{place}.{key}")
        elif wanted.__struct_forbids_unknown__ and key != wanted.__struct_tag_field__:
            raise ValidationError(f"Object contains unknown field `{key}`{_at(place)}")
    for field in dataclasses.fields(wanted):
        required = dataclasses.MISSING is field.default is field.default_factory
        if required and field.name not in found:
            key = field.metadata.get("name", field.name)
            raise ValidationError(f"Object missing required field `{key}`{_at(place)}")
    return wanted(**found)


def _check_bounds(value: Any, bounds: Any, place: str) -> None:
    size = len(value) if isinstance(value, str) else None
    broken = (
        (bounds.gt is not None and not value > bounds.gt, f"> {bounds.gt}"),
        (bounds.ge is not None and not value >= bounds.ge, f">= {bounds.ge}"),
        (bounds.lt is not None and not value < bounds.lt, f"< {bounds.lt}"),
        (bounds.le is not None and not value <= bounds.le, f"<= {bounds.le}"),
    ) if size is None else (
        (bounds.min_length is not None and size < bounds.min_length, f"of length >= {bounds.min_length}"),
        (bounds.max_length is not None and size > bounds.max_length, f"of length <= {bounds.max_length}"),
    )  # fmt: skip
    for is_broken, rule in broken:
        if is_broken:
            raise ValidationError(f"Expected `{_kind(value)}` {rule}{_at(place)}")

"""Strict JSON of bounded depth and size of numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

MAX_DEPTH = 32
MAX_DIGITS = 20  # enough for every 64-bit integer
MAX_CONTAINERS = 1_000_000
"""Lists and objects of one text, each of which takes up to 40 times its text in memory; brackets inside
texts count too."""
CONTAINER_BYTES = {"[": 80, "{": 208}
"""What Python needs for an empty list and for an object with one key, and for the reference to it."""
MAX_CONTAINER_SHARE = 8
FREE_CONTAINER_BYTES = 20_000
"""Lists and objects may take `MAX_CONTAINER_SHARE` times the text of a description, and these bytes."""
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*+"')
_SURROGATE = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")
"""A surrogate or the escape of one, in JSON text; those of a pair are found too."""


class JsonError(ValueError):
    """The text or value is not strict JSON; the message is a clause without a final period."""


def read_json(text: str) -> object:
    """Return the value of `text`: dicts, lists, text, ints, finite floats, True, False, None.

    Raises `JsonError` for text that is not JSON (NaN, Infinity, trailing text), duplicate keys, numbers
    that overflow, unpaired surrogates, nesting deeper than `MAX_DEPTH` and more than `MAX_CONTAINERS`
    lists and objects. The caller limits the length of `text`.
    """
    _check_count(text)
    if text.startswith("\ufeff"):
        raise JsonError("it begins with a byte order mark")
    try:
        value: object = _decoder.decode(text)
    except JsonError:
        raise
    except RecursionError:
        raise JsonError(f"it is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise JsonError(f"it is not JSON ({str(error).lower()})") from None
    # Parsed values have text keys and bounded numbers: only surrogates and depth are left to check.
    if (not text.isascii() or "\\u" in text) and _SURROGATE.search(text):
        check_json(value)
    else:
        _check_depth(value)
    return value


def read_description(text: str) -> object:
    """Return what `read_json` returns; raise `JsonError` for a text of hardly more than brackets, too."""
    _check_containers(text)
    return read_json(text)


def write_json(value: object) -> str:
    """Return `value` as compact JSON text, which `read_json` turns back into it (tuples into lists).

    Raises `JsonError` for numbers that are not finite, keys that are not text, other types, unpaired
    surrogates, nesting deeper than `MAX_DEPTH` and more than `MAX_CONTAINERS` lists and objects.
    """
    check_json(value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    _check_count(text)
    return text


def write_description(value: object) -> str:
    """Return what `write_json` returns; raise `JsonError` if `read_description` would refuse it."""
    text = write_json(value)
    _check_containers(text)
    return text


def same_json(first: object, second: object) -> bool:
    """Return whether two values are the same JSON: 1 equals 1.0, but not true."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            same_json(value, second[key]) for key, value in first.items()
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same_json, first, second))
    return first == second


def _check_containers(text: str) -> None:
    """Raise `JsonError` if lists and objects take much more memory than their text.

    Descriptions of models take at most 5 times their text, the entries of arrays at most 7.5 times.
    """
    excess = _container_bytes(text) - MAX_CONTAINER_SHARE * len(text) - FREE_CONTAINER_BYTES
    if excess > 0:  # brackets inside texts, such as levels that are intervals, are no lists
        excess -= sum(_container_bytes(text, *found.span()) for found in _TEXT.finditer(text))
    if excess > 0:
        raise JsonError("it holds hardly more than empty lists and objects")


def _container_bytes(text: str, start: int = 0, end: int | None = None) -> int:
    return sum(text.count(bracket, start, end) * size for bracket, size in CONTAINER_BYTES.items())


def _check_count(text: str) -> None:
    if len(text) > MAX_CONTAINERS and text.count("[") + text.count("{") > MAX_CONTAINERS:
        raise JsonError(f"it holds more than {MAX_CONTAINERS:,} lists and objects")


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise JsonError("an object has a duplicate key")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"it holds {name}, which is not a JSON number")


def _bounded_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS and len(digits.lstrip("-")) > MAX_DIGITS:
        raise JsonError(f"it holds an integer of more than {MAX_DIGITS} digits")
    return int(digits)


def _finite_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise JsonError("it holds a number too large for 64 bits")
    return value


def _check_depth(value: object) -> None:
    """Raise `JsonError` if parsed JSON is nested deeper than `MAX_DEPTH` levels."""
    level: list[Any] = [[value]]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) is dict or type(item) is list
        ]
        if not level:
            return
    if any(level):
        raise JsonError(f"it is nested deeper than {MAX_DEPTH} levels")


def check_json(value: object) -> None:
    """Raise `JsonError` if `value` is not what `read_json` returns."""
    # Level by level, without recursion.
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        deeper: list[object] = []
        for item in level:
            if isinstance(item, dict):
                _check_keys(item)
                deeper.extend(item.values())
            elif isinstance(item, (list, tuple)):
                deeper.extend(item)
            else:
                _check_leaf(item)
        if not deeper:
            return
        level = deeper
    raise JsonError(f"it is nested deeper than {MAX_DEPTH} levels")


def _check_keys(keys: Iterable[object]) -> None:
    for key in keys:
        if not isinstance(key, str):
            raise JsonError(f"the key {key!r} is not text")
        _check_leaf(key)


def _check_leaf(value: object) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise JsonError("it holds an unpaired surrogate, which is not text") from None
    elif isinstance(value, int):
        if abs(value) >= 10**MAX_DIGITS:
            raise JsonError(f"it holds an integer of more than {MAX_DIGITS} digits")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise JsonError(f"it holds {value}, which is not a JSON number")
    else:
        raise JsonError(f"it holds a {type(value).__name__}, which JSON cannot represent")


_decoder = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_constant=_refuse_constant,
    parse_int=_bounded_int,
    parse_float=_finite_float,
)

"""Rules for settings, and the errors raised when one is broken."""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Integral, Real

from deltarule.errors import SettingError

MAX_NAME_LENGTH = 100
"""Longer texts are compared with no known name: the time grows with the square of the length."""
MIN_ABBREVIATION = 3
"""Letters from which on the beginning of a name suggests it."""


def number(
    setting: str,
    value: object,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    hint: str = "",
) -> float:
    """Return `value` as a finite float inside the given bounds, or raise `SettingError`."""
    kind = "a finite number"
    # Asking for the exact type first spares the slow test for an abstract class.
    if (
        type(value) is float or (not isinstance(value, bool) and isinstance(value, Real))
    ) and _is_finite(value):
        result, kind = float(value), ""
        if (
            (above is None or result > above)
            and (at_least is None or result >= at_least)
            and (below is None or result < below)
            and (at_most is None or result <= at_most)
        ):
            return result
    bounds = _bounds(above=above, at_least=at_least, below=below, at_most=at_most)
    raise SettingError(setting, _rule(kind, bounds), value, hint)


def integer(
    setting: str,
    value: object,
    *,
    at_least: int | None = None,
    at_most: int | None = None,
    hint: str = "",
) -> int:
    """Return `value` as an int inside the given bounds, or raise `SettingError`."""
    kind = "an integer"
    if type(value) is int or (not isinstance(value, bool) and isinstance(value, Integral)):
        result, kind = int(value), ""
        if (at_least is None or result >= at_least) and (at_most is None or result <= at_most):
            return result
    bounds = _bounds(at_least=at_least, at_most=at_most)
    raise SettingError(setting, _rule(kind, bounds), value, hint)


def flag(setting: str, value: object) -> bool:
    """Return `value` if it is True or False, or raise `SettingError`."""
    if not isinstance(value, bool):
        raise SettingError(setting, "must be True or False", value)
    return value


def one_of(setting: str, value: object, known: Iterable[str]) -> str:
    """Return `value` if it is one of `known`, or raise `SettingError` with the list."""
    names = list(known)
    if isinstance(value, str) and value in names:
        return value
    raise SettingError(
        setting, f"must be one of {', '.join(names)}", value, did_you_mean(value, names)
    )


def did_you_mean(value: object, known: Iterable[str]) -> str:
    """Return "Did you mean …?" with the nearest known name, or an empty string."""
    name = nearest(value, known)
    return f"Did you mean {name!r}?" if name is not None else ""


def nearest(value: object, known: Iterable[str]) -> str | None:
    """Return the one known name that `value` abbreviates, else the most similar one, or None."""
    if isinstance(value, str) and len(value) > MAX_NAME_LENGTH:
        return None
    names = {name.lower(): name for name in known}
    text = str(value).lower()
    longer = [name for name in names if len(text) >= MIN_ABBREVIATION and name.startswith(text)]
    near = longer if len(longer) == 1 else get_close_matches(text, list(names), n=1, cutoff=0.6)
    return names[near[0]] if near else None


def sentences(*parts: str) -> str:
    """Return the parts that are not empty, joined by spaces."""
    return " ".join(part for part in parts if part)


def _is_finite(value: float | Real) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the range of floats
        return False


def _bounds(
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> str:
    if at_least is not None and at_most is not None and above is below is None:
        return f"between {_shown(at_least)} and {_shown(at_most)}"
    bounds = (
        ("greater than", above),
        ("at least", at_least),
        ("less than", below),
        ("at most", at_most),
    )
    return " and ".join(f"{words} {_shown(bound)}" for words, bound in bounds if bound is not None)


def _shown(bound: float) -> str:
    return f"{bound:,}" if isinstance(bound, int) else f"{bound:g}"


def _rule(kind: str, bounds: str) -> str:
    """Return "must be a finite number greater than 0"; without a kind, "must be greater than 0"."""
    link = "of " if kind and bounds.startswith("at ") else ""
    return " ".join(part for part in ("must be", kind, f"{link}{bounds}") if part)

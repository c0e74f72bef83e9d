"""Rules for settings, and the sentences said when one is broken."""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Integral, Real

from deltarule.errors import SettingError


def number(
    owner: str,
    value: object,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    hint: str = "",
) -> float:
    """Return `value` as a finite float inside the given bounds, or raise `SettingError`."""
    if not isinstance(value, bool) and isinstance(value, Real) and _is_finite(value):
        result = float(value)
        if (
            (above is None or result > above)
            and (at_least is None or result >= at_least)
            and (below is None or result < below)
            and (at_most is None or result <= at_most)
        ):
            return result
    rule = _rule("a finite number", above=above, at_least=at_least, below=below, at_most=at_most)
    raise SettingError(_sentence(owner, rule, value, hint))


def integer(
    owner: str,
    value: object,
    *,
    at_least: int | None = None,
    at_most: int | None = None,
    hint: str = "",
) -> int:
    """Return `value` as an int inside the given bounds, or raise `SettingError`."""
    if not isinstance(value, bool) and isinstance(value, Integral):
        result = int(value)
        if (at_least is None or result >= at_least) and (at_most is None or result <= at_most):
            return result
    rule = _rule("a whole number", at_least=at_least, at_most=at_most)
    raise SettingError(_sentence(owner, rule, value, hint))


def flag(owner: str, value: object, hint: str = "") -> bool:
    """Return `value` if it is True or False, or raise `SettingError`."""
    if not isinstance(value, bool):
        raise SettingError(_sentence(owner, "True or False", value, hint))
    return value


def one_of(owner: str, value: object, known: Iterable[str]) -> str:
    """Return `value` if it is one of `known`, or raise `SettingError` with the list."""
    names = list(known)
    if isinstance(value, str) and value in names:
        return value
    raise SettingError(
        f"{owner} must be one of {', '.join(names)}; got {value!r}.{did_you_mean(value, names)}"
    )


def did_you_mean(value: object, known: Iterable[str]) -> str:
    """Return ' Did you mean …?' with the nearest known name, or an empty string."""
    names = {name.lower(): name for name in known}
    near = get_close_matches(str(value).lower(), list(names), n=1, cutoff=0.5)
    return f" Did you mean {names[near[0]]!r}?" if near else ""


def _is_finite(value: Real) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the range of floats
        return False


def _rule(
    kind: str,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> str:
    bounds = [
        f"{sign} {bound:,}" if isinstance(bound, int) else f"{sign} {bound:g}"
        for sign, bound in ((">", above), (">=", at_least), ("<", below), ("<=", at_most))
        if bound is not None
    ]
    return f"{kind} {' and '.join(bounds)}".strip()


def _sentence(owner: str, rule: str, value: object, hint: str) -> str:
    return f"{owner} must be {rule}, got {value!r}.{' ' + hint if hint else ''}"

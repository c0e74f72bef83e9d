"""Numbers as text for screens, reports and messages."""

from __future__ import annotations

import math
from collections.abc import Sequence

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_number(value: float, digits: int = 4) -> str:
    """Return a number for people: 12,345, 0.1234, 1.2e−07, with a true minus sign."""
    if value != value:
        return "not a number"
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if 1e3 <= abs(value) < 1e9:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        return true_minus(f"{value:,.{decimals}f}")
    return true_minus(f"{value:.{digits}g}").replace("e+", "e")


def true_minus(text: str) -> str:
    """Return the text of a number with minus signs instead of hyphens."""
    return text.replace("-", "−")


def format_percent(share: float) -> str:
    """Return a share in percent, such as 96.7%; shares below 1 are never rounded up to 100%."""
    if share != share:
        return "–"
    digits = f"{share * 100:.1f}"
    if digits == "100.0" and share < 1:
        digits = "99.9"  # 100% would read as "all rows"
    return f"{digits.removesuffix('.0')}%"


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return "1 row", "2 rows", "1,234 rows"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def subscript(number: int) -> str:
    """Return a number in subscript digits: 12 becomes ₁₂."""
    return str(number).translate(_SUBSCRIPTS)


def layer_index(number: int) -> str:
    """Return the number of a layer as a superscript: 2 becomes ⁽²⁾."""
    return f"⁽{str(number).translate(_SUPERSCRIPTS)}⁾"


def alternatives(texts: Sequence[str]) -> str:
    """Return "a", "a or b", "a, b, or c"."""
    if len(texts) < 3:
        return " or ".join(texts)
    return f"{', '.join(texts[:-1])}, or {texts[-1]}"

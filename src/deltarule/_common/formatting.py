"""Numbers for people."""

from __future__ import annotations

import math


def format_number(value: float, digits: int = 4) -> str:
    """Return a number for people: 12,345, 0.1234, 1.2e−07, with a true minus sign."""
    if value != value:
        return "not a number"
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if 1e3 <= abs(value) < 1e9:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        return f"{value:,.{decimals}f}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−").replace("e+", "e")


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return "1 row", "2 rows", "1,234 rows"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"

"""Numbers as text for screens, reports and messages."""

from __future__ import annotations

import math
from collections.abc import Sequence

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_MAX_PERCENT_DECIMALS = 4
_MAX_SCORE_DIGITS = 6


def format_number(value: float, digits: int = 4) -> str:
    """Return a number for people: 12,345, 0.1234, 1.2e−07, with a true minus sign."""
    if value != value:
        return "nan"
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if 1e3 <= abs(value) < 1e9:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        return true_minus(f"{value:,.{decimals}f}")
    return true_minus(f"{value:.{digits}g}").replace("e+", "e")


def true_minus(text: str) -> str:
    """Return the text of a number with minus signs instead of hyphens."""
    return text.replace("-", "−")


def format_percent(share: float, decimals: int = 1) -> str:
    """Return a share in percent, such as 96.7%; only 0 and 1 are shown as 0% and 100%.

    Shares that would round to 0% or 100% get up to four decimals.
    """
    if share != share:
        return "–"
    for digits in range(decimals, _MAX_PERCENT_DECIMALS + 1):
        text = f"{share * 100:.{digits}f}"
        if share <= 0 or share >= 1 or float(text) not in (0, 100):
            return true_minus(f"{text.rstrip('0').rstrip('.') if '.' in text else text}%")
    smallest = 10**-_MAX_PERCENT_DECIMALS
    return f"<{smallest:.4f}%" if share < 0.5 else f">{100 - smallest:.4f}%"


def format_score(value: float, digits: int = 3) -> str:
    """Return a score whose best value is 1, such as 0.961; only 1 is shown as 1."""
    for shown in range(digits, _MAX_SCORE_DIGITS + 1):
        text = format_number(value, shown)
        if text != "1" or value == 1:
            return text
    return ">0.999999"


def format_duration(seconds: float) -> str:
    """Return a duration such as 12 ms, 3.4 s or 5 min 12 s."""
    if seconds < 1:
        return f"{format_number(seconds * 1000, 3)} ms"
    if seconds < 120:
        return f"{format_number(seconds, 3)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s"


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return "1 row", "2 rows", "1,234 rows"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def format_bytes(size: float) -> str:
    """Return a size in decimal units with two digits: 850 MB, 1.5 GB, 120 GB."""
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.5 or unit == "GB":
            break
    return f"{size:,.1f} {unit}" if size < 9.95 else f"{size:,.0f} {unit}"


def subscript(number: int) -> str:
    """Return a number in subscript digits: 12 becomes ₁₂."""
    return str(number).translate(_SUBSCRIPTS)


def power_of_ten(exponent: int) -> str:
    """Return 10 to a power: 1, 10, 100, 1,000, then 10⁴; 0.1, 0.01, 0.001, then 10⁻⁴."""
    if -4 < exponent < 4:
        return f"{10**exponent:,}"
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def scientific(value: float) -> str:
    """Return a positive number below a million in full, and a larger one as 3.14 · 10²³, unbroken."""
    if value < 1e6:
        return f"{value:,.0f}" if value >= 100 else format_number(value, 3)
    exponent = math.floor(math.log10(float(f"{value:.3g}")))
    return f"{value / 10**exponent:.3g}\u00a0·\u00a0{power_of_ten(exponent)}"


def layer_index(number: int) -> str:
    """Return the number of a layer as a superscript: 2 becomes ⁽²⁾."""
    return f"⁽{str(number).translate(_SUPERSCRIPTS)}⁾"


def alternatives(texts: Sequence[str]) -> str:
    """Return "a", "a or b", "a, b, or c"."""
    if len(texts) < 3:
        return " or ".join(texts)
    return f"{', '.join(texts[:-1])}, or {texts[-1]}"

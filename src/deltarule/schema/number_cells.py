"""A cell of a number, taken apart: sign, digits with their marks, exponent and unit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from deltarule.schema.units import is_currency_in_front, is_known_unit, is_unit_behind_space

MAX_CELL_LENGTH = 60
INFINITY = "inf"  # the digits of an infinite number

_INFINITY = re.compile(r"([+-]?)(?:inf|infinity|1\.#inf)", re.IGNORECASE)


class _Spellings(dict[int, str]):
    """The ASCII spelling of every character, for `str.translate`; filled when a character is met."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        digit = unicodedata.decimal(sign, None)
        kept = " " if sign.isspace() else sign
        found = kept if digit is None else str(digit)
        self[code] = found
        return found


_SPELLINGS = _Spellings()
for _ascii, _others in {
    "-": "−–—‐‑‒﹣－",
    "+": "＋﹢",
    "'": "’‘ʼ´`＇",
    ",": "，",
    ".": "．",
    "%": "％﹪",
    "(": "（",
    ")": "）",
    "$": "＄﹩",
    "£": "￡",
    "¥": "￥",
    "₩": "￦",
    "°": "º˚",
    "°C": "℃",
    "°F": "℉",
    "µ": "μ",
    "m²": "㎡",
    "m³": "㎥",
    "kg": "㎏",
    "km": "㎞",
    "cm": "㎝",
    "mm": "㎜",
    "": "\u200b\u2060\ufeff\u200e\u200f",
}.items():
    _SPELLINGS.update(dict.fromkeys(map(ord, _others), _ascii))

_CELL = re.compile(
    r"""
    (?P<open>\(\ ?)?
    (?P<sign>[+-]\ ?)?
    (?P<front>[^\d\s.,'+()-][^\d\s,'+()-]{0,4}(?:\ )?)?
    (?P<late_sign>[+-]\ ?)?
    (?P<late_open>\()?
    (?P<digits>[.,]?\d(?:[\d.,' ]*[\d.,])?)
    (?P<exponent>[eEdD][+-]?\d+)?
    (?P<behind>--?|/-)?
    (?P<early_close>\))?
    (?P<space>\ ?)
    (?P<unit>[^\s\d.,()'+-](?:[^()]*[^\s()])?)?
    (?P<close>\ ?\))?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class NumberCell:
    """The parts of a cell of a number; `digits` still holds its marks."""

    negative: bool
    digits: str
    exponent: str
    unit: str

    @property
    def proven_mark(self) -> str | None:
        """The decimal mark that the cell itself proves, None where its marks may mean either."""
        points, commas = self.digits.count("."), self.digits.count(",")
        if points and commas:
            return "." if self.digits.rindex(".") > self.digits.rindex(",") else ","
        mark, other, number = (".", ",", points) if points else (",", ".", commas)
        if number == 0:
            return None
        if number > 1:
            return other
        whole, _, fraction = self.digits.partition(mark)
        grouped = len(fraction) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0"
        return None if grouped and not self.exponent else mark


def ascii_spelling(text: str) -> str:
    """Return the text with ASCII digits, minus signs, apostrophes and blanks."""
    return text if text.isascii() else text.translate(_SPELLINGS)


def take_apart(text: str) -> NumberCell | None:
    """Return the parts of a cell in ASCII spelling, None if it is no number."""
    if len(text) > MAX_CELL_LENGTH:
        return None
    infinite = _INFINITY.fullmatch(text)
    if infinite is not None:
        return NumberCell(infinite[1] == "-", INFINITY, "", "")
    found = _CELL.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict(default="")
    negative = _sign(part)
    unit = _unit(part["front"].strip(), part["space"], part["unit"])
    if negative is None or unit is None:
        return None
    exponent = part["exponent"]
    if exponent[:1] in ("d", "D"):
        # Fortran writes a decimal mark: 12D5 is a code.
        if not ("." in part["digits"] or "," in part["digits"]):
            return None
        exponent = "e" + exponent[1:]
    return NumberCell(negative, part["digits"], exponent, unit)


def _sign(part: dict[str, str]) -> bool | None:
    """Return whether the number is negative, None if its signs contradict each other."""
    opened, closed = part["open"] or part["late_open"], part["early_close"] or part["close"]
    wrong = bool(part["open"] and part["late_open"]) or bool(part["early_close"] and part["close"])
    if bool(opened) != bool(closed) or wrong or (part["late_open"] and part["close"]):
        return None
    signs = [part["sign"].strip(), part["late_sign"].strip()]
    behind = part["behind"]
    whole_price = part["digits"][-1] in ".,"  # 12.- and 12,-- are prices without cents, as 12/-
    if behind == "-" and not whole_price:
        signs.append("-")
    elif behind == "--" and not whole_price:
        return None
    present = [sign for sign in signs if sign]
    if opened:
        present.append("-")
    return None if len(present) > 1 else present == ["-"]


def _unit(front: str, space: str, unit: str) -> str | None:
    """Return the unit of a number with the texts before and behind it, None if they are no unit."""
    if front and front != "%" and not is_currency_in_front(front):
        return None
    if unit:
        unit = unit.replace("° ", "°")
        known = is_unit_behind_space(unit) if space else is_known_unit(unit)
        if front and unit.startswith("/"):
            known = is_unit_behind_space(unit[1:])
            unit = front + unit
        elif front and not is_currency_in_front(unit):
            return None
        return unit if known else None
    return front

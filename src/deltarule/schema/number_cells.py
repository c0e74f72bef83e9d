"""A cell of a number, taken apart: sign, digits with their marks, exponent and unit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from deltarule.schema.units import (
    is_currency_in_front,
    is_known_unit,
    is_unit_behind_space,
    split_multiple,
)

MAX_CELL_LENGTH = 60
INFINITY = "inf"  # the digits of an infinite number

_INFINITY = re.compile(r"([+-]?)(?:inf|infinity|1\.#inf)", re.IGNORECASE)


_SPELLINGS = {
    other: usual
    for usual, others in {
        "-": "−–—‐‑‒﹣－",
        "+": "＋﹢",
        "'": "’‘ʼ´＇",
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
    }.items()
    for other in others
}

_CELL = re.compile(
    r"""
    (?P<open>\(\ ?)?
    (?P<sign>[+-]\ ?)?
    (?P<front>[^\d\s.,'+()-][^\d\s,'+()-]{0,4}(?:\ )?)?
    (?P<late_sign>[+-]\ ?)?
    (?P<late_open>\()?
    (?P<digits>[.,]?\d(?:[\d.,' ]*[\d.,])?)
    (?P<exponent>[eEdD][+-]?\d+)?
    (?P<behind>--?|/-|\+)?
    (?P<early_close>\))?
    (?P<space>\ ?)
    (?P<unit>[^\s\d.,()'+-](?:[^()]*[^\s()])?)?
    (?P<close>\ ?\))?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class NumberCell:
    """The parts of a cell of a number.

    `digits` still holds its marks; `power` is the power of ten of a word behind it (million).
    """

    negative: bool
    digits: str
    exponent: str = ""
    power: int = 0
    unit: str = ""

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
    """Return the text with ASCII digits, minus signs, apostrophes and blanks.

    The text may hold many cells with separators between, because whole texts are replaced quickly.
    """
    if text.isascii():
        return text
    for sign in set(text):
        if sign > "\x7f":
            text = text.replace(sign, _usual(sign))
    return text


@cache
def _usual(sign: str) -> str:
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    return " " if sign.isspace() else _SPELLINGS.get(sign, sign)


@lru_cache(maxsize=8192)
def take_apart(text: str) -> NumberCell | None:
    """Return the parts of a cell in ASCII spelling, None if it is no number."""
    if len(text) > MAX_CELL_LENGTH:
        return None
    infinite = _INFINITY.fullmatch(text)
    if infinite is not None:
        return NumberCell(infinite[1] == "-", INFINITY)
    found = _CELL.fullmatch(text)
    if found is None:
        return None
    (
        opened,
        sign,
        front,
        late_sign,
        late_opened,
        digits,
        exponent,
        behind,
        closed,
        space,
        unit,
        late_closed,
    ) = found.groups("")
    if bool(opened) + bool(late_opened) != bool(closed) + bool(late_closed) or (
        opened and late_opened
    ):
        return None
    if late_opened and late_closed:
        return None
    negative = _negative(sign + late_sign, behind, bool(opened or late_opened), digits)
    measured = _unit(front.strip(), bool(space), unit)
    if negative is None or measured is None:
        return None
    if exponent[:1] in ("d", "D"):
        # Fortran writes a decimal mark: 12D5 is a code.
        if not ("." in digits or "," in digits):
            return None
        exponent = "e" + exponent[1:]
    power, unit = measured
    return NumberCell(negative, digits, exponent, power, unit)


def _negative(signs: str, behind: str, in_parentheses: bool, digits: str) -> bool | None:
    """Return whether the number is negative, None if its signs contradict each other."""
    signs = signs.replace(" ", "")
    if digits[-1] not in ".,":  # 12.- and 12,-- are prices without cents, as 12/- is
        if behind == "--":
            return None
        signs += behind.strip("/") if behind in "-+" else ""
    if in_parentheses:
        signs += "-"
    return None if len(signs) > 1 else signs == "-"


def _unit(front: str, spaced: bool, behind: str) -> tuple[int, str] | None:
    """Return the power of ten and the unit of a number, None if the texts around it are no unit."""
    money = is_currency_in_front(front) if front else False
    if front and front != "%" and not money:
        return None
    power, unit = split_multiple(behind, spaced, money) if behind else (0, "")
    if not unit:
        return power, front
    unit = unit.replace("° ", "°")
    if money and unit.startswith("/"):
        return (power, front + unit) if is_unit_behind_space(unit[1:]) else None
    if front and not is_currency_in_front(unit):
        return None
    known = is_unit_behind_space(unit) if spaced else is_known_unit(unit)
    return (power, unit) if known else None

"""The spelling of a column of numbers: decimal mark, thousands mark and unit."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.schema.cell_format import register_cell_format
from deltarule.schema.number_cells import INFINITY, NumberCell, ascii_spelling, take_apart
from deltarule.schema.units import is_currency_in_front, unit_name

THOUSANDS_MARKS = {",": "commas", ".": "points", " ": "spaces", "'": "apostrophes"}


# Texts of these letters that Python's `float` takes are the numbers of the plain format.
_PLAIN_LETTERS = b"0123456789.+-eE\n"


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a column are spelled.

    Spaces and apostrophes between thousands fit every format. A format without commas or points between
    thousands also takes a cell by the marks that the cell itself proves: 3,5 and 1.133,98 beside 3.5, but
    not 1,234. A number without the unit fits, one with another unit does not.
    """

    kind: ClassVar[str] = "number"
    decimal_mark: str = "."
    thousands_mark: str = ""
    unit: str = ""

    def parse(self, text: str) -> float | None:
        """Return the value of a trimmed text, None where it is not a number of this format."""
        if self._simple.fullmatch(text):
            return float(self._in_python(text))
        cell = take_apart(ascii_spelling(text))
        return None if cell is None else self.value(cell)

    @property
    def is_percent(self) -> bool:
        """Whether the numbers have a percent sign."""
        return unit_name(self.unit).startswith("%")

    def lacks_percent_sign(self, text: str) -> bool:
        """Whether a text is written without the percent sign of the format."""
        return self.is_percent and "%" not in ascii_spelling(text)

    def value(self, cell: NumberCell) -> float | None:
        """Return the value of a cell that was taken apart, None where it does not fit."""
        if cell.unit and (not self.unit or unit_name(cell.unit) != unit_name(self.unit)):
            return None
        if cell.digits == INFINITY:
            return -math.inf if cell.negative else math.inf
        decimal, thousands = self.decimal_mark, self.thousands_mark
        if thousands not in (",", ".") and cell.proven_mark is not None:
            decimal, thousands = cell.proven_mark, _other(cell.proven_mark)
        if not _digits(decimal, thousands).fullmatch(cell.digits):
            return None
        digits = cell.digits
        for mark in THOUSANDS_MARKS:
            if mark != decimal:
                digits = digits.replace(mark, "")
        exponent = cell.exponent
        if cell.power:
            exponent = f"e{int(exponent[1:] or '0') + cell.power}"
        value = float(digits.replace(decimal, ".") + exponent)
        return -value if cell.negative else value

    def parse_all(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the values (n,) of all texts, NaN where `parse` is None.

        Runs of simple cells are converted together, the others one by one.
        """
        joined = "\n".join(texts) + "\n"
        if joined.count("\n") != len(texts):  # a cell with a line break
            parsed = map(self.parse, texts)
            return np.array([np.nan if value is None else value for value in parsed], float)
        values = np.empty(len(texts))
        if self == NumberFormat() and not joined.encode().translate(None, _PLAIN_LETTERS):
            with suppress(ValueError):
                values[:] = texts
                return values
        joined = ascii_spelling(joined)
        index = place = 0
        while place < len(joined):
            run = self._simple_run.match(joined, place)
            if run is not None and run.end() > place:
                cells = self._in_python(joined[place : run.end() - 1]).split("\n")
                values[index : index + len(cells)] = cells
                index += len(cells)
                place = run.end()
            else:
                end = joined.index("\n", place)
                value = self.parse(joined[place:end])
                values[index] = np.nan if value is None else value
                index += 1
                place = end + 1
        return values

    def sql(self, cell: str) -> str | None:
        """Return DuckDB's SQL for the value of a trimmed cell, None for formats with a unit.

        The value is that of `parse`, or NULL: also for a few rare spellings (a Unicode minus sign, say),
        which are left for `parse`.
        """
        if self.unit:
            return None
        if self == NumberFormat():
            # The cast is faster than a pattern; what Python refuses has one of these letters.
            return (
                f"CASE WHEN {cell} < ':' AND NOT contains({cell}, '_') AND NOT contains({cell}, 'n') "
                f"AND NOT contains({cell}, 'N') THEN TRY_CAST({cell} AS DOUBLE) END"
            )
        text = cell
        for mark in filter(None, (self.thousands_mark, self.decimal_mark)):
            new = "." if mark == self.decimal_mark else ""
            if new != mark:
                text = f"replace({text}, {_quoted(mark)}, '{new}')"
        pattern = _quoted(self._simple_pattern)
        return f"CASE WHEN regexp_full_match({cell}, {pattern}) THEN TRY_CAST({text} AS DOUBLE) END"

    @property
    def summary(self) -> str:
        """Part of a sentence for notes, "" for the plain format."""
        parts = []
        if self.decimal_mark == ",":
            parts.append("decimal commas")
        if self.thousands_mark:
            parts.append(f"{THOUSANDS_MARKS[self.thousands_mark]} between thousands")
        if self.unit:
            parts.append(f"the unit {self.unit}")
        if not parts:
            return ""
        thousands = f"1{self.thousands_mark}234" if self.thousands_mark else ""
        fraction = (
            f"{'' if thousands else 3}{self.decimal_mark}5" if self.decimal_mark == "," else ""
        )
        example = thousands + fraction or "12"
        value = example.replace(self.thousands_mark or "\0", "").replace(self.decimal_mark, ".")
        if self.unit and is_currency_in_front(self.unit) and self.decimal_mark == ".":
            example = f"{self.unit}{' ' if self.unit.isalpha() else ''}{example}"
        elif self.unit:
            example = f"{example}{'' if self.unit in ('%', '°') else ' '}{self.unit}"
        listed = ", ".join(parts[:-1]) + (" and " if parts[:-1] else "") + parts[-1]
        return f"{listed}: {example} is read as {value}"

    def to_json(self) -> dict[str, Any]:
        """Return what `cell_format_from_json` takes."""
        return {
            "format": "number",
            "decimal_mark": self.decimal_mark,
            "thousands_mark": self.thousands_mark,
            "unit": self.unit,
        }

    @classmethod
    def from_json(cls, reader: StrictReader) -> NumberFormat:
        """Return the format that `to_json` described."""
        decimal_mark = reader.one_of("decimal_mark", (".", ","))
        others = [mark for mark in THOUSANDS_MARKS if mark != decimal_mark]
        return cls(
            decimal_mark, reader.one_of("thousands_mark", ("", *others)), reader.take("unit", str)
        )

    @cached_property
    def _simple_pattern(self) -> str:
        """Cells that need no more than a removal of characters, in Python's and DuckDB's syntax."""
        decimal = re.escape(self.decimal_mark)
        whole = r"[0-9]+"
        if self.thousands_mark:
            whole = rf"(?:[1-9][0-9]{{0,2}}(?:{re.escape(self.thousands_mark)}[0-9]{{3}})+|[0-9]+)"
        unit = re.escape(self.unit)
        front = rf"(?:{unit} ?)?" if unit and is_currency_in_front(self.unit) else ""
        behind = rf"(?: ?{unit})?" if unit else ""
        exponent = "" if self.unit in ("e", "E") else "(?:[eE][+-]?[0-9]+)?"
        return rf"[+-]?{front}(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+){exponent}{behind}"

    @cached_property
    def _simple(self) -> re.Pattern[str]:
        return re.compile(self._simple_pattern)

    @cached_property
    def _simple_run(self) -> re.Pattern[str]:
        return re.compile(rf"(?:(?>{self._simple_pattern}\n))*+")

    def _in_python(self, text: str) -> str:
        """Return simple cells, with line breaks between, as Python's `float` reads them."""
        if self.unit:
            text = text.replace(f"{self.unit} ", "").replace(f" {self.unit}", "")
            text = text.replace(self.unit, "")
        if self.thousands_mark:
            text = text.replace(self.thousands_mark, "")
        return text.replace(",", ".") if self.decimal_mark == "," else text


@cache
def _digits(decimal: str, thousands: str) -> re.Pattern[str]:
    """Return the pattern of digits with these marks."""
    groups = [rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+" for mark in " '"]
    if thousands in (",", "."):
        groups.append(rf"[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+")
    if thousands == ",":  # 1,23,45,678 as in India
        groups.append(r"[1-9]\d?(?:,\d{2})+,\d{3}")
    mark = re.escape(decimal)
    return re.compile(rf"(?:\d+|{'|'.join(groups)})(?:{mark}\d*)?|{mark}\d+")


def _other(mark: str) -> str:
    return "," if mark == "." else "."


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


register_cell_format("number", NumberFormat.from_json)

"""Find the format of a column of numbers: its marks by evidence in all cells, and its unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.cell_format import Proposal
from deltarule.schema.number_cells import NumberCell, ascii_spelling, take_apart
from deltarule.schema.number_format import NumberFormat
from deltarule.schema.units import is_known_unit, unit_name

MIN_FITTING_SHARE = 0.5  # of the cells: a column with no more numbers is not one of numbers
MIN_EVIDENCE_SHARE = 0.9  # of the levels that are numbers, for evidence that serves other columns

_PLAIN_RUN = re.compile(r"(?:(?>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\n))*+")
_CODE = re.compile(r"[+-]?0[0-9][0-9eE+-]*")
_CODE_LINE = re.compile(r"^[+-]?0[0-9][0-9eE+-]*$", re.MULTILINE)
_POINT = re.compile(
    r"\.(?![0-9]{3}$)|^[+-]?(?:0[0-9]*|[0-9]{4,})?\.", re.MULTILINE
)  # a proven decimal point
_WHOLE_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{16,}|[1-9][0-9]{0,2}(?:([,.' ])[0-9]{3})(?:\1[0-9]{3}){4,})"
)
_DIGITS = str.maketrans("23456789", "11111111")
_UNIT_DIGITS = re.compile(r"(?<=[a-zA-Zµ°²³/])[0-9]+")
_AT_ONCE = 50_000
_MAX_BARE = {"%": 0.5, "‰": 0.5, "‱": 0.5, "K": 0.0}  # per number with the unit: 0.5 may mean 50%


@dataclass(frozen=True)
class _Shape:
    """Levels that differ only in digits that decide nothing: one of them, taken apart, and how many."""

    text: str
    cell: NumberCell
    levels: int


def propose_numbers(
    levels: Sequence[str],
    counts: NDArray[np.int64],
    *,
    decimal_mark: str | None = None,
    likely_decimal_mark: str | None = None,
    stated: bool = False,
) -> Proposal | None:
    """Return the format of the numbers of a column, None where it is no column of numbers.

    `counts` (n_levels,) are the cells of each level. `decimal_mark` is what the user or other columns
    prove; it decides where this column proves nothing. `likely_decimal_mark` (that of files with
    semicolons, say) chooses only what is assumed otherwise. `stated` is whether the user says that the
    column holds numbers: then whole numbers with leading zeros fit, and any share of other cells is odd.
    """
    texts = list(levels)
    if not texts:
        return None
    joined = _plain_lines(texts)
    if joined is not None and (decimal_mark != "," or "." not in joined or _POINT.search(joined)):
        only_codes = "." not in joined and _CODE_LINE.search(joined) is not None
        return (
            None
            if only_codes and not stated
            else Proposal(NumberFormat(), np.ones(len(texts), bool))
        )
    found = _shapes(texts, counts, 0.0 if stated else MIN_FITTING_SHARE)
    if found is None:
        return None
    shapes, of_level = found
    present = [shape for shape in shapes if shape is not None]
    marks, assumption = _marks(present, decimal_mark, likely_decimal_mark)
    chosen = replace(marks, unit=_unit(present))
    fitting = np.array(
        [shape is not None and chosen.value(shape.cell) is not None for shape in shapes]
    )
    codes = np.array(
        [_CODE.fullmatch(shape.text) is not None if shape else False for shape in shapes]
    )
    fractions = [
        s for s, fits in zip(shapes, fitting, strict=True) if fits and s and _has_marks(s.cell)
    ]
    if codes.any() and not fractions and not stated:
        return None
    fits = fitting[of_level]
    enough = np.sum(counts[fits]) > MIN_FITTING_SHARE * np.sum(counts)
    return Proposal(chosen, fits, assumption) if enough or (stated and fits.any()) else None


def evidence_of_decimal_mark(levels: Sequence[str]) -> str | None:
    """Return the decimal mark that a column of numbers proves, None if it proves none.

    "3,5", "0,500" and "1.133,98" prove a decimal comma, "3.5", "1,133.98" and "1,234,567" a point.
    """
    texts = list(levels)
    plain = _plain_lines(texts)
    if plain is not None:
        return "." if _POINT.search(plain) else None
    found = _shapes(texts, np.ones(len(texts), np.int64))
    if found is None:
        return None
    shapes, of_level = found
    present = [shape for shape in shapes if shape is not None]
    proven = {shape.cell.proven_mark for shape in present} - {None}
    if len(proven) != 1:
        return None
    (mark,) = proven
    assert mark is not None
    chosen = NumberFormat(mark, "," if mark == "." else ".", _unit(present))
    fits = np.array(
        [shape is not None and chosen.value(shape.cell) is not None for shape in shapes]
    )
    return mark if fits[of_level].mean() >= MIN_EVIDENCE_SHARE else None


def merges_distinct_integers(levels: Iterable[str]) -> bool:
    """Whether distinct whole numbers of a column are the same float64 (beyond 2⁵³)."""
    seen: dict[float, int] = {}
    for text in levels:
        if len(text) >= 16 and _WHOLE_NUMBER.fullmatch(text):
            digits = re.sub("[,.' ]", "", text)
            number = int(digits[:4000])
            if seen.setdefault(float(digits), number) != number:
                return True
    return False


def _plain_lines(texts: Sequence[str]) -> str | None:
    """Return the texts with line breaks if all are numbers of the plain format, None otherwise."""
    joined = "\n".join(texts) + "\n"
    if joined.count("\n") != len(texts):
        return None
    run = _PLAIN_RUN.match(joined)
    return joined if run is not None and run.end() == len(joined) else None


def _shapes(
    texts: Sequence[str], counts: NDArray[np.int64], min_share: float = MIN_FITTING_SHARE
) -> tuple[list[_Shape | None], NDArray[np.intp]] | None:
    """Return the shapes of the levels, None for no number, and the shape of each level.

    Stops with None when too many cells are no numbers.
    """
    places: dict[str, int] = {}
    cells: list[NumberCell | None] = []
    examples: list[str] = []
    of_level = np.empty(len(texts), np.intp)
    total, odd = int(np.sum(counts)), 0
    for start in range(0, len(texts), _AT_ONCE):
        chunk = texts[start : start + _AT_ONCE]
        spelled = _ascii_lines(chunk)
        for index, (text, shape) in enumerate(
            zip(spelled, _shape_lines(spelled), strict=True), start
        ):
            place = places.get(shape)
            if place is None:
                place = places[shape] = len(cells)
                cells.append(take_apart(text))
                examples.append(text)
            of_level[index] = place
        here = of_level[start : start + len(chunk)]
        no_number = np.array([cell is None for cell in cells])[here]
        odd += int(np.sum(counts[start : start + len(chunk)][no_number]))
        if odd >= (1 - min_share) * total:
            return None
    amounts = np.bincount(of_level, minlength=len(cells))
    shapes = [
        None if cell is None else _Shape(text, cell, int(amount))
        for text, cell, amount in zip(examples, cells, amounts, strict=True)
    ]
    return shapes, of_level


def _ascii_lines(texts: Sequence[str]) -> list[str]:
    joined = "\x00".join(texts)
    spelled = ascii_spelling(joined).split("\x00")
    return spelled if len(spelled) == len(texts) else [ascii_spelling(text) for text in texts]


def _kept(found: re.Match[str]) -> str:
    """Return the digits as letters of their own, which no other replacement meets."""
    return "".join(chr(0xE000 + int(digit)) for digit in found[0])


def _shape_lines(texts: Sequence[str]) -> list[str]:
    """Return the texts with 1 for every digit, except zeros in front of a number and digits of units."""
    joined = _UNIT_DIGITS.sub(_kept, "\x00".join(texts)).translate(_DIGITS)
    for before in "1.,":
        while f"{before}0" in joined:
            joined = joined.replace(f"{before}0", f"{before}1")
    lines = joined.split("\x00")
    return lines if len(lines) == len(texts) else list(texts)


def _has_marks(cell: NumberCell) -> bool:
    return "." in cell.digits or "," in cell.digits


def _marks(
    shapes: Sequence[_Shape], decimal_mark: str | None, likely: str | None
) -> tuple[NumberFormat, str]:
    """Return the marks of a column, and the sentence about what is assumed."""
    proven: Counter[str] = Counter()
    shown: dict[str, _Shape] = {}  # the first cells that prove them
    examples: dict[str, str] = {}  # of the marks that prove nothing
    for shape in shapes:
        mark = shape.cell.proven_mark
        if mark is not None:
            if _value(shape.cell, mark) is not None:
                proven[mark] += shape.levels
                shown.setdefault(mark, shape)
            continue
        for mark in ".,":
            if mark in shape.cell.digits:
                examples.setdefault(mark, shape.cell.digits)
    assumption = ""
    if proven:
        decimal = max(proven, key=lambda mark: (proven[mark], mark == (decimal_mark or ".")))
    elif not examples or decimal_mark is not None:
        decimal = (decimal_mark or ".") if examples else "."
    elif "." in examples:
        decimal = "."
    else:
        decimal = likely or "."
        assumption = _assumption(examples[","], decimal)
    other = "," if decimal == "." else "."
    digits = [s.cell.digits for s in shapes if s.cell.proven_mark in (None, decimal)]
    between = next((mark for mark in (other, " ", "'") if any(mark in text for text in digits)), "")
    if len(proven) == 2 and between not in (",", "."):
        assumption = (
            "Some cells have a decimal comma, others a decimal point: "
            f"{shown[other].text} is read as {_value(shown[other].cell, other):.15g}."
        )
    return NumberFormat(decimal, between), assumption


def _value(cell: NumberCell, decimal_mark: str) -> float | None:
    spelled = NumberFormat(decimal_mark, "," if decimal_mark == "." else ".")
    return spelled.value(replace(cell, unit=""))


def _assumption(example: str, decimal: str) -> str:
    whole, fraction = example.replace(",", ""), example.replace(",", ".")
    value, other, mark = (whole, fraction, ",") if decimal == "." else (fraction, whole, ".")
    return (
        "No cell shows whether its comma is a decimal comma or between thousands: "
        f"{example} is read as {value}. If it is {other}, use decimal={mark!r} (--decimal {mark!r})."
    )


def _unit(shapes: Sequence[_Shape]) -> str:
    """Return the unit of a column in its most frequent spelling, "" for none."""
    names: Counter[str] = Counter()
    spellings: Counter[str] = Counter()
    bare = 0
    for shape in shapes:
        if shape.cell.unit:
            names[unit_name(shape.cell.unit)] += shape.levels
            spellings[shape.cell.unit] += shape.levels
        elif shape.cell.digits.strip("0.,"):  # 0 is 0 in every unit
            bare += shape.levels
    if not names:
        return ""
    name, number = names.most_common(1)[0]
    spelling = next(text for text, _ in spellings.most_common() if unit_name(text) == name)
    if name in _MAX_BARE:
        return spelling if bare <= number * _MAX_BARE[name] else ""
    return spelling if bare <= number or is_known_unit(spelling) else ""

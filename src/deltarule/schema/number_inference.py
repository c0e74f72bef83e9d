"""Find the format of a column of numbers: its marks by evidence in all cells, and its unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.cell_format import Proposal
from deltarule.schema.number_cells import NumberCell
from deltarule.schema.number_format import NumberFormat
from deltarule.schema.number_shapes import Shape, shapes_of
from deltarule.schema.plain_numbers import PLAIN_NUMBER, are_months
from deltarule.schema.possible_values import are_words
from deltarule.schema.units import is_known_unit, unit_name

MIN_FITTING_SHARE = 0.5  # of the cells: a column with no more numbers is not one of numbers
MIN_EVIDENCE_SHARE = 0.9  # of the levels that are numbers, for evidence that serves other columns
MAX_LEVELS_OF_VERSIONS = 100

_PLAIN_RUN = re.compile(rf"(?:(?>{PLAIN_NUMBER}\n))*+")
_CODE = re.compile(r"[+-]?0[0-9][0-9eE+-]*")
_CODE_LINE = re.compile(r"^[+-]?0[0-9][0-9eE+-]*$", re.MULTILINE)
_PROVEN_POINT = re.compile(r"\.(?![0-9]{3}$)|^[+-]?(?:0[0-9]*|[0-9]{4,})?\.", re.MULTILINE)
_FRACTION = re.compile(r"[0-9]+[.,][0-9]+")
_WHOLE_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{16,}|[1-9][0-9]{0,2}(?:([,.' ])[0-9]{3})(?:\1[0-9]{3}){4,})"
)
_MAX_BARE = {"%": 0.5, "‰": 0.5, "‱": 0.5, "K": 0.0}  # per number with the unit: 0.5 may mean 50%


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
    if joined is not None and (
        decimal_mark != "," or "." not in joined or _PROVEN_POINT.search(joined)
    ):
        only_codes = "." not in joined and _CODE_LINE.search(joined) is not None
        if only_codes and not stated:
            return None
        return Proposal(NumberFormat(), np.ones(len(texts), bool), _same_numbers(texts))
    found = shapes_of(texts, counts, 0.0 if stated else MIN_FITTING_SHARE)
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
    if not (enough or (stated and fits.any())):
        return None
    return Proposal(chosen, fits, assumption or _same_numbers(texts))


def evidence_of_decimal_mark(levels: Sequence[str]) -> str | None:
    """Return the decimal mark that a column of numbers proves, None if it proves none.

    "3,5", "0,500" and "1.133,98" prove a decimal comma, "3.5", "1,133.98" and "1,234,567" a point.
    """
    if are_words(levels) or are_months(levels):
        return None
    texts = list(levels)
    plain = _plain_lines(texts)
    if plain is not None:
        return "." if _PROVEN_POINT.search(plain) else None
    found = shapes_of(texts, np.ones(len(texts), np.int64), MIN_FITTING_SHARE)
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


def _has_marks(cell: NumberCell) -> bool:
    return "." in cell.digits or "," in cell.digits


def _marks(
    shapes: Sequence[Shape], decimal_mark: str | None, likely: str | None
) -> tuple[NumberFormat, str]:
    """Return the marks of a column, and the sentence about what is assumed."""
    proven: Counter[str] = Counter()
    shown: dict[str, Shape] = {}  # the first cells that prove them
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
    meaning, value, other = "commas between thousands are", whole, fraction
    if decimal == ",":
        meaning, value, other = "a decimal comma is", fraction, whole
    mark = "," if decimal == "." else "."
    return (
        f"No cell shows whether commas are decimal marks, so {meaning} assumed: {example!r} is read as "
        f"{value}. If it is {other}, use --decimal {mark!r} (Python: decimal={mark!r})."
    )


def _same_numbers(texts: Sequence[str]) -> str:
    """Return a sentence if few levels hold two that differ only in zeros at the end, as versions do."""
    fractions = [text for text in texts if _FRACTION.fullmatch(text)]
    if len(texts) > MAX_LEVELS_OF_VERSIONS or len(fractions) < 2:
        return ""
    seen: dict[str, str] = {}
    for text in sorted(fractions, key=len):
        first = seen.setdefault(text.rstrip("0"), text)
        if first != text and not first.endswith("0"):
            return (
                f"{first!r} and {text!r} are read as the same number. If they are versions or codes, "
                "state that the column is a category."
            )
    return ""


def _unit(shapes: Sequence[Shape]) -> str:
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

"""Levels of a column grouped by their shape, so that a million numbers are taken apart a few times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.number_cells import NumberCell, ascii_spelling, take_apart

_DIGITS = str.maketrans("23456789", "11111111")
_UNIT_DIGITS = re.compile(r"(?<=[a-zA-Zµ°²³/])[0-9]+")
_AT_ONCE = 50_000


@dataclass(frozen=True)
class Shape:
    """Levels that differ only in digits that decide nothing: one of them, taken apart, and how many."""

    text: str
    cell: NumberCell
    levels: int


def shapes_of(
    texts: Sequence[str], counts: NDArray[np.int64], min_share: float
) -> tuple[list[Shape | None], NDArray[np.intp]] | None:
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
        None if cell is None else Shape(text, cell, int(amount))
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

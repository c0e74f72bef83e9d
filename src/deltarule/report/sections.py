"""What a part of the page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltarule.drawing.svg import Fragment


@dataclass(frozen=True)
class NumbersTable:
    """A table behind a chart; the first column of each row is its head."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """A part of the page: words, drawings, the numbers behind them, a line on how to read them."""

    anchor: str
    title: str
    lead: str
    charts: tuple[Fragment, ...] = ()
    tables: tuple[NumbersTable, ...] = ()
    reading: str = ""

"""The parts that a report page is made of, as plain data for the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltarule.drawing.svg import Fragment
from deltarule.report.class_markers import class_style, marker_symbol


class ClassName(str):
    """The name of a class in a cell, which the page shows with the marker of the class."""

    __slots__ = ("marker", "style")
    marker: str
    style: str

    def __new__(cls, name: str, index: int) -> ClassName:
        """Return the name with the marker of class `index`."""
        made = super().__new__(cls, name)
        made.marker, made.style = marker_symbol(index), class_style(index)
        return made


@dataclass(frozen=True)
class DataTable:
    """The numbers behind a chart; the first cell of each row is its header."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class ColumnCard:
    """The small histogram of one column, facts about it, and what is unusual."""

    name: str
    chart: Fragment | None
    facts: str
    alerts: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One section: text, charts, the tables behind them, and a line on how to read the charts.

    `shown` are tables that are visible at once, `tables` those that open on a click.
    """

    anchor: str
    title: str
    lead: str
    charts: tuple[Fragment, ...] = ()
    tables: tuple[DataTable, ...] = ()
    reading: str = ""
    shown: tuple[DataTable, ...] = ()
    cards: tuple[ColumnCard, ...] = ()


@dataclass(frozen=True)
class Score:
    """A score shown in large type, with its baseline or range below it."""

    name: str
    value: str
    comparison: str


@dataclass(frozen=True)
class Setting:
    """One row of the table of settings; `source`: "user", "recipe" or "default"."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class ColumnRow:
    """One row of the table of columns."""

    column: str
    kind: str
    missing: str
    encoding: str
    features: str

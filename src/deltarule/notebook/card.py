"""The card of an object: one sentence, pictures and tables, as HTML for light and dark notebooks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from deltarule._common.notebook_display import one_line
from deltarule.drawing.svg import Fragment, element, join, printable, truncate
from deltarule.notebook.card_style import card_style
from deltarule.report.content import DataTable

MAX_BYTES = 60_000
MAX_ROWS, MAX_COLUMNS, MAX_HEADER, MAX_CELL, MAX_SENTENCE = 12, 7, 40, 80, 400
MAX_UNBROKEN = 20
"""Columns of a table whose cells are at most this long, such as dates, do not break their lines."""
SMALLEST_SCALE = 0.7
"""A drawing that keeps its size shrinks to this part where the cell is narrow; then it scrolls."""
NATURAL, SMALL = "picture natural", "picture small"
"""Places of drawings that keep their size, and of small histograms."""
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" '
_NUMBER = re.compile(r"[−+±≤≥<>\d.,%∞×\s]*|–|nan|.*\d(e[−-]?\d+| ms| s)|automatic|as before")
_WIDTH = re.compile(r'<svg ([^>]*?\bwidth="([\d.]+)")')
_IDENTIFIER = re.compile(r'(id|aria-labelledby|aria-describedby)="')


@dataclass(frozen=True)
class Picture:
    """A drawing, and the CSS classes of its place in the card."""

    drawing: Fragment
    class_: str = "picture"


@dataclass(frozen=True)
class Card:
    """What a notebook shows of an object.

    `kind`: the name of its class; `note`: what to do with it, below the card.
    """

    kind: str
    sentence: str
    pictures: Sequence[Picture] = ()
    tables: Sequence[DataTable] = ()
    note: str = ""

    def html(self) -> str:
        """Return the HTML, at most `MAX_BYTES` long: pictures that do not fit are left out."""
        for count in range(len(self.pictures), -1, -1):
            html = self._html(self.pictures[:count])
            if len(html.encode("utf-8", "replace")) <= MAX_BYTES:
                break
        return html

    def _html(self, pictures: Sequence[Picture]) -> str:
        parts = [
            *(
                element(
                    "div",
                    Fragment(_IDENTIFIER.sub(rf'\1="{i}-', _scalable(one))),
                    class_=one.class_,
                )
                for i, one in enumerate(pictures)
            ),
            *(_table(table) for table in self.tables),
        ]
        body = join(
            [
                element("p", self.kind, class_="kind"),
                element("p", one_line(self.sentence, MAX_SENTENCE)),
                element("div", *parts, class_="parts") if parts else "",
                element("p", one_line(self.note, MAX_SENTENCE), class_="note") if self.note else "",
            ]
        )
        # Identifiers and rules are unique in the page: cards do not change each other.
        unique = f"d{hashlib.sha256(body.encode('utf-8', 'replace')).hexdigest()[:8]}"
        body = Fragment(_IDENTIFIER.sub(rf'\1="{unique}-', body).replace("<svg ", _SVG))
        style = element("style", card_style(unique, parts))
        return printable(element("div", style, body, class_=f"deltarule-card {unique}"))


def _scalable(picture: Picture) -> str:
    """Return the drawing; one that keeps its size gets the smallest width that it may shrink to."""
    if picture.class_ != NATURAL:
        return picture.drawing

    def limited(found: re.Match[str]) -> str:
        least = SMALLEST_SCALE * float(found[2])
        return f'<svg style="min-width: {least:.0f}px" {found[1]}'

    return _WIDTH.sub(limited, picture.drawing, count=1)


def _table(table: DataTable) -> Fragment:
    """Return a table of at most `MAX_ROWS` rows and `MAX_COLUMNS` columns."""
    columns = [*range(min(len(table.header), MAX_COLUMNS))]
    rows = table.rows[:MAX_ROWS]
    # Columns of numbers are aligned at the right.
    numeric = [all(_NUMBER.fullmatch(row[i]) for row in rows) for i in columns]
    unbroken = [all(len(row[i]) <= MAX_UNBROKEN for row in rows) for i in columns]
    aligned = [
        " ".join(["text"] * (not numeric[i]) + ["unbroken"] * unbroken[i]) or None for i in columns
    ]
    head = [
        element("th", truncate(table.header[i], MAX_HEADER), scope="col", class_=aligned[i])
        for i in columns
    ]
    lines = [
        element(
            "tr",
            element("th", truncate(row[0], MAX_CELL), scope="row"),
            *(element("td", truncate(row[i], MAX_CELL), class_=aligned[i]) for i in columns[1:]),
        )
        for row in rows
    ]
    hidden = len(table.rows) - len(rows), len(table.header) - len(columns)
    caption = table.caption
    if any(hidden):
        parts = [
            f"{number:,} more {noun}{'s' * (number > 1)}"
            for number, noun in zip(hidden, ("row", "column"), strict=True)
            if number
        ]
        caption = f"{caption} ({' and '.join(parts)} not shown)"
    return element(
        "div",
        element(
            "table",
            element("caption", truncate(caption, 120)),
            element("thead", element("tr", *head)) if any(table.header) else "",
            element("tbody", *lines),
        ),
        class_="numbers",
    )

"""Rows of a request: checked cell by cell, so that a mistake is reported with its row and column."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from deltarule._common.checks import did_you_mean, sentences
from deltarule._common.formatting import counted
from deltarule.data.table import Column
from deltarule.errors import MAX_QUOTED, shortened
from deltarule.serving.json_answers import RequestError
from deltarule.table_model.input_columns import InputColumn

Row = dict[str, Any]
Cells = dict[str, list[Any]]


@dataclass(frozen=True)
class RowCounts:
    """What is counted about the rows of a request, by column.

    Rows are `usual` without unseen levels, texts without any known word, and numbers or dates outside the
    range of training: `predict` then has no note on a few of them.
    """

    unseen: dict[str, int]
    missing: dict[str, int]
    usual: bool


class RowReader:
    """Turns rows into columns; `ignored` are other columns of the training table, which may be sent."""

    def __init__(self, columns: Sequence[InputColumn], ignored: Collection[str]) -> None:
        self.columns = columns
        self._names = [column.name for column in columns]
        self._known = {*self._names, *ignored}

    def columns_of(self, rows: Any, max_rows: int) -> Cells:
        """Return the cells of rows by column; raise `RequestError` for what is no list of rows."""
        if not isinstance(rows, list):
            raise RequestError(422, "The rows must be a list of objects: [{...}, {...}].")
        _check_count(len(rows), max_rows)
        try:
            cells = {name: [row[name] for row in rows] for name in self._names}
        except (KeyError, TypeError, IndexError):
            raise self._wrong_row(rows) from None
        self._check_names(rows)
        return cells

    def counts_of_usual(self, rows: list[Row]) -> RowCounts:
        """Return the counts of rows whose cells fit; raise `RequestError` for an unknown column."""
        self._check_names(rows)
        missing: dict[str, int] = {}
        for row in rows:
            if None in row.values():
                for name in self._names:
                    if row[name] is None:
                        missing[name] = missing.get(name, 0) + 1
        return RowCounts({}, missing, usual=True)

    def check(self, cells: Cells) -> RowCounts:
        """Raise `RequestError` for a cell that does not fit its column; count the unusual ones."""
        unseen, missing, usual = {}, {}, True
        for column in self.columns:
            values = cells[column.name]
            if not column.fitting.issuperset(map(type, values)):
                usual = column.is_column_in_range(_read_column(column, values)) and usual
            elif column.known is None:
                usual = usual and column.is_in_range(values)
            absent = values.count(None)
            known = column.known
            if column.reads_words or (known is not None and not known.issuperset(values)):
                unknown, absent = column.unseen(values)
                if unknown:
                    unseen[column.name] = unknown
            if absent:
                missing[column.name] = absent
        return RowCounts(unseen, missing, usual and not unseen)

    def _check_names(self, rows: list[Row]) -> None:
        width = len(self._names)
        for number, row in enumerate(rows, 1):
            if len(row) > width and not self._known.issuperset(row):
                raise self._unknown(number, row)

    def _wrong_row(self, rows: list[Any]) -> RequestError:
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                return RequestError(
                    422,
                    f"Row {number:,} must be an object of columns and values, got {as_json(row)}.",
                )
            unknown = [name for name in row if name not in self._known]
            if unknown:
                return self._unknown(number, row)
            absent = [name for name in self._names if name not in row]
            if absent:
                more = f" and {counted(len(absent) - 1, 'other column')}" if absent[1:] else ""
                return RequestError(
                    422,
                    f"Row {number:,} lacks {absent[0]!r}{more}: send null for a missing value.",
                )
        raise AssertionError("every row has every column")

    def _unknown(self, number: int, row: dict[str, Any]) -> RequestError:
        name = next(name for name in row if name not in self._known)
        hint = did_you_mean(name, [known for known in self._names if known not in row])
        return RequestError(
            422,
            sentences(
                f"Row {number:,} has the column {shortened(name)}, which the model does not know.",
                hint or "Omit it.",
            ),
        )


def _check_count(rows: int, max_rows: int) -> None:
    """Raise `RequestError` without rows, and for more than `max_rows`."""
    if rows == 0:
        raise RequestError(422, "There are no rows: send at least one.")
    if rows > max_rows:
        raise RequestError(
            413, f"There are {rows:,} rows, more than {max_rows:,}: send them in several requests."
        )


def as_json(value: Any) -> str:
    """Return a value of a request as it was sent, or the beginning of that."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 3]}..."


def _read_column(column: InputColumn, cells: list[Any]) -> Column:
    for number, cell in enumerate(cells, 1):
        if type(cell) not in column.fitting and type(cell) not in column.readable:
            raise _misfit(column, number, cell)
    found, row = column.read(cells)
    if row is not None:
        raise _misfit(column, row + 1, cells[row])
    return found


def _misfit(column: InputColumn, number: int, cell: Any) -> RequestError:
    hint = "" if column.example is None else f", such as {as_json(column.example)},"
    return RequestError(
        422,
        f"Row {number:,}, column {shortened(column.name)}: {as_json(cell)} is not {column.noun}. "
        f"Send {column.noun}{hint} or null if it is missing.",
    )

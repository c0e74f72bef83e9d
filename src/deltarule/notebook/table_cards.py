"""Cards of tables, columns and how they are read, encoded and split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule.data import Column, Table
from deltarule.notebook.card import MAX_ROWS as CARD_ROWS
from deltarule.notebook.card import Card
from deltarule.notebook.dispatch import card_of
from deltarule.notebook.histograms import histogram, sampled_card
from deltarule.preprocessing import FittedTarget, TableEncoder, Target
from deltarule.report.content import DataTable
from deltarule.schema import TableSchema
from deltarule.schema.column_schema import ColumnSchema
from deltarule.splitting import Split

MAX_HISTOGRAMS = 4
MAX_COLUMNS, MAX_ROWS = 6, 5
T = TypeVar("T")


@card_of.register
def table_card(table: Table) -> Card:
    """Return the card of a table: histograms of its first columns, and its first rows."""
    shown = table.columns[:MAX_COLUMNS]
    places = np.arange(min(MAX_ROWS, table.rows))
    cells = [cell_texts(column.take(places)) for column in shown]
    rows = [[f"{i}", *(part[i] for part in cells)] for i in places.tolist()]
    pictures = [
        picture
        for i, column in enumerate(shown[:MAX_HISTOGRAMS])
        for picture in histogram(column, i)
    ]
    caption = f"The first {len(rows)} of {counted(table.rows, 'row')}"
    if len(table.columns) > len(shown):
        caption += f", {len(shown)} of {len(table.columns):,} columns"
    kinds = [f"{column.name} ({column.kind})" for column in shown]
    note = f"The histograms show the first columns: {', '.join(kinds[:MAX_HISTOGRAMS])}."
    header = ["Row", *(column.name for column in shown)]
    return Card(
        "Table",
        f"{table._sentence()}.",
        pictures,
        [DataTable(caption, header, rows)],
        note if pictures else "",
    )


@card_of.register
def column_card_of(column: Column) -> Card:
    """Return the card of a column."""
    card = sampled_card(column)
    picks = cell_texts(column.take(np.arange(min(8, len(column)))))
    rows = [[f"{i}", text] for i, text in enumerate(picks)]
    table = DataTable(
        f"The first {len(rows)} of {counted(len(column), 'row')}", ["Row", column.name], rows
    )
    pictures = histogram(column, 0)
    note = "" if card is None else " ".join([f"{card.facts}." if card.facts else "", *card.alerts])
    return Card("Column", f"{column._sentence()}.", pictures, [table], note)


@card_of.register
def table_schema_card(schema: TableSchema) -> Card:
    """Return the card of how the columns of a table are read."""
    rows = [[column.name, column.summary, column.assumption] for column in first(schema.columns)]
    table = DataTable(
        columns_caption(len(schema.columns)), ["Column", "Read as", "Assumption"], rows
    )
    return Card("TableSchema", f"{schema._sentence()}.", tables=[table])


@card_of.register
def column_schema_card(column: ColumnSchema) -> Card:
    """Return the card of how one column is read."""
    return Card("ColumnSchema", f"{column._sentence()}.")


@card_of.register
def table_encoder_card(encoder: TableEncoder) -> Card:
    """Return the card of how the columns of a table are encoded."""
    return Card("TableEncoder", f"{encoder._sentence()}.", tables=[encoder_table(encoder)])


def encoder_table(encoder: TableEncoder) -> DataTable:
    """Return a row for each of the first columns: how it is encoded, and as how many features."""
    rows = [
        [one.column, one.summary, f"{len(one.features):,}"]
        for one in first(encoder.column_encoders)
    ]
    caption = columns_caption(len(encoder.column_encoders))
    return DataTable(caption, ["Column", "Encoding", "Features"], rows)


def first(columns: Sequence[T]) -> Sequence[T]:
    """Return the columns that a table of them has room for."""
    return columns[:CARD_ROWS]


def columns_caption(count: int) -> str:
    """Return the caption of a table of columns."""
    return "Columns" if count <= CARD_ROWS else f"The first {CARD_ROWS} of {count:,} columns"


@card_of.register
def target_card(target: Target) -> Card:
    """Return the card of a target."""
    rows = [[f"{i}", name] for i, name in enumerate(target.classes)]
    tables = [DataTable("Classes", ["Number", "Class"], rows)] if rows else []
    return Card(type(target).__name__, f"{target._sentence()}.", tables=tables)


@card_of.register
def fitted_target_card(fitted: FittedTarget) -> Card:
    """Return the card of a target column and the rows that have one."""
    return Card("FittedTarget", f"{fitted._sentence()}.", note=" ".join(fitted.notes))


@card_of.register
def split_card(split: Split) -> Card:
    """Return the card of which rows train, validate and test."""
    parts = {"training": split.training, "validation": split.validation, "test": split.test}
    total = sum(len(rows) for rows in parts.values()) or 1
    rows = [
        [name, f"{len(found):,}", format_percent(len(found) / total)]
        for name, found in parts.items()
    ]
    table = DataTable("", ["Part", "Rows", "Share"], rows)
    return Card("Split", f"{split._sentence()}.", tables=[table])


def cell_texts(column: Column) -> list[str]:
    """Return the values as short texts, – where there is none."""
    if column.kind == "number":
        return ["–" if v != v else format_number(v, 6) for v in column.values.tolist()]
    return ["–" if text is None else str(text) for text in column.texts()]

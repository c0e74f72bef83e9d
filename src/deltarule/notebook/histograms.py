"""The small histogram of the values of a column, as in the report."""

from __future__ import annotations

import numpy as np

from deltarule.data import Column
from deltarule.notebook.card import SMALL, Picture
from deltarule.report.column_histograms import column_card
from deltarule.report.content import ColumnCard

MAX_COUNTED = 20_000


def histogram(column: Column, place: int) -> list[Picture]:
    """Return the histogram, or nothing for a column without values."""
    card = sampled_card(column, place)
    return [] if card is None or card.chart is None else [Picture(card.chart, SMALL)]


def sampled_card(column: Column, place: int = 0) -> ColumnCard | None:
    """Return histogram and facts of about `MAX_COUNTED` evenly spaced rows; None without rows."""
    if len(column) == 0:
        return None
    every = max(1, len(column) // MAX_COUNTED)
    return column_card(column.take(np.arange(0, len(column), every)), place)

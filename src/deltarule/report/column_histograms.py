"""Small histograms of the columns, with what is unusual in each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule.data import Column
from deltarule.drawing.svg import Fragment, element, line, svg_root, text, text_width, truncate
from deltarule.report.axes import TICK_SIZE
from deltarule.report.column_alerts import column_alerts
from deltarule.report.content import ColumnCard, Section
from deltarule.report.dependence_charts import on_axis
from deltarule.report.explanation import Explanation
from deltarule.report.scales import Scale, bend_of
from deltarule.report.ticks import distinct_labels

Array = NDArray[Any]
MAX_COLUMNS = 30
_WIDTH, _HEIGHT, _BARS, _MAX_LEVELS = 220.0, 84.0, 32, 12
_TRIM = (0.5, 99.5)
_TRIM_FROM_ROWS = 500


def histogram_section(explanation: Explanation) -> Section:
    """Return the section with a histogram of the target and of the most important columns."""
    result = explanation.result
    model, rows = result.model, explanation.training_rows
    ranked = [one.column for one in explanation.importances]
    others = [name for name in model.encoder.columns if name not in set(ranked)]
    shown = [model.target.name, *ranked, *others][: MAX_COLUMNS + 1]
    cards = tuple(column_card(rows[name], i) for i, name in enumerate(shown))
    total = len(model.encoder.columns)
    lead = f"The distribution of {counted(rows.rows, 'training row')}. "
    if total > MAX_COLUMNS:
        lead += f"The target and the {MAX_COLUMNS} most important of {total:,} columns are shown. "
    else:
        lead += "The target comes first, then the columns by importance. "
    alerts = sum(bool(card.alerts) for card in cards)
    lead += (
        f"{counted(alerts, 'column has', 'columns have')} a remark." if alerts else "No remarks."
    )
    return Section("distributions", "Distributions", lead, cards=cards)


def column_card(column: Column, place: int) -> ColumnCard:
    """Return the histogram of a column, facts about it, and what is unusual."""
    missing, alerts = int(column.missing.sum()), tuple(column_alerts(column))
    share = f"{format_percent(missing / len(column))} missing"
    facts = [share] if missing and share not in alerts else []
    present = replace(column, values=column.values[~column.missing])
    if len(present) == 0:
        return ColumnCard(column.name, None, "", alerts)
    distinct = len(np.unique(present.values))
    if column.kind in ("number", "datetime"):
        chart = _of_numbers(present, place)
        if column.kind == "number":
            facts.insert(0, f"median {format_number(float(np.median(present.values)), 4)}")
    else:
        chart = _of_levels(present, place)
    facts.insert(0, counted(distinct, "value"))
    return ColumnCard(column.name, chart, ", ".join(facts), alerts)


def _of_numbers(column: Column, place: int) -> Fragment:
    values = on_axis(column.values)
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    if len(values) >= _TRIM_FROM_ROWS:
        # Ends that hold a visible share of the rows stay, such as a maximum at which values were cut.
        trimmed = np.percentile(values, _TRIM)
        low, high = (
            (float(trimmed[0]), float(trimmed[1])) if trimmed[1] > trimmed[0] else (low, high)
        )
    with np.errstate(over="ignore"):
        if not (high > low and np.isfinite(high - low)):
            low, high = (low - 0.5, low + 0.5) if abs(low) < 1e15 else (low * 0.9, low * 1.1)
            low, high = min(low, high), max(low, high)
    bend = None if column.kind == "datetime" else bend_of(values, low, high)
    scale = Scale(low, high, 4.0, _WIDTH - 4, bend=bend)
    edges = np.linspace(scale.start, scale.end, _BARS + 1)
    # Rows beyond the ends count in the first and the last bar.
    counts = np.histogram(np.clip(scale(values), edges[0], edges[-1]), edges)[0]
    bars = _bars(edges[:-1] + 0.5, np.full(_BARS, edges[1] - edges[0] - 1), counts)
    if column.kind == "datetime":
        ends = [str(np.datetime64(round(day), "D")) for day in (low, high)]
    else:
        ends = distinct_labels([low, high])
    ends[0] = f"≤ {ends[0]}" if values.min() < low else ends[0]
    ends[1] = f"≥ {ends[1]}" if values.max() > high else ends[1]
    return _chart(column, place, bars, ends)


def _of_levels(column: Column, place: int) -> Fragment:
    codes, counts = np.unique(column.values, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_MAX_LEVELS]
    slot = (_WIDTH - 8) / max(len(order), 4)
    starts = 4 + slot * np.arange(len(order)) + 1
    bars = _bars(starts, np.full(len(order), slot - 2), counts[order])
    names = replace(column, values=codes[order[:1]]).texts()
    share = format_percent(float(counts.max() / counts.sum()))
    return _chart(column, place, bars, [f"{truncate(str(names[0]), 18)} {share}", ""])


def _bars(starts: Array, widths: Array, counts: Array) -> list[Fragment]:
    highest = max(int(counts.max()), 1)
    return [
        element("rect", x=float(x), y=_HEIGHT - 20 - h, width=float(w), height=h, class_="bar")
        for x, w, count in zip(starts, widths, counts.tolist(), strict=True)
        if count and (h := max(float(count / highest * (_HEIGHT - 26)), 1.0))
    ]


def _chart(column: Column, place: int, bars: list[Fragment], ends: list[str]) -> Fragment:
    base = _HEIGHT - 20
    parts = [*bars, line(4, base, _WIDTH - 4, base, class_="axis")]
    parts.append(text(4, _HEIGHT - 5, ends[0], class_="tick"))
    if ends[1] and sum(text_width(end, TICK_SIZE) for end in ends) < _WIDTH - 20:
        parts.append(text(_WIDTH - 4, _HEIGHT - 5, ends[1], text_anchor="end", class_="tick"))
    return svg_root(
        f"distribution-{place}",
        _WIDTH,
        _HEIGHT,
        f"Distribution of {truncate(column.name)}",
        f"A histogram of {len(column):,} rows.",
        *parts,
        class_="small",
    )

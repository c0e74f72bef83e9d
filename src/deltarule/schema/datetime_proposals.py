"""Propose a format of datetimes, times of day or durations for a column of texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.cell_format import CellFormat, Proposal
from deltarule.schema.datetime_format import DatetimeFormat
from deltarule.schema.datetime_grammar import ORDERS
from deltarule.schema.datetime_order import datetime_proposal
from deltarule.schema.duration_format import DurationFormat
from deltarule.schema.duration_grammar import are_minutes_first, have_terms, plain_unit
from deltarule.schema.integer_times import propose_for_integers
from deltarule.schema.plain_numbers import are_months, is_plain_number
from deltarule.schema.possible_values import may_be_time
from deltarule.schema.text_templates import group_by_template
from deltarule.schema.time_of_day_format import TimeOfDayFormat

_SAMPLED_CELLS = 256
_MIN_SHARE = 0.5  # of the cells; the schema decides how many may not fit


def propose_datetimes(
    levels: Sequence[str],
    counts: Sequence[int] | NDArray[np.int64],
    *,
    day_first: bool | None,
    stated: str | None = None,
) -> Proposal | None:
    """Propose a format of datetimes, times of day or durations for a column of texts.

    Parameters
    ----------
    levels : sequence of str
        The distinct texts of the column, trimmed, without missing markers.
    counts : array-like of shape (n_levels,)
        How many cells have each level.
    day_first : bool or None
        Whether the day comes before the month in dates such as 05/06/2024; None: find out. Levels that
        show another order have precedence.
    stated : {"datetime", "duration", "number"}, optional
        The kind that the user states for the column. Its format is then proposed if any level fits.

    Returns
    -------
    Proposal or None
        None if fewer than half of the cells are times, or if they may as well be numbers.
    """
    if len(levels) == 0:
        return None
    weights = np.asarray(counts, np.float64)
    if stated is not None:
        return _stated_proposal(levels, weights, day_first, stated)
    sample = _sample(levels, weights)
    if np.mean([_is_integer(text) for text in sample]) >= _MIN_SHARE:
        return _digits_proposal(levels)
    groups = [*group_by_template(sample)]
    if not any(may_be_time(group.template) for group in groups):
        return None
    dates = [DatetimeFormat(order, "YYYYMMDD").read_groups(groups, len(sample)) for order in ORDERS]
    hours = [f.read_groups(groups, len(sample)) for f in (TimeOfDayFormat(), DurationFormat())]
    fits = [~np.isnat(v) for v in dates] + [~np.isnan(v) for v in hours]
    shares = [fitting.mean() for fitting in fits]
    best = int(np.argmax(shares))
    if shares[best] < _MIN_SHARE:
        return None
    if best < len(ORDERS):
        if any(group.template == "00.0000" for group in groups) and _may_be_numbers(levels):
            return None
        return datetime_proposal(levels, weights, day_first)
    units = {plain_unit(text) for text in sample}
    if (len(units) == 1 and units != {""}) or have_terms(units):
        return None
    return _best((TimeOfDayFormat(), _duration_format(levels)), levels, weights)


def _may_be_numbers(levels: Sequence[str]) -> bool:
    """Whether most levels are plain numbers, which 10.2023 may be; 02.2023 shows months if all are."""
    numbers = [level for level in levels if is_plain_number(level)]
    return 2 * len(numbers) >= len(levels) and not are_months(numbers)


def _stated_proposal(
    levels: Sequence[str], weights: NDArray[np.float64], day_first: bool | None, stated: str
) -> Proposal | None:
    if stated == "datetime":
        proposal = datetime_proposal(levels, weights, day_first)
    else:
        proposal = _best(
            [_duration_format(levels) if stated == "duration" else TimeOfDayFormat()],
            levels,
            weights,
        )
    return proposal if proposal is not None and proposal.fits.any() else None


def _duration_format(levels: Sequence[str]) -> DurationFormat:
    templates = {group.template for group in group_by_template(levels)}
    return DurationFormat(minutes_first=are_minutes_first(templates))


def _best(
    formats: Sequence[CellFormat], levels: Sequence[str], weights: NDArray[np.float64]
) -> Proposal:
    proposals = [Proposal(cell_format, _fits(cell_format, levels)) for cell_format in formats]
    return max(proposals, key=lambda proposal: weights @ proposal.fits)


def _sample(levels: Sequence[str], weights: NDArray[np.float64]) -> list[str]:
    """Return the levels of evenly chosen cells, so that frequent levels are in it more often."""
    ends = np.cumsum(weights)
    n_cells = min(_SAMPLED_CELLS, max(len(levels), 1))
    places = np.searchsorted(ends, (np.arange(n_cells) + 0.5) * ends[-1] / n_cells, side="right")
    return [levels[place] for place in np.minimum(places, len(levels) - 1).tolist()]


def _fits(cell_format: CellFormat, texts: Sequence[str]) -> NDArray[np.bool_]:
    values = cell_format.parse_all(texts)
    return ~(np.isnat(values) if values.dtype.kind == "M" else np.isnan(values))


def _digits_proposal(levels: Sequence[str]) -> Proposal | None:
    numbers = [int(text.removesuffix(".0")) for text in levels if _is_integer(text)]
    found = propose_for_integers(np.array(numbers, np.float64))
    return Proposal(found.format, _fits(found.format, levels)) if found else None


def _is_integer(text: str) -> bool:
    digits = text.removesuffix(".0")
    return digits.isascii() and digits.isdigit() and len(digits) <= 15

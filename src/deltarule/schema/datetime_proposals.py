"""Propose a format of datetimes, times of day or durations for a column of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.cell_format import CellFormat, Proposal
from deltarule.schema.clock_times import Fields
from deltarule.schema.datetime_format import DatetimeFormat
from deltarule.schema.datetime_grammar import DIGITS, ORDERS, match_template
from deltarule.schema.duration_format import DurationFormat, plain_unit
from deltarule.schema.integer_times import propose_for_integers
from deltarule.schema.text_templates import TemplateGroup, group_by_template
from deltarule.schema.time_of_day_format import TimeOfDayFormat
from deltarule.schema.time_zones import AMBIGUOUS_ABBREVIATIONS

_SAMPLED_CELLS = 256
_MIN_SHARE = 0.5  # of the cells; the schema decides how many may not fit
_DAY_FIRST, _MONTH_FIRST, _YEAR_FIRST = ORDERS[1:]


def propose_datetimes(
    levels: Sequence[str], counts: Sequence[int] | NDArray[np.int64], *, day_first: bool | None
) -> Proposal | None:
    """Propose a format of datetimes, times of day or durations for a column of texts.

    Parameters
    ----------
    levels : sequence of str
        The distinct texts of the column, trimmed, without missing markers.
    counts : array-like of shape (n_levels,)
        How many cells have each level.
    day_first : bool or None
        Whether the day comes before the month in dates such as 05/06/2024; None: find out.

    Returns
    -------
    Proposal or None
        None if fewer than half of the cells are times, or if they may as well be numbers.
    """
    if len(levels) == 0:
        return None
    weights = np.asarray(counts, np.float64)
    sample = _sample(levels, weights)
    digits = np.array([text.replace(".0", "").isdigit() for text in sample])
    if digits.mean() >= _MIN_SHARE:
        return _digits_proposal(levels)
    formats: list[CellFormat] = [DatetimeFormat(order, "YYYYMMDD") for order in ORDERS]
    formats += [TimeOfDayFormat(), DurationFormat()]
    shares = [_fits(cell_format, sample).mean() for cell_format in formats]
    best = int(np.argmax(shares))
    if shares[best] < _MIN_SHARE:
        return None
    if best < len(ORDERS):
        return _Datetimes(levels, weights, day_first).proposal()
    if len({plain_unit(text) for text in sample} | {""}) == 2 and all(map(plain_unit, sample)):
        return None
    proposals = [Proposal(f, _fits(f, levels)) for f in (TimeOfDayFormat(), DurationFormat())]
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


@dataclass
class _Datetimes:
    """The levels of a column of datetimes, grouped by template, and the decision on their order."""

    levels: Sequence[str]
    weights: NDArray[np.float64]
    day_first: bool | None
    groups: list[TemplateGroup] = field(default_factory=list)
    digits: str = ""

    def proposal(self) -> Proposal | None:
        self.groups = [g for g in group_by_template(self.levels) if match_template(g.template)]
        self.digits = self._most_frequent_digits()
        orders = self._orders()
        fits = {order: self._fits(order) for order in orders}
        cells = {order: float(self.weights @ fits[order]) for order in orders}
        most = max(cells.values())
        tied = [order for order in orders if cells[order] == most]
        order, assumption = tied[0], ""
        if len(tied) > 1:
            order = self._likely_order(tied)
            if self.day_first is None:
                assumption = self._assumption(order, tied, fits[order])
        if self._are_seasons():
            return None
        sentences = [assumption, *self._zone_assumptions()]
        cell_format = DatetimeFormat(order, self.digits)
        return Proposal(cell_format, fits[order], " ".join(filter(None, sentences)))

    def _fits(self, order: str) -> NDArray[np.bool_]:
        times = DatetimeFormat(order, self.digits).read_groups(self.groups, len(self.levels))
        return ~np.isnat(times)

    def _most_frequent_digits(self) -> str:
        cells = dict.fromkeys(DIGITS, 0.0)
        for group in self.groups:
            found = match_template(group.template)
            if found and found[1]:
                cells[found[1]] += float(self.weights[group.rows].sum())
        return max(cells, key=lambda digits: cells[digits])

    def _three_numbers(self) -> list[tuple[Fields, TemplateGroup]]:
        """Return the groups of dates such as 05/06/2024."""
        found = ((match_template(group.template), group) for group in self.groups)
        fields = [(Fields(match[0], group), group) for match, group in found if match]
        return [(f, group) for f, group in fields if f.has("a")]

    def _orders(self) -> list[str]:
        three_numbers = self._three_numbers()
        if not three_numbers:
            return [""]
        orders = [_DAY_FIRST, _MONTH_FIRST]
        if self.day_first is not None:
            orders = [_DAY_FIRST if self.day_first else _MONTH_FIRST]
        if all(len(f.text("c")) == len(f.text("a")) == 2 for f, _ in three_numbers):
            orders.append(_YEAR_FIRST)
        return orders

    def _likely_order(self, tied: Sequence[str]) -> str:
        """Return the order to assume where every level fits all of them."""
        if self.day_first is not None:
            return tied[0]
        three_numbers = self._three_numbers()
        first, second, third = (
            np.concatenate([fields.number(name) for fields, _ in three_numbers]) for name in "abc"
        )
        distinct = [len(np.unique(part)) for part in (first, second, third)]
        if _YEAR_FIRST in tied and distinct[0] < distinct[2]:
            return _YEAR_FIRST
        if _DAY_FIRST not in tied or _MONTH_FIRST not in tied:
            return tied[0]
        if distinct[2] > 1 and min(distinct[:2]) == 1 and max(distinct[:2]) > 1:
            # Dates of every month name the same day.
            return _DAY_FIRST if distinct[0] == 1 else _MONTH_FIRST
        slashes = sum(self.weights[g.rows].sum() for _, g in three_numbers if "/" in g.template)
        cells = sum(self.weights[g.rows].sum() for _, g in three_numbers)
        return _MONTH_FIRST if 2 * slashes > cells else _DAY_FIRST

    def _assumption(self, order: str, tied: Sequence[str], fits: NDArray[np.bool_]) -> str:
        example = next(
            (
                self.levels[row]
                for _, group in self._three_numbers()
                for row in group.rows.tolist()
                if fits[row]
            ),
            "",
        )
        day = str(DatetimeFormat(order).parse_all([example])[0])[:10]
        names = {
            _DAY_FIRST: "day first",
            _MONTH_FIRST: "month first",
            _YEAR_FIRST: "year first",
        }
        option = "--month-first (Python: day_first=False)"
        if order != _DAY_FIRST and _DAY_FIRST in tied:
            option = "--day-first (Python: day_first=True)"
        return (
            f"No cell shows the order of day, month and year, so {names[order]} is assumed: {example!r} "
            f"is read as {day}. The other order is chosen with {option}."
        )

    def _zone_assumptions(self) -> list[str]:
        matches = [match_template(group.template) for group in self.groups]
        zones = {match[0].groupdict().get("zone") for match in matches if match}
        return [
            f"{sentence}; write an offset such as +02:00 where it means another zone."
            for zone, sentence in AMBIGUOUS_ABBREVIATIONS.items()
            if zone in zones
        ]

    def _are_seasons(self) -> bool:
        """Whether all levels name two successive years, as 2009-10 and 2010-11 do."""
        for group in self.groups:
            found = match_template(group.template)
            if found is None or group.template != "0000-00":
                return False
            fields = Fields(found[0], group)
            if not ((fields.number("Y") + 1) % 100 == fields.number("m")).all():
                return False
        return bool(self.groups)

"""Find the order of day, month and year in a column of datetimes, and whether it had to be assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.cell_format import Proposal
from deltarule.schema.clock_times import Fields
from deltarule.schema.datetime_format import DatetimeFormat
from deltarule.schema.datetime_grammar import DIGITS, ORDERS, match_template
from deltarule.schema.text_templates import TemplateGroup, group_by_template
from deltarule.schema.time_zones import AMBIGUOUS_ABBREVIATIONS

_DAY_FIRST, _MONTH_FIRST, _YEAR_FIRST = ORDERS[1:]
_MIN_SHARE_OF_CHOSEN = (
    0.95  # of the cells that another order fits; below, a user's order is not followed
)
_NAMES = {_DAY_FIRST: "day first", _MONTH_FIRST: "month first", _YEAR_FIRST: "year first"}


def datetime_proposal(
    levels: Sequence[str], weights: NDArray[np.float64], day_first: bool | None
) -> Proposal | None:
    """Propose the format of datetimes that fits the most cells; None if they are seasons (2009-10)."""
    return _Datetimes(levels, weights, day_first).proposal()


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
        if self._are_seasons():
            return None
        orders = self._orders()
        fits = {order: self._fits(order) for order in orders}
        cells = {order: float(self.weights @ fits[order]) for order in orders}
        order, assumption = self._choice(cells)
        if assumption:
            assumption += self._example(order, fits[order])
        sentences = filter(None, [assumption, *self._zone_assumptions()])
        return Proposal(DatetimeFormat(order, self.digits), fits[order], " ".join(sentences))

    def _choice(self, cells: dict[str, float]) -> tuple[str, str]:
        """Return the order that fits the most cells, and the beginning of a sentence if it is assumed."""
        most = max(cells.values())
        tied = [order for order, fitting in cells.items() if fitting == most]
        if self.day_first is not None and len(cells) > 1:
            chosen = _DAY_FIRST if self.day_first else _MONTH_FIRST
            if chosen in tied or (
                _YEAR_FIRST not in tied and cells[chosen] >= _MIN_SHARE_OF_CHOSEN * most
            ):
                return chosen, ""
            return tied[
                0
            ], f"Most cells do not fit {_NAMES[chosen]}, so {_NAMES[tied[0]]} is assumed: "
        if len(tied) == 1:
            return tied[0], ""
        order = self._likely_order(tied)
        return order, (
            f"No cell shows the order of day, month and year, so {_NAMES[order]} is assumed: "
        )

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
        if all(len(f.text("c")) == len(f.text("a")) == 2 for f, _ in three_numbers):
            orders.append(_YEAR_FIRST)
        return orders

    def _likely_order(self, tied: Sequence[str]) -> str:
        """Return the order to assume where every level fits all of them."""
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

    def _example(self, order: str, fits: NDArray[np.bool_]) -> str:
        rows = np.concatenate([group.rows for _, group in self._three_numbers()])
        example = self.levels[int(rows[fits[rows]][0])]
        day = str(DatetimeFormat(order).parse_all([example])[0])[:10]
        option = "--day-first (Python: day_first=True)"
        if order == _DAY_FIRST:
            option = "--month-first (Python: day_first=False)"
        advice = "" if self.day_first is not None else f" State another order with {option}."
        return f"{example!r} is read as {day}.{advice}"

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

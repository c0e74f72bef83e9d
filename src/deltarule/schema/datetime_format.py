"""Columns of dates with or without times: the format, and whether a column of texts has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.schema.cell_format import register_cell_format
from deltarule.schema.datetime_grammar import DIGITS, ORDERS, match_template, read_datetimes
from deltarule.schema.text_templates import TemplateGroup, group_by_template

# The most frequent spelling, which DuckDB's cast reads as `parse` does.
_PLAIN_ISO = (
    "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"
    r"(?:[T ][0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:\.[0-9]*)?)?Z?)?"
)
_NAT = np.iinfo(np.int64).min
_SUMMARIES = {
    "": "",
    "day-month-year": "day before month: 05/06/2024 is read as 5 June 2024",
    "month-day-year": "month before day: 05/06/2024 is read as May 6, 2024",
    "year-month-day": "year before month: 05/06/24 is read as 2005-06-24",
}
_DIGITS_SUMMARIES = {
    "": "",
    "YYYYMM": "year and month: 202406 is read as 2024-06-01",
    "YYYYMMDD": "compact dates: 20240624 is read as 2024-06-24",
    "YYYYMMDDhhmm": "compact datetimes: 202406240830 is read as 2024-06-24 08:30",
    "YYYYMMDDhhmmss": "compact datetimes: 20240624083000 is read as 2024-06-24 08:30:00",
}


@dataclass(frozen=True)
class DatetimeFormat:
    """Dates and datetimes: ISO 8601, names of months, three numbers in a known order, compact forms.

    `order` is the order of dates such as 05/06/2024 or 05/06/24, which are not read if it is "". `digits`
    is the meaning of texts of digits only, which are not read if it is "".
    """

    kind: ClassVar[str] = "datetime"
    order: str = ""
    digits: str = ""

    def parse(self, text: str) -> int | None:
        """Return microseconds since 1970 UTC, None where a trimmed text does not fit."""
        value = int(self.parse_all([text]).astype(np.int64)[0])
        return None if value == _NAT else value

    def parse_all(self, texts: Sequence[str]) -> NDArray[np.datetime64]:
        """Return datetime64[us] (n,) in UTC, NaT where a text does not fit."""
        return self.read_groups(group_by_template(texts), len(texts))

    def read_groups(self, groups: Iterable[TemplateGroup], count: int) -> NDArray[np.datetime64]:
        """Return datetime64[us] (count,) of grouped texts, NaT where a text does not fit."""
        values = np.full(count, _NAT)
        for group in groups:
            found = match_template(group.template)
            if found is None or found[1] not in ("", self.digits):
                continue
            times, valid = read_datetimes(found[0], group, self.order)
            values[group.rows] = np.where(valid, times, _NAT)
        return values.view("datetime64[us]")

    def sql(self, cell: str) -> str:
        """Return DuckDB's SQL for the value of a trimmed cell, a TIMESTAMP.

        The value is that of `parse` for ISO dates without an offset, and NULL for all other texts, which
        are left for `parse`.
        """
        is_plain = f"regexp_full_match({cell}, '{_PLAIN_ISO}')"
        return f"CASE WHEN {is_plain} THEN TRY_CAST({cell} AS TIMESTAMP) END"

    @property
    def summary(self) -> str:
        """Part of a sentence for notes, "" if nothing had to be chosen."""
        return "; ".join(filter(None, (_SUMMARIES[self.order], _DIGITS_SUMMARIES[self.digits])))

    def to_json(self) -> dict[str, Any]:
        """Return what `cell_format_from_json` takes."""
        return {"format": "datetime", "order": self.order, "digits": self.digits}

    @classmethod
    def from_json(cls, reader: StrictReader) -> DatetimeFormat:
        """Return the format that `to_json` described."""
        return cls(reader.one_of("order", ORDERS), reader.one_of("digits", DIGITS))


register_cell_format("datetime", DatetimeFormat.from_json)

"""The spelling of a column of numbers: decimal mark, thousands mark and unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.schema.cell_format import Proposal, register_cell_format

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?i:inf|infinity)")
_CODE = re.compile(r"[+-]*0[0-9][^.,]*")


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a column are spelled."""

    kind: ClassVar[str] = "number"
    decimal_mark: str = "."
    thousands_mark: str = ""
    unit: str = ""

    def parse(self, text: str) -> float | None:
        """Return the value of a trimmed text, None where it is not a number of this format."""
        return float(text) if _PLAIN.fullmatch(text) else None

    def parse_all(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the values (n,) of all texts, NaN where `parse` is None."""
        values = (self.parse(text) for text in texts)
        return np.array([np.nan if value is None else value for value in values], float)

    @property
    def summary(self) -> str:
        """Part of a sentence for notes, "" for the plain format."""
        return ""

    def to_json(self) -> dict[str, Any]:
        """Return what `cell_format_from_json` takes."""
        return {
            "format": "number",
            "decimal_mark": self.decimal_mark,
            "thousands_mark": self.thousands_mark,
            "unit": self.unit,
        }

    @classmethod
    def from_json(cls, reader: StrictReader) -> NumberFormat:
        """Return the format that `to_json` described."""
        return cls(
            reader.one_of("decimal_mark", ".,"),
            reader.one_of("thousands_mark", ("", ".", ",", " ", "'")),
            reader.take("unit", str),
        )


register_cell_format("number", NumberFormat.from_json)


def propose_numbers(
    levels: Sequence[str], counts: NDArray[np.int64], *, decimal_mark: str | None = None
) -> Proposal | None:
    """Return the format of a column's numbers and the levels that fit, None if no level does."""
    plain = NumberFormat()
    fits = np.array(
        [_CODE.fullmatch(t) is None and plain.parse(t) is not None for t in levels], bool
    )
    return Proposal(plain, fits) if fits.any() else None


def evidence_of_decimal_mark(levels: Sequence[str]) -> str | None:
    """Return the decimal mark that the numbers of a column prove, None if they prove none."""
    return None


def merges_distinct_integers(levels: Sequence[str]) -> bool:
    """Whether distinct whole numbers of a column are the same float64 (beyond 2⁵³)."""
    return False

"""Which columns of a text table hold plain numbers alone, by DuckDB."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deltarule.data.duckdb_connection import sql_text
from deltarule.data.raw_columns import MAX_EXACT_INTEGER
from deltarule.schema import NumberFormat
from deltarule.schema.missing_values import MISSING_MARKERS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ODD_ROW = "odd_row"


@dataclass(frozen=True)
class ExpectedNumbers:
    """The columns of a text table that are expected to hold plain numbers alone, by a sample.

    `columns` has SQL for the numbers, by column index, and `fractions` those with few whole numbers. To
    `infer` types, codes and integers beyond 2⁵³ are no plain numbers. `missing` are spellings of missing
    cells. Without an underscore in any cell, a cast alone tells nearly every number: of the texts that
    DuckDB casts to finite numbers, only some with an underscore are none.
    """

    columns: Mapping[int, str]
    fractions: Collection[int]
    infer: bool
    missing: Sequence[str]
    has_underscore: bool

    @classmethod
    def of(
        cls,
        columns: Mapping[int, str],
        sample: Sequence[Sequence[str]],
        infer: bool,
        missing: Sequence[str],
        has_underscore: bool,
    ) -> ExpectedNumbers:
        """Find the fractions in a sample of rows."""
        fractions = set()
        for index in columns:
            cells = [row[index] for row in sample if index < len(row) and row[index]]
            if 2 * sum("." in cell for cell in cells) > len(cells):
                fractions.add(index)
        return cls(columns, fractions, infer, missing, has_underscore)

    def sql(self, text_sql: str) -> str:
        """Return a SELECT of the rows of `text_sql` with the numbers, as n0, n1, ..., and `odd_row`.

        That is whether `plain_columns` may find a cell in the row that is no plain number. NaN is a
        missing cell.
        """
        numbers = {}
        for index, sql in self.columns.items():
            is_cast = not self.has_underscore and sql == NumberFormat().sql(f"c{index}")
            numbers[index] = f"TRY_CAST(c{index} AS DOUBLE)" if is_cast else sql
        with_numbers = ", ".join(f"{sql} AS n{index}" for index, sql in numbers.items())
        is_odd = " OR ".join(map(self._is_odd, self.columns))
        return (
            f"SELECT *, CASE WHEN {self._are_usual()} THEN false ELSE {is_odd} END AS {ODD_ROW} "
            f"FROM (SELECT *, {with_numbers} FROM ({text_sql}))"
        )

    def are_in(self, opened: DuckDBPyConnection, stored: str) -> bool:
        """Whether all columns of the stored rows, c0, c1, ..., hold plain numbers, and no other cells."""
        highest = ", ".join(f"max(c{index})" for index in self.columns)
        answer = opened.execute(f"SELECT bool_or({ODD_ROW}), {highest} FROM ({stored})").fetchone()
        assert answer is not None
        return not answer[0] and None not in answer[1:]

    def _is_odd(self, index: int) -> str:
        cell, number = f"c{index}", f"n{index}"
        odd = f"NOT isfinite({number})"  # nan, which is stored as it is, or infinite
        if self.infer:
            odd += f" OR abs({number}) >= {MAX_EXACT_INTEGER} OR {_is_code(cell)}"
        present = f"{_clean_sql(cell, self.missing)} IS NOT NULL"
        return (  # of a CASE, what no row needs is not computed
            f"CASE WHEN {number} IS NULL THEN {present} "
            f"WHEN {number} <> floor({number}) THEN false ELSE {odd} END"
        )

    def _are_usual(self) -> str:
        """Return SQL for a cheap test of a row, which most rows pass, and no row with an odd cell."""
        # A sum is finite only if all numbers are there.
        tests = [f"isfinite({' + '.join(f'n{index}' for index in self.columns)})"]
        for index in self.columns if self.infer else ():
            cell, number = f"c{index}", f"n{index}"
            if index in self.fractions:
                tests.append(f"{number} <> floor({number})")
            else:
                tests.append(
                    f"abs({number}) < {MAX_EXACT_INTEGER} AND ({cell} >= '1' OR {cell} = '0')"
                )
        return " AND ".join(tests)


def plain_columns(
    opened: DuckDBPyConnection,
    text_sql: str,
    tried: Mapping[int, str],
    infer: bool,
    missing: Sequence[str],
) -> frozenset[int]:
    """Return the columns of which every present cell is a number.

    To infer types, integers that are codes (007) or beyond 2⁵³ are no plain numbers.
    """
    if not tried:
        return frozenset()
    values = ", ".join(f"{value} AS v{index}" for index, value in tried.items())
    cells = ", ".join(f"c{index}" for index in tried)
    counts = []
    for index in tried:
        cell, value = f"c{index}", f"v{index}"
        # Only cells that are no numbers are compared with the missing markers.
        odd = f"CASE WHEN {value} IS NULL THEN {_clean_sql(cell, missing)} END"
        counts.append(f"count({odd}), count({value})")
        if infer:
            code = _is_code(cell)
            large = f"max(abs({value})) >= {MAX_EXACT_INTEGER}"
            counts[-1] += f", coalesce(bool_or({code}), false) OR coalesce({large}, false)"
        else:
            counts[-1] += ", false"
    source = f"SELECT {cells}, {values} FROM ({text_sql})"
    answer = opened.execute(f"SELECT {', '.join(counts)} FROM ({source})").fetchone()
    assert answer is not None
    return frozenset(
        index
        for place, index in enumerate(tried)
        if answer[3 * place] == 0 < answer[3 * place + 1] and not answer[3 * place + 2]
    )


def _clean_sql(cell: str, missing: Sequence[str] = MISSING_MARKERS) -> str:
    """Return SQL for the cell without surrounding blanks, NULL for missing spellings."""
    trimmed = f"trim({cell})"
    spellings = sql_text("\x1f" + "\x1f".join(("", *missing)) + "\x1f")
    is_missing = f"contains({spellings}, concat('\x1f', {trimmed}, '\x1f'))"
    if any("0" <= text[:1] <= "9" for text in missing):
        return f"CASE WHEN NOT {is_missing} THEN {trimmed} END"
    # Most cells are numbers, and cells that begin with a digit are not missing: a cheap test.
    # One search in one text is planned in a fifth of the time of NOT IN (...).
    return (
        f"CASE WHEN {trimmed} BETWEEN '0' AND '9~' THEN {trimmed} "
        f"WHEN NOT {is_missing} THEN {trimmed} END"
    )


def _is_code(cell: str) -> str:
    """Return SQL for whether a cell that is a number is a code such as 007.

    Cheap tests first: nearly every number starts with 1 to 9, is 0 or has a decimal point.
    """
    return (
        f"CASE WHEN NOT ({cell} >= '1' OR {cell} = '0' OR contains({cell}, '.')) "
        f"THEN ltrim(trim({cell}), '+-') BETWEEN '00' AND '09~' ELSE false END"
    )

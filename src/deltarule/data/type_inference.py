"""Detect the type of every column of a text table, and read the table with these types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deltarule.data.cell_parsing import (
    READINGS,
    Reading,
    clean_sql,
    is_missing,
    possible_readings,
    reads_as,
    sql_text,
)
from deltarule.data.dialects import Dialect
from deltarule.data.duckdb_reader import Relation
from deltarule.data.files import TableFile

_SLASHED_DATE = re.compile(r"[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{2,4}(?!\S)")

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Verdict:
    """How many present cells of a column do not fit a reading, with an example."""

    reading: Reading
    bad: int
    example: str


def text_relation(files: Sequence[TableFile], dialects: Sequence[Dialect]) -> str:
    """Return SQL for all cells of some text tables as text, with the columns of the first table."""
    parts = []
    for file, dialect in zip(files, dialects, strict=True):
        places = {name: index for index, name in enumerate(dialect.names)}
        cells_sql = [f"c{places[name]}" for name in dialects[0].names]
        cells_sql += ["NULL" if v is None else sql_text(v) for _, v in file.partitions]
        picked = ", ".join(f"{cell} AS c{index}" for index, cell in enumerate(cells_sql))
        quote = sql_text(dialect.quote)
        header = str(dialect.header_in_file).lower()
        cells = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(dialect.names)))
        parts.append(
            f"SELECT {picked} FROM read_csv({sql_text(str(file.path))}, auto_detect=false, "
            f"delim={sql_text(dialect.separator)}, quote={quote}, escape={quote}, nullstr=[''], "
            f"header={header}, skip={dialect.blank_lines}, strict_mode=true, "
            f"null_padding=false, ignore_errors=false, compression='none', columns={{{cells}}})"
        )
    return " UNION ALL ".join(parts)


def typed_relation(
    opened: DuckDBPyConnection, text_sql: str, dialect: Dialect, sample_is_all: bool
) -> Relation:
    """Detect the type of every text column over all rows, and read the table with these types.

    The dialect's sample restricts the possible readings; one pass over the whole table then counts the
    cells that do not fit, unless the sample is the whole table and the result is certain. A column with
    such cells is text; a note shows an example if the sample suggested numbers.
    """
    names, sample = dialect.names, dialect.sample
    candidates = [
        possible_readings(row[index] for row in sample if index < len(row))
        for index in range(len(names))
    ]
    if dialect.separator != ",":  # a decimal comma is more likely than commas between thousands
        candidates = [
            tuple(sorted(readings, key=lambda reading: reading.name == "thousands"))
            for readings in candidates
        ]
    clean = ", ".join(f"{clean_sql(f'c{i}')} AS c{i}" for i in range(len(names)))
    clean_text = f"SELECT {clean} FROM ({text_sql})"
    if sample_is_all and all(_certain(readings) for readings in candidates):
        verdicts = [[Verdict(reading, 0, "") for reading in readings] for readings in candidates]
        present = [1] * len(names)
    else:
        present, verdicts = _try_readings(opened, clean_text, candidates)
    picked, notes = [], []
    for index, name in enumerate(names):
        cell = f"c{index}"
        fitting = next((v.reading for v in verdicts[index] if v.bad == 0), None)
        if present[index] == 0:
            picked.append(f"CAST(NULL AS DOUBLE) AS {cell}")
        elif fitting is not None:
            picked.append(f"{_value_sql(fitting, cell)} AS {cell}")
            notes += _reading_notes(name, fitting)
        else:
            picked.append(cell)
            cells = [row[index] for row in sample if index < len(row)]
            notes += (
                _text_notes(name, verdicts[index], present[index])
                or _nearly_numbers(name, cells)
                or _dates_in_doubt(name, cells)
            )
    opened.execute(f"CREATE TEMP TABLE typed AS SELECT {', '.join(picked)} FROM ({clean_text})")
    return Relation("FROM typed", names, stored=True, clean=True, notes=tuple(notes))


def _certain(readings: Sequence[Reading]) -> bool:
    """Whether a sample that is the whole table determines the type: text, or one certain reading."""
    return len(readings) < len(READINGS) and all(r.pattern_is_enough for r in readings[:1])


def _try_readings(
    opened: DuckDBPyConnection, clean_text: str, candidates: Sequence[Sequence[Reading]]
) -> tuple[list[int], list[list[Verdict]]]:
    """Return the number of present cells of each column, and the verdict on each reading."""
    tried = [(index, reading) for index, readings in enumerate(candidates) for reading in readings]
    values = "".join(
        f", {_value_sql(reading, f'c{index}')} AS v{place}"
        for place, (index, reading) in enumerate(tried)
    )
    counts = [f"count(c{index})" for index in range(len(candidates))]
    counts += [f"count(v{place})" for place in range(len(tried))]
    source = f"(SELECT *{values} FROM ({clean_text}))"
    answer = opened.execute(f"SELECT {', '.join(counts)} FROM {source}").fetchone()
    assert answer is not None
    present = list(answer[: len(candidates)])
    bad = [present[index] - n for (index, _), n in zip(tried, answer[len(present) :], strict=True)]
    # Examples need a second pass, which most tables can skip.
    wanted = [
        place for place, (_, reading) in enumerate(tried) if bad[place] and reading.name == "number"
    ]
    examples = {}
    if wanted:
        picked = (f"min(c{tried[place][0]}) FILTER (WHERE v{place} IS NULL)" for place in wanted)
        found = opened.execute(f"SELECT {', '.join(picked)} FROM {source}").fetchone()
        examples = dict(zip(wanted, found or (), strict=True))
    verdicts: list[list[Verdict]] = [[] for _ in candidates]
    for place, (index, reading) in enumerate(tried):
        verdicts[index].append(Verdict(reading, bad[place], str(examples.get(place, ""))))
    return present, verdicts


def _value_sql(reading: Reading, cell: str) -> str:
    value = reading.sql.format(cell=cell)
    if reading.check_pattern_in_sql:
        value = f"CASE WHEN regexp_full_match({cell}, {sql_text(reading.pattern)}) THEN {value} END"
    return value


def _reading_notes(name: str, reading: Reading) -> list[str]:
    if reading.name == "decimal comma":
        return [f"Column {name!r} has decimal commas: 3,5 is read as 3.5."]
    if reading.name == "thousands":
        return [f"Column {name!r} has commas between thousands: 1,234 is read as 1234."]
    return []


def _text_notes(name: str, verdicts: Sequence[Verdict], present: int) -> list[str]:
    """Return a note if the sample has only numbers, but the whole column does not."""
    if len(verdicts) in (0, len(READINGS)) or verdicts[0].reading.name != "number":
        return []
    bad = verdicts[0].bad
    return [
        f"Column {name!r} is read as text, because {bad:,} of its {present:,} values "
        f"{'is' if bad == 1 else 'are'} not a number (for example {verdicts[0].example[:40]!r})."
    ]


def _nearly_numbers(name: str, cells: Sequence[str]) -> list[str]:
    """Return a note if nearly all cells of a sample are numbers."""
    present = [cell.strip() for cell in cells if not is_missing(cell)]
    other = [cell for cell in present if not reads_as(cell, "number")]
    codes = any(cell.lstrip("+-")[:1] == "0" and cell.strip("0123456789+-") == "" for cell in other)
    if not 0 < len(other) <= len(present) / 10 or codes:
        return []
    return [
        f"Column {name!r} is read as text, because {len(other):,} of its first {len(present):,} values "
        f"{'is' if len(other) == 1 else 'are'} not a number (for example {other[0][:40]!r})."
    ]


def _dates_in_doubt(name: str, cells: Sequence[str]) -> list[str]:
    """Return a note if a sample holds dates with an ambiguous order of day and month."""
    present = [cell.strip() for cell in cells if not is_missing(cell)]
    if not present or not all(_SLASHED_DATE.match(cell) for cell in present):
        return []
    return [
        f"Column {name!r} is read as text, because the order of day and month is ambiguous (for example "
        f"{present[0][:40]!r}). Write 2020-12-31 or 31.12.2020, or use strptime in a query."
    ]

"""Choose the separator and the quotation mark of a text table from its first lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deltarule.data.file_search import plain_suffix
from deltarule.data.files import TableFile
from deltarule.data.read_options import ReadOptions
from deltarule.data.text_copies import UNIT
from deltarule.data.text_layout import Lead, title_count
from deltarule.data.text_records import SPACE, SPACES, Record, Records, parse_records
from deltarule.schema import NumberFormat
from deltarule.schema.units import is_known_unit
from deltarule.schema.value_cells import are_values, values_schema

_SEPARATORS = (",", "\t", ";", "|")
_SINGLE_QUOTED = re.compile(r"(?:^|[,;\t|])[ ]*'[^'\r\n]*'[ ]*(?=[,;\t|\r\n]|$)", re.MULTILINE)
_OPEN_QUOTE = re.compile(r"(?:^|[,;\t|])[ ]*'[^'\r\n]*'[^',;\t|\r\n ]", re.MULTILINE)
_DOUBLE_QUOTED = re.compile(r'(?:^|[,;\t|])[ ]*"', re.MULTILINE)


@dataclass(frozen=True)
class Parsed:
    """The records of a file by one separator; the first `titles` of `found` are not rows."""

    separator: str
    quote: str
    found: Records
    titles: int

    @property
    def rows(self) -> tuple[Record, ...]:
        """The header, if there is one, and the rows."""
        return self.found.items[self.titles :]

    @property
    def score(self) -> tuple[float, int]:
        """The share of the rows with the most frequent number of cells, and this number."""
        widths = Counter(len(record.cells) for record in self.rows)
        width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        return count / max(len(self.rows) + self.titles / 2, 1), width


def best_separator(
    file: TableFile, lines: Sequence[str], lead: Lead, options: ReadOptions
) -> Parsed:
    """Return the records by the best separator and quotation mark, or by the given separator."""
    stated = options.separator or lead.separator

    def parse(separator: str, quote: str) -> Parsed:
        found = parse_records(lines, lead.lines, separator, quote, file.head_is_all)
        titles = (
            title_count(found.items, of_words=separator == SPACE)
            if options.skip_rows is None
            else 0
        )
        return Parsed(separator, quote, found, titles)

    def best(quote: str) -> Parsed:
        if stated is not None:
            return parse(stated, quote)
        return _best(file, lines, lambda separator: parse(separator, quote))

    chosen = best('"')
    if _has_single_quotes(file.head, lines):
        other = best("'")
        if other.score >= chosen.score or other.score[0] == 1:
            return other
    return chosen


def _best(file: TableFile, lines: Sequence[str], parse: Callable[[str], Parsed]) -> Parsed:
    suffix = plain_suffix(file.name)
    order = sorted(_SEPARATORS, key=lambda separator: (separator == "\t") != (suffix == ".tsv"))
    parsed = {separator: parse(separator) for separator in order}
    best, chosen = (0.0, 0), parsed[","]
    for candidate in parsed.values():
        if candidate.score[1] > 1 and candidate.score > best:
            best, chosen = candidate.score, candidate
    if best[0] == 1:
        rivals = [c for c in parsed.values() if c.score[0] == 1 and c.score[1] > 1]
        # 3,5;1,5 has two numbers with a decimal comma, not three cells.
        whole = [c for c in rivals if _is_whole(c, rivals)] if len(rivals) > 1 else []
        return whole[0] if len(whole) == 1 else chosen
    if best[0] < 1:  # not every row has the same number of cells
        others = (SPACE, SPACES, ":") if best[0] < 0.5 else (SPACE, SPACES)
        fitting = [c for c in map(parse, others) if _splits_all(c, lines)]
        if fitting:
            # "2020 01 31  3.5" has four numbers, "New York  3.5" a text of two words.
            return min(fitting, key=_columns_of_words)
    if best[0] < 0.5 or _is_decimal_column(chosen):  # prose with a few commas; one column
        cells = [record.cells[0] for record in parse(UNIT).found.items]
        fallback = next((s for s in _SEPARATORS if all(s not in cell for cell in cells)), ",")
        return parsed[fallback]
    return chosen


def _is_whole(parsed: Parsed, rivals: Sequence[Parsed]) -> bool:
    """Whether no cell below the first row has the separator of a rival, apart from values."""
    others = [rival.separator for rival in rivals if rival is not parsed]
    columns = zip(*(record.cells for record in parsed.rows[1:]), strict=True)
    return all(
        not any(other in cell for cell in column for other in others) or are_values(column)
        for column in columns
    )


def _is_decimal_column(parsed: Parsed) -> bool:
    """Whether commas are marks in the numbers of one column below its name, not separators.

    The name is one word, because several may be a title. Numbers that count the rows are their names, as
    R writes tables.
    """
    if parsed.separator != "," or len(parsed.found.items) < 2:
        return False
    name, *rows = (record.cells for record in parsed.found.items)
    if len(name) > 1 or len(name[0].split()) != 1:
        return False
    counted = [cells[0] for cells in rows] == [str(i + 1) for i in range(len(rows))]
    return not counted and are_values(",".join(cells) for cells in rows)


def _splits_all(parsed: Parsed, lines: Sequence[str]) -> bool:
    """Whether colons or spaces split every row alike, and not one number or date into parts."""
    rows = parsed.rows
    if len(rows) < 2 or parsed.score[1] < 2:
        return False
    widths = {len(record.cells) for record in rows[1:]}
    as_r_writes = lines[rows[0].line].startswith('"') and {len(rows[0].cells) + 1} == widths
    if len(widths) > 1 or not (as_r_writes or {len(rows[0].cells)} == widths):
        return False
    joiner = ":" if parsed.separator == ":" else " "
    if _are_single_values([joiner.join(record.cells) for record in rows[1:]]):
        return False
    columns = list(zip(*(record.cells for record in rows[1:]), strict=True))
    if parsed.separator == ":":
        return len(columns) > 2 or not any("" in column for column in columns)
    values = [are_values(column) for column in columns]
    # A cell with another separator must be a number with a decimal comma.
    whole = all(
        value or not any(s in cell for cell in column for s in _SEPARATORS)
        for value, column in zip(values, columns, strict=True)
    )
    return whole and (parsed.separator == SPACES or any(values))


def _are_single_values(texts: Sequence[str]) -> bool:
    """Whether texts with spaces or colons inside are one value each, such as 12 kg and 08:00 PM.

    "100 200" is two numbers rather than one with a space between thousands, and "1 male" two cells.
    """
    found = values_schema(texts)
    if found is None or not isinstance(found.format, NumberFormat):
        return found is not None
    unit = found.format.unit
    return is_known_unit(unit) if unit else found.format.thousands_mark != " "


def _columns_of_words(parsed: Parsed) -> int:
    columns = zip(*(record.cells for record in parsed.rows[1:]), strict=True)
    return sum(any(letter.isalpha() for cell in column for letter in cell) for column in columns)


def _has_single_quotes(head: str, lines: Sequence[str]) -> bool:
    """Whether many cells are in single quotes, which are closed, and none in double ones."""
    if "'" not in head or _DOUBLE_QUOTED.search(head):
        return False
    return len(_SINGLE_QUOTED.findall(head)) >= len(lines) / 2 and not _OPEN_QUOTE.search(head)

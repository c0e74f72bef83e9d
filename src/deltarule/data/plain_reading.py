"""Read files without DuckDB, which has no build for the browser: text tables and JSON, in plain Python.

Format, encoding, dialect and schema are found as everywhere; only the cells are split here.
"""

from __future__ import annotations

import csv
import json
import re
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from itertools import islice
from typing import Any

import numpy as np

from deltarule.data.arff import arff_as_csv
from deltarule.data.dialects import Dialect
from deltarule.data.duckdb_connection import row_width_message
from deltarule.data.duckdb_reader import NOT_IN_SCHEMA, Fetched
from deltarule.data.file_relations import (
    format_name,
    refuse_other_columns,
    table_files,
    text_layout,
    without_partitions,
)
from deltarule.data.files import TableFile
from deltarule.data.json_tables import no_keys_message, no_object_message
from deltarule.data.object_columns import object_column
from deltarule.data.raw_columns import RawColumn, RawPart, text_part
from deltarule.data.read_limits import MAX_JSON_KEYS, ReadLimits
from deltarule.data.read_options import ReadOptions
from deltarule.data.schema_inference import SchemaHints
from deltarule.data.table import code_type
from deltarule.data.table_reading import ReadTable, names_of, read_raw, without_empty
from deltarule.data.text_records import UNCLOSED_QUOTE
from deltarule.errors import DataError, TableFileError
from deltarule.schema import TableSchema
from deltarule.schema.column_schema import ReadKind

_ROWS_AT_ONCE = 8192
_BLANKS = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


@cache
def has_duckdb() -> bool:
    """Whether DuckDB is installed."""
    return find_spec("duckdb") is not None


def refuse_query() -> None:
    """Raise `DataError` for a query."""
    raise DataError("A query needs DuckDB, which is not installed: pip install duckdb.")


def read_files_plainly(
    source: Any, options: ReadOptions, schema: TableSchema | None, hints: SchemaHints
) -> tuple[ReadTable, str]:
    """Return the table of text files or JSON, and its description; refuse other formats."""
    with ExitStack() as stack:
        files = table_files(source, options, stack)
        first = files[0]
        shown = first.name if len(files) == 1 else f"{len(files)} files ({first.name}, ...)"
        if first.format == "json":
            fetched = _fetched(_json_columns(files, options.limits), names_of(schema))
            return read_raw(fetched, schema, hints), shown
        if first.format == "arff":
            rewritten = [arff_as_csv(file, stack, options.limits) for file in files]
            files = [file for file, _ in rewritten]
            options = replace(options, separator=",", header=True, skip_rows=0)
            declared: dict[str, ReadKind] = dict.fromkeys(rewritten[0][1], "category")
            hints = replace(hints, kinds={**declared, **hints.kinds})
        elif first.format != "csv":
            raise TableFileError(
                f"{first.name} is {format_name(first.format)}, which needs a package that "
                "is not installed here: save the table as CSV."
            )
        layout = text_layout(files, options, shown, stack, schema)
        names = layout.dialects[0].names
        parts = _Columns(len(names) + len(layout.files[0].partitions), options.limits)
        for file, dialect in zip(layout.files, layout.dialects, strict=True):
            order = [dialect.names.index(name) for name in names]
            parts.add(file, dialect, order)
        every = (*names, *(name for name, _ in layout.files[0].partitions))
        columns = {name: parts.column(i, name) for i, name in enumerate(every)}
        fetched = _fetched(columns, names_of(schema))
        fetched.notes += layout.notes
        if layout.dialects[0].separator != ",":
            hints = replace(hints, likely_decimal_mark=",")
        read = read_raw(fetched, schema, hints)
        unnamed = layout.dialects[0].unnamed
        return (read if schema is not None else without_empty(read, unnamed)), layout.description


def _fetched(columns: Mapping[str, RawColumn | str], only: Collection[str] | None) -> Fetched:
    result = Fetched()
    for name, column in columns.items():
        if only is not None and name not in only:
            result.left_out.append((name, NOT_IN_SCHEMA))
        elif isinstance(column, str):
            result.left_out.append((name, column))
        else:
            result.columns.append(column)
    return result


class _Levels(dict[str, int]):
    """The number of each distinct text, in the order of their first occurrence; "" is -1."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self) - 1
        return number


class _Columns:
    """The cells of a text table: for each column its distinct texts and a code for each row."""

    def __init__(self, width: int, limits: ReadLimits) -> None:
        self._levels = [_Levels({"": -1}) for _ in range(width)]
        self._codes = [array("i") for _ in range(width)]
        self._limits = limits

    def add(self, file: TableFile, dialect: Dialect, order: Sequence[int]) -> None:
        """Add the rows of a file, whose columns are taken in this order."""
        rows = _rows(file, dialect)
        given = tuple(value or "" for _, value in file.partitions)
        while chunk := list(islice(rows, _ROWS_AT_ONCE)):
            cells = list(zip(*chunk, strict=True))
            together = [cells[i] for i in order] + [(value,) * len(chunk) for value in given]
            for levels, codes, column in zip(self._levels, self._codes, together, strict=True):
                codes.extend(map(levels.__getitem__, column))
            self._limits.check_cells(file.name, len(self._codes[0]), len(self._codes))
        size = sum(len(text) for levels in self._levels for text in levels)
        self._limits.check_texts(file.name, size)

    def column(self, place: int, name: str) -> RawColumn:
        """Return a column as texts."""
        found, codes = self._levels[place], np.array(self._codes[place], np.int32)
        if len(found) == 1:
            return RawColumn(name, (text_part([None] * len(codes)),))
        texts = sorted(text for text in found if text)
        ranks = np.empty(len(texts) + 1, code_type(len(texts)))
        ranks[[found[text] for text in texts]] = np.arange(len(texts))
        ranks[-1] = -1
        return RawColumn(name, (RawPart("text", ranks[codes], tuple(texts)),))


def _rows(file: TableFile, dialect: Dialect) -> Iterator[Sequence[str]]:
    """Return the rows of a text file, all with the same number of cells."""
    width = len(dialect.names)
    with file.path.open(encoding="utf-8-sig", newline="") as text:
        for _ in range(dialect.blank_lines):
            text.readline()
        reader = csv.reader(
            text, delimiter=dialect.separator, quotechar=dialect.quote, skipinitialspace=True,
            strict=True,
        )  # fmt: skip
        try:
            if dialect.header_in_file:
                next(reader, None)
            for cells in reader:  # empty cells beyond the last column are none, as in DuckDB
                if len(cells) == width:
                    yield cells
                elif len(cells) > width and not any(cells[width:]):
                    yield cells[:width]
                elif cells:
                    place = f"{file.name}, line {dialect.blank_lines + reader.line_num}"
                    raise TableFileError(row_width_message(place, len(cells), width))
                elif width == 1:  # a blank line of a single column is a missing cell
                    yield ("",)
        except csv.Error as error:
            line = dialect.blank_lines + reader.line_num
            reason = (
                UNCLOSED_QUOTE
                if "unexpected end" in str(error)
                else f"{error}. Correct the cell, which needs double quotes around it as a whole."
            )
            raise TableFileError(f"{file.name}, line {line}: {reason}") from None


def _json_columns(files: Sequence[TableFile], limits: ReadLimits) -> dict[str, RawColumn | str]:
    """Return the columns of JSON objects, in the order in which their keys first occur."""
    tables = [_json_cells(file, limits) for file in files]
    refuse_other_columns([(f.name, tuple(t)) for f, t in zip(files, tables, strict=True)])
    cells, *others = tables
    rows = [len(next(iter(table.values()))) for table in tables]
    for other in others:
        for key, column in cells.items():
            column += other[key]
    kept = [without_partitions(file, tuple(cells)).partitions for file in files]
    for place, (name, _) in enumerate(kept[0]):
        values = (pairs[place][1] for pairs in kept)
        cells[name] = [v for v, count in zip(values, rows, strict=True) for _ in range(count)]
    columns: dict[str, RawColumn | str] = {}
    for key, column in cells.items():
        if any(isinstance(cell, dict | list) for cell in column):
            columns[key] = "it holds lists or objects, not single values"
        else:
            columns[key] = object_column(key, column)
    return columns


def _json_cells(file: TableFile, limits: ReadLimits) -> dict[str, list[Any]]:
    """Return the values of each key of the objects in a file."""
    cells: dict[str, list[Any]] = {}
    for rows, row in enumerate(_json_objects(file)):
        for key in row:
            cells.setdefault(key, [None] * rows)
        if limits.is_bounded and len(cells) > MAX_JSON_KEYS:
            raise TableFileError(
                f"{file.name} has objects of more than {MAX_JSON_KEYS:,} different keys, the most "
                "that is allowed here: give all rows the same keys."
            )
        for key, column in cells.items():
            column.append(row.get(key))
        limits.check_cells(file.name, rows + 1, len(cells))
    if not cells:
        raise TableFileError(no_keys_message(file.name))
    return cells


def _json_objects(file: TableFile) -> Iterator[dict[str, Any]]:
    """Return the objects of JSON lines, of an array, or one after the other."""
    text = file.path.read_text("utf-8-sig")
    place = _after_blanks(text, 0)
    is_array = text.startswith("[", place)
    if is_array:
        place = _after_blanks(text, place + 1)
    has_more = place < len(text) if not is_array else not text.startswith("]", place)
    while has_more:
        row, end = _json_object(file, text, place)
        yield row
        place = _after_blanks(text, end)
        has_more = text.startswith(",", place) if is_array else place < len(text)
        if is_array and has_more:
            place = _after_blanks(text, place + 1)
    if is_array and not text.startswith("]", place):
        raise _json_error(file, text, place, "the array has no comma or closing bracket here")
    if is_array and _after_blanks(text, place + 1) < len(text):
        raise _json_error(file, text, place, "the array ends before the file does")


def _json_object(file: TableFile, text: str, place: int) -> tuple[dict[str, Any], int]:
    """Return the object at a place of a text, and the place after it."""
    try:
        row, end = _DECODER.raw_decode(text, place)
        if _SURROGATE.search(text, place, end):
            json.dumps(row, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _json_error(file, text, error.pos, error.msg) from None
    except RecursionError:
        raise _json_error(file, text, place, "it is nested too deeply") from None
    except UnicodeEncodeError:
        raise _json_error(file, text, place, "half of a surrogate pair") from None
    except ValueError:  # Python reads integers of at most 4,300 digits
        raise _json_error(file, text, place, "an integer of thousands of digits") from None
    if not isinstance(row, dict):
        line = text.count("\n", 0, place) + 1
        raise TableFileError(no_object_message(f"{file.name}, line {line}"))
    return row, end


def _json_error(file: TableFile, text: str, place: int, reason: str) -> TableFileError:
    line = text.count("\n", 0, place) + 1
    return TableFileError(
        f"{file.name}, line {line}: this is not JSON ({reason}): correct the line."
    )


def _first_of_each_key(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_first_of_each_key)


def _after_blanks(text: str, place: int) -> int:
    """Return the place of the next character that is no white space of JSON."""
    return _BLANKS.match(text, place).end()  # type: ignore[union-attr]

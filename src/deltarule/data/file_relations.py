"""Turn the files of a source into one relation that DuckDB reads, or into columns in memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from deltarule.data import duckdb_connection, duckdb_reader
from deltarule.data.arff import arff_as_csv
from deltarule.data.databases import duckdb_relation, read_sqlite
from deltarule.data.dialects import HEADER_HINT, Dialect, detect_dialect, refuse_duplicates
from deltarule.data.duckdb_connection import sql_text
from deltarule.data.duckdb_reader import parquet_relation
from deltarule.data.file_search import find_files
from deltarule.data.files import Format, TableFile, open_table_file, with_plain_line_ends
from deltarule.data.json_tables import json_relation, queried_json_relation
from deltarule.data.plain_text_copy import TextTable
from deltarule.data.read_limits import ReadLimits
from deltarule.data.read_options import ReadOptions, refuse_options
from deltarule.data.spreadsheets import read_worksheet
from deltarule.data.temporary_files import spooled
from deltarule.data.text_tables import (
    Storage,
    stored_in_memory,
    text_relation,
    typed_relation,
    wide_lines,
)
from deltarule.data.web_addresses import download, is_address
from deltarule.errors import ColumnError, FileError, SettingError, TableFileError
from deltarule.schema import TableSchema

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MAX_NOTES = 5
_FORMAT_NAMES = {
    "csv": "a CSV file",
    "json": "a JSON file",
    "parquet": "a Parquet file",
    "arff": "an ARFF file",
    "spreadsheet": "a workbook",
    "sqlite": "an SQLite database",
    "duckdb": "a DuckDB database",
}
_OPTIONS: dict[str, tuple[str, ...]] = {
    "csv": ("header", "encoding", "separator", "skip_rows", "names"),
    "json": ("encoding",),
    "parquet": (),
    "arff": ("encoding",),
    "spreadsheet": ("header", "skip_rows", "names", "sheet"),
    "sqlite": ("table",),
    "duckdb": ("table",),
}


def format_name(format: Format) -> str:
    """Return what people call a format, with its article."""
    return _FORMAT_NAMES[format]


@dataclass(frozen=True)
class Found:
    """What a source holds: a relation of DuckDB, or columns in memory.

    `unnamed` lists the columns to drop where they are empty, `categories` those that the file declares.
    """

    description: str
    relation: duckdb_reader.Relation | None = None
    columns: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    attached_to: DuckDBPyConnection | None = None  # a connection of its own, for a DuckDB file


def find_tables(
    opened: DuckDBPyConnection,
    source: Any,
    options: ReadOptions,
    stack: ExitStack,
    *,
    schema: TableSchema | None = None,
    queried: bool = False,
    storage: Storage = stored_in_memory,
) -> Found:
    """Return the table of a path, several paths, a stream or "-".

    A `schema` says how cells will be read; a table that is `queried` needs columns with types. `storage`
    takes the cells of text tables, which are parsed once.
    """
    files = table_files(source, options, stack)
    first = files[0]
    description = first.name if len(files) == 1 else f"{len(files)} files ({first.name}, ...)"
    if first.format == "spreadsheet":
        known = schema.names if schema is not None else ()
        sheet = read_worksheet(first.path, first.name, options, stack, known)
        refuse_duplicates([name for name, _ in sheet.columns], first.name, HEADER_HINT)
        return Found(
            f"{description} ({sheet.summary})", columns=dict(sheet.columns), notes=sheet.notes
        )
    if first.format == "sqlite":
        columns, table = read_sqlite(first.path, first.name, options.table, options.limits)
        return Found(f"{description} (table {table!r})", columns=columns)
    if first.format == "duckdb":
        if not queried and storage is stored_in_memory:  # others see what is attached to a DuckDB
            opened = stack.enter_context(duckdb_connection.connection(options.limits))
        with duckdb_connection.file_errors({str(first.path): first.name}, first.name):
            relation, table = duckdb_relation(
                opened, first.path, first.name, options.table, options.limits
            )
        return Found(f"{description} (table {table!r})", relation, attached_to=opened)
    if first.format == "arff":
        rewritten = [arff_as_csv(file, stack, options.limits) for file in files]
        options = replace(options, separator=",", header=True, skip_rows=0)
        files = [file for file, _ in rewritten]
        text = _text_tables(opened, files, options, description, stack, schema, storage)
        return replace(text, categories=rewritten[0][1])
    if first.format == "csv":
        return _text_tables(opened, files, options, description, stack, schema, storage)
    numbered = storage is not stored_in_memory
    return _typed_files(opened, files, description, queried, options.limits, numbered)


def table_files(source: Any, options: ReadOptions, stack: ExitStack) -> list[TableFile]:
    """Return the opened files of a source, which are of one format that allows the options."""
    files = _open_files(source, options, stack)
    first = files[0]
    for file in files:
        if file.format != first.format:
            raise TableFileError(
                f"{file.name} is {_FORMAT_NAMES[file.format]}, but {first.name} is "
                f"{_FORMAT_NAMES[first.format]}: read files of one format together."
            )
        allowed = (*_OPTIONS[file.format], *(("table",) if file.from_zip else ()))
        refuse_options(options, allowed, _FORMAT_NAMES[file.format])
    if len(files) > 1 and first.format in ("spreadsheet", "sqlite", "duckdb"):
        raise TableFileError(
            f"{first.name} is {_FORMAT_NAMES[first.format]}, which is read alone: give one file."
        )
    return files


def _open_files(source: Any, options: ReadOptions, stack: ExitStack) -> list[TableFile]:
    if isinstance(source, str) and source == "-":
        if sys.stdin is None:
            raise FileError("Standard input is closed: name a file instead of -.")
        source = sys.stdin.buffer
    if callable(getattr(source, "read", None)):
        if not isinstance(chunk := source.read(0), bytes):
            raise SettingError(
                "source",
                f"must be a stream that gives bytes, got one of {type(chunk).__name__}",
                hint="Open it in mode 'rb'.",
            )
        named = source is not getattr(sys.stdin, "buffer", None) and isinstance(
            getattr(source, "name", None), str
        )
        name = source.name if named else "standard input"
        path = spooled(source, name, options.max_bytes, stack)
        return [open_table_file(path, name, options, stack)]
    sources = [source] if isinstance(source, str | os.PathLike) else source
    files = []
    for item in sources:
        if isinstance(item, str) and is_address(item):
            files.append(open_table_file(*download(item, options, stack), options, stack))
            continue
        for found in find_files(item):
            file = open_table_file(found.path, str(found.path), options, stack)
            files.append(replace(file, partitions=found.partitions))
    if not files:
        raise SettingError("source", "must name at least one file, got an empty list")
    return files


@dataclass(frozen=True)
class TextLayout:
    """Text files as they will be read, each with its dialect."""

    files: list[TableFile]
    dialects: list[Dialect]
    description: str
    notes: tuple[str, ...]


def text_layout(
    files: list[TableFile],
    options: ReadOptions,
    description: str,
    stack: ExitStack,
    schema: TableSchema | None,
) -> TextLayout:
    """Return the dialects of text files, whose columns must be the same."""
    known = schema.names if schema is not None else ()
    detected = [detect_dialect(file, options, stack, known) for file in files]
    dialects = [dialect for _, dialect in detected]
    files = [without_partitions(file, dialect.names) for file, dialect in detected]
    refuse_other_columns([(file.name, d.names) for file, d in zip(files, dialects, strict=True)])
    encodings = {file.encoding.removesuffix("-sig") for file in files} - {"utf-8"}
    layout_words = "ARFF" if files[0].format == "arff" else dialects[0].summary
    summary = f"{layout_words}{''.join(f', {known} text' for known in sorted(encodings))}"
    layout = [note for f, d in zip(files, dialects, strict=True) for note in (*f.notes, *d.notes)]
    notes = tuple(dict.fromkeys(layout))[:_MAX_NOTES]
    shown = f"{description} ({summary})" if len(files) == 1 else description
    return TextLayout(files, dialects, shown, notes)


def _text_tables(
    opened: DuckDBPyConnection,
    files: list[TableFile],
    options: ReadOptions,
    description: str,
    stack: ExitStack,
    schema: TableSchema | None,
    storage: Storage,
) -> Found:
    found = text_layout(files, options, description, stack, schema)
    files, dialects = found.files, found.dialects
    missing = options.missing if schema is None else schema.missing
    try:
        relation = _typed_text(opened, files, dialects, schema, missing, options.limits, storage)
    except TableFileError as error:
        if "invalid state" not in str(error):
            raise
        # DuckDB's strict parser does not accept mixed line ends.
        files = [with_plain_line_ends(file, stack) for file in files]
        relation = _typed_text(opened, files, dialects, schema, missing, options.limits, storage)
    return Found(found.description, relation, notes=found.notes, unnamed=dialects[0].unnamed)


def _typed_text(
    opened: DuckDBPyConnection,
    files: Sequence[TableFile],
    dialects: Sequence[Dialect],
    schema: TableSchema | None,
    missing: tuple[str, ...] | None,
    limits: ReadLimits,
    storage: Storage,
) -> duckdb_reader.Relation:
    limits.check_cells(files[0].name, 1, len(dialects[0].names))
    with _errors(files):
        sql = text_relation(files, dialects, limits)
        sample_is_all = len(files) == 1 and dialects[0].sample_is_all
        given = files[0].partitions
        cells = tuple(value or "" for _, value in given)
        dialect = replace(
            dialects[0],
            names=(*dialects[0].names, *(name for name, _ in given)),
            sample=tuple((*row, *cells) for row in dialects[0].sample),
        )
        if storage is stored_in_memory:
            lines = wide_lines(files, dialects, limits)
            return typed_relation(opened, sql, dialect, sample_is_all, schema, missing, lines)
        table = None if limits.is_bounded else TextTable(files, dialects)
        return typed_relation(
            opened, sql, dialect, sample_is_all, schema, missing, None, storage, table
        )


def _typed_files(
    opened: DuckDBPyConnection,
    files: Sequence[TableFile],
    description: str,
    queried: bool,
    limits: ReadLimits,
    numbered: bool,
) -> Found:
    """Return the relation of Parquet or JSON files; `numbered` if it is a single Parquet file."""
    numbered = numbered and len(files) == 1 and not files[0].partitions
    relations = []
    for file in files:
        with _errors([file]):
            path = str(file.path)
            if file.format == "json":
                read_json = queried_json_relation if queried else json_relation
                relations.append(read_json(opened, path, file.name, limits))
                continue
            names = duckdb_reader.parquet_names(opened, path)
            refuse_duplicates(names, file.name)
            has_number = "file_row_number" in map(str.lower, names)  # DuckDB adds no other
            relations.append(
                parquet_relation(opened, path, names, numbered=numbered and not has_number)
            )
    first = relations[0]
    notes = tuple(dict.fromkeys(note for file in files for note in file.notes))[:_MAX_NOTES]
    refuse_other_columns([(f.name, r.names) for f, r in zip(files, relations, strict=True)])
    files = [without_partitions(file, first.names) for file in files]
    if len(files) == 1 and not files[0].partitions:
        return Found(description, first, notes=notes)
    kinds = _partition_kinds(files) if queried else ["VARCHAR"] * len(files[0].partitions)
    parts = []
    for file, relation in zip(files, relations, strict=True):
        found = [relation.names.index(name) for name in first.names]
        places = [f"c{place} AS c{index}" for index, place in enumerate(found)]
        if first.json:
            places += [f"t{place} AS t{index}" for index, place in enumerate(found)]
        places += [
            f"CAST({'NULL' if value is None else sql_text(value)} AS {kind}) AS c{index}"
            for index, (kind, (_, value)) in enumerate(
                zip(kinds, file.partitions, strict=True), start=len(first.names)
            )
        ]
        if first.json:
            places += [
                f"CASE WHEN c{index} IS NOT NULL THEN {sql_text(kind)} END AS t{index}"
                for index, kind in enumerate(kinds, start=len(first.names))
            ]
        parts.append(f"SELECT {', '.join(places)} FROM ({relation.sql})")
    all_names = (*first.names, *(name for name, _ in files[0].partitions))
    together = replace(first, sql=" UNION ALL ".join(parts), names=all_names)
    return Found(description, together, notes=notes)


def _partition_kinds(files: Sequence[TableFile]) -> list[str]:
    """Return the type of the values in the names of folders: whole numbers, dates or text."""
    kinds = []
    for column in zip(*(file.partitions for file in files), strict=True):
        values = [value for _, value in column if value is not None]
        if all(_is_integer(value) for value in values):
            kinds.append("BIGINT")
        else:
            kinds.append("VARCHAR")
    return kinds


def _is_integer(value: str) -> bool:
    return value.removeprefix("-").isdecimal() and len(value) <= 18


def without_partitions(file: TableFile, names: Sequence[str]) -> TableFile:
    """Return the file without the folders' values that are columns of the file too."""
    kept = tuple(pair for pair in file.partitions if pair[0] not in names)
    return replace(file, partitions=kept)


def refuse_other_columns(tables: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    """Raise `ColumnError` unless all tables, given by name, have the columns of the first."""
    first, names = tables[0]
    for other, found in tables[1:]:
        odd = sorted(set(names) ^ set(found))
        if odd:
            raise ColumnError(
                f"{other} and {first} must have the same columns, but {odd[0]!r} is only in "
                f"{first if odd[0] in names else other}."
            )


@contextmanager
def _errors(files: Sequence[TableFile]) -> Iterator[None]:
    names = {str(file.path): file.name for file in files}
    with duckdb_connection.file_errors(names, files[0].name):
        yield

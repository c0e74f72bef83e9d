"""StreamedTable: a table larger than memory, which is read in batches of rows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.executors import executor
from deltarule._common.read_ahead import read_ahead
from deltarule.data import duckdb_connection
from deltarule.data.batch_reading import BatchReader
from deltarule.data.column_reading import Misfits, read_column
from deltarule.data.distinct_cells import DistinctCells
from deltarule.data.duckdb_connection import Spilling
from deltarule.data.duckdb_reader import Fetched, Relation, fetch, query_relation
from deltarule.data.file_relations import Found, find_tables
from deltarule.data.file_search import find_files
from deltarule.data.raw_columns import RawColumn
from deltarule.data.read_options import ReadOptions
from deltarule.data.schema_inference import SchemaHints, infer_schema
from deltarule.data.stored_rows import RowStorage, StoredRows
from deltarule.data.table import Column, Table
from deltarule.data.table_reading import IGNORED, MAX_NOTED_COLUMNS, names_of
from deltarule.data.web_addresses import is_address
from deltarule.errors import SettingError
from deltarule.schema import ColumnSchema, NumberFormat, TableSchema
from deltarule.schema.column_schema import ReadKind
from deltarule.schema.missing_values import MISSING_MARKERS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH_ROWS = 65_536
_MIN_BATCH_ROWS = 256
_SHARE_OF_A_BATCH = 16  # of the memory, which holds some copies of a batch
_MAX_ROUNDS = 3


@dataclass(eq=False)
class StreamedTable:
    """A table whose rows are read in batches; `streamed_table` opens it.

    Every batch is a `Table`, read by the same schema: that which `read_table` finds for the whole table.
    """

    opened: DuckDBPyConnection
    ahead: Executor  # whose thread reads the next batch
    stored: StoredRows
    schema: TableSchema
    source: str
    path: str
    reading_notes: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    folder: str
    file_facts: tuple[tuple[str, int, int], ...] | None = (
        None  # None: the rows may change unnoticed
    )
    memory_bytes: int = 2**30  # that training may take for rows
    why: str = ""  # that it is streamed, in a sentence

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.stored.rows

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.schema.names

    @property
    def batch_rows(self) -> int:
        """Number of rows of a batch."""
        most = self.memory_bytes // _SHARE_OF_A_BATCH // self.stored.row_bytes
        return int(np.clip(most, _MIN_BATCH_ROWS, BATCH_ROWS))

    def batches(self, misfits: MisfitCounts | None = None) -> Iterator[tuple[int, Table]]:
        """Yield all rows in order: the number of the first row of each batch, and the batch.

        Cells that do not fit the schema are missing, and are added to `misfits`.
        """
        reader = self._reader
        begins = range(0, self.rows, self.batch_rows)
        tasks = (partial(self._batch, reader, begin, begin + self.batch_rows) for begin in begins)
        for begin, (batch, unfit) in zip(begins, read_ahead(tasks, self.ahead), strict=True):
            if misfits is not None:
                for column, cells in zip(batch.columns, unfit, strict=True):
                    misfits.add(column, cells, begin)
            yield begin, batch

    def select(self, rows: NDArray[np.int64]) -> Table:
        """Return the table of the rows with these ascending numbers."""
        with closing(self.opened.cursor()) as opened:
            if self._reader.needs_no_query:
                return self._table(self._reader.chosen(opened, rows))[0]
            relation = self.stored.chosen(opened, rows)
            with duckdb_connection.file_errors({}, self.source):
                fetched = fetch(opened, relation, names_of(self.schema))
        return self._table(fetched)[0]

    @cached_property
    def _reader(self) -> BatchReader:
        with duckdb_connection.file_errors({}, self.source):
            return BatchReader(self.opened, self.stored, names_of(self.schema))

    def _batch(
        self, reader: BatchReader, begin: int, stop: int
    ) -> tuple[Table, list[Misfits | None]]:
        with (
            duckdb_connection.file_errors({}, self.source),
            closing(self.opened.cursor()) as opened,  # its temporary types end with it
        ):
            return self._table(reader.read(opened, begin, stop))

    def _table(self, fetched: Fetched) -> tuple[Table, list[Misfits | None]]:
        """Return the table of some rows, and the cells of each column that do not fit the schema."""
        schema = self.schema
        found = [read_column(raw, schema[raw.name], schema.missing) for raw in fetched.columns]
        columns = tuple(column for column, _ in found)
        table = Table(
            columns, self.source, left_out=self.left_out, path=self.path, schema=self.schema
        )
        return table, [unfit for _, unfit in found]


class MisfitCounts:
    """Counts the cells of each column that do not fit the schema, over all batches."""

    def __init__(self) -> None:
        self._found: dict[str, Misfits] = {}
        self._present: dict[str, int] = {}

    def add(self, column: Column, unfit: Misfits | None, begin: int) -> None:
        """Count the cells of a batch that begins with row `begin`."""
        count = 0 if unfit is None else unfit.count
        present = int((~column.missing).sum()) + count
        self._present[column.name] = self._present.get(column.name, 0) + present
        if unfit is not None:
            first = self._found.get(column.name, replace(unfit, count=0, row=begin + unfit.row))
            self._found[column.name] = replace(first, count=first.count + count)

    def notes(self, schema: TableSchema) -> list[str]:
        """Return what happened to the cells, one sentence for each column."""
        notes = [
            replace(unfit, present=self._present[name]).note(schema[name])
            for name, unfit in self._found.items()
        ]
        more = len(notes) - MAX_NOTED_COLUMNS
        return notes[:MAX_NOTED_COLUMNS] + (
            [f"{more:,} more columns hold values that do not fit."] if more > 0 else []
        )


@contextmanager
def streamed_table(
    source: Any,
    *,
    query: str | None,
    options: ReadOptions,
    hints: SchemaHints,
    memory_bytes: int,
    schema: TableSchema | None = None,
    folder: str | None = None,
) -> Iterator[StreamedTable]:
    """Open the table of files or of a query, whose rows are copied to a temporary folder where need be.

    `memory_bytes` bounds the memory of DuckDB; what does not fit is written to a temporary folder, a new
    one inside `folder`, which is removed at the end. Without a `schema` it is found from all rows.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(
            tempfile.TemporaryDirectory(
                prefix="deltarule-rows-", dir=folder, ignore_cleanup_errors=True
            )
        )
        spilling = Spilling(memory_bytes, os.path.join(scratch, "spilled"))
        opened = stack.enter_context(
            duckdb_connection.connection(options.limits, spilling=spilling)
        )
        # The thread ends before the connection is closed, which refuses that while a batch is read.
        ahead = stack.enter_context(executor(1, "deltarule-read-ahead"))
        reader = _Reader(
            opened, ahead, RowStorage(scratch, memory_bytes), source, query, options, hints, stack
        )
        yield reader.table(schema, scratch)


@dataclass(frozen=True)
class _Reader:
    opened: DuckDBPyConnection
    ahead: Executor
    storage: RowStorage
    source: Any
    query: str | None
    options: ReadOptions
    hints: SchemaHints
    stack: ExitStack

    def table(self, schema: TableSchema | None, folder: str) -> StreamedTable:
        """Return the table, read by the schema; without one, it is found."""
        found, stored = self._stored(schema)
        left_out: list[tuple[str, str]] = []
        notes = [*found.notes, *stored.relation.notes]
        if schema is None:
            schema, more, left_out, as_texts = self._inferred(
                found, replace(stored.relation, sql=stored.sql)
            )
            notes += more
            if as_texts:  # numbers that were texts were stored as numbers
                found, stored = self._stored(schema)
        else:
            names = stored.relation.names
            schema = schema.select({name for name in names if name in schema})
        is_path = isinstance(self.source, str | os.PathLike) and self.query is None
        path = os.fspath(self.source) if is_path else ""
        return StreamedTable(
            self.opened, self.ahead, stored, schema, found.description, path, tuple(notes),
            tuple(left_out), folder, self._file_facts(),
        )  # fmt: skip

    def _file_facts(self) -> tuple[tuple[str, int, int], ...] | None:
        """Return path, size and time of change of each file; None for what is no file."""
        sources = self.source if isinstance(self.source, list | tuple) else [self.source]
        is_file = all(isinstance(s, str | os.PathLike) and s != "-" for s in sources)
        if self.query is not None or not is_file or any(is_address(str(s)) for s in sources):
            return None
        paths = [found.path.resolve() for source in sources for found in find_files(source)]
        facts = [(str(path), path.stat()) for path in paths]
        return tuple((path, fact.st_size, fact.st_mtime_ns) for path, fact in facts)

    def _stored(self, schema: TableSchema | None) -> tuple[Found, StoredRows]:
        if self.query is not None:
            return self._queried()
        found = find_tables(
            self.opened, self.source, self.options, self.stack, schema=schema, storage=self.storage
        )
        relation = _streamable(found)
        with duckdb_connection.file_errors({}, found.description):
            return found, self.storage.numbered(self.opened, relation)

    def _queried(self) -> tuple[Found, StoredRows]:
        assert self.query is not None
        found, source = Found("the query"), None
        if self.source is not None:
            given = find_tables(self.opened, self.source, self.options, self.stack, queried=True)
            source = _streamable(given)
            if source.text_sql:
                raise SettingError(
                    "query",
                    "on a text table needs the table in memory",
                    hint="Read the file in the query itself, as in FROM 'x.csv', and omit SOURCE; or "
                    "raise `memory_limit`.",
                )
            found = Found(f"a query on {given.description}")
        relation = query_relation(self.opened, self.query, source)
        with duckdb_connection.query_errors():
            return found, self.storage.numbered(self.opened, relation)

    def _inferred(
        self, found: Found, relation: Relation
    ) -> tuple[TableSchema, list[str], list[tuple[str, str]], bool]:
        """Return the schema of all rows, notes, the columns that are left out, and whether some that were
        stored as numbers are texts."""
        declared: dict[str, ReadKind] = dict.fromkeys(found.categories, "category")
        hints = replace(
            self.hints,
            kinds={**declared, **self.hints.kinds},
            likely_decimal_mark=relation.likely_decimal_mark,
        )
        cells = DistinctCells(
            self.opened,
            relation,
            hints.kinds,
            MISSING_MARKERS if hints.missing is None else hints.missing,
        )
        for _ in range(_MAX_ROUNDS):
            with duckdb_connection.file_errors({}, found.description):
                fetched = _without(cells.columns(hints.ignored), hints.ignored)
                as_texts = cells.texts if relation.text_sql else None
                inferred = infer_schema(fetched.columns, hints, as_texts)
                pairs = zip(inferred.schema.columns, inferred.columns, strict=True)
                unsure = [c for c, raw in pairs if c.name in cells.sampled and _may_misfit(c, raw)]
                odd = [cells.find_odd_texts(c) for c in unsure]
            if not any(odd):
                break
        schema = inferred.schema
        empty = {
            raw.name
            for raw in inferred.columns
            if raw.name in found.unnamed
            and read_column(raw, schema[raw.name], schema.missing)[0].missing.all()
        }
        if empty:
            schema = schema.select(set(schema.names) - empty)
        return schema, list(inferred.notes), fetched.left_out, bool(cells.as_texts)


def _may_misfit(column: ColumnSchema, raw: RawColumn) -> bool:
    """Whether a cell may not fit the schema: a text, or an integer that is no date."""
    kinds = {part.kind for part in raw.parts}
    if "text" in kinds or "number" not in kinds:
        return "text" in kinds and not column.is_text
    return not (column.is_text or isinstance(column.format, NumberFormat))


def _without(fetched: Fetched, ignored: Collection[str]) -> Fetched:
    left_out = [(column.name, IGNORED) for column in fetched.columns if column.name in ignored]
    columns = [column for column in fetched.columns if column.name not in ignored]
    return Fetched(columns, [*fetched.left_out, *left_out], fetched.notes)


def _streamable(found: Found) -> Relation:
    """Return the relation of a source; refuse sources that are read into memory."""
    if found.relation is None or found.relation.wide or found.relation.parts:
        raise SettingError(
            "memory_limit",
            f"cannot be kept for {found.description}, which is read into memory at once",
            hint="Save it as CSV or Parquet, or raise the limit.",
        )
    return found.relation

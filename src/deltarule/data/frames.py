"""Tables in memory: dicts of arrays, lists of dicts, pandas, polars, pyarrow.

Numbers are used directly, without a copy if they may be shared. DuckDB reads long text columns and rare
types of polars and pyarrow; it gets numbered columns, because its names are not case-sensitive.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from deltarule.data import duckdb_connection, duckdb_reader
from deltarule.data.array_columns import category_column, list_column, plain_array
from deltarule.data.arrow_columns import arrow_column
from deltarule.data.dialects import refuse_duplicates
from deltarule.data.object_columns import is_cell, object_column
from deltarule.data.pandas_columns import as_duckdb_reads, series_column
from deltarule.data.raw_columns import RawColumn, codes_of
from deltarule.errors import DataError, SettingError, ShapeError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class InMemory:
    """The columns of an object in memory, by position.

    `ready` columns are finished; `left_out` columns cannot be used, with a reason; DuckDB reads the
    columns of `rest`, a frame or a dict of arrays. `description` says what the object is.

    With `share`, ready columns may be views of the object's numbers. With `whole`, DuckDB reads all
    columns, for a query. Of `only` the named columns are read, if it is given.
    """

    def __init__(
        self, source: Any, *, share: bool, whole: bool, only: Container[str] | None = None
    ) -> None:
        self._share, self._whole, self._only = share, whole, only
        self.ready: dict[int, RawColumn] = {}
        self.left_out: dict[int, str] = {}
        self.rest: Any = None
        self.places: list[int] = []
        package, kind = type(source).__module__.split(".")[0], type(source).__name__
        # The packages are not imported here: an object is recognized by the package of its class.
        if isinstance(source, Mapping):
            self.description = "a dict of arrays"
            self._take_arrays(source)
        elif isinstance(source, list | tuple) and any(isinstance(row, Mapping) for row in source):
            self.description = "a list of dicts"
            self._take_arrays(_columns_of_rows(source))
        elif package == "pandas" and kind == "DataFrame":
            self.description = "a data frame"
            self._take_pandas(source)
        elif package == "polars" and kind in ("DataFrame", "LazyFrame"):
            self.description = "a data frame"
            self._take_polars(source.collect() if kind == "LazyFrame" else source)
        elif package == "pyarrow" and kind in ("Table", "RecordBatch"):
            self.description = "a pyarrow table"
            self._take_arrow(source)
        else:
            raise SettingError(
                "source",
                "must be a path, a pattern, a list of them, '-', a binary stream, a dict "
                "of arrays, a list of dicts, a pandas or polars data frame or a pyarrow table, "
                f"got {kind}",
                hint="deltarule.fit and TabularClassifier take X and y as arrays."
                if kind in ("ndarray", "Tensor", "ArrayImpl", "csr_matrix")
                else "",
            )
        if not self.names:
            raise DataError(
                f"{self.description.capitalize()} has no columns: give a table with columns."
            )

    def relation(
        self,
        opened: DuckDBPyConnection,
        columns: slice = slice(None),
    ) -> duckdb_reader.Relation:
        """Register some of the remaining columns in DuckDB and return their relation."""
        cells = _numbered(self.places)[columns]
        rest = self.rest
        if len(cells) < len(self.places):
            rest = (
                {cell: rest[cell] for cell in cells}
                if isinstance(rest, dict)
                else _part(rest, cells)
            )
        with duckdb_connection.file_errors({}, self.description):
            opened.register("frame_in_memory", rest)
        picked = ", ".join(f"{cell} AS c{i}" for i, cell in enumerate(cells))
        names = tuple(self.names[place] for place in self.places[columns])
        return duckdb_reader.Relation(f"SELECT {picked} FROM frame_in_memory", names, stored=True)

    def columns(self, fetched: duckdb_reader.Fetched) -> duckdb_reader.Fetched:
        """Return all columns in order, including those that DuckDB read."""
        read = {column.name: column for column in fetched.columns}
        odd = dict(fetched.left_out) | {self.names[i]: why for i, why in self.left_out.items()}
        read |= {column.name: column for column in self.ready.values()}
        return duckdb_reader.Fetched(
            [read[name] for name in self.names if name in read],
            [(name, odd[name]) for name in self.names if name in odd],
            fetched.notes,
        )

    def _set_names(self, names: Sequence[Any], owner: str) -> None:
        self.names = tuple(str(name) for name in names)
        refuse_duplicates(self.names, owner)

    def _skips(self, place: int) -> bool:
        """Return whether a column is not asked for; it is then left out."""
        if self._only is None or self.names[place] in self._only:
            return False
        self.left_out[place] = duckdb_reader.NOT_IN_SCHEMA
        return True

    def _add(self, place: int, found: RawColumn | str) -> None:
        """Keep a finished column, or the reason why it cannot be used."""
        if isinstance(found, str):
            self.left_out[place] = found
        else:
            refuse_invalid_texts(found)
            self.ready[place] = found

    def _take_arrays(self, source: Mapping[Any, Any]) -> None:
        self._set_names(list(source), f"the {self.description.removeprefix('a ')}")
        values = list(source.values())
        if all(map(is_cell, values)):
            values = [[value] for value in values]  # one row
        if self._whole:
            arrays = [plain_array(n, v) for n, v in zip(self.names, values, strict=True)]
            self._refuse_other_lengths(arrays)
            self.places = list(range(len(arrays)))
            self.rest = {f"c{i}": array for i, array in enumerate(arrays)}
            return
        for i, (name, column) in enumerate(zip(self.names, values, strict=True)):
            if self._skips(i):
                continue
            series = type(column).__module__.partition(".")[0] == "pandas"
            read = series_column if series and hasattr(column, "dtype") else list_column
            self._add(i, read(name, column, share=self._share))
        self._refuse_other_lengths(values)

    def _refuse_other_lengths(self, columns: Sequence[Any]) -> None:
        if len(set(map(len, columns))) <= 1:
            return
        lengths = {name: len(column) for name, column in zip(self.names, columns, strict=True)}
        shown = ", ".join(f"{name!r}: {length}" for name, length in list(lengths.items())[:5])
        raise ShapeError(f"The arrays of a table must have the same length, got {shown}.")

    def _take_pandas(self, frame: Any) -> None:
        self._set_names(list(frame.columns), "the data frame")
        if not self._whole:
            wanted = [i for i in range(len(self.names)) if not self._skips(i)]
            if 2 * len(wanted) < len(self.names):
                series = {i: frame.iloc[:, i] for i in wanted}
            else:  # one after the other, each takes half the time
                series = dict(enumerate(column for _, column in frame.items()))
            for i in wanted:
                self._add(i, series_column(self.names[i], series[i], share=self._share))
            return
        changed = {}
        for i, (_, column) in enumerate(frame.items()):
            plain, reason = as_duckdb_reads(column)
            if reason:
                self.left_out[i] = reason
                continue
            self.places.append(i)
            if plain is not column:
                changed[f"c{len(self.places) - 1}"] = plain
        if self.places:
            rest = frame.iloc[:, self.places].set_axis(_numbered(self.places), axis=1)
            self.rest = rest.assign(**changed) if changed else rest

    def _take_polars(self, frame: Any) -> None:
        self._set_names(frame.columns, "the data frame")
        if find_spec("pyarrow") is None:  # DuckDB reads polars through pyarrow
            self._take_arrays({name: frame[name].to_numpy() for name in frame.columns})
            return
        polars = import_module("polars")
        for i, series in enumerate(frame.get_columns()):
            if self._skips(i):
                continue
            if series.dtype == polars.Object:
                self.left_out[i] = "it holds Python objects, not a number, text or date"
            elif self._whole:
                self.places.append(i)
            elif series.dtype in (polars.Int128, polars.UInt128):
                self._add(i, object_column(self.names[i], series.to_list()))
            elif series.dtype in (polars.Categorical, polars.Enum):
                self._add(i, _polars_categories(self.names[i], series))
            elif (
                series.dtype.is_numeric()
                and not series.dtype.is_decimal()
                and series.null_count() == 0
            ):
                self._add_array(i, series.to_numpy())
            else:
                self._add_arrow(i, series.to_arrow())
        names = [frame.columns[i] for i in self.places]
        wide = [name for name in names if str(frame[name].dtype) in ("Int128", "UInt128")]
        rest = frame.select(names).with_columns(
            polars.col(name).cast(polars.Float64) for name in wide
        )
        self.rest = rest.rename(dict(zip(names, _numbered(names), strict=True)))

    def _take_arrow(self, table: Any) -> None:
        self._set_names(table.schema.names, "the pyarrow table")
        types = import_module("pyarrow").types
        for i, column in enumerate(table.columns):
            if self._skips(i):
                continue
            kind = column.type
            numeric = types.is_floating(kind) or types.is_integer(kind)
            if self._whole:
                self.places.append(i)
            elif numeric and column.null_count == 0:
                self._add_array(i, column.to_numpy())
            else:
                self._add_arrow(i, column)
        self.rest = table.select(self.places).rename_columns(_numbered(self.places))

    def _add_arrow(self, place: int, column: Any) -> None:
        """Keep a column of Arrow, or let DuckDB read it."""
        found = arrow_column(self.names[place], column)
        if found is None:
            self.places.append(place)
        else:
            self._add(place, found)

    def _add_array(self, place: int, values: Any) -> None:
        self._add(place, list_column(self.names[place], values, share=self._share))


def refuse_invalid_texts(column: RawColumn) -> None:
    """Raise `DataError` for a text that is not valid Unicode (half a surrogate pair)."""
    for part in column.parts:
        if part.levels is None:
            continue
        try:
            "".join(part.levels).encode()
        except UnicodeEncodeError:
            bad = next(i for i, level in enumerate(part.levels) if not _is_valid(level))
            row = int(np.argmax(part.values == bad)) + 1
            raise DataError(
                f"Column {column.name!r} holds the text {part.levels[bad][:40]!r} in row {row}, which is "
                "not valid Unicode: correct the cell or leave it empty."
            ) from None


def _is_valid(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _columns_of_rows(rows: Sequence[Any]) -> dict[Any, list[Any]]:
    """Return the columns of rows (dicts); a name that a row does not have is a missing cell."""
    first = rows[0]
    if all(type(row) is dict and row.keys() == first.keys() for row in rows):
        return {name: [row[name] for row in rows] for name in first}
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(
                f"A list of rows must hold only dicts, got {type(row).__name__} in row {i + 1}: give "
                "each row as a dict of its cells."
            )
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _polars_categories(name: str, series: Any) -> RawColumn:
    """Return the column of a polars Categorical or Enum."""
    cells = series.to_list()
    levels = sorted({cell for cell in cells if cell is not None})
    return category_column(name, levels, codes_of(cells, levels))


def _numbered(columns: Sequence[Any]) -> list[str]:
    return [f"c{i}" for i in range(len(columns))]


def _part(frame: Any, columns: list[str]) -> Any:
    """Return some columns of a frame."""
    of_arrow = type(frame).__module__.split(".")[0] == "pyarrow"
    return frame.select(columns) if of_arrow else frame[columns]

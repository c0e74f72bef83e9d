"""Tables that are in memory already: dicts of arrays, pandas, polars, pyarrow.

Numbers are taken as they are, without a copy where they may be shared; DuckDB reads all else. It never
sees the names of columns, of which it would take "a" and "A" for the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from deltarule.data import duckdb_reader
from deltarule.data.array_columns import number_column, plain_array
from deltarule.data.dialects import refuse_duplicates
from deltarule.data.pandas_columns import as_duckdb_reads
from deltarule.data.table import Column
from deltarule.errors import DataError, SettingError, ShapeError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class InMemory:
    """An object in memory as columns by their places: `ready` ones, those `left_out` for a reason, and
    those of `rest` (a frame, or arrays by place), which DuckDB is to read. `said`: what it is, in words.

    With `share` the ready columns may be views of the object's own numbers. With `whole` nothing is
    ready: DuckDB is to read everything, for a query.
    """

    def __init__(self, source: Any, *, share: bool, whole: bool) -> None:
        self._share, self._whole = share, whole
        self.ready: dict[int, Column] = {}
        self.left_out: dict[int, str] = {}
        self.rest: Any = None
        self.places: list[int] = []
        package, kind = type(source).__module__.split(".")[0], type(source).__name__
        # None of the packages is imported here: an object is known by the package of its class.
        if isinstance(source, Mapping):
            self.said = "a dict of arrays"
            self._take_arrays(source)
        elif package == "pandas" and kind == "DataFrame":
            self.said = "a data frame"
            self._take_pandas(source)
        elif package == "polars" and kind in ("DataFrame", "LazyFrame"):
            self.said = "a data frame"
            self._take_polars(source.collect() if kind == "LazyFrame" else source)
        elif package == "pyarrow" and kind in ("Table", "RecordBatch"):
            self.said = "a pyarrow table"
            self._take_arrow(source)
        else:
            raise SettingError(
                "source",
                "must be a path, a pattern, a list of them, '-', a binary stream, a dict "
                "of arrays, a pandas or polars data frame or a pyarrow table, "
                f"got {kind}",
            )
        if not self.names:
            raise DataError(f"{self.said.capitalize()} has no columns: give a table that has some.")

    def relation(
        self,
        opened: DuckDBPyConnection,
        columns: slice = slice(None),
    ) -> duckdb_reader.Relation:
        """Give some columns of the rest to DuckDB and return their relation."""
        cells = _numbered(self.places)[columns]
        rest = self.rest
        if len(cells) < len(self.places):
            rest = (
                {cell: rest[cell] for cell in cells}
                if isinstance(rest, dict)
                else _part(rest, cells)
            )
        with duckdb_reader.file_errors({}, self.said):
            opened.register("frame_in_memory", rest)
        picked = ", ".join(f"{cell} AS c{i}" for i, cell in enumerate(cells))
        names = tuple(self.names[place] for place in self.places[columns])
        return duckdb_reader.Relation(f"SELECT {picked} FROM frame_in_memory", names, stored=True)

    def columns(self, fetched: duckdb_reader.Fetched) -> duckdb_reader.Fetched:
        """Return all columns in order, those that DuckDB read among them."""
        read = {column.name: column for column in fetched.columns}
        odd = dict(fetched.left_out) | {self.names[i]: why for i, why in self.left_out.items()}
        read |= {column.name: column for column in self.ready.values()}
        return duckdb_reader.Fetched(
            [read[name] for name in self.names if name in read],
            [(name, odd[name]) for name in self.names if name in odd],
            fetched.notes,
        )

    def refuse_texts_that_are_none(self) -> None:
        """Raise `DataError` for the first text that is no Unicode: half of a surrogate pair."""
        for place, name in zip(self.places, _numbered(self.places), strict=True):
            for row, value in enumerate(list(self.rest[name]), start=1):
                if isinstance(value, str) and not value.isascii():
                    try:
                        value.encode()
                    except UnicodeEncodeError:
                        raise DataError(
                            f"Column {self.names[place]!r} holds the text {value[:40]!r} in row {row}, "
                            "which is no Unicode: correct that cell or leave it empty."
                        ) from None

    def _named(self, names: Sequence[Any], owner: str) -> None:
        self.names = tuple(str(name) for name in names)
        refuse_duplicates(self.names, owner)

    def _take(self, place: int, values: Any) -> bool:
        """Take an array of numbers or booleans as a column that is ready; tell whether it was one."""
        if self._whole:
            return False
        column = number_column(self.names[place], values, share=self._share)
        if column is not None:
            self.ready[place] = column
        return column is not None

    def _take_arrays(self, source: Mapping[Any, Any]) -> None:
        self._named(list(source), "the dict of arrays")
        arrays = [plain_array(n, v) for n, v in zip(self.names, source.values(), strict=True)]
        lengths = {name: len(array) for name, array in zip(self.names, arrays, strict=True)}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{name!r}: {length}" for name, length in list(lengths.items())[:5])
            raise ShapeError(f"The arrays of a table must be of equal length, got {said}.")
        self.places = [i for i, array in enumerate(arrays) if not self._take(i, array)]
        self.rest = {f"c{i}": arrays[place] for i, place in enumerate(self.places)}

    def _take_pandas(self, frame: Any) -> None:
        self._named(list(frame.columns), "the data frame")
        changed = {}
        for i in range(frame.shape[1]):
            series = frame.iloc[:, i]
            plain, reason = as_duckdb_reads(series)
            if reason:
                self.left_out[i] = reason
            elif not self._take(i, plain.to_numpy() if plain.dtype.kind in "fiub" else None):
                self.places.append(i)
                if plain is not series:
                    changed[i] = plain
        if self.places:
            rest = frame.iloc[:, self.places].set_axis(_numbered(self.places), axis=1)
            replaced = {f"c{self.places.index(i)}": plain for i, plain in changed.items()}
            self.rest = rest.assign(**replaced) if replaced else rest

    def _take_polars(self, frame: Any) -> None:
        self._named(frame.columns, "the data frame")
        if find_spec("pyarrow") is None:  # through which DuckDB reads polars
            self._take_arrays({name: frame[name].to_numpy() for name in frame.columns})
            return
        polars = import_module("polars")
        for i, series in enumerate(frame.get_columns()):
            if series.dtype == polars.Object:
                self.left_out[i] = "it holds Python objects, not a number, text or date"
                continue
            numeric = series.dtype.is_numeric() and not series.dtype.is_decimal()
            if not (numeric and series.null_count() == 0 and self._take(i, series.to_numpy())):
                self.places.append(i)
        names = [frame.columns[i] for i in self.places]
        wide = [name for name in names if str(frame[name].dtype) in ("Int128", "UInt128")]
        rest = frame.select(names).with_columns(
            polars.col(name).cast(polars.Float64) for name in wide
        )
        self.rest = rest.rename(dict(zip(names, _numbered(names), strict=True)))

    def _take_arrow(self, table: Any) -> None:
        self._named(table.schema.names, "the pyarrow table")
        types = import_module("pyarrow").types
        for i, column in enumerate(table.columns):
            kind = column.type
            numeric = types.is_floating(kind) or types.is_integer(kind)
            if not (numeric and column.null_count == 0 and self._take(i, column.to_numpy())):
                self.places.append(i)
        self.rest = table.select(self.places).rename_columns(_numbered(self.places))


def _numbered(columns: Sequence[Any]) -> list[str]:
    return [f"c{i}" for i in range(len(columns))]


def _part(frame: Any, columns: list[str]) -> Any:
    """Return some columns of a frame."""
    of_arrow = type(frame).__module__.split(".")[0] == "pyarrow"
    return frame.select(columns) if of_arrow else frame[columns]

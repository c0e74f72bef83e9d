"""Tables in memory: dicts of arrays, pandas, polars, pyarrow.

Numbers are used directly, without a copy if they may be shared; DuckDB reads other columns. It gets
numbered columns, because its names are not case-sensitive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from deltarule.data import duckdb_connection, duckdb_reader
from deltarule.data.array_columns import as_duckdb_reads, number_column, plain_array
from deltarule.data.dialects import refuse_duplicates
from deltarule.data.table import Column
from deltarule.errors import DataError, SettingError, ShapeError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class InMemory:
    """The columns of an object in memory, by position.

    `ready` columns are finished; `left_out` columns cannot be used, with a reason; DuckDB reads the
    columns of `rest`, a frame or a dict of arrays. `description` says what the object is.

    With `share`, ready columns may be views of the object's numbers. With `whole`, DuckDB reads all
    columns, for a query.
    """

    def __init__(self, source: Any, *, share: bool, whole: bool) -> None:
        self._share, self._whole = share, whole
        self.ready: dict[int, Column] = {}
        self.left_out: dict[int, str] = {}
        self.rest: Any = None
        self.places: list[int] = []
        package, kind = type(source).__module__.split(".")[0], type(source).__name__
        # The packages are not imported here: an object is recognized by the package of its class.
        if isinstance(source, Mapping):
            self.description = "a dict of arrays"
            self._take_arrays(source)
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
                "of arrays, a pandas or polars data frame or a pyarrow table, "
                f"got {kind}",
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

    def refuse_invalid_texts(self) -> None:
        """Raise `DataError` for the first text that is not valid Unicode (half a surrogate pair)."""
        for place, name in zip(self.places, _numbered(self.places), strict=True):
            for row, value in enumerate(list(self.rest[name]), start=1):
                if isinstance(value, str) and not value.isascii():
                    try:
                        value.encode()
                    except UnicodeEncodeError:
                        raise DataError(
                            f"Column {self.names[place]!r} holds the text {value[:40]!r} in row {row}, "
                            "which is not valid Unicode: correct the cell or leave it empty."
                        ) from None

    def _set_names(self, names: Sequence[Any], owner: str) -> None:
        self.names = tuple(str(name) for name in names)
        refuse_duplicates(self.names, owner)

    def _take(self, place: int, values: Any) -> bool:
        """Use an array of numbers or booleans as a finished column; return whether it is one."""
        if self._whole:
            return False
        column = number_column(self.names[place], values, share=self._share)
        if column is not None:
            self.ready[place] = column
        return column is not None

    def _take_arrays(self, source: Mapping[Any, Any]) -> None:
        self._set_names(list(source), "the dict of arrays")
        arrays = [plain_array(n, v) for n, v in zip(self.names, source.values(), strict=True)]
        lengths = {name: len(array) for name, array in zip(self.names, arrays, strict=True)}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name!r}: {length}" for name, length in list(lengths.items())[:5])
            raise ShapeError(f"The arrays of a table must have the same length, got {shown}.")
        self.places = [i for i, array in enumerate(arrays) if not self._take(i, array)]
        self.rest = {f"c{i}": arrays[place] for i, place in enumerate(self.places)}

    def _take_pandas(self, frame: Any) -> None:
        self._set_names(list(frame.columns), "the data frame")
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
        self._set_names(frame.columns, "the data frame")
        if find_spec("pyarrow") is None:  # DuckDB reads polars through pyarrow
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
        self._set_names(table.schema.names, "the pyarrow table")
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

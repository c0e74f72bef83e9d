"""A table in memory: named columns of numbers, booleans, texts or datetimes, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deltarule._common.checks import did_you_mean, nearest, sentences
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import MAX_SHOWN_NAME, NotebookDisplay, listed, one_line
from deltarule.errors import ColumnError, shortened
from deltarule.schema import TableSchema

Kind = Literal["number", "boolean", "text", "datetime"]
_CODE_TYPES = ((np.int8, 2**7 - 1), (np.int16, 2**15 - 1))


@dataclass(frozen=True, eq=False, repr=False)
class Column(NotebookDisplay):
    """One column of a table.

    Parameters
    ----------
    name : str
        Name of the column.
    kind : {"number", "boolean", "text", "datetime"}
        Kind of the column.
    values : ndarray of shape (n_rows,)
        Numbers are float64, NaN where missing, or float32 if that holds the numbers of the source
        exactly. Booleans are float64: 0, 1 or NaN. Texts are int8, int16 or int32, the index into
        `levels`, -1 where missing. Datetimes are datetime64[us] in UTC, NaT where missing.
    levels : sequence of str, default ()
        The distinct texts in code-point order. For booleans, how false and true are spelled if not as
        "false" and "true". Empty for other kinds.
    without_percent_sign : ndarray of shape (n_rows,), dtype bool, optional
        Where a number of a column that is read in percent came without the sign; None if nowhere.

    See Also
    --------
    Table : Holds columns of equal length.

    Examples
    --------
    >>> from deltarule.data import read_table
    >>> column = read_table({"color": ["red", None, "blue", "red"]})["color"]
    >>> column.kind, column.levels
    ('text', ('blue', 'red'))
    >>> column.values.tolist(), column.missing.tolist()
    ([1, -1, 0, 1], [False, True, False, False])
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    levels: Sequence[str] = ()
    without_percent_sign: NDArray[np.bool_] | None = None

    def _sentence(self) -> str:
        levels = f" of {counted(len(self.levels), 'level')}" if self.kind == "text" else ""
        missing = int(self.missing.sum())
        gaps = f", {missing:,} missing" if missing else ""
        return f"{shortened(self.name)} ({self.kind}{levels}), {counted(len(self), 'row')}{gaps}"

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where there is no value, bool of shape (n_rows,)."""
        if self.kind == "text":
            return np.asarray(self.values < 0)
        if self.kind == "datetime":
            return np.asarray(np.isnat(self.values))
        return np.asarray(np.isnan(self.values))

    def take(self, rows: NDArray[np.integer[Any]]) -> Column:
        """Return the column of the given rows.

        Parameters
        ----------
        rows : ndarray of shape (n_selected,), dtype int
            Indexes of the rows, in the order of the result.

        Returns
        -------
        Column
            The selected rows.
        """
        signless = self.without_percent_sign
        return replace(
            self,
            values=self.values[rows],
            without_percent_sign=None if signless is None else signless[rows],
        )

    def texts(self) -> NDArray[np.object_]:
        """Return the values as texts.

        Returns
        -------
        ndarray of shape (n_rows,), dtype object
            The canonical spelling of each value (1, 2.5, 2024-05-01), None where missing; texts and
            booleans as in `levels`.
        """
        result = np.full(len(self), None, dtype=object)
        present = ~self.missing
        distinct, inverse = np.unique(self.values[present], return_inverse=True)
        if self.levels:
            spelled = [self.levels[int(code)] for code in distinct]
        else:
            spelled = [spell(value, self.kind) for value in distinct]
        spellings = np.array(spelled, dtype=object)
        result[present] = spellings[inverse]
        return result


@dataclass(frozen=True, eq=False, repr=False)
class Table(NotebookDisplay):
    """Columns of equal length, in the order of the source.

    Parameters
    ----------
    columns : tuple of Column
        The columns.
    source : str, default "memory"
        Description of what was read, for messages and reports.
    notes : tuple of str, default ()
        What a user should know about how the table was read, one sentence each.
    left_out : tuple of (str, str), default ()
        Name of each column that cannot be used, and the reason.
    path : str, default ""
        The path or pattern that was read; empty for queries, streams and data in memory.
    schema : TableSchema, optional
        How the cells were read; None for a table that was not made by `read_table`.

    See Also
    --------
    read_table : Reads a table.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.data import read_table
    >>> table = read_table({"size": [1.5, 2.5, 3.5], "color": ["red", "blue", "red"]})
    >>> "size" in table, table["size"].values.tolist()
    (True, [1.5, 2.5, 3.5])
    >>> table.select(np.array([2, 0]))["size"].values.tolist()
    [3.5, 1.5]
    """

    columns: tuple[Column, ...]
    source: str = "memory"
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    path: str = ""
    schema: TableSchema | None = None

    def _sentence(self) -> str:
        size = f"{counted(self.rows, 'row')}, {counted(len(self.columns), 'column')}"
        names = [f"{one_line(column.name, 30)} ({column.kind})" for column in self.columns[:5]]
        more = len(self.columns) - len(names)
        also = f" and {more:,} more" if more else ""
        return f"{size} from {one_line(self.source, 60)}: {', '.join(names)}{also}"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0]) if self.columns else 0

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def source_names(self) -> tuple[str, ...]:
        """Names of the columns, and of those that were left out."""
        return (*self.names, *(name for name, _ in self.left_out))

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in reversed(self.columns)}

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Column:
        """Return the column `name`; raise `ColumnError` with the nearest name if there is none."""
        column = self._by_name.get(name)
        if column is not None:
            return column
        reason = dict(self.left_out).get(name)
        if reason is not None:
            raise ColumnError(
                f"Column {name!r} of {self.source} cannot be used: {reason}.",
                column=name,
                table=self.source,
            )
        raise unknown_column(name, self)

    def select(self, rows: NDArray[np.integer[Any]]) -> Table:
        """Return the table of the given rows.

        Parameters
        ----------
        rows : ndarray of shape (n_selected,), dtype int
            Indexes of the rows, in the order of the result.

        Returns
        -------
        Table
            The selected rows.
        """
        return replace(self, columns=tuple(column.take(rows) for column in self.columns))


def code_type(levels: int) -> type[np.signedinteger[Any]]:
    """Return the smallest integer type for codes from -1 to `levels`."""
    for kind, most in _CODE_TYPES:
        if levels <= most:
            return kind
    return np.int32


def unknown_column(name: str, table: Table) -> ColumnError:
    """Return the error for a name that is no column of the table."""
    return ColumnError(
        no_such_column(name, table.names, table.source),
        column=name,
        table=table.source,
        suggestion=nearest(name, table.names),
    )


def no_such_column(name: str, known: tuple[str, ...], source: str) -> str:
    """Return the sentence for a missing column, with the most similar name or the first few names."""
    hint = did_you_mean(name, known) or f"Its columns are: {listed(known, 8, MAX_SHOWN_NAME)}."
    return sentences(
        f"There is no column {name!r} in {source}.", hint, header_hint(known), _cells_hint(known)
    )


def _cells_hint(known: Sequence[str]) -> str:
    """Return a hint for a table whose only column holds whole lines, else an empty string."""
    if len(known) != 1 or not any(mark in known[0] for mark in ",;\t|"):
        return ""
    return "Another character may be between its cells: set `separator`."


def header_hint(known: Sequence[str]) -> str:
    """Return a hint for tables whose columns are named by position, else an empty string."""
    if tuple(known) != numbered(len(known)):
        return ""
    return "If the first line holds the column names, set `header`; if no line does, set `names`."


def numbered(columns: int) -> tuple[str, ...]:
    """Return the names of columns without a header: column1, column2, ..."""
    return tuple(f"column{i + 1}" for i in range(columns))


def spell(value: Any, kind: str) -> str:
    """Return the canonical text of one value: 1, 2.5, true, 2024-05-01, 2024-05-01T10:00:00."""
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "datetime":
        text = str(value)
        return text.removesuffix("T00:00:00.000000").removesuffix(".000000")
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def capital(source: str) -> str:
    """Return the description of a source at the beginning of a sentence; file names do not change."""
    return source[0].upper() + source[1:] if source.startswith(("the ", "a ")) else source

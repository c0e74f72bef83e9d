"""A table in memory: named columns of numbers, booleans, texts or moments, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from deltarule._common.checks import did_you_mean, nearest, sentences
from deltarule.errors import ColumnError

Kind = Literal["number", "boolean", "text", "datetime"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    `values` depends on `kind`, n is the number of rows:
        number    float64 (n,), NaN where missing; float32 where float32 holds the source's own
                  numbers exactly (floats of at most 32 bits in memory, integers of at most 16)
        boolean   float64 (n,), 0, 1 or NaN
        text      int8, int16 or int32 (n,), the index into `levels`, -1 where missing
        datetime  datetime64[us] (n,) in UTC, NaT where missing
    `levels` are the distinct texts in code-point order; empty for the other kinds.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    levels: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Boolean (n,): where there is no value."""
        if self.kind == "text":
            return np.asarray(self.values < 0)
        if self.kind == "datetime":
            return np.asarray(np.isnat(self.values))
        return np.asarray(np.isnan(self.values))

    def take(self, rows: NDArray[np.integer[Any]]) -> Column:
        """Return the column of the given row indexes, in that order."""
        return replace(self, values=self.values[rows])

    def texts(self) -> NDArray[np.object_]:
        """Return object (n,): every value in its canonical spelling (str), None where missing."""
        result = np.full(len(self), None, dtype=object)
        present = ~self.missing
        distinct, inverse = np.unique(self.values[present], return_inverse=True)
        if self.kind == "text":
            spelled = [self.levels[code] for code in distinct]
        else:
            spelled = [spell(value, self.kind) for value in distinct]
        spellings = np.array(spelled, dtype=object)
        result[present] = spellings[inverse]
        return result


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, in the order of the source.

    `source` says in words what was read, `notes` what a person should know about how it was read
    (one sentence each), `left_out` which columns could not be taken and why, as (name, reason).
    """

    columns: tuple[Column, ...]
    source: str = "memory"
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Column:
        """Return the column `name`; raise `ColumnError` with the nearest name if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        reason = dict(self.left_out).get(name)
        if reason is not None:
            raise ColumnError(
                f"Column {name!r} of {self.source} cannot be used: {reason}.",
                column=name,
                table=self.source,
            )
        raise ColumnError(
            no_such_column(name, self.names, self.source),
            column=name,
            table=self.source,
            suggestion=nearest(name, self.names),
        )

    def select(self, rows: NDArray[np.integer[Any]]) -> Table:
        """Return the table of the given row indexes, in that order."""
        return replace(self, columns=tuple(column.take(rows) for column in self.columns))


def code_type(levels: int) -> type[np.signedinteger[Any]]:
    """Return the smallest type for -1 and the places of so many levels, and one more."""
    for kind in (np.int8, np.int16):
        if levels <= np.iinfo(kind).max:
            return kind
    return np.int32


def no_such_column(name: str, known: tuple[str, ...], source: str) -> str:
    """Return the sentence for a missing column, with the nearest name or the first few names."""
    shown = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    hint = did_you_mean(name, known) or f"Its columns are: {shown}."
    return sentences(f"There is no column {name!r} in {source}.", hint, header_hint(known))


def header_hint(known: Sequence[str]) -> str:
    """Return what to do where a table's columns have no names but those of their places."""
    if tuple(known) != numbered(len(known)):
        return ""
    return "If the first line holds the column names, set `header`."


def numbered(columns: int) -> tuple[str, ...]:
    """Return the names of columns that have none."""
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
    """Return a source in words as the beginning of a sentence; the name of a file stays as it is."""
    return source[0].upper() + source[1:] if source.startswith(("the ", "a ")) else source

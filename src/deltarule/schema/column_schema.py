"""TableSchema: how the cells of each column of a table are read, learned once and then applied.

A schema is found in training (`schema.inference`), stored in the model and applied whenever the model
reads a table, so that the reading of a cell never depends on the other rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, cast, get_args

from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay, listed
from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError, shortened
from deltarule.schema.cell_format import CellFormat, cell_format_from_json

ReadKind = Literal["number", "boolean", "datetime", "duration", "category", "text"]
READ_KINDS: tuple[str, ...] = get_args(ReadKind)
TEXT_KINDS = ("category", "text")
_VALUE_TYPES = {
    "number": "number",
    "duration": "number",
    "boolean": "boolean",
    "datetime": "datetime",
    "category": "text",
    "text": "text",
}
PLAIN_BOOLEANS = ("false", "true")
"""The canonical spellings of booleans."""
FORMAT_KINDS = {"number": "number", "datetime": "datetime", "duration": "duration"}
"""The kind of the format of each kind of column that has one."""


@dataclass(frozen=True, repr=False)
class ColumnSchema(NotebookDisplay):
    """How the cells of one column are read.

    Parameters
    ----------
    name : str
        Name of the column.
    kind : {"number", "boolean", "datetime", "duration", "category", "text"}
        What the cells are. Times of day and durations become numbers of hours.
    format : CellFormat, optional
        How texts spell numbers, datetimes or durations; None for other kinds.
    levels_despite_marker : tuple of str, default ()
        Spellings that mark missing cells elsewhere and are values in this column, such as "None" in a
        column where it is frequent.
    typed : bool, default False
        Whether the source had a type for the column, so that no text was read.
    stated : bool, default False
        Whether the user stated the kind.
    assumption : str, default ""
        What was assumed because no cell decided it, as a sentence.
    boolean_texts : tuple of (str, str) or (), default ()
        How texts spell false and true, such as ``("False", "True")``; () for ``("false", "true")``.

    See Also
    --------
    TableSchema : The schemas of all columns.
    """

    name: str
    kind: ReadKind
    format: CellFormat | None = None
    levels_despite_marker: tuple[str, ...] = ()
    typed: bool = False
    stated: bool = False
    assumption: str = ""
    boolean_texts: tuple[str, ...] = ()

    def _sentence(self) -> str:
        assumption = f"; {self.assumption}" if self.assumption else ""
        return f"{shortened(self.name)} is read as {self.summary}{assumption}"

    @property
    def is_text(self) -> bool:
        """Whether the cells stay texts."""
        return self.kind in TEXT_KINDS

    @property
    def summary(self) -> str:
        """The reading in a few words: the kind, how it is spelled, and whether the user stated it."""
        parts: list[str] = [self.kind]
        if self.format is not None and self.format.summary:
            parts.append(self.format.summary)
        if self.levels_despite_marker:
            shown = ", ".join(repr(level) for level in self.levels_despite_marker)
            parts.append(f"{shown} is a value, not a missing cell")
        if self.stated:
            parts.append("as stated")
        return ", ".join(parts)

    def reads_like(self, other: ColumnSchema) -> bool:
        """Return whether both schemas read every cell alike.

        Parameters
        ----------
        other : ColumnSchema
            The other schema.

        Returns
        -------
        bool
            Whether kind, format and missing values are the same.
        """
        return (
            (self.kind == other.kind or (self.is_text and other.is_text))
            and self.format == other.format
            and set(self.levels_despite_marker) == set(other.levels_despite_marker)
        )

    def gives_values_of(self, other: ColumnSchema) -> bool:
        """Return whether both schemas give values of the same type.

        Parameters
        ----------
        other : ColumnSchema
            The other schema.

        Returns
        -------
        bool
            Whether both give numbers, texts, booleans or datetimes.
        """
        return _VALUE_TYPES[self.kind] == _VALUE_TYPES[other.kind]

    def to_json(self) -> dict[str, Any]:
        """Return the schema as strict JSON types.

        Returns
        -------
        dict
            The description.
        """
        parts = {
            "name": self.name,
            "kind": self.kind,
            "format": None if self.format is None else self.format.to_json(),
            "levels_despite_marker": list(self.levels_despite_marker),
            "typed": self.typed,
            "stated": self.stated,
            "assumption": self.assumption,
        }
        return parts | ({"boolean_texts": list(self.boolean_texts)} if self.boolean_texts else {})

    @staticmethod
    def from_json(reader: StrictReader) -> ColumnSchema:
        """Return the schema that `to_json` described.

        Parameters
        ----------
        reader : StrictReader
            Reads the description.

        Returns
        -------
        ColumnSchema
            The schema.

        Raises
        ------
        ModelFileError
            If the description does not fit.
        """
        name, kind = reader.take("name", str), reader.one_of("kind", READ_KINDS)
        found = None
        if reader.has_value("format"):
            found = cell_format_from_json(reader.reader("format"))
        if (None if found is None else found.kind) != FORMAT_KINDS.get(kind):
            raise ModelFileError(f"{reader.where}.format does not fit a column of {kind}.")
        schema = ColumnSchema(
            name,
            cast(ReadKind, kind),
            found,
            tuple(reader.list_of("levels_despite_marker", str)),
            reader.take("typed", bool),
            reader.take("stated", bool),
            reader.take("assumption", str),
            tuple(reader.list_of("boolean_texts", str)) if "boolean_texts" in reader else (),
        )
        reader.finish()
        spelled = tuple(text.lower() for text in schema.boolean_texts)
        if spelled and (kind != "boolean" or spelled != PLAIN_BOOLEANS):
            raise ModelFileError(f"{reader.where}.boolean_texts must spell false and true.")
        return schema


@dataclass(frozen=True, repr=False)
class TableSchema(NotebookDisplay):
    """How the cells of a table are read.

    Parameters
    ----------
    columns : tuple of ColumnSchema, default ()
        The columns, in the order of the table.
    missing : tuple of str, optional
        Spellings of missing cells that the user gave instead of the usual ones.

    See Also
    --------
    deltarule.data.read_table : Finds the schema of a table, or applies one.

    Examples
    --------
    >>> from deltarule.schema import ColumnSchema, NumberFormat, TableSchema
    >>> size = ColumnSchema("size", "number", NumberFormat(decimal_mark=","))
    >>> schema = TableSchema((size, ColumnSchema("color", "category")))
    >>> schema["color"].summary
    'category'
    >>> TableSchema.from_json(schema.to_json()) == schema
    True
    """

    columns: tuple[ColumnSchema, ...] = ()
    missing: tuple[str, ...] | None = None
    _by_name: dict[str, ColumnSchema] = field(init=False, repr=False, compare=False)

    def _sentence(self) -> str:
        kinds = Counter(column.kind for column in self.columns)
        words = [f"{count:,} {kind}" for kind, count in kinds.most_common()]
        return f"{counted(len(self.columns), 'column')}: {listed(words, 8)}"

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {column.name: column for column in self.columns})

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def stated_values(self) -> tuple[str, ...]:
        """Names of the columns of which the user stated another kind than text."""
        return tuple(c.name for c in self.columns if c.stated and c.kind != "text")

    @property
    def stated_categories(self) -> frozenset[str]:
        """Names of the columns that the user stated to be categories."""
        return frozenset(c.name for c in self.columns if c.stated and c.kind == "category")

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> ColumnSchema:
        return self._by_name[name]

    def unusual_reading(self, name: str) -> str:
        """Return how a column is read if that is worth saying.

        Parameters
        ----------
        name : str
            Name of a column.

        Returns
        -------
        str
            The summary of a column with an unusual spelling or a stated kind, else "".
        """
        column = self._by_name.get(name)
        if column is None or column.summary == column.kind:
            return ""
        return column.summary

    def select(self, names: Collection[str]) -> TableSchema:
        """Return the schema of some columns.

        Parameters
        ----------
        names : collection of str
            Names of the columns to keep.

        Returns
        -------
        TableSchema
            The schema, with its columns in the same order.
        """
        return replace(self, columns=tuple(c for c in self.columns if c.name in names))

    def to_json(self) -> dict[str, Any]:
        """Return the schema as strict JSON types.

        Returns
        -------
        dict
            The description.
        """
        return {
            "columns": [column.to_json() for column in self.columns],
            "missing": None if self.missing is None else list(self.missing),
        }

    @staticmethod
    def from_json(data: object, where: str = "schema") -> TableSchema:
        """Return the schema that `to_json` described.

        Parameters
        ----------
        data : object
            The description.
        where : str, default "schema"
            Where the description was found, for error messages.

        Returns
        -------
        TableSchema
            The schema.

        Raises
        ------
        ModelFileError
            If `data` does not describe a schema.
        """
        reader = StrictReader(data, where)
        columns = tuple(ColumnSchema.from_json(inner) for inner in reader.readers("columns"))
        missing = None
        missing = tuple(reader.list_of("missing", str)) if reader.has_value("missing") else None
        reader.finish()
        if len({column.name for column in columns}) < len(columns):
            raise ModelFileError(f"{where}.columns must have distinct names.")
        return TableSchema(columns, missing)

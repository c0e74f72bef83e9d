"""ReadOptions: how the cells of a file are found."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from deltarule._common import checks
from deltarule._common.formatting import counted
from deltarule.data.read_limits import ReadLimits
from deltarule.errors import SettingError

SEPARATOR_NAMES = {
    "comma": ",", "tab": "\t", "semicolon": ";", "bar": "|", "colon": ":", "space": " ",
}  # fmt: skip
"""Words that can be given instead of a separator; tabs and spaces are hard to type in a shell."""


@dataclass(frozen=True)
class ReadOptions:
    """Options of `read_table`; whatever is not given is detected.

    Every field is also a keyword of `read_table` and `deltarule.train`, and an option of
    ``deltarule train``, ``deltarule predict`` and ``deltarule play``.

    Parameters
    ----------
    header : bool, optional
        Whether a text file or worksheet starts with the column names. Without a header, columns are
        called column1, column2, ...
    encoding : str, optional
        Encoding of text files, such as ``"cp1252"``.
    separator : str, optional
        Character between the cells of a text file, or its name: ``"comma"``, ``"tab"``,
        ``"semicolon"``, ``"bar"``, ``"colon"`` or ``"space"``, which stands for any number of spaces.
    skip_rows : int, optional
        Number of lines before the header, or before the first row if there is no header, to skip.
    names : sequence of str, default ()
        Names of the columns. They replace those of the header if there is one.
    sheet : str or int, optional
        Name or position (1 for the first) of the worksheet of an Excel or OpenDocument file.
    table : str, optional
        Name of the table in an SQLite or DuckDB file, or of the file in a zip archive.
    columns : mapping of str to str, default ()
        The kind of columns, by name: ``"category"``, ``"number"``, ``"datetime"``, ``"boolean"``,
        ``"text"``, or ``"ignore"`` to leave a column out. The kind of other columns is found.
    missing : str or sequence of str, optional
        Spellings of missing cells, in place of the usual ones; empty cells are always missing. With
        ``""`` nothing else is: NA and None are values.
    decimal : {".", ","}, optional
        The decimal mark of numbers in texts.
    day_first : bool, optional
        Whether 05/06/2024 is June 5.
    max_bytes : int, optional
        Largest size of a file that is downloaded or unpacked, in bytes; by default half of the free
        space for temporary files.
    max_cells : int, optional
        Largest number of cells of a table, rows times columns. Programs that read what others sent should
        set it: DuckDB then takes at most 1 GiB of memory and a minute, and views of databases, which
        compute, are not read.
    allow_urls : bool, default True
        Whether a source may be a http or https address, which is downloaded. Programs that pass on what
        others typed should set it to False.

    Raises
    ------
    SettingError
        If a value is not allowed.

    See Also
    --------
    read_table : Uses these options.

    Examples
    --------
    >>> import io
    >>> from deltarule.data import ReadOptions, read_table
    >>> options = ReadOptions(header=False, encoding="latin-1")
    >>> read_table(io.BytesIO(b"rome,3\\noslo,1\\n"), options=options).names
    ('column1', 'column2')
    """

    header: bool | None = None
    encoding: str | None = None
    separator: str | None = None
    skip_rows: int | None = None
    names: tuple[str, ...] = ()
    sheet: str | int | None = None
    table: str | None = None
    columns: Any = ()
    missing: Any = None
    decimal: str | None = None
    day_first: bool | None = None
    max_bytes: int | None = None
    max_cells: int | None = None
    allow_urls: bool = True

    def __post_init__(self) -> None:
        if self.header is not None:
            checks.flag("header", self.header)
        if self.encoding is not None:
            _check_encoding(self.encoding)
        if self.separator is not None:
            object.__setattr__(self, "separator", _separator(self.separator))
        if self.skip_rows is not None:
            checks.integer("skip_rows", self.skip_rows, at_least=0)
        object.__setattr__(self, "names", _names(self.names))
        if isinstance(self.sheet, bool) or not isinstance(self.sheet, str | int | None):
            raise SettingError("sheet", "must be the name or the position of a sheet", self.sheet)
        if isinstance(self.sheet, int):
            checks.integer("sheet", self.sheet, at_least=1, hint="The first sheet is 1.")
        if not isinstance(self.table, str | None) or self.table == "":
            raise SettingError("table", "must be the name of a table", self.table)
        object.__setattr__(self, "columns", _kinds(self.columns))
        if self.missing is not None:
            object.__setattr__(self, "missing", _markers(self.missing))
        if self.decimal is not None and self.decimal not in (".", ","):
            raise SettingError("decimal", "must be '.' or ','", self.decimal)
        if self.day_first is not None:
            checks.flag("day_first", self.day_first)
        if self.max_bytes is not None:
            checks.integer("max_bytes", self.max_bytes, at_least=1)
        if self.max_cells is not None:
            checks.integer("max_cells", self.max_cells, at_least=1)
        checks.flag("allow_urls", self.allow_urls)

    @property
    def limits(self) -> ReadLimits:
        """The bounds on what the reading may take."""
        return ReadLimits(self.max_bytes, self.max_cells)

    @cached_property
    def given(self) -> tuple[str, ...]:
        """Names of the fields that differ from their default."""
        return tuple(
            field.name
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        )


_LAYOUT = ("header", "encoding", "separator", "skip_rows", "names", "sheet", "table")
CELL_OPTION_NAMES = ("columns", "missing", "decimal", "day_first")
"""The options that a schema stores, so that a model reads new rows by them."""
COLUMN_KINDS = ("category", "number", "datetime", "boolean", "text", "ignore")
_OTHER_NAMES = {
    "number": ("int", "integer", "int64", "float", "float64", "double", "numeric", "num"),
    "category": ("factor", "enum", "categorical", "nominal", "label", "code"),
    "datetime": ("date", "time", "timestamp", "datetime64", "day"),
    "boolean": ("bool", "logical", "flag"),
    "text": ("str", "string", "varchar", "object", "char"),
    "ignore": ("drop", "skip", "none", "exclude"),
}
READ_OPTION_NAMES = tuple(field.name for field in dataclasses.fields(ReadOptions))


def read_options(options: ReadOptions | None, fields: Mapping[str, Any]) -> ReadOptions:
    """Return `options` with the given fields; raise `SettingError` for an unknown field."""
    for name in fields:
        if name not in READ_OPTION_NAMES:
            raise SettingError(
                name,
                f"is not an option of read_table; known: {', '.join(READ_OPTION_NAMES)}",
                hint=checks.did_you_mean(name, READ_OPTION_NAMES),
            )
    return dataclasses.replace(options or ReadOptions(), **fields)


def refuse_options(options: ReadOptions, allowed: tuple[str, ...], source: str) -> None:
    """Raise `SettingError` if an option is given that has no effect on `source`."""
    for name in options.given:
        if name in _LAYOUT and name not in allowed:
            raise SettingError(name, f"does not apply to {source}", hint="Omit it.")


def refuse_cell_options(options: ReadOptions) -> None:
    """Raise `SettingError` for an option that a given schema holds already."""
    for name in options.given:
        if name in CELL_OPTION_NAMES:
            raise SettingError(
                name,
                "cannot be given with a schema, which holds it",
                hint="The rows to predict are read as those of training.",
            )


def given_names(given: tuple[str, ...], found: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names to use instead of the `found` ones; raise `SettingError` for another number."""
    if given and len(given) != len(found):
        raise SettingError(
            "names",
            f"must have one name for each of the {counted(len(found), 'column')} "
            f"({', '.join(found[:5])}{', ...' if len(found) > 5 else ''})",
            len(given),
        )
    return given or found


def _check_encoding(encoding: object) -> None:
    try:
        if isinstance(encoding, str):
            b"    ".decode(encoding, "replace")
            return
    except (LookupError, ValueError):  # also for codecs that are no text encodings, such as base64
        pass
    raise SettingError(
        "encoding",
        "must be a text encoding that Python knows",
        encoding,
        "Typical: utf-8, latin-1, cp1252, utf-16.",
    )


def _separator(value: object) -> str:
    if isinstance(value, str):
        found = SEPARATOR_NAMES.get(value.strip().lower(), "\t" if value == "\\t" else value)
        if len(found) == 1 and not found.isalnum() and found not in "\"'\r\n.\\+-\x00":
            return found
    raise SettingError(
        "separator",
        f"must be one character between cells or one of {', '.join(SEPARATOR_NAMES)}",
        value,
    )


def _names(value: object) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, list | tuple) else None
    if names is None or not all(isinstance(name, str) and name.strip() for name in names):
        raise SettingError("names", "must be a list of column names", value)
    stripped = tuple(name.strip() for name in names)
    twice = next((name for name in stripped if stripped.count(name) > 1), None)
    if twice is not None:
        raise SettingError("names", f"must differ, but {twice!r} is there more than once")
    return stripped


def _kinds(value: object) -> tuple[tuple[str, str], ...]:
    """Return the stated kinds as pairs of name and kind."""
    try:
        pairs = _pairs(value)
    except (TypeError, ValueError):
        raise SettingError("columns", "must map names of columns to their kinds", value) from None
    kinds: dict[str, str] = {}
    for name, kind in pairs:
        if kind not in COLUMN_KINDS:
            raise SettingError(
                "columns",
                f"must give {str(name)!r} one of the kinds {', '.join(COLUMN_KINDS)}",
                kind,
                checks.did_you_mean(kind, COLUMN_KINDS) or _kind_hint(kind),
            )
        if kinds.setdefault(str(name), str(kind)) != kind:
            raise SettingError(
                "columns",
                f"states two kinds of {str(name)!r}, {kinds[str(name)]} and {kind}",
                hint="Give one of them.",
            )
    return tuple(kinds.items())


def _kind_hint(kind: object) -> str:
    """Return the kind that another name of a type means, as a question."""
    known = next((k for k, names in _OTHER_NAMES.items() if str(kind).lower() in names), None)
    return "" if known is None else f"Did you mean {known!r}?"


def _pairs(value: object) -> list[tuple[object, object]]:
    """Return a mapping, or pairs as the command line gives them, as pairs."""
    if isinstance(value, Mapping):
        return list(value.items())
    if not isinstance(value, list | tuple):
        raise TypeError("neither a mapping nor pairs")
    return [(name, kind) for name, kind in value]


def _markers(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),)
    if isinstance(value, list | tuple) and all(isinstance(text, str) for text in value):
        return tuple(text.strip() for text in value)
    raise SettingError("missing", "must be a text or a list of texts", value)

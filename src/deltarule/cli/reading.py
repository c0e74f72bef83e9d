"""The options that say how SOURCE is read: for train, predict and play alike."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deltarule.cli.options import AddAction, as_argument, column_names, integer, or_auto

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from deltarule.data import Table
    from deltarule.data.streamed_table import StreamedTable
    from deltarule.schema import TableSchema


@dataclass(frozen=True)
class ReadingOption:
    """One option with a value: a field of `deltarule.data.ReadOptions`."""

    field: str
    metavar: str
    read: Callable[[str], Any]
    help: str
    name: str = ""

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return f"--{(self.name or self.field).replace('_', '-')}"


READING_OPTIONS = (
    ReadingOption(
        "encoding",
        "NAME",
        or_auto(str),
        "text encoding, such as utf-16 or cp1252, or auto: detected (default: auto)",
    ),
    ReadingOption(
        "separator",
        "CHAR",
        or_auto(str),
        "character between cells, or tab, comma, semicolon, bar, colon, space; auto: detected "
        "(default: auto)",
    ),
    ReadingOption(
        "skip_rows",
        "N",
        or_auto(integer),
        "lines before the header to skip, or auto: detected (default: auto)",
    ),
    ReadingOption("names", "COL,...", column_names, "names of all columns, in place of the header"),
    ReadingOption("sheet", "NAME", str, "name or number of the sheet of a workbook"),
    ReadingOption(
        "table", "NAME", str, "name of the table in a database, or file in a zip archive"
    ),
)


def column_kinds(text: str) -> tuple[tuple[str, str], ...]:
    """Return the kinds of columns, "zip=category,day=datetime", as pairs."""
    pairs = [part.rpartition("=") for part in column_names(text)] if text.strip(" ,") else []
    if not pairs or not all(name.strip() and kind.strip() for name, _, kind in pairs):
        raise ArgumentTypeError(f"must be NAME=KIND, such as zip=category, got {text!r}")
    return tuple((name.strip(), kind.strip()) for name, _, kind in pairs)


def decimal_mark(text: str) -> str:
    """Return a decimal mark that is typed or named."""
    mark = {"point": ".", "comma": ","}.get(text.strip().lower(), text)
    if mark not in (".", ","):
        raise ArgumentTypeError(f"must be point or comma, got {text!r}")
    return mark


CELL_OPTIONS = (
    ReadingOption(
        "columns",
        "NAME=KIND",
        column_kinds,
        "kind of a column: category, number, datetime, boolean, text or ignore; may be repeated",
        name="column",
    ),
    ReadingOption(
        "missing",
        "TEXT,...",
        lambda text: tuple(text.split(",")),
        "spellings of missing cells, in place of the usual ones; '' for empty cells alone",
    ),
    ReadingOption(
        "decimal", "MARK", or_auto(decimal_mark), "decimal mark, point or comma (default: auto)"
    ),
)
"""How cells are read, which the model stores: not for predict."""
CELL_FLAGS = (*(option.flag for option in CELL_OPTIONS), "--day-first", "--month-first")


def add_reading_options(parser: ArgumentParser, *, cells: bool = False) -> None:
    """Add --query and the fields of `ReadOptions` to a parser; with `cells` those that a model stores."""
    group = parser.add_argument_group("reading the table")
    group.add_argument(
        "--query",
        metavar="SQL",
        help="a SELECT statement (DuckDB SQL); SOURCE, if given, is the table 'source'; FROM 'x.csv' "
        "reads a file by DuckDB's own rules",
    )
    group.add_argument(
        "--header",
        action=BooleanOptionalAction,
        default=None,
        help="whether the first line of a CSV file holds column names; detected without either",
    )
    for option in READING_OPTIONS:
        group.add_argument(
            option.flag,
            dest=option.field,
            type=option.read,
            metavar=option.metavar,
            help=option.help,
        )
    if not cells:
        return
    for option in CELL_OPTIONS:
        group.add_argument(
            option.flag,
            action=AddAction if option.field == "columns" else "store",
            dest=option.field,
            type=option.read,
            metavar=option.metavar,
            help=option.help,
        )
    order = group.add_mutually_exclusive_group()
    for flag, value, example in (
        ("--day-first", True, "June 5"),
        ("--month-first", False, "May 6"),
    ):
        order.add_argument(
            flag,
            dest="day_first",
            action="store_const",
            const=value,
            help=f"05/06/2024 is {example}; detected without either",
        )


def source_of(options: Namespace) -> str | list[str] | None:
    """Return SOURCE: a path, several, or None."""
    source: list[str] = options.source
    return source[0] if len(source) == 1 else source or None


def given_fields(options: Namespace) -> dict[str, Any]:
    """Return the keywords of `read_table` that were given."""
    named = (option.field for option in (*READING_OPTIONS, *CELL_OPTIONS))
    values = {
        name: getattr(options, name, None) for name in ("query", "header", "day_first", *named)
    }
    return {field: value for field, value in values.items() if value is not None}


def read_source(options: Namespace) -> Table:
    """Read SOURCE or --query with the options that were given."""
    from deltarule.data import read_table

    return read_table(source_of(options), **given_fields(options))


def open_source(
    options: Namespace, **arguments: Any
) -> AbstractContextManager[Table | StreamedTable]:
    """Open SOURCE or --query with the options that were given, streamed beyond --memory-limit."""
    from deltarule.data.read_options import read_options
    from deltarule.data.table_opening import opened_table

    fields = given_fields(options)
    return opened_table(
        source_of(options),
        query=fields.pop("query", None),
        options=read_options(None, fields),
        memory_limit=options.memory_limit,
        **arguments,
    )


def read_test(options: Namespace, schema: TableSchema | None) -> Table | None:
    """Read the file of --test by the schema of SOURCE, with its options; None without a file."""
    from deltarule.data import read_table

    if options.test is None:
        return None
    unused = ("query", "day_first", *(option.field for option in CELL_OPTIONS))
    fields = {name: v for name, v in given_fields(options).items() if name not in unused}
    return read_table(options.test, schema=schema, **fields)


def reading_arguments(options: Namespace, *, cells: bool) -> list[str]:
    """Return SOURCE and the options for reading it as they are typed, with those of `cells` or not."""
    words = [f"./{p}" if p.startswith("-") and p != "-" else p for p in options.source]
    if options.query is not None:
        words += ["--query", options.query]
    if options.header is not None:
        words.append("--header" if options.header else "--no-header")
    if cells and options.day_first is not None:
        words.append("--day-first" if options.day_first else "--month-first")
    for option in (*READING_OPTIONS, *(CELL_OPTIONS if cells else ())):
        value = getattr(options, option.field)
        if value is not None:
            text = _typed(option.field, value)
            words += [f"{option.flag}={text}"] if text.startswith("-") else [option.flag, text]
    return words


def _typed(field: str, value: Any) -> str:
    if field == "columns":
        return as_argument(tuple(f"{name}={kind}" for name, kind in value))
    return ",".join(value) if field == "missing" else as_argument(value)

"""The options that say how SOURCE is read: for train, predict and play alike."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deltarule.cli.options import as_argument, column_names, integer, or_auto

if TYPE_CHECKING:
    from deltarule.data import Table


@dataclass(frozen=True)
class ReadingOption:
    """One option with a value: a field of `deltarule.data.ReadOptions`."""

    field: str
    metavar: str
    read: Callable[[str], Any]
    help: str

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return f"--{self.field.replace('_', '-')}"


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


def add_reading_options(parser: ArgumentParser) -> None:
    """Add --query and the fields of `ReadOptions` to a parser."""
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


def source_of(options: Namespace) -> str | list[str] | None:
    """Return SOURCE: a path, several, or None."""
    source: list[str] = options.source
    return source[0] if len(source) == 1 else source or None


def given_fields(options: Namespace) -> dict[str, Any]:
    """Return the keywords of `read_table` that were given."""
    fields = ("query", "header", *(option.field for option in READING_OPTIONS))
    values = {field: getattr(options, field) for field in fields}
    return {field: value for field, value in values.items() if value is not None}


def read_source(options: Namespace) -> Table:
    """Read SOURCE or --query with the options that were given."""
    from deltarule.data import read_table

    return read_table(source_of(options), **given_fields(options))


def reading_arguments(options: Namespace) -> list[str]:
    """Return SOURCE and the options for reading it as they are typed."""
    words = [f"./{p}" if p.startswith("-") and p != "-" else p for p in options.source]
    if options.query is not None:
        words += ["--query", options.query]
    if options.header is not None:
        words.append("--header" if options.header else "--no-header")
    for option in READING_OPTIONS:
        value = getattr(options, option.field)
        if value is not None:
            text = as_argument(value)
            words += [f"{option.flag}={text}"] if text.startswith("-") else [option.flag, text]
    return words

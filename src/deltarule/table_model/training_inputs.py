"""What a table is trained with: its settings, and the tables that are read."""

from __future__ import annotations

import dataclasses
from os import PathLike
from typing import Any

from deltarule._common import checks
from deltarule._common.other_terms import argument_advice
from deltarule.data import Table, read_table
from deltarule.data.read_options import CELL_OPTION_NAMES, READ_OPTION_NAMES
from deltarule.data.schema_check import read_again
from deltarule.errors import SettingError
from deltarule.schema import TableSchema
from deltarule.table_model.settings import TableSettings


def training_settings(
    settings: TableSettings | None, field_values: dict[str, Any], owner: str = "train"
) -> tuple[TableSettings, dict[str, Any]]:
    """Return the settings with the fields that were given, and the given fields of `ReadOptions`.

    `owner` is the function that was called with them.
    """
    names = [field.name for field in dataclasses.fields(TableSettings)]
    known = [*names, *READ_OPTION_NAMES]
    for name in field_values:
        if name not in known:
            raise SettingError(
                name,
                f"is not a setting of {owner}; known: {', '.join(known)}",
                hint=argument_advice([owner], name) or checks.did_you_mean(name, known),
            )
    given = {name: value for name, value in field_values.items() if name in names}
    reading = {name: value for name, value in field_values.items() if name not in names}
    return dataclasses.replace(settings or TableSettings(), **given), reading


def training_tables(
    source: Any,
    settings: TableSettings,
    query: str | None,
    test: Any,
    reading: dict[str, Any],
) -> tuple[Table, Table | None]:
    """Return the table to train on and that of `test`, if it is given.

    `reading` has fields of `ReadOptions` by name.
    """
    if isinstance(source, Table):
        _refuse_reading(query, reading)
        table = source
    else:
        table = read_table(source, query=query, **reading)
    return table, None if test is None else _test_table(test, table.schema, settings, reading)


def _test_table(
    test: Any, schema: TableSchema | None, settings: TableSettings, reading: dict[str, Any]
) -> Table:
    """Read the rows of `test`, which replace the share that is split off, by the schema of the table."""
    if settings.test_fraction != TableSettings.test_fraction:
        raise SettingError(
            "test_fraction",
            "does not apply with `test`, whose rows are the test rows",
            settings.test_fraction,
            "Omit it.",
        )
    if isinstance(test, Table):
        return test if schema is None else read_again(test, schema)
    if not isinstance(test, str | PathLike | list):
        return read_table(test, schema=schema)
    of_files = {name: v for name, v in reading.items() if name not in CELL_OPTION_NAMES}
    return read_table(test, schema=schema, **of_files)


def _refuse_reading(query: str | None, reading: dict[str, Any]) -> None:
    given = [name for name, value in {"query": query, **reading}.items() if value is not None]
    if given:
        raise SettingError(
            given[0],
            "does not apply to a Table, which is read already",
            hint="Give it to read_table.",
        )

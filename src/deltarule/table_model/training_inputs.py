"""What a table is trained with: its settings, and the tables that are read."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from typing import Any

from deltarule._common import checks
from deltarule._common.other_terms import argument_advice
from deltarule.data import Table, read_table
from deltarule.data.read_options import CELL_OPTION_NAMES, READ_OPTION_NAMES, read_options
from deltarule.data.schema_check import read_again
from deltarule.data.streamed_table import StreamedTable
from deltarule.data.table_opening import opened_table
from deltarule.errors import SettingError
from deltarule.optimizers import LBFGS, OPTIMIZERS
from deltarule.schema import TableSchema
from deltarule.table_model.fold_networks import RunOptions
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
    return table, None if test is None else read_test_table(test, table.schema, settings, reading)


def streamed_or_read(
    source: Any,
    settings: TableSettings,
    query: str | None,
    reading: dict[str, Any],
    memory_limit: str | float | None,
    options: RunOptions,
    by: str | None = None,
) -> AbstractContextManager[Table | StreamedTable]:
    """Open the table to train on, which is streamed if it would take more memory than the limit."""
    shards = options.shards
    if isinstance(source, Table | StreamedTable):
        _refuse_reading(query, {**reading, "memory_limit": memory_limit})
        if shards is not None and isinstance(source, Table):
            raise SettingError(
                "shards",
                "applies to files and queries, and this table is in memory already",
                hint="Omit it, or give a path.",
            )
        return nullcontext(source)
    return opened_table(
        source,
        query=query,
        options=read_options(None, reading),
        memory_limit=memory_limit,
        needs_memory=needs_memory(settings, options.executor, shards, by),
        needs_stream="" if shards is None else "shards",
    )


def check_executor_options(options: RunOptions, settings: TableSettings) -> None:
    """Refuse what cannot be combined with an executor or with shards."""
    for name in ("executor", "shards"):
        if getattr(options, name) is not None and settings.time_limit_s is not None:
            raise SettingError(
                "time_limit_s",
                f"cannot be combined with `{name}`: how much time workers need is not known",
                hint="Limit `epochs` instead.",
            )
    if options.shards is None:
        if options.executor is None and options.job_folder is not None:
            raise SettingError("job_folder", "applies to `executor`, which is not given")
        return
    checks.integer("shards", options.shards, at_least=1)
    if options.callbacks:
        raise SettingError(
            "callbacks",
            "cannot be combined with `shards`: a second call skips the epochs that are finished",
            hint="Use `progress`.",
        )
    if options.checkpoint is not None:
        raise SettingError(
            "checkpoint",
            "cannot be combined with `shards`, whose averages are in a folder",
            hint="Give `job_folder`: a second call continues from what is finished there.",
        )


def refuse_shards_of_groups(shards: int | None, by: str | None) -> None:
    """Raise `SettingError` where one network is to train on shards, and one for each group."""
    if shards is not None and by is not None:
        raise SettingError(
            "shards",
            "cannot be combined with `by`, whose groups have models of their own",
            hint="Omit one of them.",
        )


def needs_memory(
    settings: TableSettings,
    executor: Executor | None = None,
    shards: int | None = None,
    by: str | None = None,
) -> str:
    """Return the first argument that needs all rows in memory, "" if there is none."""
    is_lbfgs = settings.optimizer is not None and isinstance(
        OPTIMIZERS.resolve(settings.optimizer, "optimizer"), LBFGS
    )
    found = {
        "by": by is not None,
        "groups": settings.groups is not None,
        "time": settings.time is not None,
        "folds": settings.folds not in (None, 1),
        "time_limit_s": settings.time_limit_s is not None,
        "optimizer": is_lbfgs,
        "executor": executor is not None and shards is None,
    }
    return next((name for name, needs in found.items() if needs), "")


def read_test_table(
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
        # With its notes, where it was read by this schema.
        return test if schema in (None, test.schema) else read_again(test, schema)
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

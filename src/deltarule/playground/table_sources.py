"""The tables of a playground: from the command line, a notebook or the page."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace

from deltarule.data import Table, read_table
from deltarule.errors import DataError
from deltarule.parameters import Parameters
from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    TaskChoice,
    TrainingChoice,
)
from deltarule.playground.prepared_data import guess_target
from deltarule.playground.protocol.state import TableColumn
from deltarule.table_model.recipe import default_batch_size

MAX_NAME_LENGTH = 80
MAX_UPLOAD_BYTES = 64 << 20
"""Largest file that a page may upload, in bytes."""
MAX_UNPACKED_BYTES = 4 * MAX_UPLOAD_BYTES
"""Largest size of an uploaded file after it is unpacked, in bytes."""
MAX_CELLS = 20_000_000
"""Largest number of cells of an uploaded table."""


@dataclass(frozen=True, eq=False)
class TableSource:
    """A table with a name and the experiment that is shown first.

    `plain`: numeric columns are not standardized. `initial_parameters`: those of the experiment's
    network. `code`: the expression by which an exported program gets the table; if empty, it reads the
    file `name`.
    """

    name: str
    table: Table
    experiment: Experiment
    plain: bool = False
    initial_parameters: Parameters | None = None
    code: str = ""


def source_of(
    table: Table, name: str, target: str | None = None, task: TaskChoice = "auto"
) -> TableSource:
    """Return a table with its first experiment; without `target` the target is guessed."""
    chosen = target or guess_target(table)
    table[chosen]  # raises ColumnError early
    return TableSource(name, table, experiment_on(table, name, chosen, task))


def experiment_on(table: Table, name: str, target: str, task: TaskChoice = "auto") -> Experiment:
    """Return the first experiment on a table: two layers of eight units."""
    return Experiment(
        DataChoice(source="table", name=name, target=target, task=task),
        NetworkChoice((LayerChoice(8), LayerChoice(8))),
        TrainingChoice(learning_rate=0.01, batch_size=default_batch_size(table.rows)),
    )


def uploaded_table(name: str, body: bytes) -> TableSource:
    """Return the table in a file's bytes; `name` is shown and never used as a path.

    Raises `TableFileError` or `DataError` if it is not a table with a possible target.
    """
    shown = readable_name(name)
    if not body:
        raise DataError(f"{shown} is empty: drop a CSV, TSV, JSON lines or Parquet file.")
    if len(body) > MAX_UPLOAD_BYTES:
        raise DataError(
            f"{shown} has {len(body) / 1e6:.0f} MB; the page takes at most "
            f"{MAX_UPLOAD_BYTES / 1e6:.0f} MB. Start with deltarule play TABLE instead."
        )
    table = replace(
        read_table(
            _NamedBytes(body, shown),
            max_bytes=MAX_UNPACKED_BYTES,
            max_cells=MAX_CELLS,
            allow_urls=False,
        ),
        source=shown,
    )
    return source_of(table, shown)


class _NamedBytes(io.BytesIO):
    """The content of a file; `name` is used in messages, and its suffix as a hint at the format."""

    def __init__(self, body: bytes, name: str) -> None:
        super().__init__(body)
        self.name = name


def readable_name(name: str) -> str:
    """Return a file's name without folders and unprintable characters."""
    last = re.split(r"[\\/]", name)[-1]
    shown = "".join(c for c in last if c.isprintable())[:MAX_NAME_LENGTH].strip()
    return shown or "table"


def column_list(table: Table) -> list[TableColumn]:
    """Return the columns of a table that was just read: none is chosen, all are usable."""
    return [TableColumn(column.name, column.kind, False, True, "") for column in table.columns]

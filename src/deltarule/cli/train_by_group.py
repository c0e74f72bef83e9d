"""deltarule train --by: trains a model for each group."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from deltarule.cli.screens import Screen
from deltarule.cli.signals import Interruption

if TYPE_CHECKING:
    from deltarule.data import Table
    from deltarule.table_model import GroupedResult, TableSettings
    from deltarule.table_model.prepared_table import PreparedTable
    from deltarule.training import Checkpoint, Progress


def train_groups(
    options: Namespace,
    settings: TableSettings,
    table: Table,
    test: Table | None,
    checkpoint: Checkpoint | None,
    screen: Screen,
    interruption: Interruption,
    started: float,
    cluster: dict[str, Any],
) -> GroupedResult:
    """Train the models of the groups."""
    from deltarule.table_model.by_group.grouped_training import GroupListeners, train_by_group
    from deltarule.table_model.fold_networks import RunOptions

    def prepared(ready: PreparedTable) -> None:
        screen.read(table, ready)
        screen.note("This network is of the model of all rows, which is trained first.")
        interruption.training_started()

    def progress(event: Progress) -> None:
        screen.progress(event)
        interruption.tick()

    def group(done: int, groups: int) -> None:
        screen.groups(done, groups)
        interruption.tick()

    listeners = GroupListeners(prepared, screen.trained, screen.note, group, interruption.tick)
    run_options = RunOptions(
        options.engine, options.threads, progress, checkpoint=checkpoint, **cluster
    )
    try:
        return train_by_group(
            table,
            options.target,
            options.by,
            settings,
            run_options,
            listeners,
            started=started,
            test=test,
        )
    finally:
        interruption.training_ended()
        screen.trained()

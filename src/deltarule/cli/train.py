"""deltarule train: trains a model on a table and writes it with its report."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from deltarule._common.checks import sentences
from deltarule.cli.cluster import executor_of
from deltarule.cli.command_text import next_commands, shell_command
from deltarule.cli.messages import describe_resumption
from deltarule.cli.options import given_settings
from deltarule.cli.output import Output, make_printer
from deltarule.cli.reading import open_source, read_test
from deltarule.cli.run_folder import RunFolder, default_folder
from deltarule.cli.screens import HumanScreen, JsonScreen, QuietScreen, Screen
from deltarule.cli.signals import Aborted, Interruption
from deltarule.cli.train_by_group import train_groups
from deltarule.cli.written_files import write_results
from deltarule.errors import DataError, SettingError

if TYPE_CHECKING:
    from deltarule.data import Table
    from deltarule.data.streamed_table import StreamedTable
    from deltarule.table_model import GroupedResult, TableResult, TableSettings
    from deltarule.training import Checkpoint, Progress


def train(options: Namespace) -> int:
    """Train and return the exit status."""
    output = Output(sys.stdout)
    folder = RunFolder(options.out or default_folder(options.source))
    with Interruption() as interruption:
        try:
            folder.prepare()
            _train(options, folder, _screen(options, output), interruption)
        except (KeyboardInterrupt, Aborted) as error:
            stopped = KeyboardInterrupt(interruption.exit_status or 130)
            for note in getattr(error, "__notes__", ()):
                stopped.add_note(note.replace("`resume`", "--resume"))
            raise stopped from None
        finally:
            folder.close()
        output.end()
        return interruption.exit_status


def _screen(options: Namespace, output: Output) -> Screen:
    if options.json:
        return JsonScreen(output)
    return QuietScreen() if options.quiet else HumanScreen(make_printer(output))


def _train(
    options: Namespace, folder: RunFolder, screen: Screen, interruption: Interruption
) -> None:
    from deltarule.data import Table
    from deltarule.stopping import StopReason
    from deltarule.table_model import GroupedResult, TableSettings
    from deltarule.table_model.training_inputs import needs_memory, refuse_shards_of_groups

    started = time.perf_counter()  # a time limit includes reading
    # Settings and the card first, so that an error does not wait for a large table.
    settings = TableSettings(**given_settings(options))
    card = model_card(options)
    refuse_shards_of_groups(options.shards, options.by)
    elsewhere = "shards" if options.shards is not None else "cluster"
    in_jobs = getattr(options, elsewhere) is not None
    if in_jobs and settings.time_limit_s is not None:
        raise SettingError(
            "time_limit_s",
            f"cannot be combined with `{elsewhere}`: how much time workers need is not known",
            hint="Limit `epochs` instead.",
        )
    if in_jobs and options.resume:
        raise SettingError(
            "resume",
            f"cannot be combined with `{elsewhere}`, which saves no checkpoints",
            hint="Repeat the command without it: what is finished is found again.",
        )
    with executor_of(options) as executor, ExitStack() as stack:
        cluster = {"executor": executor, "job_folder": folder.jobs} if in_jobs else {}
        cluster["shards"] = options.shards
        checkpoint = None if in_jobs else _checkpoint(options, folder, settings, screen)
        table = stack.enter_context(
            open_source(
                options,
                needs_memory=needs_memory(settings, executor, options.shards, options.by),
                needs_stream="shards" if options.shards is not None else "",
                folder=folder.path,
                on_streamed=screen.note,
            )
        )
        test = read_test(options, table.schema)
        resumed = folder.resumed_epochs() if checkpoint is not None and options.resume else {}
        run: TableResult | GroupedResult
        if options.by is not None and isinstance(table, Table):
            run = train_groups(
                options, settings, table, test, checkpoint, screen, interruption, started, cluster
            )
        else:
            run = _run(
                options,
                settings,
                table,
                test,
                checkpoint,
                screen,
                interruption,
                resumed,
                started,
                cluster,
            )
    trained = run.all_rows if isinstance(run, GroupedResult) else run
    if trained.reason is not StopReason.INTERRUPTED and not any(trained.kept_epochs):
        folder.remove_checkpoints()  # resumed, it would end in the same error
    _require_trained_network(trained)
    written = write_results(options, folder, run, card)
    words = next_commands(options, folder.path, run, resumable=os.path.exists(folder.checkpoint))
    screen.result(run, written, [shell_command(command) for command in words])


def model_card(options: Namespace) -> dict[str, str] | None:
    """Return the texts of the model card by field, if a file was given."""
    for name, value in (("card", options.card), ("no_rows", options.no_rows)):
        if value and options.no_report:
            raise SettingError(
                name, "applies to the report, but `no_report` is given", hint="Give one of the two."
            )
    if options.card is None:
        return None
    from deltarule.report.model_card import read_card

    return read_card(options.card)


def _checkpoint(
    options: Namespace, folder: RunFolder, settings: TableSettings, screen: Screen
) -> Checkpoint | None:
    from deltarule.training.checkpoint import LockedCheckpoint

    there = os.path.exists(folder.checkpoint) or folder.has_groups()
    if settings.optimizer == "lbfgs":
        if options.resume:
            raise SettingError(
                "resume",
                "cannot be used with the optimizer lbfgs, which saves no checkpoint",
                hint="Repeat the command without it; the run ends in the same bits.",
            )
        return None
    if settings.time_limit_s is not None:
        if options.resume:
            raise SettingError(
                "resume",
                "cannot be used with `time_limit_s`, under which no checkpoint is saved",
                hint="Repeat the command without `resume`.",
            )
        return None
    if options.resume and not there:
        screen.note(f"There is no checkpoint in {folder.path}; the run starts from the beginning.")
    if there and not options.resume:
        screen.note(
            f"{folder.checkpoint} belongs to an unfinished run. This run starts from the beginning; "
            "use --resume to continue instead."
        )
    return LockedCheckpoint(
        folder.checkpoint, options.checkpoint_every_s, options.resume, folder.is_exclusive
    )


def _run(
    options: Namespace,
    settings: TableSettings,
    table: Table | StreamedTable,
    test: Table | None,
    checkpoint: Checkpoint | None,
    screen: Screen,
    interruption: Interruption,
    resumed: dict[int, tuple[int, int]],
    started: float,
    cluster: dict[str, Any],
) -> TableResult:
    from deltarule.data.streamed_table import StreamedTable
    from deltarule.table_model import train as train_on_table
    from deltarule.table_model.prepared_table import PreparedTable

    def prepared(ready: PreparedTable) -> None:
        screen.read(ready.table if isinstance(table, StreamedTable) else table, ready)
        networks = len(ready.design.splits)
        if known := {n: epochs for n, epochs in resumed.items() if n <= networks}:
            screen.note(describe_resumption(known, networks))
        interruption.training_started()

    def progress(event: Progress) -> None:
        screen.progress(event)
        interruption.tick()

    def trained() -> None:
        interruption.training_ended()
        screen.trained()
        if interruption.received is not None:
            screen.note(
                "Stopping. Saving the best weights so far; press Ctrl-C again to quit immediately."
            )

    try:
        return train_on_table(
            table,
            options.target,
            settings=settings,
            test=test,
            engine=options.engine,
            threads=options.threads,
            progress=progress,
            on_prepared=prepared,
            on_trained=trained,
            checkpoint=checkpoint,
            started=started,
            **cluster,
        )
    finally:
        screen.trained()


def _require_trained_network(run: TableResult) -> None:
    """Raise unless a network completed an epoch."""
    from deltarule.stopping import StopReason
    from deltarule.table_model.stop_explanation import table_divergence

    if any(run.kept_epochs):
        return
    if run.reason is StopReason.INTERRUPTED:
        raise KeyboardInterrupt
    unwritten = "No epoch was completed, so no model is written."
    for divergence in map(table_divergence, run.trainings):
        if divergence is not None:
            advice = divergence.describe_advice()
            raise DataError(sentences(f"{divergence.describe()}.", unwritten, advice))
    raise DataError(sentences(run.explanation, unwritten))

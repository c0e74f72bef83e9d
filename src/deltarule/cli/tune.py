"""deltarule tune: searches for settings, and writes the model of the best ones with its report."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from deltarule.cli.cluster import executor_of
from deltarule.cli.command_text import prediction_commands, shell_command, train_arguments
from deltarule.cli.options import given_settings
from deltarule.cli.output import Output, make_printer
from deltarule.cli.reading import read_source, read_test
from deltarule.cli.run_folder import RunFolder, default_folder
from deltarule.cli.signals import Aborted, Interruption
from deltarule.cli.train import model_card
from deltarule.cli.tuning_screens import (
    HumanTuningScreen,
    JsonTuningScreen,
    QuietTuningScreen,
    TuningScreen,
)
from deltarule.cli.written_files import write_results
from deltarule.errors import DataError, SettingError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from deltarule.table_model.prepared_table import PreparedTable
    from deltarule.tuning import TuningProgress, TuningResult

FEW_TRIALS = 64


def tune(options: Namespace) -> int:
    """Tune and return the exit status."""
    output = Output(sys.stdout)
    folder = RunFolder(options.out or default_folder(options.source))
    is_first = False
    with Interruption() as interruption:
        try:
            folder.prepare()
            is_first = not folder.has_trials()
            _tune(options, folder, _screen(options, output), interruption)
        except (KeyboardInterrupt, Aborted) as error:
            stopped = KeyboardInterrupt(interruption.exit_status or 130)
            for note in getattr(error, "__notes__", ()):
                stopped.add_note(note)
            if folder.has_trials():
                command = shell_command([*train_arguments(options, folder.path), "--resume"])
                stopped.add_note(f"The finished trials are kept; to go on: {command}")
            raise stopped from None
        except (DataError, SettingError):  # repeated, it would end in the same error
            if is_first:
                folder.remove_trials()
            raise
        finally:
            folder.close()
        output.end()
        return interruption.exit_status


def _screen(options: Namespace, output: Output) -> TuningScreen:
    if options.json:
        return JsonTuningScreen(output)
    return QuietTuningScreen() if options.quiet else HumanTuningScreen(make_printer(output))


def _tune(
    options: Namespace, folder: RunFolder, screen: TuningScreen, interruption: Interruption
) -> None:
    from deltarule.table_model import TableSettings

    started = time.perf_counter()  # a time limit includes reading
    settings = TableSettings(**given_settings(options))
    card = model_card(options)
    if options.resume and not folder.has_trials():
        screen.note(f"There are no trials in {folder.path}; the search starts from the beginning.")
    with executor_of(options) as executor:
        found = _search(options, settings, folder, screen, interruption, started, executor)
    written = write_results(options, folder, found.result, card)
    folder.remove_trials()
    commands = [*prediction_commands(options, folder.path), _longer(options, folder, settings)]
    screen.result(found.result, written, [shell_command(command) for command in commands])


def _search(
    options: Namespace,
    settings: Any,
    folder: RunFolder,
    screen: TuningScreen,
    interruption: Interruption,
    started: float,
    executor: Executor | None,
) -> TuningResult:
    from deltarule.tuning import tune as tune_on_table

    table = read_source(options)
    test = read_test(options, table.schema)

    def prepared(ready: PreparedTable) -> None:
        screen.read(table, ready)
        if (
            not options.resume
        ):  # not before: a cluster or a column that does not exist ends no search
            if folder.has_trials():
                screen.note(
                    f"{folder.path} holds trials of an unfinished search, which are removed: this one "
                    "starts from the beginning. Use --resume to go on instead."
                )
            folder.remove_trials()
        interruption.training_started()

    def trial(progress: TuningProgress) -> None:
        screen.trial(progress)
        interruption.tick()

    try:
        found = tune_on_table(
            table,
            options.target,
            settings=settings,
            trials=options.trials,
            sampler=options.sampler,
            test=test,
            engine=options.engine,
            threads=options.threads,
            folder=folder.path,
            resume=options.resume,
            executor=executor,
            progress=trial,
            on_network=screen.network,
            on_prepared=prepared,
            on_wait=interruption.tick,
            on_trained=interruption.training_ended,
            started=started,
        )
    finally:
        screen.trained()
    screen.searched(found.trials)
    return found


def _longer(options: Namespace, folder: RunFolder, settings: Any) -> list[str]:
    """Return the arguments of a longer search, which may find a better model."""
    out = f"{folder.path.rstrip('/')}-longer"
    if settings.time_limit_s is not None:
        return train_arguments(options, out, time_limit_s=4 * settings.time_limit_s)
    return train_arguments(options, out, trials=4 * (options.trials or FEW_TRIALS))

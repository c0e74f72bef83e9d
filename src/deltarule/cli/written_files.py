"""What a run writes at its end: the model, the history and the report, in a second place if need be."""

from __future__ import annotations

import os
from argparse import Namespace
from contextlib import suppress
from typing import TYPE_CHECKING

from deltarule.cli.command_text import shell_command, train_arguments
from deltarule.cli.run_folder import RunFolder
from deltarule.errors import FileError

if TYPE_CHECKING:
    from deltarule.table_model import GroupedResult, TableResult


def write_results(
    options: Namespace,
    folder: RunFolder,
    run: TableResult | GroupedResult,
    card: dict[str, str] | None,
) -> dict[str, str]:
    """Write the model, history and report; return the paths by name, the most important first.

    If the folder cannot take the model (it is gone, read-only, or its disk is full), all is written to a
    second place, which the `FileError` names.
    """
    from deltarule.stopping import StopReason

    written: dict[str, str] = {}
    try:
        _write(options, folder, run, card, written)
    except BaseException as error:
        if written and os.path.exists(folder.model):
            error.add_note(f"Already written: {', '.join(written.values())}.")
        elif isinstance(error, FileError):
            _keep_elsewhere(options, folder, run, card, error)
        raise
    finally:
        if written and run.reason is not StopReason.INTERRUPTED:
            folder.remove_checkpoints()
    if not os.path.exists(folder.model):
        gone = FileError(
            f"Cannot write {folder.model!r}: it was removed as soon as it was written. Check which "
            "other program uses the folder, or choose another with --out."
        )
        _keep_elsewhere(options, folder, run, card, gone)
        raise gone
    return {name: written[name] for name in ("model", "report", "history") if name in written}


def _write(
    options: Namespace,
    folder: RunFolder,
    run: TableResult | GroupedResult,
    card: dict[str, str] | None,
    written: dict[str, str],
) -> None:
    """Write the files and add their paths to `written`."""
    from deltarule.formats.atomic_write import write_atomically

    run.model.save(folder.model)
    written["model"] = folder.model
    write_atomically(folder.history, history_csv(run).encode())
    written["history"] = folder.history
    if options.no_report:
        folder.remove(folder.report)
        return
    from deltarule.report import write_report

    command = shell_command(train_arguments(options, folder.path, with_cluster=False))
    write_report(run, folder.report, command=command, card=card, rows=not options.no_rows)
    written["report"] = folder.report


def _keep_elsewhere(
    options: Namespace,
    folder: RunFolder,
    run: TableResult | GroupedResult,
    card: dict[str, str] | None,
    error: FileError,
) -> None:
    """Write to a second place, which the error then names."""
    model = _write_elsewhere(options, folder, run, card)
    if model is not None:
        error.add_note(f"The trained model was written to {model!r} instead.")


def _write_elsewhere(
    options: Namespace,
    folder: RunFolder,
    run: TableResult | GroupedResult,
    card: dict[str, str] | None,
) -> str | None:
    """Write to another folder and return the path of the model, None if no folder takes it."""
    from deltarule.formats.second_place import write_elsewhere

    written: dict[str, str] = {}

    def write(other: str) -> bool:
        with suppress(OSError):  # the model is what matters
            _write(options, RunFolder(other), run, card, written)
        return bool(written)

    write_elsewhere(os.path.basename(os.path.abspath(folder.path)), write)
    return written.get("model")


def history_csv(run: TableResult | GroupedResult) -> str:
    """Return the epochs as CSV; several networks are stacked, with a column `network`.

    With groups, those of the model of all rows.
    """
    from deltarule.table_model import GroupedResult

    run = run.all_rows if isinstance(run, GroupedResult) else run
    texts = [training.history.to_csv() for training in run.trainings]
    if len(texts) == 1:
        return texts[0]
    lines = [text.splitlines() for text in texts]
    head = f"network,{lines[0][0]}"
    rows = [f"{i},{line}" for i, part in enumerate(lines, start=1) for line in part[1:]]
    return "\n".join([head, *rows, ""])

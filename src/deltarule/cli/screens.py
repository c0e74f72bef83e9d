"""What `train` prints: text for people, JSON lines for programs, or nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TextIO, TypeAlias

from deltarule.cli import messages
from deltarule.cli.messages import Line, Pieces, clean
from deltarule.cli.output import ClosedStream, Output, Printer, discard_output

if TYPE_CHECKING:
    from deltarule.data import Table
    from deltarule.table_model import GroupedResult, TableResult
    from deltarule.table_model.prepared_table import PreparedTable
    from deltarule.training import Progress


Run: TypeAlias = "TableResult | GroupedResult"
MIN_MEASURED_S, MIN_LONG_RUN_S = 3.0, 20.0
"""The time left is shown after this time, in runs that take at least this time."""


class Screen(Protocol):
    """Shows the events of a run."""

    def read(self, table: Table, prepared: PreparedTable) -> None:
        """The table was read and prepared."""

    def progress(self, progress: Progress) -> None:
        """Some epochs are done."""

    def groups(self, done: int, groups: int) -> None:
        """The models of some groups are done."""

    def trained(self) -> None:
        """Training has ended."""

    def note(self, text: str) -> None:
        """Show a note."""

    def result(self, run: Run, written: dict[str, str], commands: Sequence[str]) -> None:
        """The run is complete; `written` maps names to paths."""


def result_lines(run: Run) -> list[Line]:
    """Describe the scores of a run."""
    from deltarule.table_model import GroupedResult

    if not isinstance(run, GroupedResult):
        return messages.result_lines(run)
    from deltarule.cli.grouped_lines import grouped_result_lines

    return grouped_result_lines(run)


class EpochCount:
    """Counts the epochs of all networks and estimates the time for the others."""

    def __init__(self) -> None:
        self._planned = 1
        self._ended: set[int] = set()  # networks, some of which stopped early
        self._first: dict[int, int] = {}  # first epoch of each network in this process
        self._last: dict[int, int] = {}
        self.start(None)

    def start(self, limit_s: float | None) -> None:
        """Training begins and must end after `limit_s` seconds, if there is a limit."""
        self._started = monotonic()
        self._limit_s = limit_s

    def add(self, progress: Progress) -> None:
        """Count the epochs of an event."""
        epochs = progress.records["epoch"]
        self._first.setdefault(progress.network, int(epochs[0]))
        self._last[progress.network] = int(epochs[-1])
        if progress.ended:
            self._ended.add(progress.network)
        done = sum(self._last[network] for network in self._ended)
        self._planned = done + progress.epochs * (progress.networks - len(self._ended))

    @property
    def share(self) -> float:
        """Share of the planned epochs that are done."""
        return sum(self._last.values()) / self._planned

    @property
    def seconds_left(self) -> float | None:
        """Upper bound on the seconds left, as networks may stop early; None in short runs."""
        elapsed_s = monotonic() - self._started
        trained = sum(self._last[n] - first + 1 for n, first in self._first.items())
        if elapsed_s < MIN_MEASURED_S or not trained:
            return None
        left = elapsed_s / trained * (self._planned - sum(self._last.values()))
        if self._limit_s is not None:
            left = min(left, self._limit_s - elapsed_s)
        return left if elapsed_s + left >= MIN_LONG_RUN_S else None


class HumanScreen:
    """Prints text, and a progress bar on a terminal."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._score = "accuracy"
        self._epochs = EpochCount()

    def read(self, table: Table, prepared: PreparedTable) -> None:
        """Describe the table."""
        self._score = prepared.target.task.score_name
        allocation = prepared.design.allocation
        self._epochs.start(None if allocation is None else allocation.budget.remaining())
        self._printer.lines([*messages.read_lines(table, prepared), Line()])

    def progress(self, progress: Progress) -> None:
        """Show the last epoch."""
        if len(progress.records):
            self._epochs.add(progress)
            left = self._epochs.seconds_left
            text = messages.describe_progress(progress, self._score, left)
            self._printer.progress(text, self._epochs.share)

    def groups(self, done: int, groups: int) -> None:
        """Show how many groups are done."""
        text = Pieces(((f"{done:,} of {groups:,} done", 1),))
        self._printer.progress(text, done / groups, label="Groups")

    def trained(self) -> None:
        """Keep the last progress line."""
        self._printer.progress_ended()

    def note(self, text: str) -> None:
        """Print a note."""
        self._printer.lines([Line(text, "Note", "note")])

    def result(self, run: Run, written: dict[str, str], commands: Sequence[str]) -> None:
        """Print the scores, the files, and commands to try next."""
        lines = [Line(), *result_lines(run), *messages.written_lines(written, commands)]
        self._printer.lines(lines)


class QuietScreen:
    """Prints nothing."""

    def read(self, table: Table, prepared: PreparedTable) -> None:
        """Print nothing."""

    def progress(self, progress: Progress) -> None:
        """Print nothing."""

    def groups(self, done: int, groups: int) -> None:
        """Print nothing."""

    def trained(self) -> None:
        """Print nothing."""

    def note(self, text: str) -> None:
        """Print nothing."""

    def result(self, run: Run, written: dict[str, str], commands: Sequence[str]) -> None:
        """Print nothing."""


class JsonScreen:
    """Prints one JSON object per line; its key "event" names its kind."""

    def __init__(self, stream: Output) -> None:
        self._stream = stream

    def read(self, table: Table, prepared: PreparedTable) -> None:
        """Write the event "read"."""
        split, target = prepared.split, prepared.target
        columns = [
            {"name": c.name, "kind": c.kind, "missing": int(c.missing.sum())}
            for c in table.columns
        ]  # fmt: skip
        sample, rows = prepared.sample, table.rows
        if sample is not None:
            rows = sample.stream.rows
            for column in columns:
                column["missing"] = sample.survey.columns[str(column["name"])].missing
        self._write(
            "read",
            source=table.source,
            rows=rows,
            columns=columns,
            target=target.name,
            task=target.task.value,
            classes=list(target.classes) or None,
            split={
                "training": prepared.training_rows,
                "validation": len(split.validation),
                "test": len(prepared.test.truth),
            },
            **({} if sample is None else {"sampled_rows": table.rows}),
            features=len(prepared.encoder.feature_names),
            networks=len(prepared.design.splits),
            parameters=prepared.network.parameter_count,
            notes=messages.unique_notes(prepared),
        )

    def progress(self, progress: Progress) -> None:
        """Write one event "epoch" for each epoch."""
        names = progress.records.dtype.names or ()
        for record in progress.records.tolist():
            values = dict(zip(names, record, strict=True))
            about = {"network": progress.network, "epochs": progress.epochs}
            self._write("epoch", **about, **values, best_epoch=progress.best_epoch)

    def groups(self, done: int, groups: int) -> None:
        """Write the event "groups" for every hundredth of the groups, and for the last one."""
        if done == groups or done % max(groups // 100, 1) == 0:
            self._write("groups", done=done, groups=groups)

    def trained(self) -> None:
        """Nothing: "result" follows."""

    def note(self, text: str) -> None:
        """Write the event "note"."""
        self._write("note", message=text)

    def result(self, run: Run, written: dict[str, str], commands: Sequence[str]) -> None:
        """Write the event "result"."""
        self._write("result", **run.model.about, seconds=run.seconds, files=written)

    def _write(self, event: str, **values: Any) -> None:
        self._stream.write(f"{json_text({'event': event, **values})}\n")
        self._stream.flush()


def json_text(value: Any) -> str:
    """Return one line of strict JSON: NaN and infinity become null."""
    return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {str(name): _finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value


def print_warning(text: str, *, as_json: bool) -> None:
    """Print a warning: one line on standard error, or an event among the others.

    A warning that cannot be printed, on a terminal that is gone, does not end training.
    """
    if as_json:
        _print_line(json_text({"event": "warning", "message": text}), sys.stdout)
    else:
        _print_line(f"deltarule: warning: {clean(text)}", sys.stderr)


def print_error(text: str, status: int, *, as_json: bool) -> None:
    """Print an error: the last event, or one line on standard error."""
    one_line = " ".join(text.split())
    record = {"event": "error", "message": one_line, "exit_status": status}
    if not (as_json and _print_line(json_text(record), sys.stdout)):
        _print_line(f"deltarule: {clean(one_line)}", sys.stderr)


def _print_line(text: str, stream: TextIO) -> bool:
    """Print a line and return whether it was written."""
    try:
        print(f"{text}\n", end="", file=stream, flush=True)  # in one write, for threads
    except OSError:
        discard_output(stream)
        return False
    return not isinstance(stream, ClosedStream)

"""What is told to people, in lines; how they are printed is decided elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deltarule._common.formatting import format_percent

if TYPE_CHECKING:
    from deltarule.data import Table
    from deltarule.network import Network
    from deltarule.preprocessing import Target
    from deltarule.table_model import TableResult
    from deltarule.table_model.training_pipeline import PreparedTable
    from deltarule.training import Progress

LABEL_WIDTH = 10
MAX_NAMES = 6
MAX_NOTES = 8
KIND_WORDS = {"number": "numbers", "boolean": "true/false", "text": "text", "datetime": "dates"}


@dataclass(frozen=True)
class Line:
    """A line: a short label on the left where it begins something, and text that may be wrapped.

    A label that begins with spaces belongs to the one above. Without a label it is printed as it is,
    indented by its own spaces, and never wrapped.
    """

    text: str = ""
    label: str = ""
    style: str = ""  # a key of `terminal.STYLES`
    whole: bool = False  # a path or command, which must stay one line to be copied


def clean(text: str) -> str:
    """Return `text` with everything that could steer a terminal made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def plain_text(line: Line) -> str:
    """Return a line as text without any style."""
    return clean(f"{line.label:<{LABEL_WIDTH}}{line.text}" if line.label else line.text)


def some(names: Sequence[str], most: int = MAX_NAMES) -> str:
    """Return the first few of `names` and how many more there are."""
    shown = [name if len(name) <= 40 else f"{name[:39]}…" for name in names[:most]]
    more = len(names) - len(shown)
    return ", ".join([*shown, f"and {more:,} more"] if more else shown)


def count(number: int, one: str, many: str = "") -> str:
    """Return "1 row", "2 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def read_lines(table: Table, prepared: PreparedTable) -> list[Line]:
    """Tell what was read and what is about to be learned from it."""
    kinds = [column.kind for column in table.columns]
    of_kinds = ", ".join(
        f"{kinds.count(kind)} of {word}" for kind, word in KIND_WORDS.items() if kind in kinds
    )
    missing = sum(int(column.missing.sum()) for column in table.columns)
    told_missing = f"{count(missing, 'cell')} missing" if missing else "nothing missing"
    return [
        Line(
            f"{table.source}: {count(table.rows, 'row')}, {count(len(kinds), 'column')} "
            f"({of_kinds}), {told_missing}",
            "Read",
        ),
        Line(target_words(prepared.target, prepared), "Predict"),
        Line(f"{input_words(prepared)}", "From"),
        Line(split_words(prepared), "Rows"),
        Line(networks_words(prepared), "Network"),
        *(Line(note, "Note", "note") for note in some_notes(all_notes(prepared))),
    ]


def all_notes(prepared: PreparedTable) -> list[str]:
    """Return what a person should know about the rows and the columns, each sentence once."""
    return list(dict.fromkeys(prepared.notes))


def some_notes(notes: list[str]) -> list[str]:
    """Return the first notes, and how many more there are."""
    if len(notes) <= MAX_NOTES:
        return notes
    more = len(notes) - MAX_NOTES
    return [*notes[:MAX_NOTES], f"And {more} more like these: --json tells all."]


def target_words(target: Target, prepared: PreparedTable) -> str:
    """Tell the target: its classes with their rows, or its range."""
    import numpy as np

    from deltarule._common.formatting import format_number

    values = prepared.table[target.name].values
    if not target.classes:
        return (
            f"{target.name}: a number from {format_number(float(np.nanmin(values)))} to "
            f"{format_number(float(np.nanmax(values)))} (regression)"
        )
    classes = target.classes
    counts = np.bincount(prepared.truth, minlength=len(classes)).tolist()
    told = [f"{name} {rows:,}" for name, rows in zip(classes, counts, strict=True)]
    return f"{target.name}: {len(classes)} classes ({some(told)})"


def input_words(prepared: PreparedTable) -> str:
    """Tell the columns that are learned from."""
    used = prepared.encoder.columns
    features = len(prepared.encoder.feature_names)
    as_features = f", as {features:,} features" if features != len(used) else ""
    return f"{count(len(used), 'column')}{as_features}: {some(used)}"


def split_words(prepared: PreparedTable) -> str:
    """Tell how many rows train, validate and test."""
    split, networks = prepared.split, len(prepared.design.splits)
    parts = prepared.design.recipe.folds
    held_out = f"{len(split.test):,} held out for the result"
    if networks > 1:
        return (
            f"{len(split.train):,} to learn from, in {parts} parts of which each network leaves out "
            f"one to stop by; {held_out}"
        )
    if not len(split.validation):
        return f"{len(split.train):,} to train, {held_out}"
    return f"{len(split.train):,} to train, {len(split.validation):,} to validate, {held_out}"


def networks_words(prepared: PreparedTable) -> str:
    """Tell the network, and how many of it there are."""
    networks = len(prepared.design.splits)
    told = network_words(prepared.network)
    return told if networks == 1 else f"{networks} times {told} each; the mean of all is the answer"


def network_words(network: Network) -> str:
    """Tell a network in one line: 4 inputs → 64 relu → 3 softmax."""
    layers = [f"{block.dense.units} {block.dense.activation.kind}" for block in network.blocks]
    chain = " → ".join([count(network.known_inputs, "input"), *layers])
    return f"{chain}; {count(network.parameter_count, 'parameter')}"


def progress_words(progress: Progress, score: str) -> str:
    """Tell the last epoch: both losses, and the score on the validation rows."""
    record = progress.records[-1]
    value = float(record["validation_score"])
    validation = ""
    if value == value:  # where rows were held back
        told = format_percent(value) if score == "accuracy" else f"{value:.3f}"
        validation = f", validation {record['validation_loss']:.3g}, {score} {told}"
    width = len(f"{progress.epochs:,}")
    which = f"of network {progress.network}: " if progress.networks > 1 else ""
    return (
        f"{which}{int(record['epoch']):>{width},} of {progress.epochs:,}  loss "
        f"{record['training_loss']:.3g}{validation}"
    )


def result_lines(run: TableResult) -> list[Line]:
    """Tell how good the model is beside the baseline, and why training stopped."""
    from deltarule.table_model.score_summary import score_summary

    epochs = count(sum(len(training.history) for training in run.trainings), "epoch")
    took = f"{epochs} in {seconds_words(run.seconds)}, {run.training.engine} engine"
    return [
        Line(score_summary(run), "Result", "strong"),
        Line(run.explanation, "Stopped"),
        Line(took, "Took"),
        *(Line(note, "Note", "note") for note in run.training_notes),
    ]


def seconds_words(seconds: float) -> str:
    """Tell a time in two digits or whole seconds: 0.036 s, 9.8 s, 112 s."""
    return f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds:,.0f} s"


def written_lines(written: dict[str, str], commands: Sequence[str]) -> list[Line]:
    """Tell where the files lie, and what to try next."""
    files = [Line(path, name.capitalize(), whole=True) for name, path in written.items()]
    tries = [Line(f"  {command}", style="command") for command in commands]
    return [Line(), *files, Line(), Line("Try next", style="label"), *tries]

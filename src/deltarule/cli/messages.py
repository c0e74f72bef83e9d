"""The lines that `train` shows to people; printers decide how they look."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deltarule._common.formatting import counted, format_number, format_percent

if TYPE_CHECKING:
    from deltarule.data import Table
    from deltarule.network import Network
    from deltarule.preprocessing import Target
    from deltarule.table_model import TableResult
    from deltarule.table_model.prepared_table import PreparedTable
    from deltarule.training import Progress

LABEL_WIDTH = 10
MAX_NAMES = 6
MAX_NOTES = 8
KIND_NAMES = {
    "number": "numerical", "boolean": "boolean", "text": "text", "datetime": "datetime",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A label on the left and text that may be wrapped.

    A label that begins with spaces continues the label above. Text without a label is never wrapped.
    """

    text: str = ""
    label: str = ""
    style: str = ""  # a key of `terminal.STYLES`
    whole: bool = False  # a path or command, which must stay on one line to be copied


@dataclass(frozen=True)
class Pieces:
    """Parts of a sentence in order, each with its importance; a narrow line omits the least important."""

    pieces: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return ", ".join(text for text, _ in self.pieces)

    def fitting(self, width: int) -> str:
        """Return the most important pieces that fit into `width` characters, at least one."""
        if len(str(self)) <= width or len(self.pieces) == 1:
            return str(self)
        least = min(self.pieces, key=lambda piece: piece[1])
        return Pieces(tuple(piece for piece in self.pieces if piece is not least)).fitting(width)


def clean(text: str) -> str:
    """Return `text` with control characters escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def plain_text(line: Line) -> str:
    """Return a line as text without style."""
    return clean(f"{line.label:<{LABEL_WIDTH}}{line.text}" if line.label else line.text)


def first_names(names: Sequence[str], most: int = MAX_NAMES) -> str:
    """Return the first few names and the number of the others."""
    shown = [name if len(name) <= 40 else f"{name[:39]}…" for name in names[:most]]
    more = len(names) - len(shown)
    return ", ".join([*shown, f"and {more:,} more"] if more else shown)


def read_lines(table: Table, prepared: PreparedTable) -> list[Line]:
    """Describe the table and what is trained on it."""
    kinds = [column.kind for column in table.columns]
    of_kinds = ", ".join(
        f"{kinds.count(kind)} {name}" for kind, name in KIND_NAMES.items() if kind in kinds
    )
    sample = prepared.sample
    rows, missing = table.rows, sum(int(column.missing.sum()) for column in table.columns)
    if sample is not None:
        rows, missing = sample.stream.rows, sample.missing_cells()
    shown_before = "" if sample is None else sample.stream.why
    notes = [note for note in unique_notes(prepared) if note != shown_before]
    missing_cells = f"{counted(missing, 'missing cell')}" if missing else "no missing cells"
    return [
        Line(
            f"{table.source}: {counted(rows, 'row')}, {counted(len(kinds), 'column')} "
            f"({of_kinds}), {missing_cells}",
            "Read",
        ),
        Line(describe_target(prepared.target, prepared), "Predict"),
        Line(describe_inputs(prepared), "Inputs"),
        Line(describe_split(prepared), "Rows"),
        Line(describe_networks(prepared), "Network"),
        *(Line(note, "Note", "note") for note in first_notes(notes)),
    ]


def unique_notes(prepared: PreparedTable) -> list[str]:
    """Return the notes about rows and columns, each once."""
    from deltarule.table_model.setting_info import as_options

    return list(dict.fromkeys(map(as_options, prepared.notes)))


def first_notes(notes: list[str]) -> list[str]:
    """Return the first notes and the number of the others."""
    if len(notes) <= MAX_NOTES:
        return notes
    more = len(notes) - MAX_NOTES
    return [*notes[:MAX_NOTES], f"{counted(more, 'more note')}: --json prints all of them."]


def describe_target(target: Target, prepared: PreparedTable) -> str:
    """Describe the target: its classes with their number of rows, or its range."""
    import numpy as np

    values = prepared.table[target.name].values
    if not target.classes:
        return (
            f"{target.name}: a number from {format_number(float(np.nanmin(values)))} to "
            f"{format_number(float(np.nanmax(values)))} (regression)"
        )
    classes = target.classes
    counts = np.bincount(prepared.truth, minlength=len(classes)).tolist()
    sizes = [f"{name} {rows:,}" for name, rows in zip(classes, counts, strict=True)]
    where = "" if prepared.sample is None else "in the sample: "
    return f"{target.name}: {len(classes)} classes ({where}{first_names(sizes)})"


def describe_inputs(prepared: PreparedTable) -> str:
    """List the input columns."""
    used = prepared.encoder.columns
    features = len(prepared.encoder.feature_names)
    as_features = f", encoded as {features:,} features" if features != len(used) else ""
    return f"{counted(len(used), 'column')}{as_features}: {first_names(used)}"


def describe_split(prepared: PreparedTable) -> str:
    """Return the numbers of training, validation and test rows."""
    split, networks = prepared.split, len(prepared.design.splits)
    folds = max(prepared.design.recipe.folds, networks)
    parts = [f"{prepared.training_rows:,} for training"]
    if networks > 1 and prepared.split_rule.times is None:
        each = "each network" if networks == folds else f"each of {networks} networks"
        parts = [f"{parts[0]} in {folds} folds ({each} validates on another fold)"]
    elif len(split.validation):
        parts.append(f"{len(split.validation):,} for validation")
    source = (
        "" if len(split.test) else f" from {prepared.test.table.path or prepared.test.table.source}"
    )
    return ", ".join([*parts, f"{len(prepared.test.truth):,} for testing{source}"])


def describe_networks(prepared: PreparedTable) -> str:
    """Describe the networks."""
    count, network = len(prepared.design.splits), describe_network(prepared.network)
    return network if count == 1 else f"{count} × ({network}); their predictions are averaged"


def describe_network(network: Network) -> str:
    """Describe a network on one line: 4 inputs → 64 relu → 3 softmax."""
    layers = [f"{block.dense.units} {block.dense.activation.kind}" for block in network.blocks]
    chain = " → ".join([counted(network.known_inputs, "input"), *layers])
    return f"{chain}; {counted(network.parameter_count, 'parameter')}"


def describe_progress(progress: Progress, score: str, seconds_left: float | None = None) -> Pieces:
    """Describe the last epoch: both losses and the validation score, and the time left."""
    record = progress.records[-1]
    width = len(f"{progress.epochs:,}")
    epoch = f"{int(record['epoch']):>{width},} of {progress.epochs:,}"
    loss = f"loss {format_number(record['training_loss'], 3)}"
    value = float(record["validation_score"])
    has_validation = value == value  # NaN without validation rows
    if has_validation and progress.best_epoch is not None:
        epoch = f"{epoch}, best {progress.best_epoch:>{width},}"
    if progress.networks > 1:
        epoch = f"{epoch} (network {progress.network})"
    pieces = [(epoch, 5), (loss, 1)]
    if has_validation:
        shown_score = format_percent(value) if score == "accuracy" else format_number(value, 3)
        validation_loss = f"validation loss {format_number(record['validation_loss'], 3)}"
        pieces += [(validation_loss, 2), (f"{score} {shown_score}", 3)]
    if seconds_left is not None:
        pieces.append((f"< {format_time_left(seconds_left)} left", 4))
    return Pieces(tuple(pieces))


def describe_resumption(epochs: dict[int, tuple[int, int]], networks: int) -> str:
    """Say where each network goes on; `epochs` are those done and planned, by network."""
    if networks == 1:
        ((done, planned),) = epochs.values()
        if done == planned:
            return f"Training had ended after epoch {done:,}: its result is completed."
        return f"The run continues after epoch {done:,} of {planned:,}."
    ended = [str(network) for network, (done, planned) in epochs.items() if done == planned]
    going_on = {network: both for network, both in epochs.items() if both[0] != both[1]}
    parts = [
        f"{'network ' if i == 0 else ''}{network} after epoch {done:,} of {planned:,}"
        for i, (network, (done, planned)) in enumerate(going_on.items())
    ]
    if ended:
        parts.append(
            f"{counted(len(ended), 'network')} {'has' if len(ended) == 1 else 'have'} ended"
        )
    others = networks - len(epochs)
    new = f"; {counted(others, 'network')} start{'s' * (others == 1)} from the beginning"
    return f"The run continues: {', '.join(parts)}{new * (others > 0)}."


def format_time_left(seconds: float) -> str:
    """Return an upper bound on a duration: 15 s, 2 min, 3 h."""
    if seconds < 60:
        return f"{5 * math.ceil(max(seconds, 1) / 5)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{math.ceil(minutes / 60):,} h"


def result_lines(run: TableResult) -> list[Line]:
    """Describe the test scores, the baseline, and why training stopped."""
    from deltarule.table_model.score_summary import (
        fold_summary,
        leaderboard,
        other_scores,
        score_summary,
    )

    entries = leaderboard(run)
    width = max(len(name) for name, _ in entries)
    folds = fold_summary(run)
    epochs = counted(sum(len(training.history) for training in run.trainings), "epoch")
    took = f"{epochs} in {format_seconds(run.seconds)} ({run.training.engine} engine)"
    return [
        Line(score_summary(run), "Result", "strong"),
        Line(other_scores(run.scores, run.model.target.classes), " " * LABEL_WIDTH),
        *([Line(folds, "Folds")] if folds else []),
        *(
            Line(f"{name:<{width}}  {scores}", " " * LABEL_WIDTH if i else "Compared")
            for i, (name, scores) in enumerate(entries)
        ),
        *([Line(run.comparison, "Note", "note")] if run.comparison else []),
        Line(run.explanation, "Stopped"),
        Line(took, "Time"),
        *(Line(note, "Note", "note") for note in run.training_notes),
    ]


def format_seconds(seconds: float) -> str:
    """Return a duration with two digits or in whole seconds: 0.036 s, 9.8 s, 112 s."""
    return f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds:,.0f} s"


def written_lines(written: dict[str, str], commands: Sequence[str]) -> list[Line]:
    """List the written files and commands to try next."""
    files = [Line(path, name.capitalize(), whole=True) for name, path in written.items()]
    suggestions = [Line(f"  {command}", style="command") for command in commands]
    return [Line(), *files, Line(), Line("Try next", style="label"), *suggestions]

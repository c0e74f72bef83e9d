"""What `tune` prints besides what `train` prints: its trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from deltarule._common.formatting import counted, format_number
from deltarule.cli.messages import Line, Pieces
from deltarule.cli.output import Output, Printer
from deltarule.cli.screens import HumanScreen, JsonScreen, QuietScreen, Run, Screen

if TYPE_CHECKING:
    from deltarule.tuning import Trial, TuningProgress

SHOWN_TRIALS = 8


class TuningScreen(Screen, Protocol):
    """Shows the events of a search."""

    def trial(self, progress: TuningProgress) -> None:
        """A trial reached the end of a rung."""

    def network(self, ended: int, planned: int) -> None:
        """Some of the networks of the default, or of a rung, have ended."""

    def searched(self, trials: Sequence[Trial]) -> None:
        """The search has ended with these trials."""


class HumanTuningScreen(HumanScreen):
    """Prints text, and on a terminal a live table of the best trials."""

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self._trials: dict[int, Trial] = {}
        self._share, self._where = 0.0, "the default configuration"

    def network(self, ended: int, planned: int) -> None:
        """Show how many networks have ended."""
        text = Pieces(((f"{self._where}: {ended} of {counted(planned, 'network')} trained", 1),))
        rows = trial_rows(best_trials(list(self._trials.values()))) if self._trials else ()
        self._printer.progress(text, self._share, "Trials", rows)

    def trial(self, progress: TuningProgress) -> None:
        """Show the progress and the best trials so far."""
        trial = progress.trial
        self._trials[trial.number] = trial
        self._share, self._where = search_share(progress), where_of(progress)
        rows = trial_rows(best_trials(list(self._trials.values())))
        self._printer.progress(describe_search(progress), self._share, "Trials", rows)

    def searched(self, trials: Sequence[Trial]) -> None:
        """Keep the last progress line and print the best trials."""
        self._printer.progress_ended()
        self._printer.lines([Line(), *trial_lines(trials)])

    def result(self, run: Run, written: dict[str, str], commands: Sequence[str]) -> None:
        """Print the scores, the files, and commands to try next."""
        super().result(run, written, commands)


class QuietTuningScreen(QuietScreen):
    """Prints nothing."""

    def network(self, ended: int, planned: int) -> None:
        """Print nothing."""

    def trial(self, progress: TuningProgress) -> None:
        """Print nothing."""

    def searched(self, trials: Sequence[Trial]) -> None:
        """Print nothing."""


class JsonTuningScreen(JsonScreen):
    """Prints one JSON object per line, one of them for each trial and rung."""

    def __init__(self, stream: Output) -> None:
        super().__init__(stream)

    def network(self, ended: int, planned: int) -> None:
        """Nothing: the event "trial" follows."""

    def trial(self, progress: TuningProgress) -> None:
        """Write one event "trial"."""
        self._write(
            "trial",
            **progress.trial.to_json(),
            rungs=progress.rungs,
            done=progress.done,
            planned=progress.planned,
            default_loss=progress.default_loss,
        )

    def searched(self, trials: Sequence[Trial]) -> None:
        """Nothing: "result" has the trials."""


def describe_search(progress: TuningProgress) -> Pieces:
    """Describe how far a search is, and its last trial."""
    trial = progress.trial
    if trial.number < 2:
        return Pieces((("the default configuration is trained", 1),))
    where = f"rung {trial.rung} of {progress.rungs}, {progress.done} of {progress.planned} trials"
    loss = f"trial {trial.number} has loss {format_number(trial.loss, 3)}"
    pieces = [(where, 3), (loss, 2)]
    if progress.default_loss is not None:
        pieces.append((f"the default {format_number(progress.default_loss, 3)}", 1))
    return Pieces(tuple(pieces))


def where_of(progress: TuningProgress) -> str:
    """Return where a search is after an event."""
    trial = progress.trial
    if trial.number == 0:
        return "the default with another seed"
    if trial.number == 1:
        return f"rung 1 of {progress.rungs}"
    rung = trial.rung + (progress.done == progress.planned)
    return f"rung {min(rung, progress.rungs)} of {progress.rungs}"


def search_share(progress: TuningProgress) -> float:
    """Return about which share of a search is done; the default comes before the rungs."""
    if progress.trial.number < 2:
        return (1 + progress.trial.number) / 2 / (progress.rungs + 1)
    return (progress.trial.rung + progress.done / progress.planned) / (progress.rungs + 1)


def best_trials(trials: Sequence[Trial], most: int = SHOWN_TRIALS) -> list[Trial]:
    """Return the trials with votes, then those that came farthest; the default is among them."""
    ordered = sorted(trials, key=lambda t: (-t.votes, -t.rung, t.loss, t.number))
    default = [trial for trial in ordered if trial.number == 0]
    others = [trial for trial in ordered if trial.number][: most - len(default)]
    chosen = {trial.number for trial in [*default, *others]}
    return [trial for trial in ordered if trial.number in chosen]


def trial_rows(trials: Sequence[Trial]) -> list[str]:
    """Return a header and a row for each trial, in columns of equal width."""
    from deltarule.tuning.search_space import describe_values

    cells = [["trial", "epochs", "networks", "loss", "votes", "settings"]]
    for trial in trials:
        name = {0: "default", 1: "other seed"}.get(trial.number, str(trial.number))
        votes = str(trial.votes) if trial.votes else ""
        loss = format_number(trial.loss, 4)
        cells.append(
            [
                name,
                str(trial.epochs),
                str(trial.networks),
                loss,
                votes,
                describe_values(trial.values),
            ]
        )
    if not any(trial.votes for trial in trials):
        cells = [[*row[:4], row[5]] for row in cells]
    widths = [max(len(row[j]) for row in cells) for j in range(len(cells[0]) - 1)]
    return [
        "  ".join([*(c.rjust(w) for c, w in zip(row[:-1], widths, strict=True)), row[-1]])
        for row in cells
    ]


def trial_lines(trials: Sequence[Trial]) -> list[Line]:
    """Return the lines about the trials of a search that has ended."""
    rows = trial_rows(best_trials(trials))
    labels = ["Trials", *[" " * 6] * (len(rows) - 1)]
    lines = [Line(row, label, whole=True) for row, label in zip(rows, labels, strict=True)]
    more = len(trials) - len(rows) + 1
    if more > 0:
        lines.append(Line(f"and {counted(more, 'more trial')}: --json prints all of them", " " * 6))
    return lines

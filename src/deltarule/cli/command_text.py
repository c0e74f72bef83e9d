"""Commands that can be pasted: to repeat a run, and to try next."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from deltarule.cli.options import SETTING_OPTIONS, as_argument
from deltarule.cli.reading import reading_arguments

if TYPE_CHECKING:
    from deltarule.table_model import GroupedResult, TableResult


def program() -> list[str]:
    """Return how the program was started: deltarule, a path to it, or python -m deltarule."""
    started = sys.argv[0] if sys.argv else ""
    if started.endswith(os.path.join("deltarule", "__main__.py")):
        python = sys.orig_argv[0] if sys.orig_argv else sys.executable
        return [python, "-m", "deltarule"]
    if os.path.basename(started).removesuffix(".exe") != "deltarule":
        return ["deltarule"]  # called from Python
    found = shutil.which("deltarule")
    is_on_path = found is not None and os.path.realpath(found) == os.path.realpath(started)
    return ["deltarule"] if is_on_path else [started]


def shell_command(words: Sequence[str]) -> str:
    """Return a command that can be pasted into a shell."""
    return shlex.join([*program(), *words])


def train_arguments(
    options: Namespace, out: str, *, with_cluster: bool = True, **changes: Any
) -> list[str]:
    """Return the arguments of `train` or `tune` as typed, with `changes` to its settings."""
    words = [
        options.command,
        *reading_arguments(options, cells=True),
        *_option("--target", options.target),
    ]
    by = changes.get("by", getattr(options, "by", None))
    if by is not None:
        words += _option("--by", by)
    for group in SETTING_OPTIONS.values():
        for option in group:
            value = changes.get(option.field, getattr(options, option.field))
            if value is not None:
                words += _option(option.flag, as_argument(value))
    if options.test is not None:
        words += _option("--test", options.test)
    trials = changes.get("trials", getattr(options, "trials", None))
    if trials is not None:
        words += ["--trials", str(trials)]
    if getattr(options, "sampler", "random") != "random":
        words += ["--sampler", options.sampler]
    words += _option("--out", out)
    if options.no_report:
        words.append("--no-report")
    if options.no_rows:
        words.append("--no-rows")
    if options.card is not None:
        words += _option("--card", options.card)
    if options.engine != "auto":
        words += ["--engine", options.engine]
    if options.threads is not None:
        words += ["--threads", str(options.threads)]
    limit = getattr(options, "memory_limit", None)
    if limit is not None:
        words += ["--memory-limit", limit]
    if getattr(options, "shards", None) is not None:  # changes the result
        words += ["--shards", str(options.shards)]
    if with_cluster and options.cluster is not None:
        words += _option("--cluster", options.cluster)
        if options.allow_plain_tcp:
            words.append("--allow-plain-tcp")
    return words


def next_commands(
    options: Namespace, out: str, run: TableResult | GroupedResult, *, resumable: bool
) -> list[list[str]]:
    """Return commands to try after a run: predict, inspect, and another run that may score better."""
    from deltarule.table_model import GroupedResult

    commands = prediction_commands(options, out)
    if isinstance(run, GroupedResult):
        return [*commands, train_arguments(options, f"{out.rstrip('/')}-all-rows", by=None)]
    if run.reason.name == "INTERRUPTED":
        return [*commands, [*train_arguments(options, out), *(["--resume"] if resumable else [])]]
    name, changes = _another(options, run)
    return [*commands, train_arguments(options, f"{out.rstrip('/')}-{name}", **changes)]


def prediction_commands(options: Namespace, out: str) -> list[list[str]]:
    """Return the commands that predict with the model of a run and describe it."""
    reading = reading_arguments(options, cells=False)
    if options.source == ["-"]:
        reading = ["new_rows.csv", *reading[1:]]  # standard input is used up
    folder = _as_path(out)
    predict = ["predict", folder, *reading, "--out", "predictions.csv"]
    return [predict, ["inspect", folder]]


def _another(options: Namespace, run: TableResult) -> tuple[str, dict[str, Any]]:
    """Return a name and the changed settings of a run that may score better.

    After a perfect score it is a run with other test rows.
    """
    reason = run.reason.name
    other_seed = f"seed-{run.settings.seed + 1}", {"seed": run.settings.seed + 1}
    if _is_perfect(run):
        return other_seed
    if reason == "DIVERGED":
        rate = max(float(training.history.learning_rate.max()) for training in run.trainings) / 10
        return "slower", {"learning_rate": float(f"{rate:.1g}")}
    limit = run.settings.time_limit_s
    if limit is not None and run.limited_by_time:
        return "longer", {"time_limit_s": 5 * limit}  # more epochs need more time
    if reason == "EPOCHS_DONE" and _improved_to_the_end(run):
        return "longer", {"epochs": 5 * run.recipe.epochs}
    if options.hidden is None:
        return "wider", {"hidden": tuple(2 * units for units in run.recipe.hidden)}
    if options.optimizer is None:
        return "adamw", {"optimizer": "adamw"}
    return other_seed


def _is_perfect(run: TableResult) -> bool:
    """Whether no run could score better on the test rows."""
    from deltarule.table_model.scores import RegressionScores

    scores = run.scores
    return scores.r2 > 0.9999 if isinstance(scores, RegressionScores) else scores.accuracy == 1


def _improved_to_the_end(run: TableResult) -> bool:
    """Whether most networks kept an epoch of the last tenth; otherwise more epochs would not help."""
    late = [t.kept_epoch > 0.9 * len(t.history) for t in run.trainings]
    return 2 * sum(late) > len(late)


def _option(flag: str, value: str) -> list[str]:
    """Return the option as two words, or as one if the value looks like an option."""
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]


def _as_path(path: str) -> str:
    return f"./{path}" if path.startswith("-") and path != "-" else path

"""What the report says in words and numbers, before any drawing."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from deltarule._common.formatting import format_number
from deltarule._common.version import __version__
from deltarule.drawing.svg import brief
from deltarule.preprocessing import ClassTarget
from deltarule.report.axes import format_share
from deltarule.schedules import Schedule
from deltarule.table_model import TableResult, TableSettings
from deltarule.table_model.scores import ClassificationScores, RegressionScores

# How sources begin that a call cannot name: see deltarule.data.sources.
_NO_FILES = ("a query", "the query", "standard input", "memory", "a ", "the ")


@dataclass(frozen=True)
class Figure:
    """One number worth large type, with what stands beside it to compare."""

    name: str
    value: str
    beside: str


@dataclass(frozen=True)
class Setting:
    """One line of the table of settings; `chosen`: by whom, "you", "the table" or "default"."""

    name: str
    value: str
    chosen: str


def title(run: TableResult) -> str:
    """Return what the network does, for the head of the page."""
    network = run.model.network.network
    units = [network.known_inputs, *(block.dense.units for block in network.blocks)]
    count = len(run.model.networks)
    many = f"{count} networks" if count > 1 else "A network"
    return (
        f"{many} of {'–'.join(map(str, units))} units, {network.parameter_count:,} weights and "
        f"biases{' each' * (count > 1)}, trained on {len(run.split.train):,} of {run.table.rows:,} rows."
    )


def headline(run: TableResult) -> str:
    """Return the held-out result beside the baseline, in one or two sentences."""
    scores = run.scores
    rows = f"{scores.rows:,} row{'s' * (scores.rows != 1)} that training never saw"
    name = brief(run.model.target.name)
    if isinstance(scores, ClassificationScores):
        right = int(np.trace(scores.confusion))
        return (
            f"Of {rows}, the network named {right:,} correctly: {format_share(scores.accuracy)}. "
            f"Always saying “{_most_frequent(run)}” would get "
            f"{format_share(scores.baseline_accuracy)}."
        )
    return (
        f"On {rows}, the predicted {name} is off by {format_number(scores.mae, 3)} on average; the "
        f"root mean squared error is {format_number(scores.rmse, 3)}, against "
        f"{format_number(scores.baseline_rmse, 3)} of always saying the mean."
    )


def verdict(run: TableResult) -> str:
    """Return a sentence of warning where the result is no better than the baseline, else nothing."""
    scores = run.scores
    if not any(run.kept_epochs):
        return "These are the results of weights from before training: see below why it stopped."
    if isinstance(scores, ClassificationScores):
        beaten = scores.accuracy > scores.baseline_accuracy
    else:
        beaten = scores.rmse < scores.baseline_rmse
    if not beaten:
        return (
            "That is no better than the baseline: these columns, or these settings, say nothing "
            "useful about the target."
        )
    if scores.rows < 100:
        return (
            f"{scores.rows:,} rows are few to measure on: another split (another seed) may well "
            "give a result some per cent better or worse."
        )
    return ""


def figures(run: TableResult) -> list[Figure]:
    """Return the scores, the headline first."""
    scores = run.scores
    if isinstance(scores, RegressionScores):
        baseline = format_number(scores.baseline_rmse, 3)
        return [
            Figure("R²", format_number(scores.r2, 3), "baseline 0, perfect 1"),
            Figure(
                "Root mean squared error", format_number(scores.rmse, 3), f"baseline {baseline}"
            ),
            Figure("Mean absolute error", format_number(scores.mae, 3), "in the target's units"),
        ]
    baseline = f"baseline {format_share(scores.baseline_accuracy)}"
    chance = format_share(1 / max(1, int((scores.confusion.sum(axis=1) > 0).sum())))
    return [
        Figure("Accuracy", format_share(scores.accuracy), baseline),
        Figure("Balanced accuracy", format_share(scores.balanced_accuracy), f"baseline {chance}"),
        Figure("Log loss", format_number(scores.log_loss, 3), "0 is perfect; in nats"),
    ]


def what_was_read(run: TableResult) -> list[tuple[str, str]]:
    """Return the facts of the table as (name, value)."""
    table, split = run.table, run.split
    target = run.model.target
    inputs = [column for column in table.columns if column.name != target.name]
    missing = sum(int(column.missing.sum()) for column in inputs)
    cells = table.rows * len(inputs)
    share = f" ({format_share(missing / cells)} of the cells)" if missing else ""
    if isinstance(target, ClassTarget):
        shown = ", ".join(map(brief, target.classes[:8])) + (
            ", …" if len(target.classes) > 8 else ""
        )
        goal = f"{brief(target.name)}: {len(target.classes)} classes ({shown})"
    else:
        goal = f"{brief(target.name)}: a number"
    parts = [(split.train, "training"), (split.validation, "validation"), (split.test, "test")]
    sizes = ", ".join(f"{len(rows):,} {name}" for rows, name in parts if len(rows))
    if len(run.trainings) > 1:
        sizes += (
            f"; each of {len(run.trainings)} networks leaves out its own share of the training rows"
        )
    return [
        ("Source", table.source),
        ("Rows with a target", f"{table.rows:,}"),
        ("Columns", f"{len(inputs):,} beside the target"),
        ("Target", goal),
        ("Missing values", f"{missing:,}{share}"),
        ("Split", f"{sizes} (seed {run.settings.seed})"),
    ]


def settings_in_words(run: TableResult) -> list[Setting]:
    """Return every setting with its value; what was left to the library shows what it chose."""
    recipe = run.recipe
    found: dict[str, object] = {
        "task": f"{run.model.task} (inferred)",
        "hidden": recipe.hidden,
        "activation": recipe.activation,
        "dropout": recipe.dropout,
        "optimizer": recipe.optimizer.kind,
        "learning_rate": _rate(run),
        "batch_size": recipe.batch_size or "all rows",
        "epochs": recipe.epochs,
        "patience_epochs": recipe.patience_epochs,
        "folds": recipe.folds,
        "validation_fraction": recipe.validation_fraction if recipe.folds == 1 else "none",
    }
    chosen = []
    for field in dataclasses.fields(TableSettings):
        value = getattr(run.settings, field.name)
        is_default = value == field.default
        shown = found.get(field.name, value) if is_default else value
        by = "you" if not is_default else "the table" if field.name in found else "default"
        chosen.append(Setting(field.name, _setting_value(shown), by))
    return chosen


def _rate(run: TableResult) -> str:
    rates = [t.history.learning_rate for t in run.trainings if len(t.history)]
    highest = max((float(np.max(rate)) for rate in rates), default=float("nan"))
    return "–" if highest != highest else f"at most {format_number(highest)}"


def python_call(run: TableResult) -> str:
    """Return the call of Python that repeats the run; `source` stands for what is no file."""
    said = run.table.source
    path = said.rpartition(" (")[0] if said.endswith(")") else said  # without how it was read
    parts = ["source" if said.startswith(_NO_FILES) else repr(path)]
    parts.append(f"target={run.model.target.name!r}")
    for field in dataclasses.fields(TableSettings):
        value = getattr(run.settings, field.name)
        if value != field.default:
            parts.append(f"{field.name}={value!r}")
    return f"deltarule.train({', '.join(parts)})"


def versions(run: TableResult) -> list[tuple[str, str]]:
    """Return what the run was made with, as (name, version)."""
    found = [
        ("deltarule", __version__),
        ("engine", run.training.engine),
        ("Python", platform.python_version()),
        ("NumPy", np.__version__),
    ]
    with suppress(PackageNotFoundError):
        found.append(("DuckDB", version("duckdb")))
    return [*found, ("platform", f"{platform.system()} {platform.machine()}")]


def _most_frequent(run: TableResult) -> str:
    target = run.model.target
    assert isinstance(target, ClassTarget)
    codes = target.encode(run.table[target.name])[np.asarray(run.split.train)]
    return brief(target.classes[int(np.bincount(codes[codes >= 0]).argmax())])


def number_or_schedule(value: float | Schedule) -> str:
    """Return a number, or a schedule by its name."""
    return value.kind.replace("_", " ") if isinstance(value, Schedule) else f"{value:g}"


def _setting_value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, Schedule):
        return number_or_schedule(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(one) for one in value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)

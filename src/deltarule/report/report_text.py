"""The text and the numbers of the report: headline, scores, data, settings, versions."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from deltarule._common.formatting import format_bytes, format_number, format_percent
from deltarule._common.version import __version__
from deltarule.drawing.svg import truncate
from deltarule.report.content import Score, Setting
from deltarule.schedules import Schedule
from deltarule.table_model import StreamedRows, TableResult, TableSettings
from deltarule.table_model.configurations import describe_sizes, linear_models
from deltarule.table_model.scores import RegressionScores
from deltarule.table_model.setting_info import setting_infos


def title(result: TableResult) -> str:
    """Return the subtitle of the page: the networks and the size of the training set."""
    network = result.model.network.network
    units = [network.known_inputs, *(block.dense.units for block in network.blocks)]
    count = len(result.model.networks)
    many = f"{count} networks" if count > 1 else "One network"
    is_tuned, networks = "tuning" in result.model.about, result.model.networks
    if is_tuned or linear_models(networks):
        return (
            f"{describe_sizes(networks)}{' with tuned settings' * is_tuned}, trained on "
            f"{result.training_rows:,} of {result.rows_with_target:,} rows."
        )
    return (
        f"{many} with {'–'.join(map(str, units))} units and {network.parameter_count:,} weights and "
        f"biases{' each' * (count > 1)}, trained on {result.training_rows:,} of "
        f"{result.rows_with_target:,} rows."
    )


def warning(result: TableResult) -> str:
    """Return a warning about an untrained, useless or uncertain result, or an empty string."""
    scores = result.scores
    if not any(result.kept_epochs):
        return "These are the scores of the initial weights. See below why training stopped."
    if result.comparison:
        return result.comparison
    if scores.rows < 100:
        return (
            f"The scores are based on only {scores.rows:,} test rows: another split (another seed) may "
            "change them by several percent."
        )
    return ""


def scores(result: TableResult) -> list[Score]:
    """Return the scores, the most important first."""
    scores = result.scores
    if isinstance(scores, RegressionScores):
        baseline = format_number(scores.baseline_rmse, 3)
        return [
            Score("R²", format_number(scores.r2, 3), "baseline 0, best 1"),
            Score("Root mean squared error", format_number(scores.rmse, 3), f"baseline {baseline}"),
            Score("Mean absolute error", format_number(scores.mae, 3), "in units of the target"),
        ]
    baseline = f"baseline {format_percent(scores.baseline_accuracy)}"
    chance = format_percent(1 / max(1, int((scores.confusion.sum(axis=1) > 0).sum())))
    return [
        Score("Accuracy", format_percent(scores.accuracy), baseline),
        Score("Balanced accuracy", format_percent(scores.balanced_accuracy), f"baseline {chance}"),
        Score("Log loss", format_number(scores.log_loss, 3), "in nats, best 0"),
    ]


def data_facts(result: TableResult) -> list[tuple[str, str]]:
    """Return facts about the table as (name, value)."""
    table, split = result.table, result.split
    target = result.model.target
    inputs = [column for column in table.columns if column.name != target.name]
    streamed = result.streamed
    missing = sum(int(column.missing.sum()) for column in inputs)
    if streamed is not None:
        missing = streamed.missing_cells
    cells = result.rows_with_target * len(inputs)
    share = f" ({format_percent(missing / cells)} of the cells)" if missing else ""
    if target.classes:
        shown = ", ".join(map(truncate, target.classes[:8])) + (
            ", …" if len(target.classes) > 8 else ""
        )
        goal = f"{truncate(target.name)}: {len(target.classes)} classes ({shown})"
    else:
        goal = f"{truncate(target.name)}: numerical"
    parts = [
        (result.training_rows, "training"),
        (len(split.validation), "validation"),
        (len(result.test_truth), "test"),
    ]
    sizes = ", ".join(f"{rows:,} {name}" for rows, name in parts if rows)
    count = len(result.trainings)
    if count > 1 and result.settings.time is not None:
        sizes += f"; all {count} networks train and validate on the same rows"
    elif count > 1:
        sizes += f"; each of {count} networks validates on another fold of the training rows"
    return [
        ("Source", table.source),
        ("Rows with a target", f"{result.rows_with_target:,}"),
        *([("Streamed", _streamed(result, streamed))] if streamed is not None else []),
        ("Columns", f"{len(inputs):,} besides the target"),
        ("Target", goal),
        ("Missing values", f"{missing:,}{share}"),
        ("Split", f"{sizes}; {_split_rule(result)}"),
    ]


def _streamed(result: TableResult, streamed: StreamedRows) -> str:
    """Return where the rows were, in a few words."""
    size = format_bytes(streamed.block_file_bytes)
    return f"a block file of {size}; columns encoded by a sample of {result.table.rows:,} rows"


def _split_rule(result: TableResult) -> str:
    """Return how the rows were split."""
    settings = result.settings
    seed = f"seed {settings.seed}"
    if settings.time is not None:
        rule = f"by {truncate(settings.time)!r}, the latest rows last"
    elif settings.groups is not None:
        rule = f"at random with the rows of each {truncate(settings.groups)!r} together, {seed}"
    elif result.model.target.task.stratified:
        rule = f"at random with the same shares of the classes, {seed}"
    else:
        rule = f"at random, {seed}"
    return f"{rule}; the test rows were given" if result.test_table is not None else rule


def settings_table(result: TableResult) -> list[Setting]:
    """Return every setting with its value and whether the user or the recipe chose it."""
    infos = setting_infos(TableSettings)
    chosen = []
    for field in dataclasses.fields(TableSettings):
        value, source = getattr(result.settings, field.name), "user"
        if value == field.default and infos[field.name].is_automatic:
            value, source = _recipe_value(result, field.name), "recipe"
        elif value == field.default:
            source = "default"
        chosen.append(Setting(field.name, _setting_value(value), source))
    return chosen


def _recipe_value(result: TableResult, setting: str) -> object:
    """Return what the recipe chose for a setting."""
    recipe = result.recipe
    match setting:
        case "task":
            return f"{result.model.task} (inferred)"
        case "optimizer":
            return recipe.optimizer.kind
        case "learning_rate":
            return _rate(result)
        case "batch_size":
            return recipe.batch_size or "all rows"
        case "folds" if recipe.networks < recipe.folds:
            return f"{recipe.folds}, of which {recipe.networks} train a network"
        case "validation_fraction" if recipe.folds > 1:
            return "none"
    return getattr(recipe, setting)


def _rate(result: TableResult) -> str:
    rates = [t.history.learning_rate for t in result.trainings if len(t.history)]
    highest = max((float(np.max(rate)) for rate in rates), default=float("nan"))
    return "–" if highest != highest else f"at most {format_number(highest)}"


def python_call(result: TableResult, by: str | None = None) -> str:
    """Return the Python call that repeats the run; `source` stands for data that is not a file.

    `by` is the column of groups, if there is one.
    """
    parts = [repr(result.table.path) if result.table.path else "source"]
    parts.append(f"target={result.model.target.name!r}")
    if by is not None:
        parts.append(f"by={by!r}")
    for field in dataclasses.fields(TableSettings):
        value = getattr(result.settings, field.name)
        if value != field.default:
            parts.append(f"{field.name}={value!r}")
    return f"deltarule.train({', '.join(parts)})"


def versions(result: TableResult, created: datetime) -> list[tuple[str, str]]:
    """Return when the report was made, and the versions of the software used, as (name, version)."""
    found = [
        ("report made", created.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("deltarule", __version__),
        ("engine", result.training.engine),
        ("Python", platform.python_version()),
        ("NumPy", np.__version__),
    ]
    with suppress(PackageNotFoundError):
        found.append(("DuckDB", version("duckdb")))
    return [*found, ("platform", f"{platform.system()} {platform.machine()}")]


def number_or_schedule(value: float | Schedule) -> str:
    """Return a number as text, or the name of a schedule."""
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

"""deltarule inspect: describes a model file."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from deltarule._common.formatting import counted, format_number
from deltarule.cli.messages import Line, first_names
from deltarule.cli.output import Output, make_printer, require_standard_output
from deltarule.cli.screens import json_text
from deltarule.errors import ModelFileError
from deltarule.formats.model_folder import model_file_at

if TYPE_CHECKING:
    from deltarule.formats.model_file import ModelFile
    from deltarule.network import Network
    from deltarule.table_model import TableModel


def inspect(options: Namespace) -> int:
    """Describe a file and return the exit status."""
    require_standard_output("redirect it to a file")
    from deltarule.formats.model_file import hint_of, read_model

    path = model_file_at(options.model)
    file = read_model(path, kind=None)
    describers = {
        "table model": _table_model,
        "grouped model": _grouped_model,
        "network": _network,
        "checkpoint": _checkpoint,
    }
    if file.kind not in describers:
        raise ModelFileError(
            f"{path!r} is a deltarule {file.kind[:40]!r} file, which inspect does not support. "
            f"{hint_of(file.kind)}"
        )
    lines, facts = describers[file.kind](file)
    output = Output(sys.stdout)
    if options.json:
        record = {"file": path, "kind": file.kind, "bytes": os.path.getsize(path), **facts}
        output.write(f"{json_text(record)}\n")
    else:
        head = Line(f"{path}: a {file.kind}, {os.path.getsize(path):,} bytes", "File", "strong")
        make_printer(output).lines([head, *lines])
    output.end()
    return 0


def _table_model(file: ModelFile) -> tuple[list[Line], dict[str, Any]]:
    from deltarule.table_model import load_model
    from deltarule.table_model.configurations import configurations_json

    model = load_model(file.path)
    network = model.network.network
    classes = model.target.classes
    predicts = f"{len(classes)} classes ({first_names(classes, 12)})" if classes else "a number"
    lines = [
        Line(f"{model.target.name}: {predicts}", "Predicts"),
        *_history_lines(model.about),
        Line(),
        *_column_lines(model),
        Line(),
        Line(_describe_networks(model), "Networks"),
        *_configuration_lines(model),
        *_network_lines(network),
    ]
    facts = {
        "target": model.target.to_json(),
        "columns": model.describe_columns(),
        "schema": model.schema.to_json(),
        "features": list(model.encoder.feature_names),
        "network": network.to_json(),
        "parameters": network.parameter_count,
        "networks": len(model.networks),
        "temperature": model.calibration.temperature,
        "threshold": model.calibration.threshold,
        "positive_class": _positive_class(model),
        "quantiles": model.calibration.error_quantiles is not None,
        "about": model.about,
        **configurations_json(model.networks, model.votes),
    }
    return lines, facts


def _grouped_model(file: ModelFile) -> tuple[list[Line], dict[str, Any]]:
    from deltarule.cli.grouped_lines import described_groups
    from deltarule.table_model.by_group.grouped_loading import grouped_model_of_file

    model = grouped_model_of_file(file)
    classes = model.target.classes
    predicts = f"{len(classes)} classes ({first_names(classes, 12)})" if classes else "a number"
    lines = [
        Line(f"{model.target.name}: {predicts}", "Predicts"),
        *_history_lines(model.about),
        Line(),
        *described_groups(model),
        Line("the model of all rows, which predicts the rows of other groups:", "All rows"),
        *_column_lines(model.all_rows),
        Line(_describe_networks(model.all_rows), "Networks"),
    ]
    facts = {
        "target": model.target.to_json(),
        "by": model.by,
        "groups": list(model.groups),
        "columns": model.describe_columns(),
        "schema": model.schema.to_json(),
        "parameters": model.all_rows.network.network.parameter_count,
        "networks": len(model.all_rows.networks),
        "about": model.about,
    }
    return lines, facts


def _describe_networks(model: TableModel) -> str:
    """Describe the ensemble and its calibration."""
    number = _count_of_networks(model)
    if model.target.classes:
        temperature = format_number(model.calibration.temperature, 3)
        text = f"{number}; probabilities are calibrated with temperature {temperature}"
        threshold = model.calibration.threshold
        if threshold is None:
            return text
        label = _positive_class(model)
        return f"{text}; {label!r} is predicted from a probability of {format_number(threshold)}"
    has_quantiles = model.calibration.error_quantiles is not None
    return f"{number}; quantiles and intervals are {'' if has_quantiles else 'not '}available"


def _count_of_networks(model: TableModel) -> str:
    """Return how many networks and linear models there are, and how their predictions are combined."""
    from deltarule.table_model.configurations import linear_models

    linear = len(linear_models(model.networks))
    networks = len(model.networks) - linear
    if networks + linear == 1:
        return "1"
    number = f"{networks} and {counted(linear, 'linear model')}" if linear else str(networks)
    return f"{number}, predictions are averaged{' by votes' if model.votes else ''}"


def _configuration_lines(model: TableModel) -> list[Line]:
    """Describe networks of several shapes or votes; the layers that follow are those of the first."""
    from deltarule.table_model.configurations import (
        CONFIGURATIONS,
        configurations_json,
        linear_models,
    )

    first_linear = len(model.networks) - len(linear_models(model.networks))
    parts = configurations_json(model.networks, model.votes).get(CONFIGURATIONS, [])
    lines, place = [], 0
    for part in parts:
        parameters = model.networks[place].network.parameter_count
        noun = "network" if place < first_linear else "linear model"
        place += part["networks"]
        count, votes = counted(part["networks"], noun), counted(part["votes"], "vote")
        each = " each" * (part["networks"] > 1)
        lines.append(Line(f"  {count} of {parameters:,} parameters with {votes}{each}"))
    return lines


def _positive_class(model: TableModel) -> str | None:
    """Return the positive class of two."""
    classes = model.target.classes
    return classes[model.calibration.positive_class] if len(classes) == 2 else None


def _network(file: ModelFile) -> tuple[list[Line], dict[str, Any]]:
    from deltarule.training import load_network

    network = load_network(file.path).network
    facts = {"network": network.to_json(), "parameters": network.parameter_count}
    return _network_lines(network), facts


def _checkpoint(file: ModelFile) -> tuple[list[Line], dict[str, Any]]:
    from deltarule.network import Network
    from deltarule.training.checkpoint import has_ended, records_from_arrays

    plan = file.description.get("plan")
    if not isinstance(plan, dict) or type(plan.get("epochs")) is not int:
        raise ModelFileError(f"{file.path!r} does not describe the checkpoint of a run.")
    network = Network.from_json(plan.get("network"), f"{file.path}: network")
    history = {k: array for k, array in file.arrays.items() if not k.startswith("state.")}
    done, planned = len(records_from_arrays(history, file.path)), plan["epochs"]
    ended = has_ended(file)
    next_step = "training has ended" if ended else "train --resume continues from here"
    lines = [
        Line(f"{done:,} of at most {planned:,} epochs are done; {next_step}", "Training"),
        Line(),
        *_network_lines(network),
    ]
    return lines, {"plan": plan, "epochs_done": done, "ended": ended}


def _column_lines(model: TableModel) -> list[Line]:
    """List the columns and their encoding, in aligned lines."""
    records = model.describe_columns()
    names = [_short(str(record["column"])) for record in records]
    width = max(map(len, names), default=0)
    kind_width = max((len(record["kind"]) for record in records), default=0)
    return [
        Line(f"{len(model.encoder.columns)} inputs, {_features(model)}", "Columns"),
        *(
            Line(_column_summary(record), f"  {name:<{width}}  {record['kind']:<{kind_width}}  ")
            for name, record in zip(names, records, strict=True)
        ),
    ]


def _column_summary(record: dict[str, Any]) -> str:
    """Return how a column is encoded, and how it is read if that is unusual."""
    reading = record["reading"]
    return f"{record['encoding']}; read as {reading}" if reading else str(record["encoding"])


def _features(model: TableModel) -> str:
    return f"encoded as {counted(len(model.encoder.feature_names), 'feature')}"


def _short(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:29]}…"


def _network_lines(network: Network) -> list[Line]:
    return [
        Line(counted(network.parameter_count, "parameter"), "Network"),
        *(Line(f"  {row}") for row in str(network).splitlines()),
    ]


def _history_lines(about: dict[str, Any]) -> list[Line]:
    """Describe how the model was trained; the file is untrusted, so no key is relied on."""
    rows, scores, settings = (_dict(about.get(k)) for k in ("rows", "test_scores", "settings"))
    parts = ", ".join(f"{_value(number)} {name}" for name, number in rows.items())
    test_scores = ", ".join(f"{_label(name)} {_score(name, v)}" for name, v in scores.items())
    chosen = ", ".join(f"{name} {_value(v)}" for name, v in settings.items() if v not in (None, []))
    texts = {
        "Source": _value(about.get("source", "")),
        "Rows": parts,
        "Scores": test_scores,
        "Distilled": _distilled(_dict(about.get("distilled"))),
        "Folds": _folds(_dict(about.get("cross_validated_scores"))),
        "Baselines": _baselines(about.get("baselines")),
        "Stopped": _value(about.get("explanation", "")),
        "Settings": chosen,
    }
    return [Line(text, label) for label, text in texts.items() if text]


def _folds(folds: dict[str, Any]) -> str:
    """Return the cross-validated scores: mean ± standard deviation over the folds."""
    means, spreads = _dict(folds.get("mean")), _dict(folds.get("standard_deviation"))
    parts = [
        f"{_label(name)} {_score(name, mean)} ± {_score(name, spreads[name])}"
        for name, mean in means.items()
        if name in spreads
    ]
    return f"{', '.join(parts)} over {_value(folds.get('folds'))} folds" if parts else ""


def _distilled(distilled: dict[str, Any]) -> str:
    """Return the size and the deciding score of the model that this one was distilled from."""
    scores = _dict(distilled.get("teacher_scores"))
    parts = [f"{_value(distilled[k])} {k}" for k in ("networks", "parameters") if k in distilled]
    parts += [f"{_label(n)} {_score(n, scores[n])}" for n in ("log_loss", "rmse") if n in scores]
    return f"from a model of {', '.join(parts)}" if parts else ""


def _baselines(baselines: object) -> str:
    """Return the deciding score of each simple model that the model was compared with."""
    shown = []
    for baseline in baselines if isinstance(baselines, list) else []:
        scores = _dict(_dict(baseline).get("scores"))
        name = next((name for name in ("log_loss", "rmse") if name in scores), None)
        if name is not None:
            shown.append(
                f"{_value(baseline.get('label'))}: {_label(name)} {_score(name, scores[name])}"
            )
    return ", ".join(shown)


def _label(name: str) -> str:
    from deltarule.table_model.scores import score_label

    return "test rows" if name == "rows" else score_label(name)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _value(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _score(name: str, value: object) -> str:
    from deltarule.table_model.scores import format_named_score

    return format_named_score(name, value) if isinstance(value, float) else _value(value)

"""deltarule inspect: describes a model file."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule.cli.messages import Line, first_names
from deltarule.cli.output import Output, make_printer
from deltarule.cli.predict import model_path
from deltarule.cli.screens import json_text
from deltarule.errors import ModelFileError

if TYPE_CHECKING:
    from deltarule.formats.model_file import ModelFile
    from deltarule.network import Network
    from deltarule.table_model import TableModel


SCORE_NAMES = {
    "rows": "test rows",
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
    "baseline_rmse": "baseline RMSE",
}


def inspect(options: Namespace) -> int:
    """Describe a file and return the exit status."""
    from deltarule.formats.model_file import hint_of, read_model

    path = model_path(options.model)
    file = read_model(path, kind=None)
    describers = {"table model": _table_model, "network": _network, "checkpoint": _checkpoint}
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
        *_network_lines(network),
    ]
    facts = {
        "target": model.target.to_json(),
        "columns": model.encoder.describe(),
        "features": list(model.encoder.feature_names),
        "network": network.to_json(),
        "parameters": network.parameter_count,
        "networks": len(model.networks),
        "temperature": model.calibration.temperature,
        "quantiles": model.calibration.error_quantiles is not None,
        "about": model.about,
    }
    return lines, facts


def _describe_networks(model: TableModel) -> str:
    """Describe the ensemble and its calibration."""
    several = len(model.networks) > 1
    number = f"{len(model.networks)}, predictions are averaged" if several else "1"
    if model.target.classes:
        temperature = format_number(model.calibration.temperature, 3)
        return f"{number}; probabilities are calibrated with temperature {temperature}"
    has_quantiles = model.calibration.error_quantiles is not None
    return f"{number}; quantiles and intervals are {'' if has_quantiles else 'not '}available"


def _network(file: ModelFile) -> tuple[list[Line], dict[str, Any]]:
    from deltarule.training import load_network

    network = load_network(file.path).network
    facts = {"network": network.to_json(), "parameters": network.parameter_count}
    return _network_lines(network), facts


def _checkpoint(file: ModelFile) -> tuple[list[Line], dict[str, Any]]:
    from deltarule.network import Network

    plan: Any = file.description.get("plan")
    epochs = file.arrays.get("history.epoch")
    if not isinstance(plan, dict) or epochs is None:
        raise ModelFileError(f"{file.path!r} does not describe the checkpoint of a run.")
    network = Network.from_json(plan.get("network"), f"{file.path}: network")
    done, planned = len(epochs), plan.get("epochs")
    lines = [
        Line(
            f"{done:,} of at most {planned} epochs are done; train --resume continues from here",
            "Training",
        ),
        Line(),
        *_network_lines(network),
    ]
    return lines, {"plan": plan, "epochs_done": done}


def _column_lines(model: TableModel) -> list[Line]:
    """List the columns and their encoding, in aligned lines."""
    records = model.encoder.describe()
    names = [_short(str(record["column"])) for record in records]
    width = max(map(len, names), default=0)
    kind_width = max((len(record["kind"]) for record in records), default=0)
    return [
        Line(f"{len(model.encoder.columns)} inputs, {_features(model)}", "Columns"),
        *(
            Line(record["encoding"], f"  {name:<{width}}  {record['kind']:<{kind_width}}  ")
            for name, record in zip(names, records, strict=True)
        ),
    ]


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
    test_scores = ", ".join(
        f"{SCORE_NAMES.get(name, name.replace('_', ' '))} {_score(name, v)}"
        for name, v in scores.items()
    )
    chosen = ", ".join(f"{name} {_value(v)}" for name, v in settings.items() if v not in (None, []))
    texts = {
        "Source": _value(about.get("source", "")),
        "Rows": parts,
        "Scores": test_scores,
        "Stopped": _value(about.get("explanation", "")),
        "Settings": chosen,
    }
    return [Line(text, label) for label, text in texts.items() if text]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _value(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _score(name: str, value: object) -> str:
    if isinstance(value, float) and name.endswith("accuracy"):
        return format_percent(value)
    return format_number(value) if isinstance(value, float) else _value(value)

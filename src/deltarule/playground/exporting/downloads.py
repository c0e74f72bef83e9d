"""The files that the page can download, each as one message."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable

import numpy as np

from deltarule.errors import SettingError
from deltarule.history import History
from deltarule.playground.exporting.keras_code import keras_code
from deltarule.playground.exporting.model_export import shipped_model
from deltarule.playground.exporting.python_code import python_code
from deltarule.playground.exporting.standalone_page import frozen_page
from deltarule.playground.protocol.requests import ExportKind
from deltarule.playground.protocol.responses import FileHeader
from deltarule.playground.protocol.wire import Message, encode
from deltarule.playground.toy_datasets import AXES, TARGET
from deltarule.playground.workspace import Workspace

File = tuple[str, str, bytes]  # suffix of the name, media type, content


def exported(what: ExportKind, workspace: Workspace) -> Message:
    """Return a file of the workspace as a message; raise `SettingError` if it cannot be made."""
    ending, media_type, body = EXPORTS[what](workspace)
    data = workspace.run.experiment.data
    stem = re.sub(r"[^A-Za-z0-9]+", "-", data.name.rsplit(".", 1)[0]).strip("-")
    return encode(FileHeader(f"{stem or 'experiment'}{ending}", media_type), body)


def _experiment(workspace: Workspace) -> File:
    text = json.dumps(workspace.run.experiment.to_json(), indent=2, ensure_ascii=False)
    return ".json", "application/json", text.encode()


def _model(workspace: Workspace) -> File:
    if not np.isfinite(workspace.run.parameters.flat()).all():
        raise SettingError.message("The network's weights are not finite: rewind and train again.")
    model = shipped_model(workspace.run)
    with tempfile.TemporaryDirectory(prefix="deltarule-") as folder:
        path = os.path.join(folder, "model.safetensors")
        model.save(path)
        with open(path, "rb") as file:
            return "-model.safetensors", "application/octet-stream", file.read()


def _python(workspace: Workspace) -> File:
    return ".py", "text/x-python", python_code(workspace.run, workspace.source).encode()


def _keras(workspace: Workspace) -> File:
    return "-keras.py", "text/x-python", keras_code(workspace.run, workspace.source).encode()


def _html(workspace: Workspace) -> File:
    return ".html", "text/html", frozen_page(workspace).encode()


def _history(workspace: Workspace) -> File:
    return "-history.csv", "text/csv", History(workspace.run.curve.records).to_csv().encode()


def _points(workspace: Workspace) -> File:
    """Return the points of the plane as CSV: x1, x2 and the class or number y."""
    prepared = workspace.run.prepared
    if prepared.toy is None:
        raise SettingError.message(
            "Only points of the plane are saved as CSV: choose such a dataset, or draw your own."
        )
    y = (
        [prepared.classes[k] for k in prepared.truth]
        if prepared.classes
        else prepared.truth.tolist()
    )
    columns = [*(prepared.table[name].values.tolist() for name in AXES), y]
    lines = [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    return (
        "-points.csv",
        "text/csv",
        ("\n".join([",".join((*AXES, TARGET)), *lines]) + "\n").encode(),
    )


EXPORTS: dict[ExportKind, Callable[[Workspace], File]] = {
    "experiment": _experiment,
    "model": _model,
    "python": _python,
    "keras": _keras,
    "html": _html,
    "history": _history,
    "points": _points,
}

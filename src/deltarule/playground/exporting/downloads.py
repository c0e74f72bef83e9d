"""The files that the page offers for download, each as one message."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.history import History
from deltarule.playground.exporting.keras_code import keras_code
from deltarule.playground.exporting.model_export import shipped_model
from deltarule.playground.exporting.python_code import python_code
from deltarule.playground.exporting.standalone_page import frozen_page
from deltarule.playground.messages import Message

if TYPE_CHECKING:
    from deltarule.playground.workspace import Workspace

File = tuple[str, str, bytes]  # end of the name, media type, content


def exported(what: str, workspace: Workspace) -> Message:
    """Return the file `what`, one of EXPORTS; a `SettingError` where it cannot be made."""
    checks.one_of("export", what, EXPORTS)
    ending, media_type, body = EXPORTS[what](workspace)
    stem = re.sub(
        r"[^A-Za-z0-9]+", "-", workspace.run.experiment.data.name.rsplit(".", 1)[0]
    ).strip("-")
    name = f"{stem or 'experiment'}{ending}"
    return Message({"type": "file", "name": name, "media_type": media_type}, body)


def _experiment(workspace: Workspace) -> File:
    text = json.dumps(workspace.run.experiment.to_json(), indent=2, ensure_ascii=False)
    return ".json", "application/json", text.encode()


def _model(workspace: Workspace) -> File:
    if not np.isfinite(workspace.run.parameters.flat()).all():
        raise SettingError(
            "The network's weights are not finite numbers: rewind and train it anew."
        )
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


EXPORTS: dict[str, Callable[[Workspace], File]] = {
    "experiment": _experiment,
    "model": _model,
    "python": _python,
    "keras": _keras,
    "html": _html,
    "history": _history,
}

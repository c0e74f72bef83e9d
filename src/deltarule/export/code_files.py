"""A network as a Python file that builds it, and a file of weights beside it."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.version import __version__
from deltarule.errors import SettingError
from deltarule.export.c_self_test import example_rows
from deltarule.export.code_layers import CodeLayer
from deltarule.export.exportable import ArrayModel, exportable
from deltarule.export.formats import ExportSummary
from deltarule.export.written_together import write_together
from deltarule.formats.safetensors_container import pack
from deltarule.formats.system_errors import path_text
from deltarule.table_model import TableModel

Array = NDArray[Any]
EXAMPLES = 20
"""Rows that a file predicts for when it is run as a program."""
SUFFIX, WEIGHTS_SUFFIX = ".py", ".weights.safetensors"


@dataclass(frozen=True)
class CodeTarget:
    """A library that code is written for: its name, and the packages that the code needs."""

    name: str
    packages: str


def array_model(model: Any, target: CodeTarget) -> ArrayModel:
    """Return a network that takes numbers; raise `SettingError` for a model of a table."""
    known = exportable(model)
    if isinstance(known, TableModel):
        raise SettingError(
            "model",
            f"takes the columns of a table, which layers of {target.name} cannot encode",
            hint="ONNX and C hold the encoding too: --to onnx, --to c.",
        )
    return known


def write_code(
    model: ArrayModel,
    path: str | PathLike[str],
    target: CodeTarget,
    layers: Sequence[CodeLayer],
    code: str,
    dtype: str,
) -> ExportSummary:
    """Write the code and the weights of layers, and return the summary.

    `code` has the fields @about@, @weights_file@ and @classes@. `dtype` is that of the weights.
    """
    text = path_text(path)
    stem, suffix = os.path.splitext(text)
    if suffix != SUFFIX:
        raise SettingError("path", f"must end in {SUFFIX}", text, "The weights are written beside.")
    rows = example_rows(model, EXAMPLES).astype(dtype)
    arrays = {
        f"{i}.{name}": a for i, layer in enumerate(layers) for name, a in layer.arrays.items()
    }
    outputs = model.outputs(rows).astype(dtype)
    for array in (*arrays.values(), outputs):
        if not np.isfinite(array).all():
            raise SettingError("model", "has weights that are not finite", hint="Train it again.")
    arrays |= {"example.inputs": rows, "example.outputs": outputs}
    contiguous = {name: np.array(array, order="C") for name, array in arrays.items()}
    header, data = pack({"format": "pt", "deltarule": __version__}, contiguous)
    weights_path = f"{stem}{WEIGHTS_SUFFIX}"
    weights_file = os.path.basename(weights_path)
    filled = code.replace("@about@", _about(model, target, weights_file))
    filled = filled.replace("@weights_file@", json.dumps(weights_file, ensure_ascii=False))
    filled = filled.replace("@classes@", _classes(model))
    write_together({text: filled.encode(), weights_path: header + bytes(data)})
    network = model.trained.network
    return ExportSummary(
        (text, weights_path),
        {"rows": f"{dtype}: {network.inputs} numbers in a row, none missing"},
        {"outputs": f"{dtype}: {_about_outputs(model)}"},
        {"layers": len(layers), "parameters": network.parameter_count},
        (
            f"Test it where it is used: python {os.path.basename(text)} predicts for {len(rows)} rows.",
        ),
    )


def in_lines(layers: Sequence[CodeLayer], indent: int) -> str:
    """Return the calls of layers, one in a line."""
    return "\n".join(f"{' ' * indent}{layer.call}," for layer in layers)


def _about(model: ArrayModel, target: CodeTarget, weights_file: str) -> str:
    """Return the docstring of the file."""
    lines = (
        f"{model.trained.network._sentence()}. Written by deltarule {__version__} for {target.name}.",
        f"It needs {target.packages}. Its weights are in {weights_file}, beside it. "
        f"The outputs: {_about_outputs(model)}.",
    )
    text = "\n\n".join(textwrap.fill(line, 99) for line in lines)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{escaped}\n"""\n'


def _about_outputs(model: ArrayModel) -> str:
    if model.classes is None:
        return "the predicted numbers" if model.is_regressor else "those of the network"
    if model.trained.network.outputs == 1:
        return "the probability of the second label in CLASSES"
    return "the probability of each label in CLASSES"


def _classes(model: ArrayModel) -> str:
    if model.classes is None:
        return ""
    labels = [v if isinstance(v, bool | int | float) else str(v) for v in model.classes.tolist()]
    return f"CLASSES = {labels!r}\n"

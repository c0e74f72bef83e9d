"""Run exported files in onnxruntime; tests that need it are skipped where it is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule.table_model import TableModel

REASON = "onnx and onnxruntime are not installed: pip install onnx onnxruntime"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)


def run(path: Path | bytes, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the outputs of a file, checked, by name."""
    content = path if isinstance(path, bytes) else path.read_bytes()
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def feeds_of(model: TableModel, rows: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the inputs of an exported model for rows that the model can read."""
    table = model.read(rows)
    values = model.encoder.cast(table)
    feeds = {}
    for encoder, found in zip(model.encoder.used, values, strict=True):
        if encoder.values == "code":
            texts = table[encoder.column].texts()
            found = np.array([text or "" for text in texts], dtype=object)
        feeds[encoder.column] = as_feed(found, encoder.values)
    return feeds


def as_feed(values: np.ndarray, kind: str) -> np.ndarray:
    """Return values (rows,) of a kind as the column of an input."""
    if kind == "datetime":
        return values.astype("datetime64[us]").astype(np.int64)[:, None]
    return values[:, None] if kind == "code" else values.astype(np.float64)[:, None]

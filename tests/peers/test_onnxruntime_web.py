"""Exported models predict in onnxruntime-web, which is WebAssembly, what deltarule predicts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from unit.export.onnx_files import as_feed, run
from unit.export.random_models import RandomRows, prediction_of, random_model, random_rows

import deltarule as dr
from deltarule.export import to_onnx
from deltarule.table_model import TableModel

FOLDER = Path(__file__).parent / "onnxruntime_web"
ROOT = Path(__file__).resolve().parents[2]
PAGE, IRIS = ROOT / "docs" / "how-to" / "onnx.md", ROOT / "examples" / "iris.csv"
TYPES = {"f8": "float64", "f4": "float32", "i8": "int64", "O": "string"}
pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules" / "onnxruntime-web").is_dir(),
    reason="onnxruntime-web is not installed: run npm ci in tests/peers/onnxruntime_web",
)


def test_predictions_are_equal(tmp_path):
    models = [random_model(seed) for seed in range(24)]
    rows = [random_rows(model, 20, seed, far=False) for seed, model in enumerate(models)]
    paths = [tmp_path / f"{seed}.onnx" for seed in range(len(models))]
    feeds = [_exported(*case) for case in zip(models, rows, paths, strict=True)]
    outputs = run_in_node(paths, feeds)
    for model, cells, path, feed, found in zip(models, rows, paths, feeds, outputs, strict=True):
        expected = prediction_of(model, cells, _levels(model))
        if expected.probabilities is None:
            np.testing.assert_allclose(found["value"], expected.values, rtol=1e-6, atol=1e-6)
            np.testing.assert_allclose(found["quantiles"], expected.quantiles, rtol=1e-6, atol=1e-6)
        else:
            np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=1e-6)
            assert found["label"].tolist() == run(path, feed)["label"].tolist()


def test_the_lines_of_the_page_run(tmp_path):
    code = re.findall(r"```javascript\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0]
    (tmp_path / "page.mjs").write_text(code)
    (tmp_path / "node_modules").symlink_to(FOLDER / "node_modules")
    model = dr.train(IRIS, "species", epochs=3).model
    to_onnx(model, tmp_path / "iris.onnx")
    done = subprocess.run(
        ["node", "page.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "setosa" in done.stdout


def _levels(model: TableModel) -> tuple[float, ...]:
    return () if model.target.classes else (0.05, 0.5, 0.9)


def _exported(model: TableModel, rows: RandomRows, path: Path) -> dict[str, np.ndarray]:
    """Export a model and return the inputs of its file."""
    to_onnx(model, path, quantiles=_levels(model))
    return {
        encoder.column: as_feed(rows.texts.get(encoder.column, values), encoder.values)
        for encoder, values in zip(model.encoder.used, rows.values, strict=True)
    }


def run_in_node(
    paths: list[Path], feeds: list[dict[str, np.ndarray]]
) -> list[dict[str, np.ndarray]]:
    """Return the outputs of each model in Node.js."""
    runs = [
        {"model": str(path), "inputs": {name: as_json(values) for name, values in feed.items()}}
        for path, feed in zip(paths, feeds, strict=True)
    ]
    done = subprocess.run(
        ["node", "run_models.mjs"],
        cwd=FOLDER, input=json.dumps(runs), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [
        {name: np.array(o["data"]).reshape(o["dims"]) for name, o in outputs.items()}
        for outputs in json.loads(done.stdout)
    ]


def as_json(values: np.ndarray) -> dict[str, Any]:
    """Return an input: null is NaN, and integers are texts."""
    kind = TYPES[values.dtype.str.lstrip("<|")]
    data = values.ravel().tolist()
    if kind == "int64":
        data = [str(value) for value in data]
    elif kind.startswith("float"):
        data = [None if value != value else value for value in data]
    return {"type": kind, "dims": list(values.shape), "data": data}

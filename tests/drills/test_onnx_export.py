"""Random models of tables as ONNX: onnxruntime predicts what they predict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from drills.conftest import Drill
from unit.export.onnx_files import as_feed, run
from unit.export.random_models import prediction_of, random_model, random_rows

from deltarule.export import to_onnx

FIRST = 1000
"""The models before it are those of the other tests."""


def test_random_models_of_tables(tmp_path: Path, drill: Drill) -> None:
    count = drill.cases(short=30, full=2000)
    for seed in range(FIRST, FIRST + count):
        model = random_model(seed)
        rows = random_rows(model, 200, seed, far=False)
        levels = () if model.target.classes else (0.005, 0.05, 0.5, 0.9, 0.995)
        to_onnx(model, tmp_path / "m.onnx", quantiles=levels)
        feeds = {
            encoder.column: as_feed(rows.texts.get(encoder.column, values), encoder.values)
            for encoder, values in zip(model.encoder.used, rows.values, strict=True)
        }
        found = run(tmp_path / "m.onnx", feeds)
        expected = prediction_of(model, rows, levels)
        if expected.probabilities is None:
            np.testing.assert_allclose(found["value"], expected.values, 2e-6, 2e-6)
            np.testing.assert_allclose(found["quantiles"], expected.quantiles, 2e-6, 2e-6)
            continue
        np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=1e-6)
        threshold = model.calibration.threshold
        if threshold is None:
            ordered = np.sort(expected.probabilities, axis=1)
            gap = ordered[:, -1] - ordered[:, -2]
        else:
            positive = expected.probabilities[:, model.calibration.positive_class]
            gap = np.abs(positive - threshold)
        is_clear = gap > 1e-5
        assert (found["label"] == expected.values)[is_clear].all()
    drill.count(count, "models of tables as ONNX")

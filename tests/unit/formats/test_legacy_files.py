"""Model files that version 0.1.0 wrote before its names were settled still load and predict the same.

`tests/data/legacy_files` holds the files and, in `expected.json`, the predictions of the version that
wrote them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import deltarule as dr
from deltarule.training.checkpoint import CheckpointWarning

FOLDER = Path(__file__).parents[2] / "data" / "legacy_files"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
ROWS = {name: [row[name] for row in EXPECTED["rows"]] for name in EXPECTED["rows"][0]}
X, y = np.array(EXPECTED["X"]), np.array(EXPECTED["y"])


def rows_without(*names: str) -> dict[str, Any]:
    """Return the rows of the table without the named columns."""
    return {name: values for name, values in ROWS.items() if name not in names}


def close(actual: Any, name: str) -> None:
    """Compare with what the writing version predicted; other processors round differently."""
    np.testing.assert_allclose(actual, EXPECTED[name], rtol=1e-5, atol=1e-6)


def test_a_classifier_of_a_table() -> None:
    model = dr.load(FOLDER / "table_classifier.safetensors")
    close(model.predict(rows_without("price")).probabilities, "table_classifier")
    assert "out_of_fold_scores" in model.about


def test_a_regressor_of_a_table() -> None:
    model = dr.load(FOLDER / "table_regressor.safetensors")
    close(model.predict(rows_without("kind")).values, "table_regressor")


def test_an_estimator_of_tables() -> None:
    model = dr.TabularRegressor.load(FOLDER / "tabular_regressor.safetensors")
    frame = pd.DataFrame(rows_without("kind", "price"))
    frame["day"] = pd.to_datetime(frame["day"])
    close(model.predict(frame), "tabular_regressor")


@pytest.mark.parametrize("name", ["network", "ensemble"])
def test_a_network(name: str) -> None:
    close(dr.load_network(FOLDER / f"{name}.safetensors").predict(X[:6]), name)


def test_an_mlp_classifier() -> None:
    model = dr.MLPClassifier.load(FOLDER / "mlp_classifier.safetensors")
    close(model.predict_proba(X[:6]), "mlp_classifier")


def test_a_keras_model() -> None:
    model = dr.keras.models.load_model(FOLDER / "keras_model.safetensors")
    close(model.predict(X[:6], verbose=0), "keras_model")


def test_a_checkpoint_resumes(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    shutil.copy(FOLDER / "checkpoint.safetensors", path)
    with pytest.warns(CheckpointWarning, match="an earlier version of deltarule"):
        result = dr.fit(
            dr.Network([dr.Dense(4, "tanh"), dr.Dense(2, "softmax")]),
            X,
            y,
            epochs=8,
            seed=3,
            validation_fraction=0.2,
            stopping=dr.stopping.NoProgress(patience_epochs=50),
            checkpoint=dr.Checkpoint(path, every_seconds=1e9, resume=True),
        )
    assert len(result.history) == 8
    close(result.network.predict(X[:6]), "checkpoint")


def test_a_table_model_before_networks_had_votes() -> None:
    model = dr.load(FOLDER / "version_4.safetensors")
    close(model.predict(ROWS).probabilities, "version_4")
    assert model.votes == ()


def test_a_table_model_without_a_schema() -> None:
    """Its schema is derived from its encoders, so that numbers are read in the plain spelling."""
    model = dr.load(FOLDER / "version_3.safetensors")
    rows = EXPECTED["version_3_rows"]
    close(
        model.predict({name: [row[name] for row in rows] for name in rows[0]}).probabilities,
        "version_3",
    )
    kinds = [column.kind for column in model.schema.columns]
    assert kinds == [
        "number", "number", "category", "category", "boolean", "datetime", "category",
    ]  # fmt: skip

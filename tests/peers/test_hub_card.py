"""Model cards as the Hugging Face Hub's own library reads them; nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deltarule as dr

X = np.random.default_rng(0).normal(size=(60, 2))
HOSTILE = "a|b\n---\nlicense: other # *x* <script> '\" \x7f\u2028\ud83d"
TABLE = {HOSTILE[:-1]: X[:, 0], "b": X[:, 1]}
QUICK = {"folds": 2, "epochs": 2, "hidden": (4,)}


@pytest.fixture(scope="module")
def hub() -> Any:
    return pytest.importorskip("huggingface_hub", reason="make test-peers installs it")


def card_of(hub: Any, target: Any, folder: Path, **options: Any) -> tuple[Any, dr.TableResult]:
    result = dr.train(TABLE | {"y": target}, "y", **QUICK)
    dr.export.to_huggingface(result, folder, **options)
    return hub.ModelCard.load(folder / "README.md"), result


def test_the_hub_reads_task_tags_license_and_scores(hub, tmp_path):
    labels = np.where(X[:, 0] > 0, "yes", "no")
    card, result = card_of(hub, labels, tmp_path / "hub", license="apache-2.0", title=HOSTILE)
    assert card.data.library_name == "deltarule"
    assert card.data.license == "apache-2.0"
    assert card.data.pipeline_tag == "tabular-classification"
    assert {"deltarule", "safetensors", "tabular"} <= set(card.data.tags)
    assert card.data.model_name == HOSTILE.replace("\ud83d", card.data.model_name[-1])
    found = {one.metric_type: one.metric_value for one in card.data.eval_results}
    assert found["accuracy"] == result.scores.accuracy
    assert found["log_loss"] == result.scores.log_loss
    assert found["brier_score"] == result.scores.brier
    assert {one.task_type for one in card.data.eval_results} == {"tabular-classification"}


def test_the_hub_reads_the_scores_of_a_regression(hub, tmp_path):
    card, result = card_of(hub, X.sum(axis=1), tmp_path / "hub")
    assert card.data.license is None
    assert card.data.pipeline_tag == "tabular-regression"
    found = {one.metric_type: one.metric_value for one in card.data.eval_results}
    assert found == {
        "r_squared": result.scores.r2,
        "rmse": result.scores.rmse,
        "mae": result.scores.mae,
    }

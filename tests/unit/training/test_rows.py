"""fit(rows=...): the same bits as fit on only those rows."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import DataError, ShapeError
from deltarule.sampling import FullBatch, MiniBatches, SingleSample

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int32)
WEIGHTS = RNG.random(60)
ROWS = np.array([5, 59, 3, 20, 21, 22, 40, 41, 0, 10, 33, 7, 50])
CLASSIFIER = dr.Network([dr.Dense(4, "tanh", initializer="unit_variance"), dr.Dense(2, "softmax")])
LINE = dr.Network([dr.Dense(2, "tanh"), dr.Dense(1)])


@pytest.mark.parametrize("engine", ["native", "reference"])
@pytest.mark.parametrize("sampling", [MiniBatches(4), FullBatch(), SingleSample()])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_same_bits_as_on_only_these_rows(engine, sampling, weighted) -> None:
    for network, targets in ((CLASSIFIER, Y), (LINE, X[:, 1])):
        weights = WEIGHTS if weighted else None
        settings = {"sampling": sampling, "epochs": 3, "seed": 1, "engine": engine}
        shared = dr.fit(network, X, targets, sample_weight=weights, rows=ROWS, **settings)
        own = None if weights is None else weights[ROWS]
        alone = dr.fit(network, X[ROWS], targets[ROWS], sample_weight=own, **settings)
        np.testing.assert_array_equal(
            shared.network.parameters.flat(), alone.network.parameters.flat()
        )
        for name in ("training_loss", "training_score"):
            np.testing.assert_array_equal(
                getattr(shared.history, name), getattr(alone.history, name)
            )


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_validation_and_checkpoints_and_lbfgs(optimizer, tmp_path) -> None:
    settings = {"optimizer": optimizer, "epochs": 3, "validation_fraction": 0.25, "seed": 2}
    if optimizer == "adam":
        settings["checkpoint"] = dr.Checkpoint(tmp_path / "run.safetensors")
    shared = dr.fit(CLASSIFIER, X, Y, rows=ROWS, **settings)
    settings.pop("checkpoint", None)
    alone = dr.fit(CLASSIFIER, X[ROWS], Y[ROWS], **settings)
    np.testing.assert_array_equal(shared.network.parameters.flat(), alone.network.parameters.flat())


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([], ShapeError, "must be row indices"),
        ([0.5], ShapeError, "got float64"),
        ([[1]], ShapeError, r"shape \(1, 1\)"),
        (np.ones(60, bool), ShapeError, "flatnonzero"),
        ([-1], DataError, "X from 0 to 59, got -1 to -1"),
        ([0, 60], DataError, "got 0 to 60"),
    ],
)
def test_no_rows(rows, error, words) -> None:
    with pytest.raises(error, match=words):
        dr.fit(CLASSIFIER, X, Y, rows=rows)


def test_weights_count_among_the_chosen_rows_only() -> None:
    weights = np.zeros(60)
    weights[30] = 1
    with pytest.raises(DataError, match="not all of them 0"):
        dr.fit(CLASSIFIER, X, Y, sample_weight=weights, rows=[1, 2])

"""Estimator files with a right digest whose content does not fit: refused when they are loaded."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import MLPClassifier
from deltarule.errors import ModelFileError
from deltarule.formats.model_file import read_model, write_model

X = np.random.default_rng(0).normal(size=(12, 2))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estimator") / "m"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier(hidden_layer_sizes=(3,), max_iter=2, random_state=0)
        model.fit(X, np.arange(12) % 3).save(path)
    return path


def refused(whole: Path, tmp_path: Path, place: tuple[str, ...], value: Any) -> str:
    """Put a value at a place of the description, or in the place of an array; None removes it."""
    file = read_model(whole, kind="estimator")
    inner: Any = {"description": file.description, "arrays": file.arrays}
    for key in place[:-1]:
        inner = inner[key]
    if value is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    write_model(tmp_path / "m", file.description, file.arrays, kind="estimator")
    with pytest.raises(ModelFileError) as caught:
        MLPClassifier.load(tmp_path / "m")
    message = str(caught.value).replace(str(tmp_path), "")
    assert len(message) < 500
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("curve.loss_curve_", None),
        ("curve.loss_curve_", np.zeros((2, 1))),
        ("curve.more", np.zeros(2)),
        ("slot.mean", np.full(21, np.nan)),
        ("slot.mean", np.zeros(21, np.int64)),
        ("classes", np.array([0, 1])),
        ("classes", np.array([[0], [1], [2]])),
        ("classes", np.array([0, 2, 1])),
        ("classes", np.array([0.0, 1.0, np.nan])),
        ("dense_1.weights", np.zeros((3, 2))),
        ("dense_1.weights", None),
    ],
)
def test_arrays_that_do_not_fit(whole: Path, tmp_path: Path, name: str, array: Any) -> None:
    refused(whole, tmp_path, ("arrays", name), array)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("settings", "hidden_layer_sizes"), [3.5]),
        (("settings", "activation"), "x" * 100_000),
        (("settings", "activation"), [0]),
        (("settings", "loss"), {"kind": "log_loss"}),
        (("settings", "tol"), {"number": "1_0"}),
        (("settings", "n_threads"), 2**40),
        (("settings", "x" * 100_000), 1),
        (("settings", "self"), 1),
        (("fitted", "n_features_in_"), 2.0),
        (("fitted", "n_outputs_"), 1),
        (("fitted", "n_layers_"), 9),
        (("fitted", "best_loss_"), "a\n" * 999),
        (("fitted", "t_"), -1),
        (("optimizer", "updates"), 1.5),
        (("optimizer", "learning_rate"), -0.1),
        (("optimizer", "more"), 1),
        (("classes",), {"labels": ["a"], "objects": 1}),
        (("features",), ["a"]),
        (("features",), ["a", "a"]),
        (("estimator",), "x" * 100_000),
    ],
    ids=lambda value: str(value)[:40],
)
def test_settings_that_do_not_fit(
    whole: Path, tmp_path: Path, place: tuple[str, ...], value: Any
) -> None:
    if place == ("classes",):  # beside no array of classes
        file = read_model(whole, kind="estimator")
        del file.arrays["classes"]
        whole = tmp_path / "texts"
        write_model(whole, file.description, file.arrays, kind="estimator")
    refused(whole, tmp_path, ("description", *place), value)

"""save and load: the same bits, training continues, and the file holds only data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces.sklearn.data import flowers, patients

from deltarule import MLPClassifier, MLPRegressor, losses, schedules
from deltarule.errors import FileError, ModelFileError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(
    "labels",
    [np.arange(3), np.arange(3.0), np.array(["a", "b", "c"]), np.array(["a", "b", "c"], object)],
    ids=["whole", "float", "text", "object"],
)
def test_a_classifier_is_restored(tmp_path: Path, labels: Any) -> None:
    X, y = flowers()
    X, y = X.astype(np.float32), labels[y]
    weights = dict(zip(labels.tolist(), (1, 2.5, 3), strict=True))
    model = MLPClassifier(
        (8, 4), activation=["tanh", "relu"], dropout=0.1, max_iter=10, random_state=1,
        learning_rate=schedules.Cosine(0.01), class_weight=weights,
        loss=losses.CategoricalCrossEntropy(0.1), n_iter_no_change=np.inf, early_stopping=True,
    ).fit(X, y)  # fmt: skip
    model.save(tmp_path / "model.safetensors")
    back = MLPClassifier.load(tmp_path / "model.safetensors")
    assert np.array_equal(back.predict_proba(X), model.predict_proba(X))
    assert np.array_equal(back.predict(X), model.predict(X))
    assert back.classes_.dtype == model.classes_.dtype
    for name in ("n_iter_", "t_", "loss_", "loss_curve_", "validation_scores_", "n_features_in_"):
        assert getattr(back, name) == getattr(model, name)
    settings = model.get_params() | {"random_state": None}
    assert back.get_params() == settings


def test_training_continues_with_the_same_bits(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    X, y = patients()
    table = pandas.DataFrame(X).rename(columns=str)
    model = MLPRegressor(max_iter=5, random_state=1).fit(table, y)
    model.save(tmp_path / "m")
    back = MLPRegressor.load(tmp_path / "m").set_params(random_state=1)
    assert back.feature_names_in_.tolist() == list(table)
    for each in (model, back):
        each.partial_fit(table, y)
    assert np.array_equal(back.coefs_[0], model.coefs_[0])
    assert back.loss_curve_ == model.loss_curve_


def test_other_files_are_refused(tmp_path: Path) -> None:
    X, y = flowers()
    path = tmp_path / "m"
    MLPClassifier(max_iter=2).fit(X, y).save(path)
    with pytest.raises(ModelFileError, match="holds a 'MLPClassifier'"):
        MLPRegressor.load(path)
    with pytest.raises(FileError, match="none"):
        MLPClassifier.load(tmp_path / "none")
    content = path.read_bytes()
    path.write_bytes(content[:-3])
    with pytest.raises(ModelFileError):
        MLPClassifier.load(path)


def test_forged_descriptions_are_refused(tmp_path: Path) -> None:
    from deltarule.formats.model_file import read_model, write_model

    X, y = flowers()
    path = tmp_path / "m"
    MLPClassifier(max_iter=2).fit(X, y).save(path)
    file = read_model(path, kind="estimator")

    def forged(**changes: Any) -> None:
        write_model(path, file.description | changes, file.arrays, kind="estimator")
        with pytest.raises(ModelFileError):
            MLPClassifier.load(path)

    settings: Any = file.description["settings"]
    forged(settings=settings | {"os": "system"})
    forged(settings=settings | {"alpha": -1})
    forged(settings=settings | {"activation": {"description": {"kind": "os.system"}}})
    forged(settings=[])
    forged(fitted={})
    forged(optimizer=None)
    forged(extra=1)
    fitted: Any = file.description["fitted"]
    forged(fitted=fitted | {"n_features_in_": 7})
    forged(fitted=fitted | {"__class__": "x"})

"""The parameter `tune` of the table estimators, and searches of scikit-learn over them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV

import deltarule as dr
from deltarule.errors import SettingError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
LABELS = np.where(X[:, 0] * X[:, 1] > 0, "yes", "no")
NUMBERS = X[:, 0] ** 2 + X[:, 2]
SHORT = {"folds": 3, "epochs": 15, "random_state": 0}


@pytest.mark.parametrize(
    ("estimator", "y"), [(dr.TabularClassifier, LABELS), (dr.TabularRegressor, NUMBERS)]
)
def test_a_tuned_estimator_is_one_like_any_other(estimator, y, tmp_path):
    tuned = estimator(tune=6, **SHORT).fit(X, y)
    assert [trial.number for trial in tuned.trials_] == [*range(6)]
    assert sum(trial.votes for trial in tuned.trials_) >= 1
    assert any("6 configurations tried" in note for note in tuned.notes_)
    tuned.save(tmp_path / "model.safetensors")
    loaded = estimator.load(tmp_path / "model.safetensors")
    assert loaded.tune == 6
    assert (loaded.predict(X) == tuned.predict(X)).all()
    again = clone(tuned).fit(X, y)
    assert (again.predict(X) == tuned.predict(X)).all()
    plain = again.set_params(tune=False).fit(X, y)
    assert not hasattr(plain, "trials_")
    assert "tuning" not in plain.model_.about


def test_a_time_limit_ends_the_search():
    tuned = dr.TabularRegressor(tune=True, time_limit_s=3.0, **SHORT).fit(X, NUMBERS)
    assert 1 < len(tuned.trials_) <= 500


@pytest.mark.parametrize("tune", [1, 0, "yes", 1.5])
def test_other_values_are_refused(tune):
    with pytest.raises(ValueError, match="The 'tune' parameter"):
        dr.TabularClassifier(tune=tune).fit(X, LABELS)


def test_lbfgs_is_refused():
    with pytest.raises(SettingError, match="cannot be lbfgs"):
        dr.TabularClassifier(tune=2, optimizer="lbfgs", **SHORT).fit(X, LABELS)


def test_a_search_of_scikit_learn_halves_by_epochs():
    """What docs/how-to/tuning.md shows: epochs are the resource of successive halving."""
    search = HalvingRandomSearchCV(
        dr.TabularClassifier(folds=2, hidden=(8,), random_state=0),
        {"learning_rate": [0.003, 0.04], "dropout": [0.0, 0.3]},
        resource="epochs", min_resources=3, max_resources=9, n_candidates=4, cv=2, random_state=0,
    ).fit(X, LABELS)  # fmt: skip
    assert search.n_resources_ == [3, 9]
    assert search.best_estimator_.epochs == 9
    assert search.predict(X).shape == (150,)

"""scikit-learn's checks for every estimator: all pass."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import pytest
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from deltarule import MLPClassifier, MLPRegressor

PAIRS = [(MLPClassifier, TheirClassifier), (MLPRegressor, TheirRegressor)]
VARIANTS = [
    MLPClassifier((40, 20), activation=["silu", "tanh"], clip_norm=10.0, max_iter=60),
    MLPRegressor("huber", solver="lbfgs", max_iter=40, output_activation="elu"),
    MLPRegressor(max_iter=50, solver="sgd", clip_norm=1.0, dtype="float64"),
]


@parametrize_with_checks([MLPClassifier(), MLPRegressor()])
# The checks train for the default number of epochs, on a few random rows, which is quick.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_check(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("estimator", VARIANTS, ids=repr)
def test_other_settings_pass_the_checks_too(estimator: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks = check_estimator(estimator, on_fail=None)
    assert [check for check in checks if check["status"] in ("failed", "xfail")] == []


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["classifier", "regressor"])
def test_parameters_start_with_those_of_scikit_learn_and_their_defaults(
    ours: Any, theirs: Any
) -> None:
    our, their = (list(inspect.signature(c.__init__).parameters.values()) for c in (ours, theirs))
    for mine, other in zip(our, their, strict=False):
        assert (mine.name, mine.default, mine.kind) == (other.name, other.default, other.kind)
    assert all(extra.kind is inspect.Parameter.KEYWORD_ONLY for extra in our[len(their) :])

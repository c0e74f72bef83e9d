"""scikit-learn's own tests of its MLP, read from the installed package, run on deltarule's classes."""

from __future__ import annotations

import importlib.util
import inspect
from types import ModuleType
from unittest import mock

import pytest

from deltarule import MLPClassifier, MLPRegressor

LEFT_OUT = {
    "test_gradient": "calls the private _loss_grad_lbfgs with buffers of scikit-learn's own layout; "
    "gradients are held against central differences in tests/contract/test_gradients.py",
}

# Some of these tests stop training early and do not expect the warning.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def _their_module() -> ModuleType:
    found = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp")
    if found is None or found.origin is None:
        pytest.skip("scikit-learn was installed without its tests", allow_module_level=True)
    spec = importlib.util.spec_from_file_location("their_test_mlp", found.origin)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mock.patch.multiple(
        "sklearn.neural_network", MLPClassifier=MLPClassifier, MLPRegressor=MLPRegressor
    ):
        spec.loader.exec_module(module)
    return module


_THEIRS = {
    name: function
    for name, function in vars(_their_module()).items()
    if name.startswith("test_") and inspect.isfunction(function)
}
globals().update({name: f for name, f in _THEIRS.items() if name not in LEFT_OUT})


def test_skipped_tests_exist() -> None:
    assert set(LEFT_OUT) <= set(_THEIRS)
    assert len(_THEIRS) > 40

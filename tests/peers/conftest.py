"""PyTorch, Optax, JAX, Keras, MLflow: imported by the tests that use them; `make test` imports none."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")  # before any test file imports Keras
HERE = Path(__file__).parent
IGNORED = "ignore:__array__ implementation:DeprecationWarning"
"""Keras converts its variables to NumPy 2."""


def pytest_make_parametrize_id(config: pytest.Config, val: object) -> str | None:
    """Name descriptions by their text, without addresses: workers of pytest-xdist compare the names."""
    if not (callable(val) or type(val).__module__.startswith("deltarule.")):
        return None
    return re.sub(r" at 0x[0-9a-f]+", "", str(val))[:70]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.peers)
            item.add_marker(pytest.mark.filterwarnings(IGNORED))


def _imported(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside a peer are not deltarule's
        return pytest.importorskip(name, reason=f"{name} is not installed: make test-peers does it")


@pytest.fixture(scope="session")
def torch() -> Any:
    """PyTorch, in float64."""
    module = _imported("torch")
    module.set_default_dtype(module.float64)
    return module


@pytest.fixture(scope="session")
def optax() -> Any:
    """Optax on JAX, in float64."""
    jax = _imported("jax")
    jax.config.update("jax_enable_x64", True)
    return _imported("optax")


@pytest.fixture
def keras(keras_module: Any) -> Any:
    """Keras on JAX, in float64, with the same initial weights in each run."""
    keras_module.utils.set_random_seed(0)
    return keras_module


@pytest.fixture(scope="session")
def keras_module() -> Any:
    """Keras with its default settings."""
    _imported("jax").config.update("jax_enable_x64", True)
    module = _imported("keras")
    module.config.set_floatx("float64")
    return module


@pytest.fixture(scope="session")
def mlflow_module() -> Any:
    """MLflow, silent, with stores in folders: databases need more packages."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    module = _imported("mlflow")
    _imported("mlflow.pyfunc")
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    return module


@pytest.fixture
def mlflow(mlflow_module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """MLflow with a store of its own."""
    monkeypatch.chdir(tmp_path)
    mlflow_module.set_tracking_uri((tmp_path / "store").as_uri())
    yield mlflow_module
    mlflow_module.end_run()

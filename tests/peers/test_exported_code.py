"""Networks as code of Keras and PyTorch, run by Keras on JAX and by PyTorch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from unit.export.exported_code import ALL, KNOWN, loaded
from unit.export.networks import normalized_keras_model, random_rows, randomized

import deltarule as dr
from deltarule.export import to_keras, to_torch

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "export-to-keras-and-pytorch.md"
WRITERS = {"Keras": to_keras, "PyTorch": to_torch}


def outputs_in(target, path, rows, modules):
    """Return the outputs that the written file computes."""
    if target == "Keras":
        return np.asarray(loaded(path, keras=modules)(rows))
    with modules.no_grad():
        return loaded(path, torch=modules)(modules.tensor(rows)).numpy()


@pytest.fixture
def modules(keras_module, torch):
    """Keras and PyTorch with their own settings: float32."""
    floatx, dtype = keras_module.config.floatx(), torch.get_default_dtype()
    keras_module.config.set_floatx("float32")
    torch.set_default_dtype(torch.float32)
    yield {"Keras": keras_module, "PyTorch": torch}
    keras_module.config.set_floatx(floatx)
    torch.set_default_dtype(dtype)


@pytest.mark.parametrize(("target", "name"), KNOWN)
def test_outputs_are_equal(target, name, modules, tmp_path):
    model = randomized(ALL[name], np.random.default_rng(0), np.float32)
    WRITERS[target](model, tmp_path / "m.py")
    rows = random_rows(ALL[name], 20, np.float32)
    exact = dr.TrainedNetwork(model.network, model.parameters.astype(np.float64))
    expected = exact.predict(rows.astype(np.float64), engine="reference")
    found = outputs_in(target, tmp_path / "m.py", rows, modules[target])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_torch_keeps_float64(modules, tmp_path):
    network = dr.Network([dr.Dense(8, "gelu"), dr.LayerNormalization(), dr.Dense(2)], 3)
    model = randomized(network, np.random.default_rng(0), np.float64)
    to_torch(model, tmp_path / "m.py")
    rows = random_rows(network, 20)
    found = outputs_in("PyTorch", tmp_path / "m.py", rows, modules["PyTorch"])
    np.testing.assert_allclose(found, model.predict(rows, engine="reference"), atol=1e-13)


@pytest.mark.parametrize("target", WRITERS)
@pytest.mark.parametrize("flatten_first", [False, True])
def test_a_keras_model_with_normalizations(target, flatten_first, modules, tmp_path):
    model, images = normalized_keras_model(flatten_first)
    WRITERS[target](model, tmp_path / "m.py")
    found = outputs_in(target, tmp_path / "m.py", images.reshape(40, 6), modules[target])
    np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=2e-6)


@pytest.mark.parametrize("target", WRITERS)
def test_a_written_file_is_a_program_that_tests_itself(target, modules, tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 3))
    model = dr.MLPClassifier((8,), max_iter=5, random_state=0)
    model.partial_fit(X, np.where(X[:, 0] > 0, "yes", "no"), classes=["no", "yes"])
    WRITERS[target](model, tmp_path / "digits.py")
    done = subprocess.run(
        [sys.executable, "digits.py"], cwd=tmp_path, capture_output=True, text=True, check=True,
        env=os.environ | {"KERAS_BACKEND": "jax"},
    )  # fmt: skip
    difference = re.search(r"for 20 rows: ([\d.e+-]+)", done.stdout)
    assert difference is not None, done.stdout
    assert float(difference[1]) <= 1e-6


def test_the_lines_of_the_page_run(modules, tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for block in blocks:
        exec(compile(block, "page", "exec"), {})

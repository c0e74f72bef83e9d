"""Networks as code of Keras and PyTorch. `make test-peers` runs it in Keras and PyTorch themselves."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file
from unit.export.exported_code import ALL, KNOWN, UNKNOWN, loaded
from unit.export.networks import normalized_keras_model, random_rows, randomized

import deltarule as dr
from deltarule import keras
from deltarule.errors import FileError, SettingError
from deltarule.export import to_keras, to_torch

WRITERS = {"Keras": to_keras, "PyTorch": to_torch}


def trained(network, dtype=np.float32):
    return randomized(network, np.random.default_rng(0), dtype)


@pytest.mark.parametrize("name", [name for target, name in KNOWN if target == "Keras"])
def test_keras_code_predicts_the_same_in_the_vocabulary_of_keras(name, tmp_path):
    model = trained(ALL[name])
    summary = to_keras(model, tmp_path / "m.py")
    assert summary.facts["parameters"] == ALL[name].parameter_count
    x = random_rows(ALL[name], 20, np.float32)
    found = loaded(tmp_path / "m.py", keras=keras).predict(x, verbose=0)
    np.testing.assert_allclose(found, model.predict(x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("flatten_first", [False, True])
def test_a_keras_model_with_normalizations(flatten_first, tmp_path):
    model, images = normalized_keras_model(flatten_first)
    to_keras(model, tmp_path / "m.py")
    found = loaded(tmp_path / "m.py", keras=keras).predict(images.reshape(40, 6), verbose=0)
    np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=2e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_weights_of_torch_code_are_a_state_dict(dtype, tmp_path):
    model = trained(dr.Network([dr.Dense(4, "relu"), dr.Dense(2, bias=False)], 3), dtype)
    summary = to_torch(model, tmp_path / "m.py")
    assert [*map(str, summary.files)] == [
        str(tmp_path / f"m{s}") for s in (".py", ".weights.safetensors")
    ]
    arrays = load_file(tmp_path / "m.weights.safetensors")
    shapes = {name: array.shape for name, array in arrays.items() if name[0].isdigit()}
    assert shapes == {"0.weight": (4, 3), "0.bias": (4,), "2.weight": (2, 4)}
    assert {array.dtype for array in arrays.values()} == {np.dtype(dtype)}
    np.testing.assert_array_equal(arrays["0.weight"], model.parameters.weights[0].T)
    code = (tmp_path / "m.py").read_text()
    assert (".to(torch.float64)" in code) == (dtype == np.float64)


def test_the_labels_of_a_classifier_are_in_the_file(tmp_path):
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.array(["no", 'a "b"\\'] * 20)
    model = dr.MLPClassifier((3,), max_iter=2, random_state=0)
    model.partial_fit(X, y, classes=np.unique(y))
    for write in WRITERS.values():
        write(model, tmp_path / "m.py")
        line = next(
            s for s in (tmp_path / "m.py").read_text().splitlines() if s.startswith("CLASSES")
        )
        assert eval(line.partition("= ")[2]) == ['a "b"\\', "no"]
        assert "second label" in (tmp_path / "m.py").read_text()


@pytest.mark.parametrize(("target", "name"), UNKNOWN)
def test_what_a_target_does_not_have_is_refused(target, name, tmp_path):
    with pytest.raises(SettingError, match=rf"which {target} does not.*--to onnx"):
        WRITERS[target](trained(ALL[name]), tmp_path / "m.py")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", WRITERS)
def test_other_models_and_paths_are_refused(target, tmp_path):
    write, model = WRITERS[target], trained(dr.Network([dr.Dense(1)], 2))
    table = dr.train({"x": [*range(20)], "y": ["a", "b"] * 10}, "y", folds=1, epochs=1).model
    for given, path, said in (
        (table, "m.py", f"layers of {target} cannot encode. ONNX and C hold the encoding"),
        (model, "m.txt", "must end in .py"),
        ("m", "m.py", "got str"),
        (trained(dr.Network([dr.Dense(1)], 2)), "no/m.py", "does not exist"),
    ):
        with pytest.raises((SettingError, FileError)) as error:
            write(given, tmp_path / path)
        assert said in str(error.value)
    huge = dr.TrainedNetwork(model.network, model.parameters.astype(np.float64))
    huge.parameters.weights[0][:] = np.inf
    with pytest.raises(SettingError, match="not finite"):
        write(huge, tmp_path / "m.py")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_code_leaves_the_old_weights(tmp_path):
    weights = tmp_path / "m.weights.safetensors"
    weights.write_text("old")
    (tmp_path / "m.py").mkdir()
    with pytest.raises(FileError):
        to_torch(trained(dr.Network([dr.Dense(1)], 2)), tmp_path / "m.py")
    assert weights.read_text() == "old"


def test_the_same_network_gives_the_same_bytes(tmp_path):
    model = trained(ALL["dropout and penalties"])
    contents = []
    for _ in range(2):
        to_keras(model, tmp_path / "m.py")
        contents.append([path.read_bytes() for path in sorted(tmp_path.iterdir())])
    assert contents[0] == contents[1]
    assert json.dumps("m.weights.safetensors").encode() in contents[0][0]

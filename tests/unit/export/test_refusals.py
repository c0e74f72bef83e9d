"""What no format can hold is refused in a sentence with a next step, and nothing is written."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.activations import ACTIVATIONS, Elementwise
from deltarule.errors import FileError, SettingError
from deltarule.export import EXPORT_FORMATS

pytest.importorskip("onnx", reason="the extra onnx is not installed: pip install 'deltarule[onnx]'")
FORMATS = {name: known for name, known in EXPORT_FORMATS.items() if known.suffix}


def trained(activation):
    network = dr.Network([dr.Dense(2, activation), dr.Dense(1)], 2)
    parameters = dr.parameters.from_flat(network, np.ones(network.parameter_count))
    return dr.TrainedNetwork(network, parameters)


@pytest.mark.parametrize("name", FORMATS)
def test_an_activation_of_ones_own(name, tmp_path, monkeypatch):
    class Cube(Elementwise):
        """z³."""

        kind = "cube"

        def __call__(self, z):
            return z**3

        def derivative(self, z):
            return 3 * z**2

    monkeypatch.setitem(ACTIVATIONS.members, "cube", Cube)
    with pytest.raises(SettingError, match=r"the activation .*, which .* does not") as error:
        FORMATS[name].export(trained(Cube()), tmp_path / f"a{FORMATS[name].suffix}")
    assert error.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("model", [None, "m.safetensors", {"x": [1]}, dr.Network([dr.Dense(1)], 2)])
def test_something_that_is_no_model(name, model, tmp_path):
    with pytest.raises(SettingError, match=r"must be a TableModel, .*Export result\.model"):
        FORMATS[name].export(model, tmp_path / f"a{FORMATS[name].suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_in_the_place_of_the_file(name, tmp_path):
    path = tmp_path / f"a{FORMATS[name].suffix}"
    path.mkdir()
    with pytest.raises(FileError, match="it is a folder"):
        FORMATS[name].export(trained("relu"), path)
    with pytest.raises(FileError, match="does not exist"):
        FORMATS[name].export(trained("relu"), tmp_path / "no" / path.name)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", FORMATS)
def test_options_of_other_formats(name, tmp_path):
    for option in {"quantiles", "opset", "license"} - {*FORMATS[name].options}:
        with pytest.raises(SettingError, match=f"does not apply to the format {name}"):
            FORMATS[name].export(trained("relu"), tmp_path / "a", **{option: 1})

"""to_keras: writes a network as code of Keras."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from deltarule.export.code_files import CodeTarget, array_model, in_lines, write_code
from deltarule.export.code_layers import CodeLayer
from deltarule.export.formats import ExportSummary
from deltarule.export.keras_layers import keras_layers

__all__ = ["to_keras"]

TARGET = CodeTarget("Keras", "keras with one of its backends, and safetensors")
_CODE = '''\
@about@
from pathlib import Path

import keras
import numpy as np
from safetensors.numpy import load_file

WEIGHTS = Path(__file__).with_name(@weights_file@)
@classes@

def load_model() -> keras.Model:
    """Return the trained network."""
    weights = load_file(WEIGHTS)
    model = keras.Sequential(
        [
@layers@
        ]
    )
    for number, layer in enumerate(model.layers):
        layer.set_weights([weights[f"{number}.{array.name}"] for array in layer.weights])
    return model


if __name__ == "__main__":
    examples = load_file(WEIGHTS)
    outputs = load_model().predict(examples["example.inputs"], verbose=0)
    difference = np.abs(outputs - examples["example.outputs"]).max()
    print(f"Largest difference from deltarule for {len(outputs)} rows: {difference:.1e}")
'''


def to_keras(model: Any, path: str | PathLike[str]) -> ExportSummary:
    """Write a trained network as code of Keras, with its weights in a file beside it.

    Both files are written completely, or none.

    Parameters
    ----------
    model : TrainedNetwork or fitted estimator
        What `fit` returns, `MLPClassifier`, `MLPRegressor`, or a model of `deltarule.keras`.
    path : path
        Where to write the code, "NAME.py". The weights are written to "NAME.weights.safetensors".

    Returns
    -------
    ExportSummary
        The files, and the number of layers and parameters.

    Raises
    ------
    SettingError
        If `model` is something else, if it is a model of a table, if it uses something that Keras does
        not have, or if `path` does not end in ".py".
    FileError
        If a file cannot be written.

    See Also
    --------
    to_torch : Writes a network for PyTorch.
    to_onnx : Writes any model for onnxruntime.

    Notes
    -----
    The file has a function `load_model`, which returns a `keras.Sequential`. Run as a program, it
    predicts for 20 rows and prints the largest difference from deltarule. Weights are float32. Dropout,
    penalties, `max_norm` and frozen layers are written too, so that training can go on. Scale layers and
    the "ntk" factor are part of the weights.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import deltarule as dr
    >>> network = dr.Network([dr.Dense(4, "relu"), dr.Dense(1)])
    >>> trained = dr.fit(network, [[0.0], [1.0]], [0.0, 1.0], epochs=2).network
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     summary = dr.export.to_keras(trained, Path(folder) / "line.py")
    >>> summary.facts
    {'layers': 2, 'parameters': 13}
    """
    known = array_model(model, TARGET)
    network = known.trained.network
    with np.errstate(over="ignore"):  # infinite numbers are refused when they are written
        parameters = known.trained.parameters.astype(np.float32)
    layers = []
    for i, step in enumerate(known.before):
        given = f'mean=weights["{i}.mean"], variance=weights["{i}.variance"]'
        arrays = {"mean": step.mean, "variance": np.square(step.scale)}
        layers.append(CodeLayer(f"keras.layers.Normalization({given})", arrays))
    layers += keras_layers(network, parameters)
    code = _CODE.replace(
        "@layers@",
        in_lines([CodeLayer(f"keras.Input(({network.inputs},))"), *layers], 12),
    )
    return write_code(known, path, TARGET, layers, code, "float32")

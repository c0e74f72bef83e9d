"""to_torch: writes a network as code of PyTorch."""

from __future__ import annotations

from os import PathLike
from typing import Any

from deltarule.export.code_files import CodeTarget, array_model, in_lines, write_code
from deltarule.export.code_layers import CodeLayer
from deltarule.export.formats import ExportSummary
from deltarule.export.torch_layers import torch_layers

__all__ = ["to_torch"]

TARGET = CodeTarget("PyTorch", "torch and safetensors")
_STANDARDIZE = '''

class Standardize(nn.Module):
    """(x − mean) / scale"""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.mean) / self.scale
'''
_CODE = '''\
@about@
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).with_name(@weights_file@)
@classes@@standardize@

def load_model() -> nn.Module:
    """Return the trained network, ready to predict."""
    model = nn.Sequential(
@layers@
    )@dtype@
    weights = load_file(WEIGHTS)
    model.load_state_dict({name: weights[name] for name in model.state_dict()})
    return model.eval()


if __name__ == "__main__":
    examples = load_file(WEIGHTS)
    with torch.no_grad():
        outputs = load_model()(examples["example.inputs"])
    difference = (outputs - examples["example.outputs"]).abs().max()
    print(f"Largest difference from deltarule for {len(outputs)} rows: {difference:.1e}")
'''


def to_torch(model: Any, path: str | PathLike[str]) -> ExportSummary:
    """Write a trained network as code of PyTorch, with its weights in a file beside it.

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
        If `model` is something else, if it is a model of a table, if it uses something that PyTorch does
        not have, or if `path` does not end in ".py".
    FileError
        If a file cannot be written.

    See Also
    --------
    to_keras : Writes a network for Keras.
    to_onnx : Writes any model for onnxruntime.

    Notes
    -----
    The file has a function `load_model`, which returns a `torch.nn.Sequential` in evaluation mode. Run as
    a program, it predicts for 20 rows and prints the largest difference from deltarule. Weights have the
    dtype of the parameters. They are named as in the state dict of the module. Scale layers and the "ntk"
    factor are part of the weights; the last layer includes its activation, such as the softmax.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import deltarule as dr
    >>> network = dr.Network([dr.Dense(4, "relu"), dr.Dense(1)])
    >>> trained = dr.fit(network, [[0.0], [1.0]], [0.0, 1.0], epochs=2).network
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     summary = dr.export.to_torch(trained, Path(folder) / "line.py")
    >>> summary.facts
    {'layers': 3, 'parameters': 13}
    """
    known = array_model(model, TARGET)
    network, parameters = known.trained.network, known.trained.parameters
    layers = [
        CodeLayer(f"Standardize({network.inputs})", {"mean": step.mean, "scale": step.scale})
        for step in known.before
    ]
    layers += torch_layers(network, parameters)
    dtype = parameters.weights[0].dtype.name
    code = _CODE.replace("@layers@", in_lines(layers, 8))
    code = code.replace("@standardize@", _STANDARDIZE if known.before else "")
    code = code.replace("@dtype@", "" if dtype == "float32" else f".to(torch.{dtype})")
    return write_code(known, path, TARGET, layers, code, dtype)

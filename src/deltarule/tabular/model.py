"""A model of a table: raw rows in, predictions out; one safe file to ship."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.drawing import network_layout, standalone_svg
from deltarule.errors import ModelFileError
from deltarule.formats.model_file import read_model, write_model
from deltarule.network import Network
from deltarule.tables import (
    ClassTarget,
    NumberTarget,
    Table,
    TableEncoder,
    read_table,
    target_from_json,
)
from deltarule.training import TrainedNetwork
from deltarule.training.trained import parameters_from_file

Array = NDArray[Any]
FILE_KIND = "table model"


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions for the rows of a table.

    `values`: labels as text, object (rows,), or numbers in the target's units, float64 (rows,).
    `probabilities`: float64 (rows, classes), each row sums to 1; None for a regression.
    """

    target: str
    values: Array
    probabilities: Array | None
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)

    def columns(self) -> dict[str, Array]:
        """Return the columns of a file of predictions: the target, then `probability of <class>`."""
        columns = {self.target: self.values}
        if self.probabilities is not None:
            for i, name in enumerate(self.classes):
                columns[f"probability of {name}"] = self.probabilities[:, i]
        return columns


@dataclass(frozen=True, eq=False)
class TableModel:
    """A trained network together with what was done to each column and to the target.

    `about`: how it was made (settings, rows, scores, why training stopped), as strict JSON types.
    """

    network: TrainedNetwork
    encoder: TableEncoder
    target: ClassTarget | NumberTarget
    about: dict[str, Any]

    @property
    def task(self) -> str:
        """ "classification" or "regression"."""
        return "classification" if isinstance(self.target, ClassTarget) else "regression"

    def predict(self, source: Any, *, engine: str = "auto", threads: int = 1) -> Prediction:
        """Predict for every row of a table: a path, a data frame, a dict of arrays or a `Table`.

        Extra columns and another order do not matter. Raises `ColumnError` where a column is missing,
        `DataError` where a number column holds text.
        """
        table = source if isinstance(source, Table) else read_table(source)
        inputs = self.encoder.transform(table)
        outputs = self.network.predict(inputs, engine=engine, threads=threads).astype(np.float64)
        return self.prediction(outputs)

    def prediction(self, outputs: Array) -> Prediction:
        """Turn the network's outputs (rows, outputs) into labels or numbers."""
        if isinstance(self.target, ClassTarget):
            probabilities = outputs / outputs.sum(axis=1, keepdims=True)
            labels = self.target.decode(probabilities.argmax(axis=1))
            return Prediction(self.target.name, labels, probabilities, self.target.classes)
        return Prediction(self.target.name, self.target.decode(outputs[:, 0]), None, ())

    def _repr_html_(self) -> str:
        """Show the network in a notebook, as SVG with the names of features and classes."""
        target = self.target
        outputs = target.classes if isinstance(target, ClassTarget) else (target.name,)
        trained = self.network
        return standalone_svg(
            network_layout(trained.network, trained.parameters, self.encoder.feature_names, outputs)
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model as one safetensors file, complete or not at all; `FileError` if it fails."""
        description = {
            "network": self.network.network.to_json(),
            "encoder": self.encoder.to_json(),
            "target": self.target.to_json(),
            "about": self.about,
        }
        arrays = self.network.parameters.named(self.network.network)
        write_model(path, description, arrays, kind=FILE_KIND)


def load_model(path: str | PathLike[str]) -> TableModel:
    """Read what `TableModel.save` wrote. Runs no code from the file; raises `ModelFileError`."""
    file = read_model(path, kind=FILE_KIND)
    parts = file.description
    if set(parts) != {"network", "encoder", "target", "about"}:
        raise ModelFileError(f"{path} does not describe a model of a table.")
    if not isinstance(parts["about"], dict):
        raise ModelFileError(f"{path}: about must be a JSON object.")
    network = Network.from_json(parts["network"], f"{path}: network")
    encoder = TableEncoder.from_json(parts["encoder"])
    target = target_from_json(parts["target"])
    parameters = parameters_from_file(network, file.arrays, path)
    outputs = len(target.classes) if isinstance(target, ClassTarget) else 1
    if network.inputs != len(encoder.feature_names) or network.outputs != outputs:
        raise ModelFileError(f"{path} holds a network that does not fit its own table.")
    return TableModel(TrainedNetwork(network, parameters), encoder, target, parts["about"])

"""A model of a table: raw rows in, predictions out; one safe file to ship."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Table, read_table
from deltarule.drawing import network_layout, standalone_svg
from deltarule.errors import ModelFileError, SettingError
from deltarule.formats.model_file import read_model, write_model
from deltarule.network import Network
from deltarule.preprocessing import ClassTarget, NumberTarget, TableEncoder, target_from_json
from deltarule.table_model.calibration import at_temperature
from deltarule.table_model.prediction_intervals import (
    ErrorQuantiles,
    checked_quantiles,
    error_quantiles_from_arrays,
)
from deltarule.training import TrainedNetwork
from deltarule.training.trained_network import parameters_from_file

Array = NDArray[Any]
FILE_KIND = "table model"
MAX_MEMBERS = 1000
_BLOCK_ROWS = 16384  # encoded at a time, so that a large table is never there twice


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions for the rows of a table.

    `values` (rows,): labels in the type of the target's column (texts as objects, numbers, booleans), or
    for a regression numbers in the target's units, float64.
    `probabilities`: float64 (rows, classes), each row sums to 1; None for a regression.
    `quantiles`: float64 (rows, levels) at the `levels` that were asked for; None without.
    """

    target: str
    values: Array
    probabilities: Array | None
    classes: tuple[str, ...]
    quantiles: Array | None = None
    levels: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def spelled(self) -> Array:
        """The values as a file has them: labels as texts, object (rows,); numbers as they are."""
        if self.probabilities is None:
            return self.values
        return np.array(self.classes, dtype=object)[self.probabilities.argmax(axis=1)]

    def columns(self) -> dict[str, Array]:
        """Return the columns of a file of predictions: the target, then `probability of <class>` or
        `quantile <level>`."""
        columns = {self.target: self.spelled}
        if self.probabilities is not None:
            for i, name in enumerate(self.classes):
                columns[f"probability of {name}"] = self.probabilities[:, i]
        if self.quantiles is not None:
            for i, level in enumerate(self.levels):
                columns[f"quantile {level:g}"] = self.quantiles[:, i]
        return columns


@dataclass(frozen=True, eq=False)
class TableModel:
    """Trained networks together with what was done to each column and to the target.

    The prediction is the mean of what the `networks` say, which are of one shape; class probabilities
    are first taken at the `temperature`. `errors`: of a regression, for quantiles. `limits`: the lowest
    and the highest target in training, beyond which nothing is predicted. `about`: how the model was
    made (settings, rows, scores, why training stopped), as strict JSON types.
    """

    networks: tuple[TrainedNetwork, ...] = field(repr=False)
    encoder: TableEncoder
    target: ClassTarget | NumberTarget
    about: dict[str, Any]
    temperature: float = 1.0
    limits: tuple[float, float] | None = None
    errors: ErrorQuantiles | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<TableModel: {self.brief}>"

    @property
    def brief(self) -> str:
        """What is predicted from what by what, in a few words."""
        columns, networks = len(self.encoder.columns), len(self.networks)
        return (
            f"{self.target.name!r} ({self.task}) from {columns:,} column{'s' * (columns != 1)} by "
            f"{networks} network{'s' * (networks != 1)} of {self.network.network.parameter_count:,} "
            "parameters"
        )

    @property
    def network(self) -> TrainedNetwork:
        """The first of the networks: what pictures of one show."""
        return self.networks[0]

    @property
    def task(self) -> str:
        """ "classification" or "regression"."""
        return "classification" if isinstance(self.target, ClassTarget) else "regression"

    def predict(
        self,
        source: Any,
        *,
        quantiles: Sequence[float] | float = (),
        engine: str = "auto",
        threads: int = 1,
    ) -> Prediction:
        """Predict for every row of a table: a path, a data frame, a dict of arrays or a `Table`.

        `quantiles`, of a regression: also the numbers below which the truth is expected to lie so often,
        such as [0.05, 0.95] for an interval that holds nine of ten. Extra columns and another order do
        not matter. Raises `ColumnError` where a column is missing, `DataError` where a number column
        holds text, `SettingError` for quantiles that the model cannot tell.
        """
        table = source if isinstance(source, Table) else read_table(source, share=True)
        self.levels(quantiles)  # raises before anything is computed
        outputs = self.outputs(table, engine=engine, threads=threads)
        return self.prediction(outputs, quantiles)

    def outputs(self, table: Table, *, engine: str = "auto", threads: int = 1) -> Array:
        """Return the mean output of the networks, float64 (rows, outputs), for the rows of a table."""
        blocks = []
        for start in range(0, table.rows, _BLOCK_ROWS):
            rows = np.arange(start, min(start + _BLOCK_ROWS, table.rows))
            inputs = self.encoder.transform(table, rows=rows)
            blocks.append(self.outputs_of(inputs, engine=engine, threads=threads))
        return np.concatenate(blocks)

    def outputs_of(self, inputs: Array, *, engine: str = "auto", threads: int = 1) -> Array:
        """Return the mean output of the networks for encoded rows (rows, features)."""
        total: Array | None = None
        for network in self.networks:
            outputs = self.calibrated(network.predict(inputs, engine=engine, threads=threads))
            total = outputs if total is None else total + outputs
        assert total is not None
        return total / len(self.networks)

    def calibrated(self, outputs: Array) -> Array:
        """Return one network's outputs as float64, class probabilities at the model's temperature."""
        if isinstance(self.target, ClassTarget):
            return at_temperature(outputs, self.temperature)
        return outputs.astype(np.float64)

    def prediction(self, outputs: Array, quantiles: Sequence[float] | float = ()) -> Prediction:
        """Turn mean outputs (rows, outputs) into labels or numbers; raises as `levels`."""
        levels = self.levels(quantiles)
        if isinstance(self.target, ClassTarget):
            probabilities = outputs / outputs.sum(axis=1, keepdims=True)
            labels = self.target.decode(probabilities.argmax(axis=1))
            return Prediction(self.target.name, labels, probabilities, self.target.classes)
        values = self.target.decode(outputs[:, 0])
        if self.limits is not None:
            values = np.clip(values, *self.limits)
        told = None
        if levels and self.errors is not None:
            told = self.errors.at(values, np.array(levels))
            if self.limits is not None:
                told = np.clip(told, *self.limits)
        return Prediction(self.target.name, values, None, (), told, levels)

    def levels(self, quantiles: Sequence[float] | float) -> tuple[float, ...]:
        """Return quantiles as numbers; raise `SettingError` for what this model cannot tell."""
        levels = tuple(checked_quantiles(quantiles).tolist())
        if levels and self.errors is None:
            raise SettingError(
                "quantiles",
                "apply to a regression, but this model predicts classes"
                if self.task == "classification"
                else "need a model that was trained on at least 10 rows, not by version 0.1",
                hint="" if self.task == "classification" else "Train it again, on more rows.",
            )
        return levels

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
            "networks": len(self.networks),
            "encoder": self.encoder.to_json(),
            "target": self.target.to_json(),
            "temperature": self.temperature,
            "limits": None if self.limits is None else list(self.limits),
            "about": self.about,
        }
        arrays = {} if self.errors is None else self.errors.arrays()
        for i, trained in enumerate(self.networks, start=1):
            for name, array in trained.parameters.named(trained.network).items():
                arrays[f"{i}.{name}"] = array
        write_model(path, description, arrays, kind=FILE_KIND)


def load_model(path: str | PathLike[str]) -> TableModel:
    """Read what `TableModel.save` wrote. Runs no code from the file; raises `ModelFileError`."""
    file = read_model(path, kind=FILE_KIND)
    parts, arrays = dict(file.description), dict(file.arrays)
    if set(parts) == {"network", "encoder", "target", "about"}:  # of version 0.1: one network
        parts |= {"networks": 1, "temperature": 1.0, "limits": None}
        arrays = {f"1.{name}": array for name, array in arrays.items()}
    if set(parts) != {
        "network", "networks", "encoder", "target", "temperature", "limits", "about",
    }:  # fmt: skip
        raise ModelFileError(f"{path} does not describe a model of a table.")
    if not isinstance(parts["about"], dict):
        raise ModelFileError(f"{path}: about must be a JSON object.")
    network = Network.from_json(parts["network"], f"{path}: network")
    encoder = TableEncoder.from_json(parts["encoder"])
    target = target_from_json(parts["target"])
    outputs = len(target.classes) if isinstance(target, ClassTarget) else 1
    if network.inputs != len(encoder.feature_names) or network.outputs != outputs:
        raise ModelFileError(f"{path} holds a network that does not fit its own table.")
    errors = error_quantiles_from_arrays(arrays, str(path))
    return TableModel(
        _networks(network, parts["networks"], arrays, path),
        encoder,
        target,
        parts["about"],
        _temperature(parts["temperature"], path),
        _limits(parts["limits"], path),
        errors,
    )


def _networks(
    network: Network, count: object, arrays: dict[str, Array], path: str | PathLike[str]
) -> tuple[TrainedNetwork, ...]:
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MAX_MEMBERS:
        raise ModelFileError(f"{path}: networks must be 1 to {MAX_MEMBERS}, got {count!r}.")
    by_member: list[dict[str, Array]] = [{} for _ in range(count)]
    for name, array in arrays.items():
        number, _, inner = name.partition(".")
        if not number.isdecimal() or not 1 <= int(number) <= count:
            raise ModelFileError(f"{path} has no place for the array {name!r}.")
        by_member[int(number) - 1][inner] = array
    return tuple(
        TrainedNetwork(network, parameters_from_file(network, named, path)) for named in by_member
    )


def _temperature(value: object, path: str | PathLike[str]) -> float:
    if not isinstance(value, int | float) or not 0.01 <= value <= 100:
        raise ModelFileError(f"{path}: temperature must be 0.01 to 100, got {value!r}.")
    return float(value)


def _limits(value: object, path: str | PathLike[str]) -> tuple[float, float] | None:
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(v, int | float) and math.isfinite(v) for v in value)
        or value[0] > value[1]
    ):
        raise ModelFileError(f"{path}: limits must be two ascending numbers, got {value!r}.")
    return float(value[0]), float(value[1])

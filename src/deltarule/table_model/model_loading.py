"""Read a table model from its file."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError, shortened
from deltarule.formats.model_file import ModelFile, read_model
from deltarule.network import Network
from deltarule.preprocessing import TableEncoder, target_from_json
from deltarule.preprocessing.encoder_schema import schema_of_encoder
from deltarule.schema import TableSchema
from deltarule.table_model.calibration import OPTIONAL_KEYS, Calibration, read_calibration
from deltarule.table_model.configurations import CONFIGURATIONS, read_configurations
from deltarule.table_model.model import TableModel
from deltarule.table_model.model_saving import FILE_KIND
from deltarule.table_model.training_distribution import distributions_from_arrays
from deltarule.training import TrainedNetwork
from deltarule.training.parameter_placement import aligned_parameters
from deltarule.training.trained_network import parameters_from_file

Array = NDArray[Any]


def load_model(path: str | PathLike[str]) -> TableModel:
    """Read a table model from a file.

    The file is read as data; no code from it is run.

    Parameters
    ----------
    path : path
        A file that `TableModel.save` or ``deltarule train`` wrote.

    Returns
    -------
    TableModel
        The model.

    Raises
    ------
    FileError
        If the file cannot be read.
    ModelFileError
        If the file does not hold a table model.

    Examples
    --------
    >>> import deltarule as dr
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
    >>> with TemporaryDirectory() as folder:
    ...     model.save(Path(folder) / "model.safetensors")
    ...     loaded = dr.load(Path(folder) / "model.safetensors")
    >>> loaded.target.classes
    ('high', 'low')
    """
    return model_of_file(read_model(path, kind=FILE_KIND))


def model_of_file(file: ModelFile) -> TableModel:
    """Return the table model that the content of a file describes; raise `ModelFileError` otherwise."""
    path = file.path
    parts, arrays = dict(file.description), dict(file.arrays)
    if set(parts) == {"network", "encoder", "target", "about"}:  # version 0.1 had one network
        parts |= {"networks": 1, **Calibration().to_json()}
        arrays = {f"1.{name}": array for name, array in arrays.items()}
    schema = TableSchema()
    if "schema" in parts:  # since version 4 of the format
        schema = TableSchema.from_json(parts.pop("schema"), f"{path}: schema")
    # Views would keep the content of the file in memory, which the networks do not need.
    arrays = {n: array if n[:1].isdecimal() else array.copy() for n, array in arrays.items()}
    configurations = parts.pop(CONFIGURATIONS, None)
    reader = StrictReader(parts, path)
    about = reader.take("about", dict)
    optional = [key for key in OPTIONAL_KEYS if key in parts]
    reader.exactly(["network", "networks", "encoder", "target", "temperature", "limits", *optional])
    network = Network.from_json(parts["network"], f"{path}: network")
    encoder = TableEncoder.from_json(parts["encoder"])
    target = target_from_json(parts["target"])
    shape = (len(encoder.feature_names), len(target.output_names))
    if (network.inputs, network.outputs) != shape:
        raise ModelFileError(f"{path} holds a network that does not fit its table.")
    if optional and len(target.classes) != 2:
        raise ModelFileError(f"{path} holds a threshold, but not two classes.")
    calibration = read_calibration(parts, arrays, path)
    distributions = distributions_from_arrays(arrays, len(encoder.columns), path)
    described, votes = read_configurations(configurations, network, parts["networks"], path)
    networks = _networks(described, arrays, path)
    if schema.columns:
        _refuse_other_schema(schema, encoder, path)
    return TableModel(networks, encoder, target, about, calibration, schema, distributions, votes)


def _refuse_other_schema(schema: TableSchema, encoder: TableEncoder, path: str) -> None:
    """Raise `ModelFileError` if the schema does not read the columns as their encoders need them."""
    implied = schema_of_encoder(encoder)
    for name in encoder.columns:
        if name not in schema or not schema[name].gives_values_of(implied[name]):
            raise ModelFileError(
                f"{path} holds a schema that does not fit the column {shortened(name)}."
            )


def _networks(
    described: Sequence[Network], arrays: dict[str, Array], path: str | PathLike[str]
) -> tuple[TrainedNetwork, ...]:
    count = len(described)
    by_network: list[dict[str, Array]] = [{} for _ in range(count)]
    for name, array in arrays.items():
        number, _, inner = name.partition(".")
        if not number.isdecimal() or not 1 <= int(number) <= count:
            raise ModelFileError(
                f"{path} holds the array {shortened(name)}, which fits no network."
            )
        by_network[int(number) - 1][inner] = array
    return tuple(
        TrainedNetwork(
            network, aligned_parameters(network, parameters_from_file(network, named, path))
        )
        for network, named in zip(described, by_network, strict=True)
    )

"""Write a table model to its file."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

from numpy.typing import NDArray

from deltarule.formats.model_file import write_model
from deltarule.preprocessing import TableEncoder, Target
from deltarule.schema import TableSchema
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.configurations import configurations_json
from deltarule.table_model.training_distribution import ColumnDistribution, distribution_arrays
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
FILE_KIND = "table model"


def save_model(
    path: str | PathLike[str],
    networks: Sequence[TrainedNetwork],
    encoder: TableEncoder,
    target: Target,
    about: dict[str, Any],
    calibration: Calibration,
    schema: TableSchema,
    distributions: Sequence[ColumnDistribution],
    votes: Sequence[int],
) -> None:
    """Write the parts of a `TableModel` to one safetensors file, completely or not at all."""
    content = model_content(
        networks, encoder, target, about, calibration, schema, distributions, votes
    )
    write_model(path, *content, kind=FILE_KIND)


def model_content(
    networks: Sequence[TrainedNetwork],
    encoder: TableEncoder,
    target: Target,
    about: dict[str, Any],
    calibration: Calibration,
    schema: TableSchema,
    distributions: Sequence[ColumnDistribution],
    votes: Sequence[int],
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the description and the arrays of the file of a `TableModel`."""
    description = {
        "network": networks[0].network.to_json(),
        "networks": len(networks),
        "encoder": encoder.to_json(),
        "target": target.to_json(),
        "schema": schema.to_json(),
        **calibration.to_json(),
        **configurations_json(networks, votes),
        "about": about,
    }
    arrays = calibration.arrays() | distribution_arrays(distributions)
    for i, trained in enumerate(networks, start=1):
        for name, array in trained.parameters.named(trained.network).items():
            arrays[f"{i}.{name}"] = array
    return description, arrays

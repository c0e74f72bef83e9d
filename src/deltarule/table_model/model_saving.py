"""Write a table model to its file."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

from deltarule.formats.model_file import write_model
from deltarule.preprocessing import TableEncoder, Target
from deltarule.schema import TableSchema
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.configurations import configurations_json
from deltarule.table_model.training_distribution import ColumnDistribution, distribution_arrays
from deltarule.training import TrainedNetwork

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
    write_model(path, description, arrays, kind=FILE_KIND)

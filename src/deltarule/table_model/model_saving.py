"""Write a table model to its file."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from deltarule.formats.model_file import write_model
from deltarule.table_model.training_distribution import distribution_arrays

if TYPE_CHECKING:
    from deltarule.table_model.model import TableModel

FILE_KIND = "table model"


def save_model(model: TableModel, path: str | PathLike[str]) -> None:
    """Write a model to one safetensors file, completely or not at all."""
    description = {
        "network": model.network.network.to_json(),
        "networks": len(model.networks),
        "encoder": model.encoder.to_json(),
        "target": model.target.to_json(),
        "schema": model.schema.to_json(),
        **model.calibration.to_json(),
        "about": model.about,
    }
    arrays = model.calibration.arrays() | distribution_arrays(model.distributions)
    for i, trained in enumerate(model.networks, start=1):
        for name, array in trained.parameters.named(trained.network).items():
            arrays[f"{i}.{name}"] = array
    write_model(path, description, arrays, kind=FILE_KIND)

"""Two models with columns of every kind, and a server of both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("starlette")
pytest.importorskip("prometheus_client")

from prediction_client import Client, running_predictions
from unit.serving.tables import QUICK, houses, pet_rows, saved

import deltarule as dr
from deltarule.serving.served_model import ModelPlace
from deltarule.table_model import TableModel


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> dict[str, TableModel]:
    """The models by name."""
    return {
        "houses": dr.train(houses(), "price", **QUICK).model,
        "pets": dr.train(pet_rows(), "class", **QUICK).model,
    }


@pytest.fixture(scope="session")
def places(models, tmp_path_factory) -> dict[str, ModelPlace]:
    """The files of the models by name."""
    folder = tmp_path_factory.mktemp("models")
    return {name: saved(model, folder / f"{name}.safetensors") for name, model in models.items()}


@pytest.fixture(scope="session")
def served(places) -> Iterator[Client]:
    """A server of both models."""
    with running_predictions(list(places.values())) as client:
        yield client

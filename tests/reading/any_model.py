"""A model that is made in a millisecond, for tests of what it reads."""

from __future__ import annotations

import deltarule as dr
from deltarule.data import Table
from deltarule.initialization import initial_parameters
from deltarule.network import Network
from deltarule.preprocessing import NumberTarget, TableEncoder
from deltarule.schema import TableSchema
from deltarule.table_model import TableModel
from deltarule.training import TrainedNetwork


def model_of(table: Table) -> TableModel:
    """Return a model of random weights: what it predicts shows every feature of a row."""
    encoder = TableEncoder.fit(table, None, keep=table.names)
    count = len(encoder.feature_names)
    network = Network([dr.Dense(3, "tanh"), dr.Dense(1)], inputs=count)
    parameters = initial_parameters(network, seed=1)
    schema = table.schema or TableSchema()
    return TableModel(
        (TrainedNetwork(network, parameters),),
        encoder,
        NumberTarget("y"),
        {},
        schema=schema,
    )

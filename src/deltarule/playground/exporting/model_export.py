"""Exports the trained network: for a table a model of raw rows, for points the network alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deltarule.activations import Softmax
from deltarule.errors import SettingError
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.playground.training_run import TrainingRun
from deltarule.preprocessing import TableEncoder
from deltarule.schema import TableSchema
from deltarule.table_model import TableModel
from deltarule.training import TrainedNetwork


def shipped_model(run: TrainingRun) -> TableModel | TrainedNetwork:
    """Return the object that `deltarule.load` or `deltarule.load_network` will read."""
    encoder = run.prepared.encoder
    if not isinstance(encoder, TableEncoder):
        return run.now.trained
    trained = run.now.trained
    if run.prepared.classes:
        activation = trained.network.output_layer.activation.kind
        if activation == "sigmoid" and len(run.prepared.classes) == 2:
            trained = two_outputs(trained)
        elif activation != "softmax":
            raise SettingError.message(
                "A table model predicts probabilities, which this output does not: "
                "choose the loss cross_entropy with the output auto, train, and export "
                "again."
            )
    about = {
        "source": run.prepared.table.source,
        "rows": {
            "training": len(run.prepared.training),
            "validation": len(run.prepared.validation),
        },
        "epochs": run.now.epoch,
        "experiment": run.experiment.to_json(),
    }
    schema = run.prepared.table.schema or TableSchema()
    return TableModel((trained,), encoder, run.prepared.target, about, schema=schema)


def two_outputs(trained: TrainedNetwork) -> TrainedNetwork:
    """Return the same network with a softmax over (0, z) instead of a sigmoid of z.

    e^z / (e^0 + e^z) = 1 / (1 + e^−z): the probabilities are equal.
    """
    network, parameters = trained.network, trained.parameters
    output = replace(network.output_layer, units=2, activation=Softmax())
    weight, bias = parameters.weights[-1], parameters.biases[-1]
    assert bias is not None
    others = parameters.others
    if others and "output_factors" in others[-1]:
        factors = np.repeat(others[-1]["output_factors"], 2, axis=-1)
        others = (*others[:-1], {**others[-1], "output_factors": factors})
    widened = Parameters(
        (*parameters.weights[:-1], np.concatenate([np.zeros_like(weight), weight], axis=-1)),
        (*parameters.biases[:-1], np.concatenate([np.zeros_like(bias), bias], axis=-1)),
        others,
    )
    layers = (*network.layers[:-1], output)
    return TrainedNetwork(Network(layers, network.inputs, network.members), widened)

"""Trained networks as nodes: networks of the same shape are one batched product per layer.

Values have the shape (networks, rows, units); the inputs are (rows, features).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.export.network_steps import (
    Activate,
    Affine,
    Dense,
    Embed,
    NormalizeRow,
    Step,
    network_steps,
)
from deltarule.export.onnx_activations import activation
from deltarule.export.onnx_embeddings import embed
from deltarule.export.onnx_graph import OnnxGraph
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
Chain = tuple[Step, ...]


def network_outputs(g: OnnxGraph, networks: Sequence[TrainedNetwork], x: str) -> str:
    """Return the outputs (networks, rows, outputs), each the mean of the members of its network.

    `x` (rows, features) has the dtype of the parameters.
    """
    groups: dict[Any, list[TrainedNetwork]] = {}
    for network in networks:
        groups.setdefault((network.network, _dtype(network)), []).append(network)
    return g.concat([_outputs(g, same, x) for same in groups.values()], axis=0)


def _outputs(g: OnnxGraph, networks: Sequence[TrainedNetwork], x: str) -> str:
    """Return the outputs of networks that differ in parameters only."""
    chains = [chain for network in networks for chain in network_steps(network)]
    dtype = _dtype(networks[0])
    order: list[int] | None = None  # of the embedded columns, up to the first product
    for steps in zip(*chains, strict=True):
        if isinstance(steps[0], Embed):
            x, order = embed(g, steps, x, dtype)
            continue
        x = _step(g, steps if order is None else [_reordered(s, order) for s in steps], x, dtype)
        order = None if isinstance(steps[0], Dense) else order
    members = len(chains) // len(networks)
    if members == 1:
        return x
    outputs = networks[0].network.outputs
    assert outputs is not None
    by_network = g.node("Reshape", x, g.axes(len(networks), members, -1, outputs))
    return g.node("ReduceMean", by_network, g.axes(1), keepdims=0)


def _dtype(network: TrainedNetwork) -> Any:
    return network.parameters.weights[0].dtype


def _reordered(step: Step, order: list[int]) -> Step:
    """Return a step for inputs in another order."""
    match step:
        case Dense(weights, biases):
            return Dense(weights[order], biases)
        case Affine(factor, shift):
            return Affine(factor[order], shift[order])
    return step


def _step(g: OnnxGraph, steps: Sequence[Any], x: str, dtype: Any) -> str:
    """Return what a step of each network makes of x."""
    match steps[0]:
        case Affine():
            scaled = g.node("Mul", x, _rows(g, [step.factor for step in steps]))
            return g.node("Add", scaled, _rows(g, [step.shift for step in steps]))
        case NormalizeRow(epsilon=epsilon):
            mean = g.node("ReduceMean", x, g.axes(-1), keepdims=1)
            centered = g.node("Sub", x, mean)
            squares = g.node("Mul", centered, centered)
            variance = g.node("ReduceMean", squares, g.axes(-1), keepdims=1)
            root = g.node("Sqrt", g.node("Add", variance, g.constant(epsilon, dtype)))
            return g.node("Div", centered, root)
        case Dense():
            weights = np.stack([step.weights for step in steps])
            sums = g.node("MatMul", x, g.constant(weights))
            biases = [step.biases for step in steps]
            return g.node("Add", sums, _rows(g, biases)) if np.any(biases) else sums
        case Activate(activation=function, slopes=slopes):
            outputs = activation(g, function, x, dtype)
            if slopes is None:
                return outputs
            factor = _rows(g, [step.slopes for step in steps])
            return g.node("Add", x, g.node("Mul", factor, g.node("Sub", outputs, x)))
    raise AssertionError(steps[0])


def _rows(g: OnnxGraph, arrays: Sequence[Array]) -> str:
    """Return an array for each network (networks, 1, units)."""
    return g.constant(np.stack(arrays)[:, None])

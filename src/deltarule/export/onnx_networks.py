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
from deltarule.export.onnx_activations import activation, learned_activation
from deltarule.export.onnx_embeddings import added_constants, embed
from deltarule.export.onnx_graph import OnnxGraph
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
Chain = tuple[Step, ...]


def network_outputs(
    g: OnnxGraph,
    networks: Sequence[TrainedNetwork],
    x: str,
    order: Sequence[int] | None = None,
    votes: Sequence[int] = (),
) -> str:
    """Return the outputs (networks, rows, outputs), each the mean of the members of its network.

    `x` (rows, features) has the dtype of the parameters; `order` has the place of each of its columns
    among the inputs of the networks, if they are not in order. A network with several `votes` occurs
    as often.
    """
    groups: dict[Any, list[int]] = {}
    for i, network in enumerate(networks):
        groups.setdefault((network.network, _dtype(network)), []).append(i)
    order = order or range(networks[0].network.known_inputs)
    same_shape = [[networks[i] for i in places] for places in groups.values()]
    outputs = g.concat([_outputs(g, same, x, order) for same in same_shape], axis=0)
    if not votes:
        return outputs
    by_group = [votes[i] for places in groups.values() for i in places]
    repeated = np.repeat(np.arange(len(networks)), by_group)
    return g.node("Gather", outputs, g.constant(repeated, np.int64), axis=0)


def _outputs(
    g: OnnxGraph, networks: Sequence[TrainedNetwork], x: str, inputs: Sequence[int]
) -> str:
    """Return the outputs of networks that differ in parameters only."""
    chains = [_after_embedding(chain) for n in networks for chain in network_steps(n)]
    dtype = _dtype(networks[0])
    order: Sequence[int] | None = inputs  # of the columns, up to the first product
    for steps in zip(*chains, strict=True):
        if isinstance(steps[0], Embed):
            assert order is not None
            x, order = embed(g, steps, x, order, dtype)
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


def _after_embedding(chain: Chain) -> Chain:
    """Return a chain in which the step after an embedding adds the constants of the embedding."""
    embedding, others = chain[0], chain[1:]
    if not isinstance(embedding, Embed):
        return chain
    following = others[0]
    constants = added_constants(embedding)
    if isinstance(following, Dense):
        weights, biases = following.weights, following.biases
        exact = biases + constants.astype(np.float64) @ weights.astype(np.float64)
        return (embedding, Dense(weights, exact.astype(biases.dtype)), *others[1:])
    return (embedding, Affine(np.ones_like(constants), constants), *others)


def _reordered(step: Step, order: Sequence[int]) -> Step:
    """Return a step for inputs in another order."""
    match step:
        case Dense(weights, biases):
            return Dense(weights[list(order)], biases)
        case Affine(factor, shift):
            return Affine(factor[list(order)], shift[list(order)])
    return step


def _step(g: OnnxGraph, steps: Sequence[Any], x: str, dtype: Any) -> str:
    """Return what a step of each network makes of x."""
    match steps[0]:
        case Affine():
            factors = [step.factor for step in steps]
            if not all((factor == 1).all() for factor in factors):
                x = g.node("Mul", x, _rows(g, factors))
            return g.node("Add", x, _rows(g, [step.shift for step in steps]))
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
            if slopes is None:
                return activation(g, function, x, dtype)
            stacked = np.stack([step.slopes for step in steps])[:, None]
            return learned_activation(g, function, x, stacked, dtype)
    raise AssertionError(steps[0])


def _rows(g: OnnxGraph, arrays: Sequence[Array]) -> str:
    """Return an array for each network (networks, 1, units)."""
    return g.constant(np.stack(arrays)[:, None])

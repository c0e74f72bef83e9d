"""The start: the parameters before the first update, drawn as each layer describes them.

Some initializers look at data (`initializers.DataDriven`): they are given rows of the training table,
layer by layer, as the layers before have made them (Holzmüller et al. 2024, appendix A).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import random
from deltarule._common.random import Purpose
from deltarule.errors import SettingError
from deltarule.initializers import DataDriven
from deltarule.network import Block, Network, Part
from deltarule.parameters import Parameters, from_flat

Array = NDArray[Any]

DATA_ROWS = 1024
"""At most so many rows are looked at."""
_PIECE = 64  # of these at a time
_ALONE = 1 << 18
"""Of larger products a BLAS makes parts for threads of its own, which fight with those that train."""
_KEPT_BYTES = 1 << 23  # of embedded rows, which are otherwise made anew when they are needed again


def initial_parameters(
    network: Network,
    seed: int,
    dtype: Any = np.float64,
    inputs: Array | None = None,
    chosen: Array | None = None,
) -> Parameters:
    """Draw the parameters that each layer's initializers describe; the same for the same arguments.

    `inputs`: training rows, shape (rows, inputs), for initializers that look at data; without them such
    an initializer is a `SettingError`. `chosen`: places of the rows that are trained on, None: all.
    """
    parameters = from_flat(network, np.empty(network.parameter_count, dtype))
    x = (
        None
        if inputs is None or not _looks_at_data(network)
        else _rows_to_see(inputs, chosen, seed)
    )
    for i, block in enumerate(network.blocks):
        places = parameters.of_layer(i)
        if x is None:
            _refuse_without_data(block)
            for part in block.parts:
                places[part.name][...] = _drawn(block, part, seed, i)
            continue
        arrays = {part.name: _drawn(block, part, seed, i) for part in block.parts}
        x = _fit_to_data(block, arrays, x, seed, i)
        for name, array in arrays.items():
            places[name][...] = array
    return parameters


def _refuse_without_data(block: Block) -> None:
    for initializer in (block.dense.initializer, block.dense.bias_initializer):
        if isinstance(initializer, DataDriven):
            raise SettingError.message(
                f"Layer {block.name!r} has an initializer that depends on data "
                f"({initializer.kind}): train it with fit, or call initial_parameters "
                "with inputs=training rows."
            )


def _looks_at_data(network: Network) -> bool:
    return any(
        isinstance(initializer, DataDriven)
        for block in network.blocks
        for initializer in (block.dense.initializer, block.dense.bias_initializer)
    )


def rows_for_initialization(n_rows: int, seed: int) -> Array:
    """Return which of `n_rows` rows initializers look at: all, or `DATA_ROWS` drawn ones."""
    if n_rows <= DATA_ROWS:
        return np.arange(n_rows)
    words = random.words(seed, Purpose.DATA_START, DATA_ROWS)
    return ((words.astype(np.uint64) * np.uint64(n_rows)) >> np.uint64(32)).astype(np.int64)


def _rows_to_see(inputs: Array, chosen: Array | None, seed: int) -> Array:
    count = len(inputs) if chosen is None else len(chosen)
    if count <= DATA_ROWS:
        return (inputs if chosen is None else inputs[chosen]).astype(np.float64)
    rows = rows_for_initialization(count, seed)
    return inputs[rows if chosen is None else chosen[rows]].astype(np.float64)


def _drawn(block: Block, part: Part, seed: int, i: int) -> Array:
    """Return one array before anybody looked at data, float64."""
    dense, members = block.dense, block.members
    if part.name == "embedding":
        assert block.embedding is not None
        columns = block.embedding.columns
        return np.concatenate([c.initial_parameters(seed, j) for j, c in enumerate(columns)])
    if part.name == "weights":
        own = part.shape[-2:]
        many = [
            dense.initializer.sample(own, seed, Purpose.INITIAL_WEIGHTS, _stream(i, m))
            for m in range(part.size // max(own[0] * own[1], 1))
        ]
        return np.stack(many).reshape(part.shape)
    if part.name == "biases":
        # The same for all members: what tells them apart are their factors or weights (TabM).
        one = dense.bias_initializer.sample(part.shape[-1:], seed, Purpose.INITIAL_BIASES, i)
        return np.broadcast_to(one, part.shape).copy()
    if part.name == "input_factors" and dense.factor_initializer != "ones":
        return _factors(block, seed, i, members)
    return np.ones(part.shape)


def _stream(layer: int, member: int) -> int:
    """Return the stream of chance of one member's weights; the first member has the layer's own."""
    return layer + (member << 8)


def _factors(block: Block, seed: int, i: int, members: int) -> Array:
    """Return one random number for each member and column, repeated for all that the column became."""
    widths = [1] * block.inputs
    if block.embedding is not None:
        widths = [column.outputs for column in block.embedding.columns]
    shape = (members, len(widths))
    unit = random.normal(seed, Purpose.MEMBER_FACTORS, members * len(widths), layer=i).reshape(
        shape
    )
    if block.dense.factor_initializer == "signs":
        unit = np.where(unit < 0, -1.0, 1.0)
    return np.repeat(unit, widths, axis=1)


def _fit_to_data(block: Block, arrays: dict[str, Array], x: Array, seed: int, i: int) -> Array:
    """Let the initializers of one block look at its inputs; return its outputs for the same rows.

    Members start alike but for their factors, so that the first one's weights stand for all.
    """
    pieces = _pieces(block, arrays, x)
    dense = block.dense
    weights = arrays["weights"]
    matrices = weights if weights.ndim == 3 else weights[None]
    for matrix in matrices:
        if isinstance(dense.initializer, DataDriven):
            dense.initializer.look(matrix, _sums(pieces(), matrix, block.weight_factor), seed, i)
    z = np.concatenate([_product(piece, matrices[0]) for piece in pieces()]) * block.weight_factor
    if dense.bias:
        bias = arrays["biases"]
        if isinstance(dense.bias_initializer, DataDriven):
            own = np.zeros(dense.units)
            dense.bias_initializer.look(own, z, seed, i)
            bias[...] = own
        z = z + (bias if bias.ndim == 1 else bias[0])
    return dense.activation(z)


def _pieces(block: Block, arrays: dict[str, Array], x: Array) -> Callable[[], Iterable[Array]]:
    """Return what gives the rows as the layer gets them, some at a time, as often as it is called.

    Embedded rows may be very wide: then they are made anew each time, as the system gets small parts
    back at once.
    """
    parts = [x[begin : begin + _PIECE] for begin in range(0, len(x), _PIECE)]
    embedding = block.embedding
    if embedding is None:
        return lambda: parts

    def embedded() -> Iterator[Array]:
        return (embedding.embed(part, arrays["embedding"]) for part in parts)

    if 8 * len(x) * embedding.outputs > _KEPT_BYTES:
        return embedded
    kept = list(embedded())
    return lambda: kept


def _sums(pieces: Iterable[Array], weights: Array, factor: float) -> Array:
    """Return what all rows' (x · factor) weights are."""
    return np.concatenate([_product(piece * factor, weights) for piece in pieces])


def _product(x: Array, weights: Array) -> Array:
    """Return x @ weights, as many rows at a time as one thread works on: eights of them, of which the
    bits are those of all at once."""
    rows = 8 * max(_ALONE // max(8 * weights.size, 1), 1)
    if rows >= len(x):
        return x @ weights
    return np.concatenate([x[begin : begin + rows] @ weights for begin in range(0, len(x), rows)])

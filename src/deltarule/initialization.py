"""Initialization: the parameters before the first update, drawn by the initializers of each layer.

Some initializers depend on data (`initializers.DataDriven`): they get rows of the training data, layer by
layer, as computed by the layers before (Holzmüller et al. 2024, appendix A).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import random
from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.random import Purpose
from deltarule.errors import SettingError
from deltarule.initializers import DataDriven
from deltarule.network import Block, Network, Part
from deltarule.parameters import Parameters, from_flat

Array = NDArray[Any]

MAX_DATA_ROWS = 1024
"""Maximum number of rows that initializers use."""
_BLOCK_ROWS = 64  # of these at a time
_MAX_PRODUCT = 1 << 18
"""A BLAS divides larger products among its own threads, which compete with those that train."""
_MAX_TERMS, _MAX_EMBEDDED_TERMS = 1024, 4096
"""Sums of more terms are added in parts; of a layer that embeds its inputs, sums of even more terms."""
_MAX_KEPT_BYTES = 1 << 23  # of embedded rows; more are computed again when they are needed again


def initial_parameters(
    network: Network,
    seed: int,
    dtype: Any = np.float64,
    inputs: Array | None = None,
    row_indices: Array | None = None,
) -> Parameters:
    """Draw the initial parameters of a network; the same arguments give the same parameters.

    Parameters
    ----------
    network : Network
        The network; its number of inputs is known.
    seed : int
        Seed of the random streams.
    dtype : str or dtype, default float64
        The type of the parameters.
    inputs : ndarray of shape (n_rows, n_inputs), optional
        Training rows, for initializers that depend on data.
    row_indices : ndarray of shape (n_chosen,), dtype int, optional
        The rows of `inputs` to train on, by default all.

    Returns
    -------
    Parameters
        The parameters.

    Raises
    ------
    SettingError
        If an initializer depends on data and there are no inputs.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule.initialization import initial_parameters
    >>> network = dr.Network([dr.Dense(3, "relu"), dr.Dense(1)], inputs=2)
    >>> initial_parameters(network, seed=0).flat().shape
    (13,)
    """
    parameters = from_flat(network, np.empty(network.parameter_count, dtype))
    x = (
        None
        if inputs is None or not _depends_on_data(network)
        else _data_rows(inputs, row_indices, seed)
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


def _depends_on_data(network: Network) -> bool:
    return any(
        isinstance(initializer, DataDriven)
        for block in network.blocks
        for initializer in (block.dense.initializer, block.dense.bias_initializer)
    )


def rows_for_initialization(n_rows: int, seed: int) -> Array:
    """Return which of `n_rows` rows initializers use: all, or `MAX_DATA_ROWS` drawn ones."""
    if n_rows <= MAX_DATA_ROWS:
        return np.arange(n_rows)
    words = random.words(seed, Purpose.DATA_START, MAX_DATA_ROWS)
    return ((words.astype(np.uint64) * np.uint64(n_rows)) >> np.uint64(32)).astype(np.int64)


def _data_rows(inputs: Array, row_indices: Array | None, seed: int) -> Array:
    count = len(inputs) if row_indices is None else len(row_indices)
    if count <= MAX_DATA_ROWS:
        return (inputs if row_indices is None else inputs[row_indices]).astype(np.float64)
    rows = rows_for_initialization(count, seed)
    return inputs[rows if row_indices is None else row_indices[rows]].astype(np.float64)


def _drawn(block: Block, part: Part, seed: int, i: int) -> Array:
    """Return one array before data are used, float64."""
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
        # The same for all members, which differ in their factors or weights (TabM).
        one = dense.bias_initializer.sample(part.shape[-1:], seed, Purpose.INITIAL_BIASES, i)
        return np.broadcast_to(one, part.shape).copy()
    if part.name == "input_factors" and dense.factor_initializer != "ones":
        return _factors(block, seed, i, members)
    return np.zeros(part.shape) if part.name in ("beta", "moving_mean") else np.ones(part.shape)


def _stream(layer: int, member: int) -> int:
    """Return the random stream of one member's weights; the first member has that of the layer."""
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


@single_blas_thread()
def _fit_to_data(block: Block, arrays: dict[str, Array], x: Array, seed: int, i: int) -> Array:
    """Adapt the parameters of one block to its inputs; return its outputs for the same rows.

    Members differ only in their factors at first, so that the weights of the first one represent all.
    """
    if block.normalization is not None:  # γ is 1 and β is 0
        mean, variance = block.normalization.statistics(x)
        hat = (x - mean) / np.sqrt(variance + block.normalization.epsilon)
        x = block.normalization.activation(hat)
    blocks = _row_blocks(block, arrays, x)
    most = _MAX_TERMS if block.embedding is None else _MAX_EMBEDDED_TERMS
    product = _product if block.inputs <= most else _product_in_parts
    dense = block.dense
    weights = arrays["weights"]
    matrices = weights if weights.ndim == 3 else weights[None]
    for matrix in matrices:
        if isinstance(dense.initializer, DataDriven):
            scaled = (piece * block.weight_factor for piece in blocks())
            sums = np.concatenate([product(piece, matrix) for piece in scaled])
            dense.initializer.look(matrix, sums, seed, i)
    z = np.concatenate([product(piece, matrices[0]) for piece in blocks()]) * block.weight_factor
    if dense.bias:
        bias = arrays["biases"]
        if isinstance(dense.bias_initializer, DataDriven):
            own = np.zeros(dense.units)
            dense.bias_initializer.look(own, z, seed, i)
            bias[...] = own
        z = z + (bias if bias.ndim == 1 else bias[0])
    return dense.activation(z)


def _row_blocks(block: Block, arrays: dict[str, Array], x: Array) -> Callable[[], Iterable[Array]]:
    """Return a function that iterates over blocks of the rows as the layer gets them.

    Embedded rows that would need too much memory are computed again at each call.
    """
    parts = [x[begin : begin + _BLOCK_ROWS] for begin in range(0, len(x), _BLOCK_ROWS)]
    embedding = block.embedding
    if embedding is None:
        return lambda: parts

    def embedded() -> Iterator[Array]:
        return (embedding.embed(part, arrays["embedding"]) for part in parts)

    if 8 * len(x) * embedding.outputs > _MAX_KEPT_BYTES:
        return embedded
    kept = list(embedded())
    return lambda: kept


def _product(x: Array, weights: Array) -> Array:
    """Return x @ weights in blocks that one thread computes.

    Blocks of a multiple of 8 rows have the same bits as all rows at once.
    """
    rows = 8 * max(_MAX_PRODUCT // max(8 * weights.size, 1), 1)
    if rows >= len(x):
        return x @ weights
    return np.concatenate([x[begin : begin + rows] @ weights for begin in range(0, len(x), rows)])


def _product_in_parts(x: Array, weights: Array) -> Array:
    """Return x @ weights of many terms in parts that are small enough for one thread."""
    terms = len(weights)
    step = max(_MAX_PRODUCT // (8 * weights.shape[1]), 1)
    total = np.zeros((len(x), weights.shape[1]))
    for begin in range(0, terms, step):
        total += _product(x[:, begin : begin + step], weights[begin : begin + step])
    return total

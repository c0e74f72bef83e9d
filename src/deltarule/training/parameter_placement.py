"""Where parameters are in memory: rows of weights at the beginning of cache lines.

A processor reads a vector across two cache lines as slowly as two vectors. Predictions of single rows
read all weights once, so that they take up to 1.7 times as long where rows of weights are not aligned.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat, shared_vector

Array = NDArray[Any]
LINE_BYTES = 64


def aligned_parameters(network: Network, parameters: Parameters) -> Parameters:
    """Return a copy of the parameters, as views of one vector in aligned memory."""
    flat = parameters.flat()
    # NumPy aligns to 16 bytes, and views of a part of an array would have the array as their base.
    memory = bytearray(flat.nbytes + 2 * LINE_BYTES)
    address = np.frombuffer(memory, np.uint8).ctypes.data
    start = -address % LINE_BYTES + -_first_row_byte(network, flat.itemsize) % LINE_BYTES
    vector = np.frombuffer(memory, flat.dtype, flat.size, start)
    vector[...] = flat
    return from_flat(network, vector)


def is_one_vector(parameters: Parameters) -> bool:
    """Return whether the parameters are views of one vector, which predictors use without a copy."""
    return np.may_share_memory(shared_vector(parameters), parameters.weights[0])


def _first_row_byte(network: Network, itemsize: int) -> int:
    """Return the place in its cache line where most of the weights begin whose rows fill whole lines."""
    numbers: Counter[int] = Counter({0: 0})
    start = 0
    for block in network.blocks:
        for part in block.parts:
            if part.name == "weights" and part.shape[-1] * itemsize % LINE_BYTES == 0:
                numbers[start * itemsize % LINE_BYTES] += part.size
            start += part.size
    return numbers.most_common(1)[0][0]

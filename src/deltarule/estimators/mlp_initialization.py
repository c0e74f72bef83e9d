"""Initial parameters, drawn as scikit-learn's MLP draws them, and the random generator of one fit."""

from __future__ import annotations

import threading
from itertools import pairwise
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from deltarule.parameters import Parameters

Array = NDArray[Any]
MAX_DRAWN_AT_ONCE = 1 << 16
_of_thread = threading.local()


def random_state_for(random_state: Any) -> Any:
    """Return the same generator as check_random_state, valid during one call of fit.

    For a whole number, it reseeds one generator per thread: creating a new one takes a hundred times
    longer, which would dominate a short fit.
    """
    if not isinstance(random_state, Integral):
        return check_random_state(random_state)
    if not hasattr(_of_thread, "random"):
        _of_thread.random = np.random.RandomState()
    _of_thread.random.seed(random_state)
    return _of_thread.random


def draw_parameters(widths: list[int], is_logistic: bool, random: Any, dtype: Any) -> Parameters:
    """Return weights and biases drawn from U(±√(6 / (fan_in + fan_out))), 2 instead of 6 for logistic.

    This is Glorot and Bengio (2010), for the biases too, in scikit-learn's order: the same
    `random_state` gives the same initial weights in both libraries.
    """
    factor = 2.0 if is_logistic else 6.0
    vector = np.empty(sum((a + 1) * b for a, b in pairwise(widths)), dtype)
    weights, biases = [], []
    begin = 0
    for fan_in, fan_out in pairwise(widths):
        bound = float(np.sqrt(factor / (fan_in + fan_out)))
        end = begin + fan_in * fan_out
        # In blocks, because the draws are float64: twice the memory of the float32 they become.
        for first in range(begin, end + fan_out, MAX_DRAWN_AT_ONCE):
            block = vector[first : min(first + MAX_DRAWN_AT_ONCE, end + fan_out)]
            block[:] = random.uniform(-bound, bound, block.size)
        weights.append(vector[begin:end].reshape(fan_in, fan_out))
        biases.append(vector[end : end + fan_out])
        begin = end + fan_out
    return Parameters(tuple(weights), tuple(biases))

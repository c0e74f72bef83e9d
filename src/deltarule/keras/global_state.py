"""Global state as in Keras: the names given so far, and the source of seeds."""

from __future__ import annotations

import random
import re

import numpy as np

from deltarule._common import checks

_counts: dict[str, int] = {}


def floatx() -> str:
    """Return the default type of numbers.

    Returns
    -------
    str
        "float32".
    """
    return "float32"


def epsilon() -> float:
    """Return the small number that keeps Keras's divisions and logarithms finite.

    Returns
    -------
    float
        1e-7.
    """
    return 1e-7


def snake_case(name: str) -> str:
    """Return a name in snake case, by Keras's rules: `<lambda>` becomes lambda."""
    words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()


def automatic_name(class_name: str) -> str:
    """Return dense, dense_1, dense_2, ... as Keras does."""
    base = snake_case(class_name)
    count = _counts.get(base, 0)
    _counts[base] = count + 1
    return f"{base}_{count}" if count else base


def clear_session(free_memory: bool = True) -> None:
    """Reset the numbers in automatic names.

    Parameters
    ----------
    free_memory : bool, default True
        Ignored.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.utils.clear_session()
    >>> keras.layers.Dense(1).name, keras.layers.Dense(1).name
    ('dense', 'dense_1')
    """
    _counts.clear()


def set_random_seed(seed: int) -> None:
    """Seed Python's and NumPy's generators, and with them initial weights and training.

    The same seed gives bit-identical results for any number of threads. The values differ from Keras's.

    Parameters
    ----------
    seed : int
        From 0 to 2³² − 1.

    Raises
    ------
    SettingError
        If seed is outside its range.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.utils.set_random_seed(0)
    >>> first = keras.initializers.GlorotUniform()((2, 2))
    >>> keras.utils.set_random_seed(0)
    >>> bool((keras.initializers.GlorotUniform()((2, 2)) == first).all())
    True
    """
    checks.integer("set_random_seed.seed", seed, at_least=0, at_most=2**32 - 1)
    random.seed(seed)
    np.random.seed(seed)


def next_seed() -> int:
    """Return a seed from Python's generator, as Keras does if none is given."""
    return random.randrange(2**32)

"""What Keras keeps for a whole program: the names given so far and where seeds come from."""

from __future__ import annotations

import random
import re

import numpy as np

from deltarule._common import checks

_counts: dict[str, int] = {}


def automatic_name(class_name: str) -> str:
    """Return dense, dense_1, dense_2, … as Keras counts them."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
    count = _counts.get(words, 0)
    _counts[words] = count + 1
    return f"{words}_{count}" if count else words


def clear_session(free_memory: bool = True) -> None:
    """Begin counting names anew."""
    _counts.clear()


def set_random_seed(seed: int) -> None:
    """Seed Python's and NumPy's generators, and through the former all that deltarule draws here."""
    checks.integer("set_random_seed.seed", seed, at_least=0, at_most=2**32 - 1)
    random.seed(seed)
    np.random.seed(seed)


def next_seed() -> int:
    """Return a seed drawn from Python's generator, as Keras does where none is given."""
    return random.randrange(2**32)

"""Fixtures for the Keras vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deltarule import keras


@pytest.fixture(autouse=True)
def _fresh_names() -> None:
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)


@pytest.fixture
def moons() -> tuple[Any, Any]:
    """120 points in two classes, inside and outside of a circle: not linearly separable."""
    chance = np.random.default_rng(3)
    x = chance.normal(size=(120, 2))
    return x, (np.square(x).sum(axis=1) > 1.2).astype(int)


@pytest.fixture
def small(moons: tuple[Any, Any]) -> Any:
    """A compiled model for `moons`."""
    layers = [
        keras.Input((2,)),
        keras.layers.Dense(8, "tanh"),
        keras.layers.Dense(1, "sigmoid"),
    ]
    model = keras.Sequential(layers)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model

"""New members of a family are available in keras without a change there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.activations import ACTIVATIONS, Tanh
from deltarule.errors import SettingError
from deltarule.losses import LOSSES, MeanSquaredError
from deltarule.optimizers import LBFGS, OPTIMIZERS, GradientDescent


@pytest.fixture(autouse=True)
def _new_members() -> Iterator[None]:
    @ACTIVATIONS.register
    @dataclass(frozen=True)
    class Bend(Tanh):
        kind = "bend"
        keras_names = ()

    @LOSSES.register
    @dataclass(frozen=True)
    class HalfSquare(MeanSquaredError):
        kind = "half_square"
        aliases = ()
        keras_name = None

    @OPTIMIZERS.register
    @dataclass(frozen=True)
    class Descent(GradientDescent):
        kind = "descent"
        aliases = ()
        keras_name = None

    yield
    for family, member in ((ACTIVATIONS, Bend), (LOSSES, HalfSquare), (OPTIMIZERS, Descent)):
        family.unregister(member)


def trained(activation: str, optimizer: Any, loss: str, moons: tuple[Any, Any]) -> Any:
    keras.utils.set_random_seed(0)
    layers = [keras.Input(2), keras.layers.Dense(4, activation), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile(optimizer, loss, engine="reference")
    return model.fit(*moons, epochs=2, verbose=0).history["loss"]


def test_new_members_are_available_by_their_own_names(moons: tuple[Any, Any]) -> None:
    new = trained("bend", "descent", "half_square", moons)
    rate = OPTIMIZERS.resolve("descent", "").learning_rate
    assert new == trained("tanh", keras.optimizers.SGD(rate), "mse", moons)


def test_a_model_with_new_members_is_restored_from_its_file(tmp_path: Any) -> None:
    model = keras.Sequential([keras.Input(2), keras.layers.Dense(3, "bend")])
    model.compile("descent", "half_square", engine="reference")
    model.save(tmp_path / "m.keras")
    x = np.ones((1, 2))
    again = keras.models.load_model(tmp_path / "m.keras")
    assert again.layers[0].activation.kind == "bend"
    assert not again.compiled  # only what Keras has is written to the file
    again.compile("descent", "half_square", engine="reference")
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_an_optimizer_without_updates_per_batch_is_refused() -> None:
    with pytest.raises(SettingError, match="after each batch"):
        keras.optimizers.get("lbfgs")
    with pytest.raises(SettingError, match="after each batch"):
        keras.optimizers.get(LBFGS())

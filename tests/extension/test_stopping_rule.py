"""A stopping rule is one class: training follows it, the native engine refuses it in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from extension.members import (
    NAME,
    ROWS,
    TARGETS,
    check_json,
    check_native_refuses,
    registered,
    trained,
)

import deltarule as dr
from deltarule import keras
from deltarule.errors import SettingError
from deltarule.stopping import STOPPING_RULES, StoppingRule, StopReason
from deltarule.training import Checkpoint

NETWORK = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)], 3)


@dataclass(frozen=True)
class Bored(StoppingRule):
    """Stop after `patience` epochs, whatever happens."""

    kind = NAME
    reason = StopReason.TARGET_REACHED
    initial_state = (0.0,)
    patience: int = 2

    def update(self, state: list[float], values: Mapping[str, float]) -> bool:
        state[0] += 1
        return state[0] >= self.patience

    def explain(self, epochs: int) -> str:
        return f"Training was boring after epoch {epochs}."


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with registered(STOPPING_RULES, Bored):
        yield


def fitted(**settings: Any) -> Any:
    return dr.fit(NETWORK, ROWS, TARGETS, epochs=20, engine="reference", **settings)


def test_the_reference_engine_stops_by_it() -> None:
    result = fitted(stopping=Bored(3))
    assert len(result.history) == 3
    assert result.reason is StopReason.TARGET_REACHED
    assert result.explanation.startswith("Training was boring after epoch 3.")


def test_l_bfgs_stops_by_it() -> None:
    pytest.importorskip("scipy")
    assert len(fitted(stopping=Bored(3), optimizer="lbfgs").history) == 3


def test_its_state_survives_a_checkpoint(tmp_path: Any) -> None:
    path = tmp_path / "run.checkpoint"
    stop_early = [lambda event: event.epoch >= 2]
    fitted(stopping=Bored(5), checkpoint=Checkpoint(path, 0.0), callbacks=stop_early)
    result = fitted(stopping=Bored(5), checkpoint=Checkpoint(path, resume=True))
    assert len(result.history) == 5


def test_the_native_engine_refuses_it_in_a_sentence() -> None:
    check_native_refuses("stopping rule", NETWORK, stopping=Bored())
    assert trained(NETWORK, "native").engine == "native"


def test_it_becomes_json_and_back() -> None:
    check_json(STOPPING_RULES, Bored(7))


def test_keras_refuses_it_as_a_callback_in_a_sentence() -> None:
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(SettingError, match="Bored") as caught:
        model.fit(ROWS, TARGETS, callbacks=[Bored()], verbose=0)
    assert "\n" not in str(caught.value)

"""A layer needs equations in every engine: until it has them, networks refuse it in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from extension.members import NAME, check_json, registered

import deltarule as dr
from deltarule.errors import SettingError
from deltarule.layers import LAYERS, Layer


@dataclass(frozen=True)
class Reversed(Layer):
    """x ↦ x from the last to the first number."""

    kind = NAME
    name: str | None = None


def test_a_registered_layer_becomes_json_and_back() -> None:
    with registered(LAYERS, Reversed):
        check_json(LAYERS, Reversed("back"))


def test_a_network_refuses_a_layer_without_equations_in_a_sentence() -> None:
    with registered(LAYERS, Reversed), pytest.raises(SettingError) as caught:
        dr.Network([Reversed(), dr.Dense(1)], 3)
    assert "`Network.layers` must be a chain of Dense, Dropout, " in str(caught.value)
    assert "Reversed(" in str(caught.value)

"""A column embedding is one class: networks take it, the native engine refuses it in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from extension.members import (
    NAME,
    check_json,
    check_native_refuses,
    check_onnx_refuses,
    registered,
    trained,
)

import deltarule as dr
from deltarule.embeddings import COLUMN_EMBEDDINGS, ColumnEmbedding


@dataclass(frozen=True)
class Parabola(ColumnEmbedding):
    """x ↦ [x, a x²]."""

    kind = NAME

    @property
    def outputs(self) -> int:
        return 2

    @property
    def parameter_count(self) -> int:
        return 1

    def initial_parameters(self, seed: int, column: int) -> Any:
        return np.ones(1)

    def embed(self, x: Any, p: Any) -> Any:
        return np.stack([x, p[0] * x * x], axis=1)

    def gradient(self, x: Any, p: Any, delta: Any) -> Any:
        return np.array([(delta[:, 1] * x * x).sum()], p.dtype)


def network() -> dr.Network:
    return dr.Network([dr.layers.Embedding([Parabola()] * 3), dr.Dense(4, "tanh"), dr.Dense(1)], 3)


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with registered(COLUMN_EMBEDDINGS, Parabola):
        yield


def test_the_reference_engine_trains_with_it() -> None:
    result = trained(network())
    assert not np.array_equal(result.network.parameters.flat()[:3], np.ones(3))


def test_the_native_engine_refuses_it_in_a_sentence() -> None:
    check_native_refuses("column embedding", network())


def test_onnx_export_refuses_it_in_a_sentence(tmp_path: Path) -> None:
    check_onnx_refuses(network(), tmp_path)


def test_it_becomes_json_and_back() -> None:
    check_json(COLUMN_EMBEDDINGS, Parabola())
    assert dr.Network.from_json(network().to_json()) == network()


def test_an_embedding_layer_takes_its_name() -> None:
    assert dr.layers.Embedding([NAME]).columns == (Parabola(),)

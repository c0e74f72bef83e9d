"""Column embeddings by hand, and their gradients against central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contract.engines import opened

from deltarule.embeddings import (
    COLUMN_EMBEDDINGS,
    Category,
    ColumnEmbedding,
    Periodic,
    PiecewiseLinear,
    Plain,
)
from deltarule.errors import SettingError, ShapeError
from deltarule.layers import Dense, Embedding
from deltarule.network import Network
from deltarule.parameters import from_flat

EXAMPLES: tuple[ColumnEmbedding, ...] = (
    *(member() for member in COLUMN_EMBEDDINGS.members.values()),
    Periodic(frequencies=3, width=2, sigma=0.5),
    PiecewiseLinear((0.0, 1.0, 4.0), width=2),
    Category(count=4, width=3),
)


def test_plain_is_the_column() -> None:
    x = np.array([0.5, -2.0])
    np.testing.assert_array_equal(Plain().embed(x, np.zeros(0)), [[0.5], [-2.0]])


def test_periodic_by_hand() -> None:
    """w = ¼, ½ and b = 0, π/2: at x = 1 the waves are cos(π/2) = 0 and cos(3π/2) = 0, at 2 −1 and 0."""
    p = np.array([0.25, 0.5, 0.0, np.pi / 2, 3.0, 7.0, 10.0])  # w, b, V (2, 1), c
    out = Periodic(2, 2).embed(np.array([0.0, 1.0, 2.0]), p)
    np.testing.assert_allclose(out, [[0, 13], [1, 10], [2, 7]], atol=1e-14)


def test_piecewise_linear_by_hand() -> None:
    """Edges 0, 1, 4: x = 2.5 is all of the first piece and half of the second; both ends are kept."""
    p = np.array([1.0, 10.0, 2.0, 20.0, 0.5, 0.0])  # V (2, 2), c (2,)
    out = PiecewiseLinear((0.0, 1.0, 4.0), 2).embed(np.array([-1.0, 0.5, 2.5, 9.0]), p)
    np.testing.assert_allclose(out, [[0.5, 0], [1.0, 5], [2.5, 20], [3.5, 30]])


def test_category_is_a_row_of_its_table_and_invalid_values_use_the_nearest() -> None:
    p = np.arange(6.0)
    out = Category(3, 2).embed(np.array([1.0, 0.0, -4.0, 2.2, 99.0]), p)
    np.testing.assert_array_equal(out, [[2, 3], [0, 1], [0, 1], [4, 5], [4, 5]])


@pytest.mark.parametrize("embedding", EXAMPLES, ids=str)
def test_gradient_is_the_slope(embedding: ColumnEmbedding) -> None:
    random = np.random.default_rng(4)
    x = random.integers(0, 4, 6) + (0.0 if embedding.kind == "category" else 0.37)
    p = random.normal(0, 1, embedding.parameter_count)
    delta = random.normal(0, 1, (6, embedding.outputs))

    def value(q: Any) -> float:
        return float((embedding.embed(x, q) * delta).sum())

    step = 1e-6 * np.eye(p.size)
    slope = [(value(p + h) - value(p - h)) / 2e-6 for h in step]
    np.testing.assert_allclose(embedding.gradient(x, p, delta), slope, rtol=1e-6, atol=1e-8)


def test_initial_parameters_have_the_stated_spread_and_differ_between_columns() -> None:
    periodic = Periodic(1000, 2, 0.3)
    start = periodic.initial_parameters(1, 0)
    w, b, rest = start[:1000], start[1000:2000], start[2000:]
    assert w.std() == pytest.approx(0.3, rel=0.1)
    assert -np.pi <= b.min() < -3.0 < 3.0 < b.max() <= np.pi
    assert np.abs(rest).max() <= 1 / np.sqrt(1000)
    assert Category(50, 100).initial_parameters(2, 1).std() == pytest.approx(1.0, rel=0.05)
    assert not np.array_equal(start, periodic.initial_parameters(1, 1))
    assert not np.array_equal(start, periodic.initial_parameters(2, 0))
    assert np.array_equal(start, periodic.initial_parameters(1, 0))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Periodic(0), "`Periodic.frequencies` must be between 1 and"),
        (lambda: Periodic(sigma=0), "`Periodic.sigma` must be greater than 0, got 0."),
        (
            lambda: PiecewiseLinear((1.0, 1.0)),
            "`PiecewiseLinear.edges` must be at least two increasing numbers",
        ),
        (lambda: PiecewiseLinear(tuple(range(1026))), "`PiecewiseLinear.edges` must have at most 1025"),
        (lambda: Embedding([Plain()], sources=[10**12]), "`Embedding.sources` must name a column for"),
        (lambda: Dense(2, initializer="he_plus"), "`Dense.initializer` 'he_plus' cannot be combined"),
        (
            lambda: Dense(2, bias_initializer="unit_variance"),
            "`Dense.initializer` 'glorot' cannot be combined with `Dense.bias_initializer`",
        ),
        (lambda: PiecewiseLinear(None), "`PiecewiseLinear.edges` must be a list of numbers, got None"),  # type: ignore[arg-type]
        (lambda: Category(0), "`Category.count` must be between 1 and"),
        (lambda: Plain(rate_factor=-1), "`Plain.rate_factor` must be at least 0"),
        (lambda: Embedding([]), "`Embedding.columns` must embed at least one column."),
        (lambda: Embedding(["plain"], sources=[1]), "`Embedding.sources` must name a column for each"),  # type: ignore[list-item]
        (lambda: Embedding(["plain"], sources=3), "`Embedding.sources` must be a list of columns"),  # type: ignore[list-item, arg-type]
        (lambda: Embedding("plain"), "`Embedding.columns` must be a list"),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_invalid_embeddings_are_refused_in_one_sentence(make: Any, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        make()
    assert str(caught.value).startswith(sentence)


def test_an_embedding_describes_each_input_column() -> None:
    with pytest.raises(ShapeError, match="describes 2 columns, but a sample has 3 numbers"):
        Network([Embedding(["plain", Periodic()]), Dense(1)], inputs=3)  # type: ignore[list-item]
    network = Network([Embedding(["plain", Periodic()]), Dense(1)], inputs=2)  # type: ignore[list-item]
    assert network.blocks[0].inputs == 5


@pytest.mark.parametrize("name", ["reference", "native"])
def test_invalid_values_give_finite_embeddings(name: str) -> None:
    """A code that is no number, pieces that float32 cannot tell apart, and a wave far out of range."""
    engine = opened(name)
    columns = Embedding(
        [Category(3, 1), PiecewiseLinear((1.0, 1.0 + 1e-9, 2.0), 1), Periodic(1, 2)]
    )
    network = Network([columns, Dense(1)], 3)
    ones = np.ones(network.parameter_count, np.float32)
    ones[:3] = [10, 20, 30]  # the table
    rows = np.array([[np.nan, 1.0, 0.0], [2.0, 1.5, 1e12]], np.float32)
    out = engine.predict(network, from_flat(network, ones), rows)
    # 10 + (0 + 0 + 1) + (0 + cos(1) + 1) + 1, and 30 + (1 + ½ + 1) + (1e12 + a wave + 1) + 1
    assert out[0, 0] == pytest.approx(13 + np.cos(1), rel=1e-6)
    assert out[1, 0] == pytest.approx(1e12, rel=1e-6)


def test_a_column_may_be_embedded_twice() -> None:
    layer = Embedding([Plain(), PiecewiseLinear((0.0, 2.0), 1), Plain()], sources=[1, 0, 0])
    assert (layer.inputs, layer.outputs) == (2, 3)
    out = layer.embed(np.array([[1.0, 7.0]]), np.array([4.0, 0.5]))
    np.testing.assert_allclose(out, [[7.0, 2.5, 1.0]])

"""Initializers that depend on data: their properties, measured on the data."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.embeddings import Category, Periodic, Plain
from deltarule.engines.equations import forward
from deltarule.errors import SettingError
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Embedding, Scale
from deltarule.network import Network

ROWS = np.random.default_rng(3).normal(5, 40, (300, 3))
ROWS[:, 2] = np.arange(300) % 4
NETWORK = Network(
    [
        Embedding([Plain(), Periodic(), Category(4, 2)]),
        Scale(),
        Dense(
            20,
            "selu",
            initializer="unit_variance",
            parameterization="ntk",
            bias_initializer="he_plus",
        ),
        Dense(8, "relu", initializer="unit_variance", bias_initializer="he_plus"),
        Dense(2, initializer="unit_variance"),
    ],
    3,
)  # fmt: skip


def test_each_unit_has_unit_variance_and_its_kink_among_the_data() -> None:
    start = initial_parameters(NETWORK, 1, np.float64, ROWS)
    passed = forward(NETWORK, start, ROWS)
    for z in passed.logits:
        spread = z.std(axis=0)  # below 1 only where it was a tenth of the layer's mean
        assert np.isclose(spread, 1, rtol=1e-9).sum() >= len(spread) - 1
        assert (spread > 0.9).all()
        assert (spread < 1 + 1e-9).all()
    for z in passed.logits[:2]:  # minus a mean of five rows' sums: some rows lie on either side
        assert (z.min(axis=0) < 0).all()
        assert (z.max(axis=0) > 0).all()
    biases = start.biases[2]
    assert biases is not None
    assert not biases.any()


def test_sums_of_many_inputs_are_those_of_one_product() -> None:
    """Wide tables are multiplied in parts; units still have a variance of 1."""
    x = np.random.default_rng(0).standard_normal((200, 3000))
    network = Network([Dense(32, "identity", initializer="unit_variance"), Dense(1)], 3000)
    weights = initial_parameters(network, 0, np.float64, x).weights[0]
    np.testing.assert_allclose((x @ weights).std(axis=0), 1, rtol=1e-9)


def test_a_unit_whose_sum_does_not_vary_is_left_as_drawn() -> None:
    network = Network([Dense(4, initializer="unit_variance")], 3)
    constant = np.zeros((9, 3))
    drawn = initial_parameters(network, 5, np.float64, constant).weights[0]
    assert np.isfinite(drawn).all()
    assert drawn.any()


def test_the_same_seed_and_rows_give_the_same_parameters_and_others_differ() -> None:
    first = initial_parameters(NETWORK, 1, np.float32, ROWS).flat()
    assert np.array_equal(first, initial_parameters(NETWORK, 1, np.float32, ROWS.copy()).flat())
    assert not np.array_equal(first, initial_parameters(NETWORK, 2, np.float32, ROWS).flat())
    assert not np.array_equal(first, initial_parameters(NETWORK, 1, np.float32, ROWS[::2]).flat())


def test_large_tables_are_stepped_in_part() -> None:
    many = np.tile(ROWS, (20, 1))
    start = initial_parameters(NETWORK, 1, np.float64, many)
    np.testing.assert_allclose(forward(NETWORK, start, many).logits[0].std(axis=0), 1, rtol=0.1)


def test_an_initializer_that_needs_data_is_refused_without_them() -> None:
    with pytest.raises(
        SettingError, match=r"'dense_1' has an initializer that depends on data \(unit_variance\)"
    ):
        initial_parameters(NETWORK, 1)


@pytest.mark.parametrize("start", ["ones", "signs", "normal"])
def test_factors_of_members_are_one_number_a_column(start: str) -> None:
    columns = Embedding([Plain(), Periodic(width=5), Category(4, 2)])
    network = Network(
        [columns, Dense(6, sharing="factors", factor_initializer=start), Dense(2)], 3, members=40
    )
    others = initial_parameters(network, 2).others[0]
    r, s = others["input_factors"], others["output_factors"]
    assert r.shape == (40, 8)
    assert (s == 1).all()
    assert (r[:, 1:6] == r[:, 1:2]).all()
    assert (r[:, 6:] == r[:, 6:7]).all()
    if start == "ones":
        assert (r == 1).all()
    elif start == "signs":
        assert set(np.unique(r)) == {-1.0, 1.0}
    else:
        assert r[:, [0, 1, 6]].std() == pytest.approx(1, rel=0.2)

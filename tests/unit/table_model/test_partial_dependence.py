"""Partial dependence of a model whose dependence is a straight line."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.data import read_table
from deltarule.errors import ColumnError
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.preprocessing import NumberTarget, TableEncoder
from deltarule.preprocessing.categorical import OneHotEncoder
from deltarule.preprocessing.legacy import LegacyNumberEncoder
from deltarule.table_model import TableModel
from deltarule.table_model.partial_dependence import partial_dependence
from deltarule.training import TrainedNetwork


@pytest.fixture
def model() -> TableModel:
    """y = 3 x + 5 if c is b."""
    column_encoders = (
        LegacyNumberEncoder("x", 0, 0.0, 0.0, 1.0, False),
        OneHotEncoder("c", 0, ("a", "b", "z"), 0),
    )
    network = Network([Dense(1)], inputs=4)
    parameters = Parameters((np.array([[3.0], [0.0], [5.0], [0.0]]),), (np.array([0.0]),))
    trained = TrainedNetwork(network, parameters)
    return TableModel((trained,), TableEncoder(column_encoders), NumberTarget("y"), {})


@pytest.fixture
def table():
    return read_table({"x": np.arange(100.0), "c": ["a", "b", "b", "z"] * 25})


def test_a_line_has_its_slope(model, table):
    found = partial_dependence(model, table, "x")
    # Half of the rows have c = b: 3 x + 5 / 2.
    np.testing.assert_allclose(found.means, 3 * found.values + 2.5)
    assert found.counts.sum() == 100
    assert (found.values[0], found.values[-1]) == (1.0, 98.0)  # without a hundredth on each side


def test_levels_have_their_own_means(model, table):
    found = partial_dependence(model, table, "c")
    assert found.values.tolist() == ["a", "b", "z"]
    middle = 3 * np.mean(np.arange(100))
    np.testing.assert_allclose(found.means, [middle, middle + 5, middle])
    assert found.counts.tolist() == [25, 50, 25]


def test_an_unused_column_is_refused(model, table):
    with pytest.raises(ColumnError, match="does not use a column 'q'"):
        partial_dependence(model, table, "q")

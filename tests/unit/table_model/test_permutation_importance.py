"""Permutation importance compared with the closed form of a linear model."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.data import Column, Table
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.preprocessing import NumberTarget, TableEncoder
from deltarule.preprocessing.legacy import LegacyNumberEncoder
from deltarule.table_model import TableModel
from deltarule.table_model.permutation_importance import permutation_importances
from deltarule.training import TrainedNetwork


def linear_model() -> tuple[TableModel, Table]:
    """Return the model y = 2 a + 0 b and a table of it."""
    random = np.random.default_rng(3)
    a, b = random.normal(size=(2, 400))
    table = Table(
        (Column("b", "number", b), Column("a", "number", a), Column("y", "number", 2 * a))
    )
    lines = [
        LegacyNumberEncoder(n, 0, 0.0, x.mean(), x.std(), False) for n, x in (("b", b), ("a", a))
    ]
    encoder = TableEncoder(tuple(lines))
    network = Network([Dense(1)], inputs=2)
    scale = 2 * a.std()
    parameters = Parameters((np.array([[0.0], [2 * a.std() / scale]]),), (np.array([0.0]),))
    target = NumberTarget("y", 2 * a.mean(), scale)
    return TableModel((TrainedNetwork(network, parameters),), encoder, target, {}), table


def test_importance_of_a_linear_model_is_twice_the_variance_it_explains() -> None:
    """E (w x − w x′)² = 2 w² Var x for independent x, x′; here w² Var x is the whole variance, 1."""
    model, table = linear_model()
    truth = model.target.encode(table["y"])
    found = permutation_importances(model, table, truth, ("b", "a"), max_rows=400)
    assert [one.column for one in found] == ["a", "b"]
    assert found[0].loss_increase == pytest.approx(2.0, rel=0.1)
    assert found[1].loss_increase == 0.0


def test_the_standard_error_covers_the_closed_form() -> None:
    """The mean over 400 rows is 2 ± a few standard errors, and that of an unused column exactly 0."""
    model, table = linear_model()
    truth = model.target.encode(table["y"])
    first, last = permutation_importances(model, table, truth, ("b", "a"), max_rows=400)
    assert first.rows == 400
    assert 0.01 < first.standard_error < 0.3
    assert abs(first.loss_increase - 2) < 4 * first.standard_error
    assert not first.is_noise
    assert last.standard_error < 1e-12
    assert last.is_noise

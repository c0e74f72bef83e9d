"""Any number of threads is an upper bound: far more than there are processors change nothing."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule._common.processors import thread_count, thread_limit
from deltarule.engines import engine_choices
from deltarule.errors import SettingError
from deltarule.training import fit_many

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X.sum(axis=1, keepdims=True)
NETWORK = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)], inputs=3)
MANY = [10**9, 2**40, 2**80]


@pytest.mark.parametrize("threads", MANY)
@pytest.mark.parametrize("engine", [name for name in engine_choices() if name != "auto"])
def test_training_and_predicting(engine: str, threads: int) -> None:
    one = dr.fit(NETWORK, X, Y, loss="mse", epochs=2, engine=engine, threads=1)
    many = dr.fit(NETWORK, X, Y, loss="mse", epochs=2, engine=engine, threads=threads)
    np.testing.assert_array_equal(many.network.parameters.flat(), one.network.parameters.flat())
    expected = one.network.predict(X, engine=engine)
    np.testing.assert_array_equal(one.network.predict(X, engine=engine, threads=threads), expected)


@pytest.mark.parametrize("threads", MANY)
def test_at_most_the_limit_is_started(threads: int) -> None:
    assert thread_count(threads) == thread_limit() >= 64
    assert thread_count(3) == 3
    with pytest.raises(SettingError, match=r"`threads` must be at least 1"):
        thread_count(0)


@pytest.mark.parametrize("threads", MANY)
def test_tables_and_many_networks(threads: int) -> None:
    table = {"a": X[:, 0], "b": X[:, 1], "y": Y[:, 0]}
    result = dr.train(table, "y", epochs=1, folds=2, hidden=(4,), threads=threads)
    values = result.model.predict(table, threads=threads).values
    np.testing.assert_array_equal(values, result.model.predict(table).values)
    model = dr.TabularRegressor(epochs=1, folds=2, n_jobs=threads).fit(X, Y[:, 0])
    assert np.isfinite(model.predict(X)).all()
    job = {"network": NETWORK, "X": X, "y": Y, "loss": "mse", "epochs": 1}
    assert len(fit_many([job, job], threads=threads)) == 2

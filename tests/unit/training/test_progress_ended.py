"""The last event of a network says that it has ended, and no event before does."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.stopping import NoProgress, TargetReached
from deltarule.training import Progress

X = np.random.default_rng(0).standard_normal((40, 3))
Y = X[:, 0] * X[:, 1]
NETWORK = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"stopping": NoProgress(2), "validation_fraction": 0.5},
        {"stopping": TargetReached(1e9)},
        {"optimizer": "lbfgs"},
        {"optimizer": "lbfgs", "callbacks": [lambda event: event.epoch == 2]},
    ],
    ids=["epochs", "no progress", "target", "lbfgs", "lbfgs, callback"],
)
def test_only_the_last_event_has_ended(settings):
    events: list[Progress] = []
    result = dr.fit(NETWORK, X, Y, epochs=30, threads=1, progress=events.append, **settings)
    assert [event.ended for event in events] == [False] * (len(events) - 1) + [True]
    told = np.concatenate([event.records for event in events])
    np.testing.assert_array_equal(told["epoch"], result.history.records["epoch"])

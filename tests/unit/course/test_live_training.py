"""A run of a figure has the bits of `fit`, however many steps it is done in."""

from __future__ import annotations

import numpy as np

import deltarule as dr
from deltarule import insight
from deltarule.course.live_training import LiveTraining
from deltarule.stopping import StopReason


def test_steps_have_the_bits_of_fit():
    X, y = insight.make_moons(80)
    network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")])
    settings = {"optimizer": dr.optimizers.Adam(0.02), "sampling": dr.sampling.MiniBatches(16)}
    run = LiveTraining(network, X, y, **settings, epochs=7, seed=3)
    while run.train(3):
        pass
    result = dr.fit(network, X, y, **settings, epochs=7, seed=3, dtype="float64")
    assert run.epoch == 7
    assert run.reason is StopReason.EPOCHS_DONE
    assert np.array_equal(run.parameters.flat(), result.network.parameters.flat())
    assert np.array_equal(run.records["training_loss"], result.history.training_loss)
    assert len(run.points) == 4
    assert not run.train()

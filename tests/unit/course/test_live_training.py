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


def test_the_best_epoch_is_kept_as_fit_keeps_it():
    X, y = insight.make_moons(60, noise=0.35)
    validation = insight.make_moons(60, noise=0.35, seed=1)
    network = dr.Network([dr.Dense(32, "tanh"), dr.Dense(32, "tanh"), dr.Dense(1, "sigmoid")])
    settings = {
        "optimizer": dr.optimizers.Adam(0.02), "epochs": 200, "validation_data": validation,
        "sampling": dr.sampling.MiniBatches(16), "stopping": [dr.stopping.NoProgress(15)],
    }  # fmt: skip
    run = LiveTraining(network, X, y, **settings, keep_best="validation_loss")
    assert run.kept.parameters is run.parameters
    while run.train(4):
        pass
    result = dr.fit(network, X, y, **settings, dtype="float64")
    losses = run.records["validation_loss"]
    assert run.reason is result.reason is StopReason.NO_PROGRESS
    assert np.array_equal(losses, result.history.validation_loss)
    assert run.best_epoch == 1 + losses.argmin() == run.epoch - 15
    assert np.array_equal(run.kept.parameters.flat(), result.network.parameters.flat())
    last = dr.fit(network, X, y, **settings, dtype="float64", keep_best=None)
    assert np.array_equal(run.parameters.flat(), last.network.parameters.flat())
    assert not np.array_equal(run.parameters.flat(), run.kept.parameters.flat())

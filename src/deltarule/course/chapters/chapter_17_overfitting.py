"""Chapter 17: overfitting, and early stopping, dropout and weight decay against it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from deltarule.course.chapter import Chapter
from deltarule.course.figures.dropout_masks import EPOCHS, UNITS, dropout_run, without_dropout
from deltarule.course.figures.early_stopping import stopping_run
from deltarule.course.figures.fit_capacity import EPOCHS as FIT_EPOCHS
from deltarule.course.figures.fit_capacity import POINTS, capacity_training
from deltarule.course.figures.weight_decay import (
    PENALTIES,
    decay_training,
    losses_of,
    steepest,
    weights_of,
)
from deltarule.course.live_training import LiveTraining
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.engines.equations import StreamPosition, forward
from deltarule.layers import Dense, Dropout
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.stopping import NoProgress

LOSSES = (0.9, 0.7, 0.6, 0.62, 0.61, 0.65, 0.5, 0.55)
"""Validation losses of the epochs of a question."""
PATIENCE_EPOCHS = 3
OUTPUT, RATE = 1.5, 0.2
"""A unit before a dropout layer, in an exercise."""


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    small, right, large, more = (
        _trained(run)
        for run in (
            capacity_training("1"), capacity_training("3"), capacity_training("32-32"),
            capacity_training("32-32", points=80),
        )
    )  # fmt: skip
    patient, hasty, endless = (_trained(stopping_run(patience)) for patience in (20, 1, None))
    decays = [_trained(decay_training(l2)) for l2 in PENALTIES]
    free, strong = decays[0], decays[-1]
    place = int(np.argmin([losses_of(run).validation for run in decays]))
    best = decays[place]
    losses = large.records["validation_loss"]
    return {
        "parameters": f"{len(large.parameters.flat()):,}",
        "loss_1": _last(small),
        "loss_3": _last(right),
        "loss_large": float(losses[-1]),
        "best_large": float(losses.min()),
        "epoch_large": int(losses.argmin()) + 1,
        "loss_more": _last(more),
        "stop_epoch": patient.epoch,
        "best_epoch": patient.best_epoch,
        "best_loss": float(patient.records["validation_loss"].min()),
        "hasty_epoch": hasty.epoch,
        "hasty_loss": float(hasty.records["validation_loss"].min()),
        "last_loss": _last(endless),
        "points": POINTS,
        "decay_networks": len(PENALTIES),
        "true_slope": np.pi,
        "free_slope": abs(steepest(free)[1]),
        "free_squares": _squares(free),
        "free_loss": _last(free),
        "best_l2": PENALTIES[place],
        "best_slope": abs(steepest(best)[1]),
        "best_squares": _squares(best),
        "decay_loss": _last(best),
        "strong_l2": PENALTIES[-1],
        "strong_loss": _last(strong),
        "hidden_units": 2 * UNITS,
        "subnetworks": f"{2 ** (2 * UNITS):,}",
        "dropout_epochs": EPOCHS,
        "with_dropout": _last(_trained(dropout_run(0.5))),
        "without_dropout": float(without_dropout()["validation_loss"][-1]),
    }


def end_of_patience() -> int:
    """Return the epoch after which the rule ends a training with the losses `LOSSES`."""
    rule = NoProgress(PATIENCE_EPOCHS)
    state = list(rule.initial_state)
    for epoch, loss in enumerate(LOSSES, 1):
        if rule.update(state, {"validation_loss": loss}):
            return epoch
    raise AssertionError("the rule does not apply")


def kept_output() -> float:
    """Return what the next layer gets of a unit with the output `OUTPUT` that dropout keeps."""
    network = Network([Dense(1, bias=False), Dropout(RATE), Dense(1, bias=False)], 1)
    weights = np.array([[OUTPUT]]), np.array([[1.0]])
    passed = forward(
        network, Parameters(weights, (None, None)), np.ones((64, 1)), StreamPosition(0, 0, 0)
    )
    return float(passed.inputs[1].max())


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    listed = ", ".join(f"{loss:g}" for loss in LOSSES)
    kept = kept_output()
    return (
        ChoiceQuestion(
            "17.predict",
            f"A network with {found['parameters']} parameters is trained on {POINTS} noisy points for "
            f"{FIT_EPOCHS:,} epochs. The training loss approaches 0. What does the loss on other points do?",
            (
                Option(
                    "It falls, then it rises.",
                    "First the network learns what all points share, then the noise of the training points.",
                    True,
                ),
                Option(
                    "It approaches 0 as well.",
                    "New points have noise of their own, which nothing can predict.",
                ),
                Option(
                    "It falls, and then stays where it is.",
                    "That happens to a small network, which has no parameters left to fit the noise.",
                ),
                Option(
                    "It rises from the start.",
                    "The first epochs learn the curve itself, which helps with all points.",
                ),
            ),
        ),
        NumberQuestion(
            "17.check",
            f"The validation losses of epochs 1 to {len(LOSSES)} would be {listed}. The patience is "
            f"{PATIENCE_EPOCHS} epochs. After which epoch does training end?",
            end_of_patience(),
            0.1,
            "Epoch 3 is the best. Epochs 4, 5 and 6 are not better, and training ends before epoch 7 could help.",
            "Find the lowest loss so far, and count the epochs after it that are not lower.",
            (
                (
                    3.0,
                    "Epoch 3 is the best one, whose weights are kept. Training goes on for the patience.",
                ),
                (
                    7.0,
                    "Epoch 7 is never reached: three epochs without a new lowest loss come before it.",
                ),
                (8.0, "Training does not know the later losses. Count from epoch 3."),
                (
                    5.0,
                    "0.61 is lower than 0.62, but not lower than 0.6: epoch 5 is no improvement either.",
                ),
            ),
        ),
        NumberQuestion(
            "17.1",
            f"A layer is followed by dropout with the rate {RATE:g}. In this update a unit with the output "
            f"{OUTPUT:g} is kept. What does the next layer get from it? (Three decimals.)",
            kept,
            0.002,
            "Kept outputs are divided by 1 − p, so that their mean stays the same.",
            f"Divide {OUTPUT:g} by 1 − {RATE:g}.",
            (
                (OUTPUT, "That is right in a prediction. In training, kept outputs are scaled up."),
                (
                    OUTPUT * (1 - RATE),
                    "Divide by 1 − p; multiplying is what the paper of 2014 does in predictions.",
                ),
                (OUTPUT / RATE, "Divide by the probability of being kept, 1 − p."),
                (0.0, "Only dropped units are 0. This one is kept."),
            ),
            solution=f"{OUTPUT:g} / (1 − {RATE:g}) = {kept:g}. The mean over many updates is {1 - RATE:g} · {kept:g} = {OUTPUT:g}.",
        ),
        ChoiceQuestion(
            "17.2",
            "Training loss 0.41, validation loss 0.43; colleagues reach 0.1 on this problem. Which change helps?",
            (
                Option(
                    "more units, or more epochs",
                    "Both losses are high and close together: the network underfits.",
                    True,
                ),
                Option(
                    "dropout",
                    "Dropout narrows the gap between both losses. Here the gap is small, and both are high.",
                ),
                Option(
                    "stopping earlier",
                    "Then both losses would be higher still: nothing has been overfitted yet.",
                ),
                Option(
                    "weight decay",
                    "It makes the network smoother, but this one is already too simple.",
                ),
            ),
            solution="Compare the losses: both high and close together is underfitting, a low training loss with a much "
            "higher validation loss is overfitting. Dropout, weight decay and early stopping help with the second.",
        ),
        ChoiceQuestion(
            "17.3",
            f"Early stopping keeps the epoch with the lowest of {found['stop_epoch']} validation losses. May this loss "
            "be reported as the loss on new rows?",
            (
                Option(
                    "No, it is too low on average: report the loss on test rows.",
                    "The minimum of many noisy numbers is partly luck, and these rows have chosen the epoch.",
                    True,
                ),
                Option(
                    "Yes, no weight was trained on these rows.",
                    "They did not train weights, but they chose the epoch, and so the network.",
                ),
                Option(
                    "No, it is too high: training rows are missing in it.",
                    "Training rows would make it lower, and say even less about new rows.",
                ),
            ),
            solution="Rows that choose anything, be it weights, settings or the epoch, flatter the result. Test rows are "
            "used once, after all choices.",
        ),
    )


def _trained(run: LiveTraining) -> LiveTraining:
    run.train(run.plan.epochs)
    return run


def _last(run: LiveTraining) -> float:
    return float(run.records["validation_loss"][-1])


def _squares(run: LiveTraining) -> float:
    return float(np.square(weights_of(run)).sum())


CHAPTER = Chapter(
    17,
    "overfitting",
    "Overfitting, dropout, early stopping",
    questions,
    values,
    {"overfitting": "lesson=overfitting"},
)

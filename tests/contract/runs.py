"""Runs that engines must agree on: plans and data, each with a name, from one table.

The table is read by `test_engines_agree.py` (one engine against the other) and by
`test_sessions.py` (each engine against itself: chunks, resuming).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from contract import grid

from deltarule.activations import ACTIVATIONS
from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Dropout
from deltarule.losses import (
    LOSSES,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Loss,
    MeanSquaredError,
)
from deltarule.network import Network
from deltarule.optimizers import (
    OPTIMIZERS,
    AdaGrad,
    Adam,
    AMSGrad,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
    Stepwise,
)
from deltarule.parameters import Parameters
from deltarule.sampling import Blocks, FullBatch, MiniBatches, Sampling, SingleSample
from deltarule.schedules import SCHEDULES, CosineCycles, OnPlateau, WarmUp
from deltarule.stopping import NoProgress, NoProgressInCycle, StoppingRule, TargetReached

INPUTS, OUTPUTS = 4, 3
BATCHES = MiniBatches(8)
LARGE = 1e160  # its square is infinite in float64; it is infinite itself in float32


@dataclass(frozen=True)
class Run:
    """Everything that `Engine.open` takes, in float64; `as_dtype` turns it into another dtype."""

    plan: TrainingPlan
    data: ArrayData
    validation: ArrayData | None
    initial_parameters: Parameters

    def as_dtype(self, dtype: str) -> Run:
        """Return the same run in another dtype."""
        validation = None if self.validation is None else _cast(self.validation, dtype)
        plan = replace(self.plan, dtype=dtype)
        return Run(plan, _cast(self.data, dtype), validation, self.initial_parameters.astype(dtype))

    def open(self, engine: Any, threads: int = 1) -> Any:
        """Return a new session of an engine."""
        return engine.open(self.plan, self.data, self.validation, self.initial_parameters, threads)


def _cast(data: ArrayData, dtype: str) -> ArrayData:
    weights = None if data.weights is None else data.weights.astype(dtype)
    with np.errstate(over="ignore"):  # LARGE is infinite in float32
        targets = data.targets if data.targets.ndim == 1 else data.targets.astype(dtype)
        return ArrayData(data.inputs.astype(dtype), targets, weights)


def network(hidden: Any = "tanh", output: Any = "identity", **settings: Any) -> Network:
    """Return a network with two hidden layers; `settings` hold for both."""
    layers = [Dense(7, hidden, **settings), Dense(5, hidden, **settings), Dense(OUTPUTS, output)]
    return Network(layers, INPUTS)


def data(loss: Loss, net: Network, rows: int, number: int, weighted: bool = False) -> ArrayData:
    """Return rows whose targets can be learned in part; `number` is their seed."""
    random = np.random.default_rng(1000 + number)
    columns, outputs = net.known_inputs, net.outputs
    inputs = random.normal(0, 1, (rows, columns))
    given, _ = grid.targets(loss, random, outputs, number, rows)
    if loss.measures_numbers or loss.kind in ("quantile", "cosine_similarity"):
        given = 0.3 * given + np.sin(inputs @ random.normal(0, 1, (columns, outputs)))
    weights = random.uniform(0.2, 2.0, rows) if weighted else None
    return ArrayData(inputs, given, weights)


def run(
    net: Network | None = None,
    loss: Loss | None = None,
    optimizer: Optimizer | None = None,
    sampling: Sampling = BATCHES,
    *,
    epochs: int = 20,
    rows: int = 37,
    number: int = 0,
    weighted: bool = False,
    validated: bool = False,
    **plan: Any,
) -> Run:
    """Return a run of 5 batches an epoch, 100 updates in all, by default."""
    loss = loss or MeanSquaredError()
    net = net or network(output=grid.natural_output(loss))
    made = TrainingPlan(
        net, loss, optimizer or Adam(1e-2), sampling, epochs, dtype="float64", **plan
    )
    validation = data(loss, net, 11, number + 500, weighted) if validated else None
    start = initial_parameters(net, seed=7 + number)
    return Run(made, data(loss, net, rows, number, weighted), validation, start)


def _optimizer_runs() -> dict[str, Run]:
    """Every optimizer with every way to draw samples."""
    samplings: dict[str, tuple[Sampling, int]] = {
        "full": (FullBatch(), 100),
        "batches": (BATCHES, 20),
        "single": (SingleSample(), 3),
    }
    others: dict[str, Optimizer] = {
        "rmsprop, inside": RMSprop(epsilon=1e-2, epsilon_inside_root=True),
        "adagrad, inside": AdaGrad(epsilon=1e-2, epsilon_inside_root=True),
        "adam, uncorrected": Adam(1e-2, epsilon=1e-2, epsilon_uncorrected=True),
        "amsgrad, uncorrected": AMSGrad(1e-2, epsilon=1e-2, epsilon_uncorrected=True),
    }
    return {name: run(None, None, rule, number=19, epochs=8) for name, rule in others.items()} | {
        f"{kind}, {name}": run(None, None, member(), sampling, epochs=epochs, number=i)
        for i, (kind, member) in enumerate(OPTIMIZERS.members.items())
        if issubclass(member, Stepwise)
        for name, (sampling, epochs) in samplings.items()
    }


def _activation_runs() -> dict[str, Run]:
    """Every activation in the hidden layers, and on the output beside a squared loss."""
    runs = {}
    for i, (kind, member) in enumerate(ACTIVATIONS.members.items()):
        optimizer = GradientDescent(0.05, clip_norm=1.0)
        runs[f"{kind} hidden"] = run(network(kind), None, optimizer, number=20 + i)
        runs[f"{kind} output"] = run(network("tanh", member()), None, optimizer, number=40 + i)
    for activation in grid.ALL_ACTIVATIONS[len(ACTIVATIONS.members) :]:
        runs[f"{activation}"] = run(network(activation), None, GradientDescent(0.05), number=60)
    return runs


def _loss_runs() -> dict[str, Run]:
    """Every loss, with weights and scores; with class numbers, one-hot and soft targets."""
    runs = {}
    for i, loss in enumerate(grid.ALL_LOSSES):
        is_crossed = loss in grid.CROSSED_LOSSES
        for number in range(3) if is_crossed else (i % 3,):
            made = run(
                None, loss, Adam(5e-3), number=9 * i + number, weighted=number == 1, score=True,
                validated=True, epochs=20 if is_crossed else 6,
            )  # fmt: skip
            runs[f"{loss}, data {number}"] = made
    crossed = CategoricalCrossEntropy(label_smoothing=0.1)
    runs["cross entropy, sigmoid output"] = run(network("tanh", "sigmoid"), crossed, number=3)
    for kind in ("hinge", "mean_squared_error"):  # class numbers for a loss of matrices
        loss = LOSSES.members[kind]()
        made = run(network("tanh"), loss, score=True, validated=True)
        classes = np.arange(37, dtype=np.int32) % OUTPUTS
        runs[f"{kind}, class numbers"] = replace(
            made,
            data=ArrayData(made.data.inputs, classes),
            validation=ArrayData(made.data.inputs, classes),
        )
    return runs


def _schedule_runs() -> dict[str, Run]:
    """Every schedule."""
    runs = {}
    for i, (kind, member) in enumerate(SCHEDULES.members.items()):
        runs[f"schedule {kind}"] = run(None, None, Momentum(member()), number=70 + i)
    plateau = OnPlateau(0.05, 0.5, 2, 0.05, 0.004)
    runs["plateau"] = run(None, None, GradientDescent(plateau), number=80)
    runs["plateau, warmed up"] = run(None, None, Nesterov(WarmUp(plateau, 2.5)), number=81)
    watching = replace(plateau, monitor="validation_score", factor=0.3)
    runs["plateau, validation score"] = run(
        None, None, RMSprop(watching), number=82, validated=True, score=True
    )
    return runs


def _feature_runs() -> dict[str, Run]:
    """Regularization, clipping, dropout, weights, keep-best, chains without bias."""
    sgd = GradientDescent(0.1)
    cross_entropy = CategoricalCrossEntropy(label_smoothing=0.1)
    dropout = Network(
        [
            Dropout(0.3),
            Dense(9, "relu"),
            Dropout(0.5),
            Dense(6, "tanh"),
            Dense(3),
        ],
        INPUTS,
    )
    return {
        "l1": run(network("relu", l1=1e-3), None, sgd),
        "l2": run(network(l2=1e-2), None, sgd),
        "l1 and l2": run(network(l1=1e-3, l2=1e-3), None, Adam()),
        "no bias": run(network(bias=False), None, sgd),
        "max-norm": run(network(max_norm=0.6), None, sgd),
        "clip": run(None, None, GradientDescent(0.5, clip_norm=0.05)),
        "clip, rarely": run(None, None, Adam(clip_norm=0.5)),
        "clip arrays": run(None, None, GradientDescent(0.5, clip_array_norm=0.05), epochs=6),
        "clip values": run(None, None, Momentum(0.5, clip_value=0.01), epochs=6),
        "weights": run(None, None, sgd, weighted=True, validated=True, score=True),
        "dropout": run(dropout, None, sgd, weighted=True),
        "dropout, single": run(dropout, None, sgd, SingleSample(), epochs=3),
        "everything": run(
            Network(
                [
                    Dropout(0.2),
                    Dense(9, "gelu", l1=1e-4, l2=1e-3, max_norm=1.1),
                    Dense(6, "selu", bias=False, max_norm=0.9),
                    Dropout(0.4),
                    Dense(3, "softmax", l2=1e-3),
                ],
                INPUTS,
            ),
            cross_entropy,
            Adam(WarmUp(OnPlateau(0.02, 0.6, 2), 1.5), clip_norm=0.7),
            weighted=True,
            validated=True,
            score=True,
            keep_best="validation_loss",
        ),
        "blocks": run(None, None, sgd, Blocks(8, 15, 5), validated=True, score=True),
        "blocks, one a window": run(dropout, None, sgd, Blocks(3, 4, 4), weighted=True, epochs=8),
        "blocks, whole table": run(None, None, sgd, Blocks(37, 4096), epochs=8),
        "no shuffle": run(None, None, sgd, MiniBatches(8, shuffle=False)),
        "one unit": run(Network([Dense(3, "sigmoid")], INPUTS), None, sgd),
        "another seed": run(dropout, None, sgd, seed=2**40 + 9),
        "keep best loss": run(None, None, sgd, validated=True, keep_best="validation_loss"),
        "keep best score": run(
            None, cross_entropy, GradientDescent(0.8), validated=True, score=True,
            keep_best="validation_score",
        ),
        "keep best training": run(None, None, GradientDescent(0.9), keep_best="training_loss"),
    }  # fmt: skip


def _shape_runs() -> dict[str, Run]:
    """Shapes at the edges: one of everything, widths that no vector divides, one output for classes."""
    sgd = GradientDescent(0.05)
    wide = Network([Dense(67, "relu"), Dense(33, "tanh", max_norm=1.0), Dense(17, "softmax")], 130)
    one = Network([Dense(5, "tanh"), Dense(1, "sigmoid")], 3)
    signed = Network([Dense(5, "tanh"), Dense(1)], 3)
    binary, hinge = BinaryCrossEntropy(), Hinge()
    return {
        "one of everything": run(Network([Dense(1)], 1), None, sgd, FullBatch(), rows=1),
        "one row": run(network(), None, sgd, SingleSample(), rows=1, validated=True, score=True),
        "batch of all rows": run(network(), None, sgd, MiniBatches(37), score=True),
        "wide": run(
            wide, CategoricalCrossEntropy(), Adam(1e-3), MiniBatches(32), rows=75, epochs=33,
            weighted=True, score=True, validated=True,
        ),
        "wide, full": run(
            wide, CategoricalCrossEntropy(), sgd, FullBatch(), rows=150, epochs=30, number=1
        ),
        "many rows": run(network("gelu"), None, sgd, MiniBatches(500), rows=4999, epochs=3),
        "binary": run(one, binary, sgd, score=True, validated=True, weighted=True, number=1),
        "hinge, one output": run(signed, hinge, sgd, score=True, validated=True),
    }  # fmt: skip


def _stopping_runs() -> dict[str, Run]:
    """Every reason to stop that does not depend on the clock."""
    sgd = GradientDescent(0.1)
    slow = NoProgress(3, 0.02, "training_loss")
    watched: tuple[StoppingRule, ...] = (TargetReached(-9.0), slow)
    each = replace(slow, cumulative=False)
    score = TargetReached(0.3, "training_score")
    return {
        "no progress": run(None, None, sgd, stopping=watched),
        "no progress, each epoch": run(None, None, sgd, stopping=(each,)),
        "no progress, validation": run(
            None, None, GradientDescent(0.4), validated=True, epochs=200,
            keep_best="validation_loss", stopping=(NoProgress(6),),
        ),
        "target loss": run(None, None, sgd, stopping=(TargetReached(0.35),), epochs=200),
        "target score": run(None, None, sgd, score=True, stopping=(score,), epochs=200),
        "two rules at once": run(
            None, None, sgd, stopping=(TargetReached(9.0), TargetReached(8.0)),
        ),
        "no progress in a cycle": run(
            None, None, GradientDescent(CosineCycles(0.1, 4)), validated=True, epochs=45,
            stopping=(NoProgressInCycle(4, 45, late_share=0.4),),
        ),
        "second rule": run(
            None, None, sgd, stopping=(NoProgress(9, monitor="training_loss"), each),
        ),
    }  # fmt: skip


def _exploding_runs() -> dict[str, Run]:
    """Runs that diverge, each in another way."""
    base = run(None, None, GradientDescent(1e3), number=5)
    relu = run(network("relu"), None, GradientDescent(50.0), number=6)
    patient = run(Network([Dense(3)], INPUTS), None, GradientDescent(2.5), number=7, epochs=60)
    at_once = run(network("identity"), None, GradientDescent(0.01), number=6)
    far = run(None, None, GradientDescent(0.01), number=8, validated=True)
    assert far.validation is not None
    targets = far.validation.targets * LARGE
    kept = run(
        Network([Dense(3)], INPUTS), None, GradientDescent(1.95), FullBatch(), number=9, epochs=400,
        keep_best="training_loss",
    )  # fmt: skip
    return {
        "saturated": base,
        "at once": replace(at_once, data=replace(at_once.data, inputs=at_once.data.inputs * LARGE)),
        "blows up": relu,
        "slowly": patient,
        "validation": replace(far, validation=replace(far.validation, targets=targets)),
        "keep best": kept,
    }


AGREEING = (
    _optimizer_runs()
    | _activation_runs()
    | _loss_runs()
    | _schedule_runs()
    | _feature_runs()
    | _shape_runs()
)
STOPPING = _stopping_runs()
EXPLODING = _exploding_runs()

"""What an engine executes: everything but the data that determines a training run."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule.losses import Loss, MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import GradientDescent, Optimizer
from deltarule.sampling import FullBatch, Sampling
from deltarule.stopping import StoppingRule

_ANY_LOSS, _ANY_OPTIMIZER, _ANY_SAMPLING = MeanSquaredError(), GradientDescent(), FullBatch()


@dataclass(frozen=True)
class TrainingPlan:
    """Everything but the data that determines a run, down to the bits."""

    network: Network  # its inputs known
    loss: Loss
    optimizer: Optimizer
    sampling: Sampling
    epochs: int
    stopping: tuple[StoppingRule, ...] = ()
    keep_best: str | None = None  # the monitor whose best epoch is kept, None: the last epoch
    score: bool = False  # whether scores are computed each epoch
    seed: int = 0
    dtype: str = "float32"  # or "float64": of parameters and arithmetic


def plan_to_predict(network: Network, loss: Loss | None = None) -> TrainingPlan:
    """Return a plan that stands for predicting or evaluating: only the network and the loss matter."""
    return TrainingPlan(network, loss or _ANY_LOSS, _ANY_OPTIMIZER, _ANY_SAMPLING, epochs=1)

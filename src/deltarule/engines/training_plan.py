"""What an engine executes: everything but the data that determines a training run."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.losses import Loss, MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import GradientDescent, Optimizer
from deltarule.sampling import FullBatch, Sampling
from deltarule.stopping import StoppingRule

_ANY_LOSS, _ANY_OPTIMIZER, _ANY_SAMPLING = MeanSquaredError(), GradientDescent(), FullBatch()


@dataclass(frozen=True, repr=False)
class TrainingPlan(NotebookDisplay):
    """Everything but the data that determines a training run, down to the bits.

    Parameters
    ----------
    network : Network
        The network; its number of inputs is known.
    loss : Loss
        The loss.
    optimizer : Optimizer
        The optimizer with its learning rate.
    sampling : Sampling
        Which rows each update uses.
    epochs : int
        Maximum number of epochs.
    stopping : tuple of StoppingRule, default ()
        Rules that stop training earlier.
    keep_best : str or None, default None
        The monitor whose best epoch is kept; None keeps the last epoch.
    score : bool, default False
        Whether scores are computed in each epoch.
    seed : int, default 0
        Seed of the random streams.
    dtype : {"float32", "float64"}, default "float32"
        Type of parameters and arithmetic.
    """

    network: Network
    loss: Loss
    optimizer: Optimizer
    sampling: Sampling
    epochs: int
    stopping: tuple[StoppingRule, ...] = ()
    keep_best: str | None = None
    score: bool = False
    seed: int = 0
    dtype: str = "float32"

    def _sentence(self) -> str:
        epochs = counted(self.epochs, "epoch")
        how = f"{self.loss.kind}, {self.optimizer.kind}, {epochs}, {self.dtype}"
        return f"{self.network._sentence()}; {how}"


def plan_to_predict(network: Network, loss: Loss | None = None) -> TrainingPlan:
    """Return a plan for predicting or evaluating, of which only the network and the loss matter."""
    return TrainingPlan(network, loss or _ANY_LOSS, _ANY_OPTIMIZER, _ANY_SAMPLING, epochs=1)

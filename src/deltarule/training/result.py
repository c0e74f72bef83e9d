"""The result of training: the network, its history, and why training stopped."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule._common.formatting import format_duration
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.other_terms import NamesOtherTerms
from deltarule.engines.contract import Chunk
from deltarule.engines.training_plan import TrainingPlan
from deltarule.history import History
from deltarule.stopping import StopReason
from deltarule.training.divergence import Divergence, divergence_of
from deltarule.training.trained_network import TrainedNetwork


@dataclass(frozen=True, eq=False, repr=False)
class TrainingResult(NamesOtherTerms, NotebookDisplay):
    """The result of `fit`: the trained network, its history, and why training stopped.

    Parameters
    ----------
    network : TrainedNetwork
        The network with the kept parameters.
    history : History
        One record per epoch.
    reason : StopReason
        Why training stopped.
    explanation : str
        Why training stopped and which weights were kept, in one or two sentences.
    kept_epoch : int
        The epoch whose parameters were kept, counted from 1; 0 for those from before training.
    engine : str
        Name of the engine that trained.
    seconds : float
        Training time in seconds.
    divergence : Divergence or None, default None
        Where training diverged and what to change; None if it did not diverge.
    warm_up_s : float, default 0.0
        Seconds that the engine took to prepare, before training and not part of `seconds`.
    comparison : str, default ""
        A sentence if the network's loss on the training rows is at least 10 times that of always
        predicting the mean of y: the network is useless. Also part of `explanation`.

    Examples
    --------
    >>> import deltarule as dr
    >>> result = dr.fit(dr.Network([dr.Dense(1)]), [[0.0], [1.0]], [0.0, 1.0], epochs=3)
    >>> result.reason.name, result.kept_epoch
    ('EPOCHS_DONE', 3)
    >>> result.explanation
    'All 3 epochs were run.'
    """

    network: TrainedNetwork
    history: History
    reason: StopReason
    explanation: str
    kept_epoch: int
    engine: str
    seconds: float
    divergence: Divergence | None = None
    warm_up_s: float = 0.0
    comparison: str = ""

    def _sentence(self) -> str:
        return f"{self.history._sentence()}, {format_duration(self.seconds)}. {self.explanation}"

    def __str__(self) -> str:
        """Return the layers, the course of training, and why it stopped."""
        return f"{self.network.network}\n{self._sentence()}"


def explain(
    plan: TrainingPlan, last: Chunk, history: History, kept_epoch: int, epochs: int | None = None
) -> str:
    """Return why training stopped and which weights were kept, as sentences.

    `epochs`: how many epochs were run, if `history` does not hold all of them.
    """
    text = _reason(plan, last, history, len(history) if epochs is None else epochs)
    if plan.keep_best is not None and kept_epoch:
        name = plan.keep_best.replace("_", " ")
        text += f" Kept the weights of epoch {kept_epoch:,}, which has the best {name}."
    return text


def _reason(plan: TrainingPlan, last: Chunk, history: History, epochs: int) -> str:
    if last.rule is not None:
        return plan.stopping[last.rule].explain(epochs)
    divergence = divergence_of(plan, last, history)
    if divergence is not None:
        return divergence.explain()
    if last.reason is StopReason.INTERRUPTED:
        return f"Interrupted after epoch {epochs:,}: what was learned until then is kept."
    if last.reason is StopReason.CALLBACK:
        return f"A callback asked to stop after epoch {epochs:,}."
    if last.reason is StopReason.CONVERGED:
        return f"Converged: the optimizer found no further descent after {epochs:,} iterations."
    return "The one epoch was run." if plan.epochs == 1 else f"All {plan.epochs:,} epochs were run."

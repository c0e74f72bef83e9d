"""The result of training: the network, how it went, and why it stopped, in words."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule.engines.contract import Chunk
from deltarule.engines.training_plan import TrainingPlan
from deltarule.history import History
from deltarule.stopping import StopReason
from deltarule.training.divergence import Divergence, divergence_of
from deltarule.training.trained_network import TrainedNetwork


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """What `fit` returns."""

    network: TrainedNetwork
    history: History
    reason: StopReason
    explanation: str  # why training stopped, one or two sentences
    kept_epoch: int  # whose parameters the network has, counted from 1; 0: those before training
    engine: str
    seconds: float  # of training
    divergence: Divergence | None = None  # how a run diverged, and what to change
    warm_up_s: float = 0.0  # of the engine before training, see `capabilities.WarmsUp`


def explain(
    plan: TrainingPlan, last: Chunk, history: History, kept_epoch: int, epochs: int | None = None
) -> str:
    """Say in words why training stopped and which weights were kept.

    `epochs`: how many were run, where `history` does not hold all of them.
    """
    told = _reason(plan, last, history, len(history) if epochs is None else epochs)
    if plan.keep_best is not None and kept_epoch:
        name = plan.keep_best.replace("_", " ")
        told += f" Kept: the weights of epoch {kept_epoch}, the best {name}."
    return told


def _reason(plan: TrainingPlan, last: Chunk, history: History, epochs: int) -> str:
    if last.rule is not None:
        return plan.stopping[last.rule].explain(epochs)
    divergence = divergence_of(plan, last, history)
    if divergence is not None:
        return divergence.explain()
    if last.reason is StopReason.INTERRUPTED:
        return f"Interrupted after epoch {epochs}: what was learned until then is kept."
    if last.reason is StopReason.CALLBACK:
        return f"A callback asked to stop after epoch {epochs}."
    if last.reason is StopReason.CONVERGED:
        return f"Converged: the optimizer found no further descent after {epochs} iterations."
    return "The one epoch was run." if plan.epochs == 1 else f"All {plan.epochs} epochs were run."

"""The result of training: the network, how it went, and why it stopped, in words."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule.engines.contract import Chunk, TrainingPlan
from deltarule.history import History
from deltarule.optimizers import Stepwise
from deltarule.stopping import StopReason
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
    if last.reason is StopReason.DIVERGED:
        return _divergence(plan, last, history)
    if last.reason is StopReason.INTERRUPTED:
        return f"Interrupted after epoch {epochs}: what was learned until then is kept."
    if last.reason is StopReason.CALLBACK:
        return f"A callback asked to stop after epoch {epochs}."
    if last.reason is StopReason.CONVERGED:
        return f"Converged: the optimizer found no further descent after {epochs} iterations."
    return "The one epoch was run." if plan.epochs == 1 else f"All {plan.epochs} epochs were run."


def _divergence(plan: TrainingPlan, last: Chunk, history: History) -> str:
    place = last.divergence
    assert place is not None
    name = plan.network.blocks[place.layer].name
    optimizer = plan.optimizer
    rate = ""
    if isinstance(optimizer, Stepwise) and len(history):
        rate = f" (it was {history.learning_rate[-1]:g})"
    loss = float(history.training_loss[-1])
    what = f"grew to {loss:.3g}" if abs(loss) < float("inf") else "became NaN or infinite"
    good = (
        f"the weights of epoch {place.epoch - 1} are kept"
        if place.epoch > 1
        else "the weights from before training are kept"
    )
    return (
        f"Training diverged: the loss {what} in epoch {place.epoch}, step {place.step}, in layer "
        f"{name}; {good}. Try a smaller learning rate{rate}, clip_norm=1, or standardized inputs."
    )

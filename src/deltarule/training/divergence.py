"""How a training run diverged and what to change, as values; faces render them in their own words."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

from deltarule._common.checks import sentences
from deltarule._common.formatting import alternatives
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.engines.contract import Chunk
from deltarule.engines.training_plan import TrainingPlan
from deltarule.history import History
from deltarule.optimizers import Stepwise
from deltarule.schedules import Schedule

SMALLER_RATE = 0.1  # the suggested learning rate, as a share of the one that diverged
CLIP_NORM = 1.0


@dataclass(frozen=True)
class Advice:
    """A setting to change.

    Parameters
    ----------
    setting : {"learning_rate", "clip_norm", "activation", "output_activation", "inputs"}
        What to change; "activation" is that of the layer that diverged, "inputs" are the data.
    suggested : float or str
        The value to try: a learning rate, a norm, the name of an activation, or "standardized".
    current : float, str or None, default None
        The value that the run had; of "learning_rate" the one given, which a schedule may vary.
    """

    setting: str
    suggested: float | str
    current: float | str | None = None


@dataclass(frozen=True, repr=False)
class Divergence(NotebookDisplay):
    """Where and how a training run diverged.

    Parameters
    ----------
    epoch, step : int
        The epoch and the update within it, counted from 1.
    layer : int
        Index of the layer in `network.blocks`, from 0.
    layer_name : str
        The name of the layer.
    loss : float
        The training loss of that epoch; NaN or infinite, or very large.
    advice : tuple of Advice
        What to change, the most promising change first.

    Examples
    --------
    >>> import deltarule as dr
    >>> X = [[1.0], [2.0], [3.0]]
    >>> far = dr.optimizers.GradientDescent(learning_rate=1e9)
    >>> result = dr.fit(dr.Network([dr.Dense(1)]), X, [1.0, 2.0, 3.0], optimizer=far)
    >>> result.divergence.kept_epoch
    1
    >>> [advice.setting for advice in result.divergence.advice]
    ['learning_rate', 'clip_norm', 'inputs']
    """

    epoch: int
    step: int
    layer: int
    layer_name: str
    loss: float
    advice: tuple[Advice, ...]

    def _sentence(self) -> str:
        return f"{self.describe()}."

    @property
    def kept_epoch(self) -> int:
        """The last good epoch, counted from 1; 0: the weights from before training are kept."""
        return self.epoch - 1

    def describe(self) -> str:
        """Return what happened, without a final period.

        Returns
        -------
        str
            Such as "Training diverged: the loss grew to 1e+12 in epoch 2, step 1, in layer dense_1".
        """
        grew = abs(self.loss) < float("inf")
        what = f"grew to {self.loss:.3g}" if grew else "became NaN or infinite"
        return (
            f"Training diverged: the loss {what} in epoch {self.epoch}, step {self.step}, in layer "
            f"{self.layer_name}"
        )

    def describe_kept(self) -> str:
        """Return which weights were kept, as a clause.

        Returns
        -------
        str
            Such as "the weights of epoch 1 are kept".
        """
        good = f"of epoch {self.kept_epoch}" if self.kept_epoch else "from before training"
        return f"the weights {good} are kept"

    def describe_advice(self, name_of: Callable[[str], str] = lambda setting: setting) -> str:
        """Return what to try, as a sentence.

        Parameters
        ----------
        name_of : callable, optional
            Maps the name of a setting to how the user writes it, such as "clip_norm" to
            "global_clipnorm".

        Returns
        -------
        str
            The sentence, such as "Try clip_norm=1 or standardized inputs.".
        """
        tries = [_phrase(advice, name_of) for advice in self.advice]
        parts = [phrase for phrase in tries if phrase]
        return f"Try {alternatives(parts)}." if parts else ""

    def with_advice_on(self, settings: Collection[str]) -> Divergence:
        """Return the divergence with advice on `settings` only.

        Parameters
        ----------
        settings : collection of str
            What the user can change.

        Returns
        -------
        Divergence
            Without the other advice.
        """
        advice = tuple(one for one in self.advice if one.setting in settings)
        return dataclasses.replace(self, advice=advice)

    def explain(self, name_of: Callable[[str], str] = lambda setting: setting) -> str:
        """Return all of it as two sentences.

        Parameters
        ----------
        name_of : callable, optional
            See `describe_advice`.

        Returns
        -------
        str
            What happened, which weights are kept, and what to try.
        """
        happened = f"{self.describe()}; {self.describe_kept()}."
        return sentences(happened, self.describe_advice(name_of))


def divergence_of(plan: TrainingPlan, last: Chunk, history: History) -> Divergence | None:
    """Return how a run diverged, None if it did not; `history` ends with the epoch it diverged in."""
    place = last.divergence
    if place is None:
        return None
    block = plan.network.blocks[place.layer]
    return Divergence(
        epoch=place.epoch,
        step=place.step,
        layer=place.layer,
        layer_name=block.name,
        loss=float(history.training_loss[-1]),
        advice=tuple(_advice(plan, place.layer, history)),
    )


def needs_positive_output(plan: TrainingPlan) -> bool:
    """Return whether the loss needs positive predictions and the output activation gives others."""
    positive = (*plan.loss.positive_outputs, "sigmoid", "softmax")
    return (
        bool(plan.loss.positive_outputs)
        and plan.network.output_layer.activation.kind not in positive
    )


def _advice(plan: TrainingPlan, layer: int, history: History) -> list[Advice]:
    if needs_positive_output(plan) and math.isnan(history.training_loss[-1]):
        suggested = alternatives([repr(kind) for kind in plan.loss.positive_outputs])
        current = plan.network.output_layer.activation.kind
        return [Advice("output_activation", suggested, current)]
    advice = []
    if isinstance(plan.optimizer, Stepwise):
        rate = _given_rate(plan.optimizer.schedule) or float(history.learning_rate[-1])
        advice.append(Advice("learning_rate", rate * SMALLER_RATE, rate))
    if plan.optimizer.clip_norm is None:
        advice.append(Advice("clip_norm", CLIP_NORM))
    activation = plan.network.blocks[layer].dense.activation
    if layer + 1 < len(plan.network.blocks) and not activation.bounded:
        advice.append(Advice("activation", "tanh", activation.kind))
    return [*advice, Advice("inputs", "standardized")]


def _given_rate(schedule: Schedule) -> float | None:
    """Return the learning rate that the user gave the schedule."""
    for name in ("learning_rate", "peak", "initial", "then"):
        given = getattr(schedule, name, None)
        if given is not None:
            return _given_rate(given) if isinstance(given, Schedule) else float(given)
    return None


def _phrase(advice: Advice, name_of: Callable[[str], str]) -> str:
    match advice.setting:
        case "learning_rate":
            return f"a smaller learning rate (it was {advice.current:g})"
        case "clip_norm":
            return f"{name_of('clip_norm')}={advice.suggested:g}"
        case "output_activation":
            return (
                f"the output activation {advice.suggested} instead of {advice.current!r}, because this "
                "loss needs positive predictions"
            )
        case "inputs":
            return f"{advice.suggested} inputs"
    return ""  # another activation is advice for interfaces that show the network

"""What to try after a run diverged: sentences about the page's controls, with the changed experiment."""

from __future__ import annotations

from dataclasses import replace

from deltarule.playground.experiment import Experiment, Suggestion
from deltarule.training.divergence import SMALLER_RATE, Advice


def suggestion_of(advice: Advice, experiment: Experiment, layer: int) -> Suggestion | None:
    """Return advice about the run that diverged in `layer`; None if the page has no control for it."""
    training, network = experiment.training, experiment.network
    match advice.setting:
        case "learning_rate":
            smaller = float(f"{SMALLER_RATE * training.learning_rate:.1g}")
            text = f"Set the learning rate to {smaller:g} (it is {training.learning_rate:g})."
            training = replace(training, learning_rate=smaller)
        case "clip_norm":
            text = f"Limit the norm of the gradient to {advice.suggested:g}."
            training = replace(training, clip_norm=float(advice.suggested))
        case "activation" if layer < len(network.layers):
            text = (
                f"Try {advice.suggested}, which stays between −1 and 1, instead of "
                f"{advice.current}."
            )
            changed = replace(network.layers[layer], activation=str(advice.suggested))
            layers = (*network.layers[:layer], changed, *network.layers[layer + 1 :])
            network = replace(network, layers=layers)
        case "output_activation":
            text = f"Set the output activation to {advice.suggested} (it is {advice.current!r})."
            output = replace(network.output, activation=str(advice.suggested))
            network = replace(network, output=output)
        case _:
            return None  # the playground standardizes its inputs
    return Suggestion(text, replace(experiment, training=training, network=network))

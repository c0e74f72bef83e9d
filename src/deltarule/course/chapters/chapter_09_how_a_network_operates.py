"""Chapter 9: activations, contributions, and what depends on a unit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from deltarule.course.chapter import Chapter
from deltarule.course.disc_network import accuracy
from deltarule.course.figures.activation_flow import ActivationFlow
from deltarule.course.figures.unit_switched_off import UnitSwitchedOff
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.drawing.layout import HIGH, MEDIUM
from deltarule.insight import forward_pass, perceptron

_WEIGHTS, _INPUTS, _BIAS = (4.0, -6.0, 2.0), (0.9, 0.1, 0.8), -3.0


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    flow = ActivationFlow()
    unit = forward_pass(perceptron(_BIAS, _WEIGHTS), [_INPUTS])[0]
    without = forward_pass(perceptron(_BIAS, _WEIGHTS[:2]), [_INPUTS[:2]])[0]
    third = dict(flow.terms)["h₃"]
    found: dict[str, float | str] = {
        "high": HIGH,
        "medium": MEDIUM,
        "third": third,
        "z": float(flow.layer.pre_activations[0, 0]),
        "output": float(flow.layer.outputs[0, 0]),
        "unit_z": float(unit.pre_activations[0, 0]),
        "unit_output": float(unit.outputs[0, 0]),
        "z_without": round(float(without.pre_activations[0, 0]), 12),
    }
    for units in ("3", "4"):
        shown = UnitSwitchedOff(units=units)
        found[f"off_{units}"] = accuracy(shown.run.trained)
        while shown.step():
            pass
        found[f"trained_{units}"] = accuracy(shown.run.trained)
    return found


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = {name: float(value) for name, value in values().items()}
    z, output, without = found["unit_z"], found["unit_output"], found["z_without"]
    given = "A sigmoid unit has the bias −3 and the weights 4, −6 and 2. Its inputs are 0.9, 0.1 and 0.8."
    return (
        ChoiceQuestion(
            "9.predict",
            "The output of a sigmoid unit is 0.95. What made it high?",
            (
                Option(
                    "The positive contributions outweigh the negative ones and the bias.",
                    "The unit adds weight · input over all links, and the bias. The sum z is well above 0.",
                    True,
                ),
                Option(
                    "All of its inputs are high.",
                    "A high input with a negative weight lowers z. It depends on both.",
                ),
                Option(
                    "Its weights are large and positive.",
                    "A large weight contributes nothing if its input is 0.",
                ),
                Option(
                    "At least one of its inputs is high.",
                    "That input may have a negative or a small weight, and the bias may be negative.",
                ),
            ),
        ),
        NumberQuestion(
            "9.check",
            f"{given} What is z? (One decimal.)",
            z,
            0.051,
            "Each link contributes weight · input: 3.6, −0.6 and 1.6; the bias adds −3.",
            "Multiply each weight by its input, add the products, and add the bias.",
            (
                (z + 3, "Add the bias, too: it is −3."),
                (z + 1.2, "The second weight is negative: −6 · 0.1 lowers z."),
                (output, "That is the output σ(z). The question asks for z."),
            ),
        ),
        ChoiceQuestion(
            "9.1",
            f"{given} Which link contributes most to z, in size?",
            (
                Option("the first: 4 · 0.9", "It contributes 3.6, more than the others.", True),
                Option(
                    "the second: −6 · 0.1",
                    "It has the largest weight, but hardly any input: it contributes −0.6.",
                ),
                Option("the third: 2 · 0.8", "It contributes 1.6. The first one contributes 3.6."),
            ),
            solution="The contributions are 4 · 0.9 = 3.6, −6 · 0.1 = −0.6 and 2 · 0.8 = 1.6. The largest "
            "weight, −6, contributes least.",
        ),
        NumberQuestion(
            "9.2",
            f"{given} The unit that sends the third input is switched off, so that this input is 0. What "
            "is z now? (One decimal.)",
            without,
            0.051,
            "The contribution 1.6 is gone, and the output falls to one half.",
            "Subtract the contribution of the third link from z.",
            (
                (z, "That is z with the third input. Without it, 2 · 0.8 is missing."),
                (z - 2, "The link contributes weight times input, 2 · 0.8, and not its weight."),
                (-2.0, "That is without the first contribution. The third one, 2 · 0.8, is gone."),
                (0.6, "The second contribution, −0.6, stays. Subtract the third one alone."),
            ),
            solution=f"z = {z:.1f} − 2 · 0.8 = {abs(without):.1f}. The output falls from σ({z:.1f}) = "
            f"{output:.3f} to σ(0) = 0.5.",
        ),
        ChoiceQuestion(
            "9.3",
            "A hidden unit has an activation near 0 for every sample. What changes if it is removed?",
            (
                Option(
                    "Almost nothing: its contributions are near 0.",
                    "Weight · input is small for every sample, whatever the weight is.",
                    True,
                ),
                Option(
                    "Much, if its weight in the output is large.",
                    "The weight is multiplied by an activation near 0.",
                ),
                Option(
                    "The outputs fall, since a unit is missing.",
                    "They fall only by what the unit contributed.",
                ),
            ),
            solution="The unit passes weight · activation on, which is near 0. Units that are never active can "
            "be removed; this is called pruning.",
        ),
    )


CHAPTER = Chapter(
    9,
    "how-a-network-operates",
    "How a network operates",
    questions,
    values,
    {"disc": "data=circles&layers=3sigmoid&rate=0.03"},
)

"""Experiments that each show one idea: lessons with a question before, and changes to try after."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    OutputChoice,
    Suggestion,
    TrainingChoice,
    ViewChoice,
)
from deltarule.playground.lesson_questions import QUESTIONS, Question


@dataclass(frozen=True)
class Preset:
    """An experiment with the idea that it shows; `suggestions` are changes of it."""

    name: str
    label: str
    idea: str
    experiment: Experiment
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def question(self) -> Question:
        """What to ask before training."""
        return QUESTIONS[self.name]


def _layers(*units: int, activation: str = "tanh", **more: float) -> NetworkChoice:
    return NetworkChoice(tuple(LayerChoice(n, activation, **more) for n in units))


def _lesson(
    name: str, label: str, idea: str, experiment: Experiment, *changes: tuple[str, Experiment]
) -> Preset:
    """Return a preset whose experiments all show its text."""

    def shown(chosen: Experiment) -> Experiment:
        return replace(chosen, view=replace(chosen.view, lesson=name))

    suggestions = tuple(Suggestion(text, shown(changed)) for text, changed in changes)
    return Preset(name, label, idea, shown(experiment), suggestions)


def _with_training(experiment: Experiment, **changes: object) -> Experiment:
    training: TrainingChoice = replace(experiment.training, **changes)  # type: ignore[arg-type]
    return replace(experiment, training=training)


_PERCEPTRON = Experiment(
    DataChoice(name="blobs", rows=200, noise=0.2),
    NetworkChoice(()),
    TrainingChoice(optimizer="gradient_descent", learning_rate=0.02, batch_size=10),
)
_XOR = Experiment(DataChoice(name="xor"), _layers(4), TrainingChoice(learning_rate=0.003))
_LINEAR = Experiment(DataChoice(name="circles"), _layers(6, 6, activation="identity"))
_FEATURES = Experiment(
    DataChoice(name="circles", features=("x1_squared", "x2_squared")),
    NetworkChoice(()),
    TrainingChoice(learning_rate=0.01),
)
_OVERFITTING = Experiment(
    DataChoice(name="xor", rows=100, noise=0.5, validation_share=0.5),
    _layers(32, 32, activation="relu"),
    TrainingChoice(learning_rate=0.003),
)
_EARLY_STOPPING = _with_training(_OVERFITTING, patience_epochs=100)
_EXPLODING = Experiment(
    DataChoice(name="plane"),
    NetworkChoice(()),
    TrainingChoice(optimizer="gradient_descent", learning_rate=1.1, batch_size=0),
)
_VANISHING = Experiment(
    DataChoice(name="moons"),
    _layers(4, 4, 4, 4, 4, 4, activation="sigmoid"),
    TrainingChoice(optimizer="gradient_descent", learning_rate=0.1, epochs=500),
    ViewChoice(gradients=True),
)
_SPIRALS = Experiment(
    DataChoice(name="spirals", noise=0.03), _layers(8, 8), TrainingChoice(learning_rate=0.02)
)
_CLASSES = Experiment(DataChoice(name="iris"), _layers(6), TrainingChoice(learning_rate=0.003))
_DIGITS = Experiment(
    DataChoice(name="digits"),
    NetworkChoice((), OutputChoice(l2=0.003)),
    TrainingChoice(learning_rate=0.001, batch_size=32, epochs=200),
    ViewChoice(kind="components"),
)
_REGRESSION = Experiment(
    DataChoice(name="hills"),
    NetworkChoice((LayerChoice(16), LayerChoice(8)), OutputChoice()),
    TrainingChoice(learning_rate=0.01),
)

PRESETS = (
    _lesson(
        "perceptron",
        "A perceptron finds a line",
        "A single unit without hidden layers: its boundary is a straight line, and two clouds need "
        "no more. The weights set the direction of the line, and the bias shifts it off the origin.",
        _PERCEPTRON,
        (
            "Give it XOR, which no line separates.",
            replace(_PERCEPTRON, data=DataChoice(name="xor")),
        ),
    ),
    _lesson(
        "xor",
        "XOR needs a hidden layer",
        "No straight line separates these squares, and training leaves a single unit near chance. Four "
        "hidden units draw four lines, and the output combines them.",
        _XOR,
        ("Remove the hidden layer.", replace(_XOR, network=NetworkChoice(()))),
    ),
    _lesson(
        "linear",
        "Linear layers only",
        "Layers of identity units are together still one linear map: the boundary stays a line, no "
        "matter how many layers there are. With tanh in one of them it bends.",
        _LINEAR,
        (
            "Change the first hidden layer to tanh.",
            replace(_LINEAR, network=NetworkChoice((LayerChoice(6), LayerChoice(6, "identity")))),
        ),
    ),
    _lesson(
        "features",
        "The right features make it easy",
        "With x₁² and x₂² as inputs, a single unit separates the disc from the ring: a line in "
        "these features is an ellipse in the plane.",
        _FEATURES,
        ("Use x₁ and x₂ instead.", replace(_FEATURES, data=DataChoice(name="circles"))),
    ),
    _lesson(
        "overfitting",
        "Overfitting",
        "A large network and few, noisy points: the training loss approaches zero while the "
        "validation loss turns and rises, and the boundary winds around single points. Dropout, L2, "
        "more rows or stopping earlier helps.",
        _OVERFITTING,
        (
            "Add dropout of 0.5 to both hidden layers.",
            replace(_OVERFITTING, network=_layers(32, 32, activation="relu", dropout=0.5)),
        ),
        (
            "Add an L2 penalty of 0.03 to both hidden layers.",
            replace(_OVERFITTING, network=_layers(32, 32, activation="relu", l2=0.03)),
        ),
        ("Use 2,000 rows.", replace(_OVERFITTING, data=replace(_OVERFITTING.data, rows=2000))),
        ("Stop after 100 epochs without a better validation loss.", _EARLY_STOPPING),
    ),
    _lesson(
        "early_stopping",
        "Early stopping",
        "The same noisy points, but training stops when the validation loss has not improved for 100 "
        "epochs. Then the weights of the best epoch return: compare the boundary before and after.",
        _EARLY_STOPPING,
        ("Train on without stopping.", _OVERFITTING),
    ),
    _lesson(
        "exploding",
        "Learning rate too large",
        "One linear unit, all rows in one batch, and the squared error, a parabola of curvature 2: "
        "gradient descent converges below a learning rate of 2/2 = 1. At 1.1 each update overshoots "
        "the minimum, the loss grows by about half each time, and training stops when it is a million "
        "times as large as at first.",
        _EXPLODING,
        (
            "Set the learning rate to 0.11, a tenth.",
            _with_training(_EXPLODING, learning_rate=0.11),
        ),
        (
            "Set the learning rate to 0.9: it overshoots and still converges.",
            _with_training(_EXPLODING, learning_rate=0.9),
        ),
    ),
    _lesson(
        "vanishing",
        "Vanishing gradients",
        "Six hidden layers of sigmoid units: each multiplies δ by its weights and by g′ ≤ ¼, so the "
        "first layers hardly learn, and every point gets the same prediction. The bars below the "
        "network compare the gradients of the layers. Training ends after 500 epochs, while the bars "
        "differ most; after some thousands even this network learns.",
        _VANISHING,
        (
            "Use tanh in all hidden layers.",
            replace(_VANISHING, network=_layers(4, 4, 4, 4, 4, 4)),
        ),
        (
            "Use ReLU with He initialization.",
            replace(
                _VANISHING,
                network=replace(_layers(4, 4, 4, 4, 4, 4, activation="relu"), initializer="he"),
            ),
        ),
    ),
    _lesson(
        "spirals",
        "Two spirals",
        "Hard for a small network (Lang and Witbrock 1988): two layers of eight units wind the "
        "boundary around the spirals within a few hundred epochs.",
        _SPIRALS,
        ("Keep only two units in each layer.", replace(_SPIRALS, network=_layers(2, 2))),
    ),
    _lesson(
        "classes",
        "More than two classes",
        "Three species of iris: three output units, and softmax turns their outputs into "
        "probabilities.",
        _CLASSES,
        (
            "Remove the hidden layer: it hardly needs it.",
            replace(_CLASSES, network=NetworkChoice(())),
        ),
    ),
    _lesson(
        "digits",
        "Handwritten digits",
        "64 pixels, ten classes. Draw a digit and watch what the network makes of it while it learns. "
        "Below the drawing are its weights as pictures: templates of the digits.",
        _DIGITS,
        (
            "Add a hidden layer of 16 units: each of its templates serves several digits.",
            _with_training(replace(_DIGITS, network=_layers(16, l2=0.003)), epochs=60),
        ),
    ),
    _lesson(
        "regression",
        "Regression",
        "The target is a number and the loss the squared error. Each unit of the first hidden layer is "
        "one slope; the second layer combines them into hills.",
        _REGRESSION,
        (
            "Keep a single hidden layer of two units.",
            replace(_REGRESSION, network=NetworkChoice((LayerChoice(2),))),
        ),
    ),
)
PRESETS_BY_NAME = {preset.name: preset for preset in PRESETS}

"""Three classes in the plane: each score is 0 on a line, and the largest score wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import true_minus
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane, drawing, grid
from deltarule.drawing.svg import Fragment, element, group, line, text
from deltarule.insight import boundary_line, forward_pass, make_blobs, output_surface
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import GradientDescent
from deltarule.parameters import Parameters
from deltarule.report.class_markers import class_marker, class_style, marker_symbol
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
LIMIT = 4.0
RANGE = (-LIMIT, LIMIT)
START = np.array([[1.2, 0.2, 1.4], [-0.8, -1.5, -0.5], [-0.6, 1.1, -1.0]])
"""Bias, w₁ and w₂ of each class, one in each row."""
SAMPLE = (-1.0, -1.5)
EPOCHS, EPOCHS_PER_STEP, LEARNING_RATE = 80, 1, 0.2
_SLIDERS = ("bias", "weight_1", "weight_2")
_NETWORK = Network([Dense(3, "softmax")], 2)
_BARS = (96.0, 320.0)


def three_clouds() -> tuple[Array, Array]:
    """Return 90 points of three classes."""
    X, y = make_blobs(n_samples=90, n_classes=3, noise=0.2, seed=3)
    return 3.5 * X, y


class ClassRegions(Figure):
    """The lines, the weights and the regions of three classes, dragged or trained."""

    name = "class-regions"
    title = "Each class has a line"
    controls = (
        Choice(
            "class", "Class", tuple((str(k), f"{marker_symbol(k)} class {k + 1}") for k in range(3)), "0"
        ),
        Slider("bias", "its bias b", -4, 4, 0.1, START[0, 0]),
        Slider("weight_1", "its w₁", -LIMIT, LIMIT, 0.1, START[0, 1]),
        Slider("weight_2", "its w₂", -LIMIT, LIMIT, 0.1, START[0, 2]),
        Choice(
            "area",
            "Colored area",
            (("largest", "largest score"), ("side", "positive side")),
            "largest",
        ),
    )  # fmt: skip
    trains = True

    def reset(self) -> None:
        """Return to the lines at the start."""
        self._start = START.copy()
        self.sample = SAMPLE
        super().reset()
        for name in _SLIDERS:
            if name in self._given:
                self.set(name, self._given[name])

    def restart(self) -> None:
        """Return to the weights before training."""
        X, y = three_clouds()
        begin = Parameters((self._start[:, 1:].T.copy(),), (self._start[:, 0].copy(),))
        self.run = LiveTraining(
            _NETWORK, X, y, optimizer=GradientDescent(LEARNING_RATE), epochs=EPOCHS,
            initial=TrainedNetwork(_NETWORK, begin),
        )  # fmt: skip
        self._put_chosen()

    def changed(self, name: str) -> None:
        """Show another class, or give the chosen one other weights."""
        if name == "class":
            self._put_chosen()
        elif name in _SLIDERS:
            self._replace(self.chosen_class, **{name: self.number(name)})

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the sample, or the arrow of a class."""
        at = self._plane().point_of(x, y)
        first, second = (round(value, 1) for value in at)
        if handle == "sample":
            self.sample = (first, second)
        else:
            self._replace(int(handle[-1]), weight_1=first, weight_2=second)

    def step(self) -> bool:
        """Train an epoch."""
        goes_on = self.run.train(EPOCHS_PER_STEP)
        self._put_chosen()
        return goes_on

    @property
    def chosen_class(self) -> int:
        """The number of the chosen class."""
        return int(self.chosen("class"))

    @property
    def layer(self) -> Array:
        """Bias, w₁ and w₂ of each class now, of shape (3, 3)."""
        parameters = self.run.parameters
        assert parameters.biases[0] is not None
        return np.column_stack([parameters.biases[0], parameters.weights[0].T])

    @property
    def scores(self) -> Array:
        """The three scores of the sample."""
        found: Array = forward_pass(self.run.trained, [self.sample])[0].pre_activations[0]
        return found

    def panels(self) -> Sequence[Fragment]:
        """Return the plane, and the scores of the sample."""
        return self._drawn_plane(), self._drawn_scores()

    def sentence(self) -> str:
        """Return the chosen line, the scores of the sample, and how many points are right."""
        k = self.chosen_class
        X, y = three_clouds()
        right = int((self.run.trained.predict(X).argmax(axis=1) == y).sum())
        bias, w_1, w_2 = self.layer[k]
        score = f"{_short(bias)} + {_factor(w_1)} x₁ + {_factor(w_2)} x₂"
        best = int(self.scores.argmax())
        largest = float(self.scores[best])
        negative = " No score is positive, and the largest still wins." if largest <= 0 else ""
        return (
            f"Score of class {k + 1}: {score}, and 0 on its line. At x = ({_short(self.sample[0])}, "
            f"{_short(self.sample[1])}) class {best + 1} has the largest score, {_short(largest)}."
            f"{negative} Epoch {self.run.epoch}: {right} of {len(y)} points are right."
        )

    def _replace(self, k: int, **values: float) -> None:
        """Train from the current weights, with other numbers for class `k`."""
        self._start = self.layer
        for name, value in values.items():
            self._start[k, _SLIDERS.index(name)] = value
        self.restart()

    def _put_chosen(self) -> None:
        values = self.layer[self.chosen_class]
        self.put(**{name: float(v) for name, v in zip(_SLIDERS, values, strict=True)})

    def _plane(self) -> Plane:
        return Plane(
            "The lines and regions of three classes", RANGE, RANGE, "x₁", "x₂", square=True
        )

    def _drawn_plane(self) -> Fragment:
        plane, trained = self._plane(), self.run.trained
        x, y = grid(RANGE, RANGE, 120, 120)
        surface = output_surface(trained, (x[0], x[-1]), (y[0], y[-1]), grid_resolution=len(x))
        assert surface.logits is not None
        if self.chosen("area") == "largest":
            winners = surface.logits.argmax(axis=2)
            plane.regions(winners, np.ones(winners.shape), 90)
        else:
            positive = surface.logits[:, :, self.chosen_class] > 0
            plane.regions(np.full(positive.shape, self.chosen_class), positive * 1.0, 90)
        X, labels = three_clouds()
        plane.points(X[:, 0], X[:, 1], labels)
        for k in range(3):
            chosen = " chosen" if k == self.chosen_class else ""
            if self.layer[k, 1:].any():
                plane.line(boundary_line(trained, k), f"curve class-line {class_style(k)}{chosen}")
        for k, (_, w_1, w_2) in enumerate(self.layer):
            tip = float(np.clip(w_1, *RANGE)), float(np.clip(w_2, *RANGE))
            plane.arrow((0.0, 0.0), tip)
            plane.handle(f"weights-{k}", f"Weights of class {k + 1}, an arrow", *tip, 0.1)
            plane.add(group(class_marker(k, *plane.at(*tip)), class_="on-handle"))
        plane.handle("sample", "Sample x", *self.sample, 0.1)
        plane.label(*self.sample, "x", "number on-handle", text_anchor="middle", dy=4)
        return plane.svg()

    def _drawn_scores(self) -> Fragment:
        scores = self.scores
        low, high = min(float(scores.min()), -1.0), max(float(scores.max()), 1.0)
        scale = (_BARS[1] - _BARS[0]) / (high - low)
        zero = _BARS[0] - low * scale
        parts = [
            text(200, 30, "The scores of the sample", text_anchor="middle", class_="large"),
            line(zero, 56, zero, 262, class_="axis"),
        ]
        for k, score in enumerate(scores):
            y = 66.0 + 66 * k
            end = zero + float(score) * scale
            color = "bar-positive" if score >= 0 else "bar-negative"
            parts += [
                class_marker(k, 16, y + 20),
                text(28, y + 25, f"class {k + 1}", class_="number"),
                element("rect", x=min(zero, end), y=y, width=max(abs(end - zero), 1.5), height=40,
                        class_=color),
                text(392, y + 26, _short(score), text_anchor="end", class_="large"),
            ]  # fmt: skip
        best = int(scores.argmax())
        told = f"largest: class {best + 1} {marker_symbol(best)}"
        parts.append(text(200, 296, told, text_anchor="middle", class_="large"))
        return drawing("The three scores of the sample", 400, 320, *parts)


def _short(value: float) -> str:
    """Return a number with at most two decimals."""
    return true_minus(f"{round(float(value), 2) + 0.0:.7g}")


def _factor(value: float) -> str:
    shown = true_minus(f"{round(float(value), 2):g}")
    return f"({shown})" if value < 0 else shown

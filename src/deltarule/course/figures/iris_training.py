"""Iris with all four measurements: losses of a training, and the confusion matrix of the test rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.iris_flowers import SPECIES, Standardization, iris_flowers, split_flowers
from deltarule.course.live_training import LiveTraining
from deltarule.course.loss_chart import loss_chart
from deltarule.course.plane import drawing
from deltarule.drawing.svg import Fragment, element, text
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.report.class_markers import class_style
from deltarule.sampling import MiniBatches
from deltarule.table_model.scores import confusion_matrix

Array = NDArray[Any]
EPOCHS = 100
SPLITS, START = 10, 2
MAX_LOSS = 1.2
_TOP, _LEFT, _CELL = 62.0, 108.0, 88.0


def iris_training(units: int = 10, rate: float = 10**-1.5, seed: int = START) -> LiveTraining:
    """Return the training of a network on the 90 training rows of a split."""
    X, y = iris_flowers()
    rows = split_flowers(seed)
    scaled = Standardization.of(X[rows.training])(X)
    hidden = [Dense(units, "tanh")] if units else []
    return LiveTraining(
        Network([*hidden, Dense(3, "softmax")]), scaled[rows.training], y[rows.training],
        optimizer=Adam(rate), sampling=MiniBatches(10), epochs=EPOCHS,
        validation_data=(scaled[rows.validation], y[rows.validation]), score=True, seed=seed,
    )  # fmt: skip


class IrisTraining(Figure):
    """The history of a training, and what the network says about test rows."""

    name = "iris-training"
    title = "Training, validation and test"
    controls = (
        Slider("units", "Hidden units", 0, 20, 1, 10),
        Slider("rate", "Learning rate", -3, -0.5, 0.25, -1.5, logarithmic=True),
        Slider("seed", "Split and initial weights", 0, SPLITS - 1, 1, START),
    )
    trains = True
    frame_ms = 80

    def restart(self) -> None:
        """Split the rows, and begin with new weights."""
        X, y = iris_flowers()
        seed = int(self.number("seed"))
        rows = split_flowers(seed)
        self.run = iris_training(int(self.number("units")), self.number("rate"), seed)
        self._X_test = Standardization.of(X[rows.training])(X)[rows.test]
        self._y_test = y[rows.test]

    def step(self) -> bool:
        """Train an epoch."""
        return self.run.train(1)

    @property
    def confusion(self) -> Array:
        """Test rows by actual (rows) and predicted species (columns), int64 (3, 3)."""
        predicted = self.run.trained.predict(self._X_test).argmax(axis=1)
        return confusion_matrix(predicted, self._y_test, len(SPECIES))

    @property
    def lowest_epoch(self) -> int | None:
        """The epoch with the lowest validation loss, if that was some epochs ago."""
        losses = self.run.records["validation_loss"]
        if not len(losses) or losses.argmin() + 5 >= len(losses):
            return None
        return int(losses.argmin()) + 1

    def panels(self) -> Sequence[Fragment]:
        """Return the losses, and the confusion matrix."""
        return self._drawn_loss(), self._drawn_confusion()

    def sentence(self) -> str:
        """Return losses and accuracies."""
        confusion = self.confusion
        right, count = int(np.trace(confusion)), int(confusion.sum())
        test = f"{right} of {count} test flowers are classified correctly ({right / count:.1%})."
        records = self.run.records
        if not len(records):
            return f"Not trained yet: {test} Press Play."
        last = records[-1]
        losses = " and ".join(
            f"{format_number(float(last[f'{name}_loss']), 3)} ({name}, accuracy "
            f"{float(last[f'{name}_score']):.1%})"
            for name in ("training", "validation")
        )
        best = self.lowest_epoch
        lowest = f" The validation loss was lowest after epoch {best}." if best else ""
        return f"Epoch {self.run.epoch}: loss {losses}.{lowest} {test}"

    def _drawn_loss(self) -> Fragment:
        records = self.run.records
        plane = loss_chart(records, EPOCHS, MAX_LOSS, "cross-entropy")
        if self.lowest_epoch is not None:
            lowest = float(records["validation_loss"].min())
            plane.dot(self.lowest_epoch, lowest, "dot validation", 6)
        return plane.svg()

    def _drawn_confusion(self) -> Fragment:
        confusion = self.confusion
        middle = _LEFT + 1.5 * _CELL
        parts: list[Fragment] = [
            text(middle, 20, "predicted", text_anchor="middle", class_="name"),
            text(8, 20, "actual", class_="name"),
        ]
        for i, name in enumerate(SPECIES):
            parts += [
                text(
                    _LEFT + _CELL * (i + 0.5),
                    _TOP - 12,
                    name,
                    text_anchor="middle",
                    class_="number",
                ),
                text(
                    _LEFT - 10,
                    _TOP + _CELL * (i + 0.5) + 5,
                    name,
                    text_anchor="end",
                    class_="number",
                ),
            ]
            for j in range(len(SPECIES)):
                count, share = int(confusion[i, j]), confusion[i, j] / max(confusion[i].sum(), 1)
                x, y = _LEFT + _CELL * j, _TOP + _CELL * i
                kind = "right" if i == j else ""
                parts.append(
                    element(
                        "rect", x=x + 1, y=y + 1, width=_CELL - 2, height=_CELL - 2, rx=2,
                        class_=f"cell {class_style(j)} {kind}", fill_opacity=0.04 + 0.46 * share,
                    )
                )  # fmt: skip
                style = "large" if count else "large muted"
                parts.append(
                    text(
                        x + _CELL / 2, y + _CELL / 2 + 6, count, text_anchor="middle", class_=style
                    )
                )
        return drawing("Confusion matrix of the test rows", 386, _TOP + 3 * _CELL + 8, *parts)

"""Early stopping: training ends some epochs after the best validation loss, whose weights are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Choice, Slider, Switch
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.loss_chart import loss_chart
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, element
from deltarule.insight import make_moons, output_surface
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.sampling import MiniBatches
from deltarule.stopping import NoProgress

EPOCHS, POINTS, VALIDATION_POINTS, NOISE = 160, 80, 200, 0.3
RANGE_1, RANGE_2, TOP = (-2.3, 2.3), (-1.8, 1.8), 0.7


def stopping_run(patience: int | None) -> LiveTraining:
    """Return the training of a large network on few noisy points; without a patience for all epochs."""
    X, y = make_moons(POINTS, NOISE, seed=4)
    hidden = [Dense(32, "tanh"), Dense(32, "tanh")]
    return LiveTraining(
        Network([*hidden, Dense(1, "sigmoid")]), X, y, optimizer=Adam(0.01),
        sampling=MiniBatches(32), epochs=EPOCHS, keep_best="validation_loss",
        stopping=() if patience is None else [NoProgress(patience)],
        validation_data=make_moons(VALIDATION_POINTS, NOISE, seed=5),
    )  # fmt: skip


class EarlyStopping(Figure):
    """Both losses with the best epoch and the patience after it, and the boundary."""

    name = "early-stopping"
    title = "Early stopping keeps the best epoch"
    controls = (
        Slider("patience", "Patience", 1, 60, 1, 20),
        Switch("all", f"Train on to epoch {EPOCHS}"),
        Choice("show", "Boundary of", (("best", "the best epoch"), ("last", "the last epoch")), "last"),
    )  # fmt: skip
    trains = True
    frame_ms = 80

    def restart(self) -> None:
        """Draw new initial weights."""
        self._X, self._y = make_moons(POINTS, NOISE, seed=4)
        self.run = stopping_run(None if self.is_on("all") else int(self.number("patience")))

    def changed(self, name: str) -> None:
        """Start again; the other boundary is that of the same run."""
        if name != "show":
            self.restart()

    def step(self) -> bool:
        """Train an epoch."""
        return self.run.train(1)

    def panels(self) -> Sequence[Fragment]:
        """Return both losses, and the points with the boundary."""
        return self._drawn_losses(), self._drawn_boundary()

    def sentence(self) -> str:
        """Return the best epoch, and why training ended."""
        patience = f"Patience of {counted(int(self.number('patience')), 'epoch')}."
        if self.is_on("all"):
            patience = "No early stopping."
        if not self.run.epoch:
            return f"{patience} Not trained yet."
        losses, best = self.run.records["validation_loss"], self.run.best_epoch
        lowest, last = (format_number(float(losses[i - 1]), 3) for i in (best, self.run.epoch))
        now = f"Epoch {self.run.epoch}: validation loss {last}. Best epoch: {best}, with {lowest}."
        return f"{patience} {now} {self.run.explanation}".rstrip()

    def _drawn_losses(self) -> Fragment:
        records, best = self.run.records, self.run.best_epoch
        plane = loss_chart(records, EPOCHS, TOP)
        if best:
            if not self.is_on("all"):
                end = min(best + self.number("patience"), EPOCHS)
                (x, y), (right, bottom) = plane.at(best, TOP), plane.at(end, 0)
                plane.add(
                    element("rect", x=x, y=y, width=right - x, height=bottom - y, class_="waiting")
                )
            plane.curve(np.full(2, best), np.array([0, TOP]), "mark kept")
            plane.dot(best, float(records["validation_loss"][best - 1]), "dot validation", 6)
            is_right = best > 0.75 * EPOCHS
            plane.label(
                best, 0, f"best epoch {best}", "number halo", dx=-6 if is_right else 6, dy=-8,
                text_anchor="end" if is_right else "start",
            )  # fmt: skip
        return plane.svg()

    def _drawn_boundary(self) -> Fragment:
        is_best = self.chosen("show") == "best"
        trained = self.run.kept if is_best else self.run.trained
        epoch = self.run.best_epoch if is_best else self.run.epoch
        title = f"The points and the output after epoch {epoch}"
        plane = Plane(title, RANGE_1, RANGE_2, "x₁", "x₂")
        plane.classes(output_surface(trained, RANGE_1, RANGE_2, grid_resolution=48).values[:, :, 0])
        wrong = (trained.predict(self._X)[:, 0] > 0.5) != self._y
        plane.points(self._X[:, 0], self._X[:, 1], self._y, wrong=wrong)
        plane.label(RANGE_1[0], RANGE_2[0], f"epoch {epoch}", "number halo", dx=8, dy=-10)
        return plane.svg()

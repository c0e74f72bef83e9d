"""Four optimizers in a valley, from the same start, each with the best learning rate of the same grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import counted, format_number
from deltarule.course.axis_scales import PowerScale
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.figures.valley_rate import draw_loss
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment
from deltarule.insight import OptimizerComparison, compare_optimizers, ravine
from deltarule.optimizers import Adam, GradientDescent, Momentum, RMSprop
from deltarule.schedules import Cosine

CURVATURE, UPDATES, UPDATES_PER_STEP = 50.0, 100, 2
GRID = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
OPTIMIZERS = {
    "gradient descent": GradientDescent(),
    "momentum": Momentum(momentum=0.9),
    "RMSprop": RMSprop(),
    "Adam": Adam(),
}
CLASSES = ("curve series-1", "curve series-0 line-1", "curve series-4 line-2", "curve series-2")
X_RANGE, Y_RANGE = (-5.2, 2.2), (-4.2, 2.2)
LOG_RANGE = (-7.0, 2.0)


class OptimizerRace(Figure):
    """A race on one surface: paths, and losses on a logarithmic axis."""

    name = "optimizer-race"
    title = "A fair race of four optimizers"
    controls = (
        Choice("rates", "Learning rates",
               (("best", "each the best of the grid"), ("0.01", "0.01 for all"),
                ("0.1", "0.1 for all")), "best"),
        Choice("schedule", "During training",
               (("constant", "constant"), ("cosine", "falls to 0 (cosine)")), "constant"),
        Slider("angle", "Angle (°)", 0, 45, 5, 0),
    )  # fmt: skip
    trains = True
    frame_ms = 100

    def restart(self) -> None:
        """Run all optimizers, and show the start."""
        rates = GRID if self.chosen("rates") == "best" else (float(self.chosen("rates")),)
        falls = self.chosen("schedule") == "cosine"
        tried = [Cosine(rate) if falls else rate for rate in rates]
        self.race: OptimizerComparison = compare_optimizers(
            ravine(CURVATURE, angle=self.number("angle")), OPTIMIZERS, steps=UPDATES,
            learning_rates=tried,
        )  # fmt: skip
        self.update = 0

    def step(self) -> bool:
        """Show the next updates of all."""
        self.update = min(self.update + UPDATES_PER_STEP, UPDATES)
        return self.update < UPDATES

    def rate(self, name: str) -> float:
        """Return the learning rate of an optimizer, of a schedule that at the start."""
        rate = self.race.optimizers[name].learning_rate
        return float(rate.learning_rate if isinstance(rate, Cosine) else rate)  # type: ignore[arg-type]

    def loss(self, name: str) -> float:
        """Return the loss of an optimizer now."""
        return float(self.race.values[name][self.update])

    def panels(self) -> Sequence[Fragment]:
        """Return the paths, and the losses."""
        return self._paths(), self._losses()

    def sentence(self) -> str:
        """Return the order of the optimizers with their losses."""
        if self.update == 0:
            start = format_number(self.loss("Adam"), 3)
            text = f"All start at the same point, with the loss {start}."
            if self.chosen("rates") != "best":
                return f"{text} All have the learning rate {self.chosen('rates')}."
            grid = ", ".join(format_number(rate) for rate in GRID)
            return (
                f"{text} Each has that learning rate of {grid} whose highest loss in the last ten "
                "updates is the lowest."
            )
        order = sorted(OPTIMIZERS, key=self.loss)
        listed = ", ".join(f"{name} {self._shown(name)}" for name in order)
        return f"Losses after {counted(self.update, 'update')}: {listed}."

    def _shown(self, name: str) -> str:
        loss = self.loss(name)
        return format_number(loss, 2) if loss < 1e6 else "diverged"

    def _legend(self, name: str) -> str:
        shown = self._shown(name)
        return shown if shown == "diverged" else f"J = {shown}"

    def _paths(self) -> Fragment:
        plane = Plane("Paths of four optimizers over the loss", X_RANGE, Y_RANGE, "w₁", "w₂",
                      height=400)  # fmt: skip
        draw_loss(plane, CURVATURE, self.number("angle"))
        plane.label(0, 0, "×", "large halo", dx=-6, dy=6)
        for i, path in enumerate(self.race.paths.values()):
            done = path[: self.update + 1]
            plane.path(done, "path-behind")
            plane.path(done, CLASSES[i])
            if plane.has(*done[-1]):
                plane.marker(done[-1], i, CLASSES[i].replace("curve", "dot"))
        return plane.svg()

    def _losses(self) -> Fragment:
        plane = Plane("The loss of four optimizers over the updates", (0, UPDATES), LOG_RANGE,
                      "update", "loss J", height=400, keys=4, whole_x=True,
                      y_scale=PowerScale)  # fmt: skip
        updates = np.arange(self.update + 1)
        for i, name in enumerate(OPTIMIZERS):
            losses = self.race.values[name][: self.update + 1]
            finite = np.nan_to_num(losses, nan=1e9, posinf=1e9)
            shown = np.log10(np.maximum(finite, 10 ** LOG_RANGE[0]))
            path = np.stack([updates, shown], axis=1)
            plane.path(path, CLASSES[i])
            if plane.has(*path[-1]):
                plane.marker(path[-1], i, CLASSES[i].replace("curve", "dot"))
            rate = format_number(self.rate(name), 3)
            plane.key(i, CLASSES[i], f"{name}: η = {rate}, {self._legend(name)}", i)
        return plane.svg()

"""The same trainings over epochs and over updates: small batches win by the first, not by the second."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.formatting import counted, format_number
from deltarule.course.axis_scales import PowerScale
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment
from deltarule.insight import make_moons
from deltarule.report.scales import Scale

ROWS, EPOCHS, EPOCHS_PER_STEP = 256, 100, 2
BATCHES = (4, 32, ROWS)
TOP = 0.8
CLASSES = ("curve series-1", "curve series-0 line-1", "curve series-2")
_NETWORK = dr.Network([dr.Dense(8, "tanh"), dr.Dense(1, "sigmoid")], 2)


class TwoClocks(Figure):
    """Three batch sizes train the same network from the same weights."""

    name = "two-clocks"
    title = "Epochs and updates"
    controls = (
        Slider("rate", "η", -2, 0.5, 0.1, -1, logarithmic=True),
        Slider("noise", "Noise of the points", 0.1, 0.5, 0.05, 0.25),
    )
    trains = True
    frame_ms = 120

    def restart(self) -> None:
        """Begin three trainings from the same weights."""
        X, y = make_moons(n_samples=ROWS, noise=self.number("noise"), seed=1)
        self.runs = [
            LiveTraining(
                _NETWORK, X, y, optimizer=dr.optimizers.GradientDescent(self.number("rate")),
                sampling=dr.sampling.MiniBatches(batch), epochs=EPOCHS, seed=3,
            )
            for batch in BATCHES
        ]  # fmt: skip

    def step(self) -> bool:
        """Train all for some epochs."""
        go_on = [run.train(EPOCHS_PER_STEP) for run in self.runs]
        return any(go_on)

    @staticmethod
    def updates_per_epoch(batch: int) -> int:
        """Return the updates of an epoch."""
        return dr.sampling.MiniBatches(batch).steps_per_epoch(ROWS)

    def losses(self, place: int) -> NDArray[np.float64]:
        """Return the mean training loss of each epoch of one of the three."""
        return np.array(self.runs[place].records["training_loss"], np.float64)

    def panels(self) -> Sequence[Fragment]:
        """Return the losses over epochs and over updates."""
        return self._chart(False), self._chart(True)

    def sentence(self) -> str:
        """Return the loss and the updates of each."""
        epoch = self.runs[0].epoch
        if not epoch:
            return "Not trained yet. Which batch size will have the lowest loss after 100 epochs?"
        parts = [
            f"batches of {batch}: loss {format_number(float(self.losses(i)[-1]), 3)} after "
            f"{counted(epoch * self.updates_per_epoch(batch), 'update')}"
            for i, batch in enumerate(BATCHES)
        ]
        return f"Epoch {epoch}. {'; '.join(parts).capitalize()}."

    def _chart(self, by_updates: bool) -> Fragment:
        high = 4.0 if by_updates else float(EPOCHS)
        plane = Plane(
            f"The loss over {'updates' if by_updates else 'epochs'}", (0, high), (0, TOP),
            "update" if by_updates else "epoch", "training loss J", height=400, keys=3,
            whole_x=True, x_scale=PowerScale if by_updates else Scale,
        )  # fmt: skip
        for i, batch in enumerate(BATCHES):
            losses, per_epoch = np.minimum(self.losses(i), TOP), self.updates_per_epoch(batch)
            # The loss of an epoch is a mean over its updates: it belongs to the middle of them.
            done = np.arange(len(losses)) * per_epoch + (per_epoch - 1) / 2
            x = np.log10(1 + done) if by_updates else done / per_epoch
            name = f"batches of {batch}" if batch < ROWS else f"all {ROWS} rows"
            plane.key(i, CLASSES[i], f"{name}: {counted(per_epoch, 'update')} per epoch", i)
            if len(losses):
                plane.path(np.stack([x, losses], axis=1), CLASSES[i])
                last = np.array([x[-1], losses[-1]])
                if plane.has(*last):
                    plane.marker(last, i, CLASSES[i].replace("curve", "dot"))
        return plane.svg()

"""The loss landscape around a run, computed in its own thread while training continues."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from deltarule.errors import DataError, DeltaruleError
from deltarule.insight import Trajectory, loss_surface
from deltarule.playground.error_log import log_error
from deltarule.playground.page_labels import page_message
from deltarule.playground.protocol.responses import (
    ErrorResponse,
    LandscapeHeader,
    LandscapeProgress,
)
from deltarule.playground.protocol.wire import Message, encode, encode_arrays
from deltarule.playground.training_run import TrainingRun
from deltarule.stopping import StopReason

MAX_ROWS = 2000


class _Cancelled(Exception):
    """The result is no longer wanted."""


class LandscapeJob:
    """Computes the landscape of a run as it is now; `publish` receives progress and the result."""

    def __init__(
        self,
        run: TrainingRun,
        steps: int,
        with_trajectory: bool,
        generation: int,
        publish: Callable[[Message], None],
    ) -> None:
        self._steps, self._generation, self._publish = steps, generation, publish
        self._cancelled = threading.Event()
        self._trained, setup = run.now.trained, run.setup
        self._loss = setup.plan.loss
        self._rows = setup.data.inputs[:MAX_ROWS], setup.data.targets[:MAX_ROWS]
        self._epochs, points = run.trajectory.up_to(run.epoch, self._trained.parameters.flat())
        self._trajectory = None
        if with_trajectory and len(points) >= 3:
            self._trajectory = Trajectory(
                setup.plan.network, points.astype(np.float64), np.full(len(points), np.nan),
                StopReason.INTERRUPTED, "",
            )  # fmt: skip
        self._thread = threading.Thread(target=self._work, name="deltarule-landscape", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop soon; nothing more is published."""
        self._cancelled.set()

    def end(self) -> None:
        """Cancel, and wait until the thread has ended: many requests do not become many threads."""
        self.cancel()
        self._thread.join()

    def _work(self) -> None:
        try:
            surface = loss_surface(
                self._trained, *self._rows, loss=self._loss, trajectory=self._trajectory,
                grid_resolution=self._steps, threads=1, progress=self._progress,
            )  # fmt: skip
        except _Cancelled:
            return
        except BaseException as error:
            if isinstance(error, np.linalg.LinAlgError):
                error = DataError(f"The loss landscape cannot be computed: {error}.")
            elif not isinstance(error, DeltaruleError):
                log_error("the loss landscape failed", error)
            self._publish(encode(ErrorResponse(page_message(error), "landscape")))
            return
        first, second = surface.directions.names
        header = LandscapeHeader(
            generation=self._generation,
            steps=self._steps,
            names=(first, second),
            a=(float(surface.a[0]), float(surface.a[-1])),
            b=(float(surface.b[0]), float(surface.b[-1])),
        )
        trajectory = surface.trajectory
        arrays = {
            "losses": surface.losses,
            "trajectory": np.zeros((0, 2)) if trajectory is None else trajectory,
            "trajectory_epochs": self._epochs[:0] if trajectory is None else self._epochs,
        }
        self._publish(encode_arrays(header, arrays))

    def _progress(self, done: int, total: int) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        self._publish(encode(LandscapeProgress(done, total)))

"""The loss landscape around a run, measured in a thread of its own while training goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from deltarule.errors import DeltaruleError
from deltarule.insight import Trajectory, loss_surface
from deltarule.playground.messages import Message, message
from deltarule.playground.training_run import TrainingRun
from deltarule.stopping import StopReason

MAX_ROWS = 2000


class _Cancelled(Exception):
    """Nobody waits for it any more."""


class LandscapeJob:
    """A landscape of the run as it is now; `tell` hears of progress and of the result."""

    def __init__(
        self,
        run: TrainingRun,
        steps: int,
        with_path: bool,
        generation: int,
        tell: Callable[[Message], None],
    ) -> None:
        self._steps, self._generation, self._tell = steps, generation, tell
        self._cancelled = threading.Event()
        self._trained, setup = run.now.trained, run.setup
        self._loss = setup.plan.loss
        self._rows = setup.data.inputs[:MAX_ROWS], setup.data.targets[:MAX_ROWS]
        self._epochs, points = run.trajectory.up_to(run.epoch, self._trained.parameters.flat())
        self._path = None
        if with_path and len(points) >= 3:
            self._path = Trajectory(
                setup.plan.network, points.astype(np.float64), np.full(len(points), np.nan),
                StopReason.INTERRUPTED, "",
            )  # fmt: skip
        self._thread = threading.Thread(target=self._work, name="deltarule-landscape", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop soon; nothing more is told."""
        self._cancelled.set()

    def _work(self) -> None:
        try:
            surface = loss_surface(
                self._trained, *self._rows, loss=self._loss, trajectory=self._path,
                grid_resolution=self._steps, threads=1, progress=self._progress,
            )  # fmt: skip
        except _Cancelled:
            return
        except (DeltaruleError, np.linalg.LinAlgError) as error:
            self._tell(message("error", text=str(error), about="landscape", edit=None))
            return
        path = surface.trajectory
        self._tell(
            message(
                "landscape",
                {
                    "losses": surface.losses.astype(np.float32),
                    "path": np.zeros((0, 2), np.float32)
                    if path is None
                    else path.astype(np.float32),
                    "path_epochs": (self._epochs if path is not None else self._epochs[:0]).astype(
                        np.int32
                    ),
                },
                generation=self._generation,
                steps=self._steps,
                names=list(surface.directions.names),
                a=[float(surface.a[0]), float(surface.a[-1])],
                b=[float(surface.b[0]), float(surface.b[-1])],
            )
        )

    def _progress(self, done: int, total: int) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        self._tell(message("landscape_progress", done=done, total=total))

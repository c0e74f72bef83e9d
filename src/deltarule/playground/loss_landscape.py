"""The loss landscape around a run, computed in small pieces while training continues."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from deltarule.errors import DataError, DeltaruleError
from deltarule.insight.loss_landscape import SurfaceGrid
from deltarule.insight.trajectories import Trajectory
from deltarule.playground.error_log import log_error
from deltarule.playground.frame_messages import parameters_id
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


class LandscapeJob:
    """Computes the landscape of a run as it is now; `work` returns progress and the result."""

    def __init__(
        self, run: TrainingRun, steps: int, with_trajectory: bool, generation: int
    ) -> None:
        self._steps, self._generation = steps, generation
        now, setup = run.now, run.setup
        self._trained, self._epoch = now.trained, now.epoch
        self._parameters_id = parameters_id(now.parameters)
        self._loss = setup.plan.loss
        self._rows = setup.data.inputs[:MAX_ROWS], setup.data.targets[:MAX_ROWS]
        self._epochs, points = run.trajectory.up_to(now.epoch, self._trained.parameters.flat())
        self._trajectory = None
        if with_trajectory and len(points) >= 3:
            self._trajectory = Trajectory(
                setup.plan.network, points.astype(np.float64), np.full(len(points), np.nan),
                StopReason.INTERRUPTED, "",
            )  # fmt: skip
        self._messages = self._compute()
        self.is_finished = False

    def work(self, seconds: float) -> Iterator[Message]:
        """Compute for about so long, at least one point; return what there is to tell."""
        end = time.monotonic() + seconds
        try:
            for message in self._messages:
                if message is not None:
                    yield message
                if time.monotonic() >= end:
                    return
        except Exception as error:
            if isinstance(error, np.linalg.LinAlgError):
                error = DataError(f"The loss landscape cannot be computed: {error}.")
            elif not isinstance(error, DeltaruleError):
                log_error("the loss landscape failed", error)
            yield encode(ErrorResponse(page_message(error), "landscape"))
        self.is_finished = True

    def _compute(self) -> Iterator[Message | None]:
        """Return a message after each row of the grid, and None after each point before."""
        grid = SurfaceGrid(
            self._trained, *self._rows, loss=self._loss, trajectory=self._trajectory,
            grid_resolution=self._steps,
        )  # fmt: skip
        losses = np.empty((self._steps, self._steps))
        for i, height in enumerate(grid.b):
            for j, width in enumerate(grid.a):
                losses[i, j] = grid.loss_at(width, height)
                yield None
            yield encode(LandscapeProgress((i + 1) * self._steps, losses.size))
        first, second = grid.directions.names
        header = LandscapeHeader(
            generation=self._generation,
            epoch=self._epoch,
            parameters=self._parameters_id,
            steps=self._steps,
            names=(first, second),
            a=(float(grid.a[0]), float(grid.a[-1])),
            b=(float(grid.b[0]), float(grid.b[-1])),
        )
        trajectory = grid.coordinates
        arrays = {
            "losses": losses,
            "trajectory": np.zeros((0, 2)) if trajectory is None else trajectory,
            "trajectory_epochs": self._epochs[:0] if trajectory is None else self._epochs,
        }
        yield encode_arrays(header, arrays)

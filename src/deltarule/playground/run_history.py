"""The history of a run that may last for hours, thinned evenly to bound its memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.history import Records, empty_records

Array = NDArray[Any]
MAX_POINTS = 512
MAX_TRAJECTORY_POINTS = 128


class LearningCurve:
    """Records of every n-th epoch and of the last; n doubles whenever there are MAX_POINTS."""

    def __init__(self, first: Records) -> None:
        self.every = 1
        self._kept = first
        self._last = first[-1:]

    def add(self, records: Records) -> None:
        """Add the records of further epochs."""
        if len(records) == 0:
            return
        self._last = records[-1:]
        self._kept = np.concatenate([self._kept, records[records["epoch"] % self.every == 0]])
        while len(self._kept) >= MAX_POINTS:
            self.every *= 2
            self._kept = self._kept[self._kept["epoch"] % self.every == 0]

    def replace_last(self, record: Records) -> None:
        """Put another record in the place of the newest, whose epoch it has."""
        if self._kept["epoch"][-1:] == record["epoch"]:
            self._kept = np.concatenate([self._kept[:-1], record])
        self._last = record

    @property
    def last(self) -> Any:
        """The newest record."""
        return self._last[0]

    @property
    def records(self) -> Records:
        """The kept records, ascending, ending with the newest."""
        if len(self._kept) and self._kept["epoch"][-1] == self._last["epoch"][0]:
            return self._kept
        return np.concatenate([self._kept, self._last])


class Trajectory:
    """Flat parameters at every n-th epoch; n doubles at MAX_TRAJECTORY_POINTS."""

    def __init__(self, start: Array) -> None:
        self._every = 1
        self._epochs = [0]
        self._points = [start.copy()]

    def add(self, epoch: int, point: Array) -> None:
        """Add a point if its epoch is far enough from the last one."""
        if epoch < self._epochs[-1] + self._every:
            return
        self._epochs.append(epoch)
        self._points.append(point.copy())
        if len(self._epochs) >= MAX_TRAJECTORY_POINTS:
            self._epochs, self._points = self._epochs[::2], self._points[::2]
            self._every *= 2

    def up_to(self, epoch: int, point: Array) -> tuple[Array, Array]:
        """Return epochs (points,) and parameters (points, parameters), ending with the given ones."""
        earlier = [i for i, kept in enumerate(self._epochs) if kept < epoch]
        epochs, points = [self._epochs[i] for i in earlier], [self._points[i] for i in earlier]
        return np.array([*epochs, epoch]), np.array([*points, point])


def measured_record(
    epoch: int, training: tuple[float, float], validation: tuple[float, float], rate: float
) -> Records:
    """Return the record of parameters that no epoch ended with, from (loss, score) of both sets."""
    record = np.zeros(1, empty_records().dtype)
    record[0] = (epoch, rate, *training, *validation, 0.0)
    return record

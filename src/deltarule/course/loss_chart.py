"""The chart of training and validation losses over the epochs, with a legend."""

from __future__ import annotations

import numpy as np

from deltarule.course.plane import Plane
from deltarule.history import Records

LOSSES = ("training", "validation")
_LINE = 26.0
_PER_EPOCH = 160
"""Most points of a curve, as many as a reader can tell apart."""


def loss_chart(records: Records, epochs: int, top: float, y_name: str = "loss J") -> Plane:
    """Return the chart of both losses, from 0 to `top`; what is above is left out."""
    title = "Training loss and validation loss over the epochs"
    plane = Plane(title, (0, epochs), (0, top), "epoch", y_name, whole_x=True)
    every = max(1, len(records) // _PER_EPOCH)
    shown = np.concatenate([records[:-1][::every], records[-1:]])
    for name in LOSSES:
        plane.curve(shown["epoch"], shown[f"{name}_loss"], f"curve {name}")
    for i, name in enumerate(LOSSES):
        add_legend(plane, i, name, f"curve {name}")
    return plane


def add_legend(plane: Plane, place: int, name: str, class_: str) -> None:
    """Name a line in the upper right corner of a chart; `place` counts from 0."""
    frame = plane.frame
    y = frame.top + 12 + 19 * place
    x, _ = plane.point_of(frame.right - 98, y)
    end, height = plane.point_of(frame.right - 98 + _LINE, y)
    plane.curve(np.array([x, end]), np.array([height, height]), class_)
    plane.label(end, height, name, "number halo", dx=7, dy=4.5)

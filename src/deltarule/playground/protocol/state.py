"""The parts of the `state` message."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from deltarule.playground.experiment import Suggestion


class Edit(Struct):
    """The `set` request that a state answers."""

    client: str | None
    number: int | None


class AxisState(Struct):
    """One axis of the input plane."""

    label: str
    low: float
    high: float


class InputPlaneState(Struct):
    """The slice of the inputs over which predictions are drawn.

    A "line" varies a single input: grids have one row, and y shows the target.
    """

    kind: Literal["plane", "line"]
    x: AxisState
    y: AxisState
    unit_resolution: int
    resolution: int


class HiddenPlaneState(Struct):
    """The plane over which the rows are drawn as the last hidden layer sees them."""

    kind: Literal["units", "components"]
    x: AxisState
    y: AxisState
    resolution: int


class LayerState(Struct):
    """One layer with weights."""

    name: str
    units: int
    activation: str
    inputs: int
    dropout: float
    parameters: int


class TableColumn(Struct):
    """A column of a table; `why` says why it is not usable."""

    name: str
    kind: str
    chosen: bool
    usable: bool
    why: str


class ColumnValue(Struct):
    """The value of one column, as text."""

    name: str
    text: str


class ChosenSample(Struct):
    """The chosen sample; `index` is its place among the points, null when it is not drawn."""

    index: int | None
    row: int
    values: list[ColumnValue]
    target: str


class StoppedState(Struct):
    """Why training ended.

    `step` and `layer` (a place among the layers) are where a run diverged; `advice` lists what to try.
    `kept_epoch`: the best epoch, whose weights are shown since; null if they are those of the last one.
    """

    reason: str
    text: str
    epoch: int
    step: int | None
    layer: int | None
    advice: list[Suggestion]
    kept_epoch: int | None

"""What Python sends to the page."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct, field

from deltarule.playground.experiment import Experiment
from deltarule.playground.protocol.catalog import Catalog, NamedEntry
from deltarule.playground.protocol.requests import PROTOCOL
from deltarule.playground.protocol.state import (
    ChosenSample,
    Edit,
    HiddenPlaneState,
    InputPlaneState,
    LayerState,
    StoppedState,
    TableColumn,
)
from deltarule.preprocessing import Task

Dtype = Literal["float32", "uint8", "uint16", "int32"]


class Response(Struct, tag_field="type"):
    """A message of Python; a number that is not finite is sent as null."""


class ArrayPlace(Struct):
    """Where an array lies in the bytes of a message: row-major, `offset` in bytes."""

    dtype: Dtype
    shape: list[int]
    offset: int


class HeaderWithArrays(Response, kw_only=True):
    """The JSON part of a message whose bytes are arrays; `DTYPES` lists what it may hold."""

    DTYPES: ClassVar[dict[str, Dtype]]
    arrays: dict[str, ArrayPlace] = field(default_factory=dict)


class HelloResponse(Response, tag="hello"):
    """The greeting: what there is to choose from.

    `session` is null in a notebook. `frozen`: an exported page without Python, with `recording` frames.
    `upload_limit` is in bytes.
    """

    session: str | None
    version: str
    engine: str
    frozen: bool
    recording: int
    upload_limit: int
    catalog: Catalog
    protocol: int = PROTOCOL


class RowCounts(Struct):
    """How many rows train, and how many validate."""

    training: int
    validation: int


class StateResponse(Response, tag="state"):
    """Everything that the controls show; sent after each change other than plain progress.

    `generation` counts up with each new network, data or view; points and frames carry it too.
    `fragment`: the experiment as the part of an address after #. `epochs_per_second`: the chosen speed,
    null for as fast as possible. `loss`: the loss in use. `classes` is empty for a regression; a
    network with one output unit predicts the probability of the second class. `inputs` are the inputs
    of the network, after encoding. `columns` is empty for toy datasets. `view_columns`: the columns that
    can be axes; `view_axes`: those on x and y, if there are two. `output_range`: the ends of the color
    scale of the outputs. `interventions`: weights and learning rates that were changed by hand.
    """

    generation: int
    experiment: Experiment
    edit: Edit | None
    fragment: str
    playing: bool
    epochs_per_second: float | None
    task: Task
    score: Literal["accuracy", "R²"]
    loss: str
    output_activation: str
    classes: list[str]
    target: str
    inputs: list[NamedEntry]
    layers: list[LayerState]
    parameter_count: int
    steps_per_epoch: int
    rows: RowCounts
    columns: list[TableColumn]
    view_columns: list[str]
    view_axes: list[str]
    input_plane: InputPlaneState
    output_range: tuple[float, float]
    sample: ChosenSample | None
    notes: list[str]
    stopped: StoppedState | None
    interventions: list[str]


class PointsHeader(HeaderWithArrays, tag="points"):
    """The rows that are drawn, and each input over the input plane.

    `total`: rows of the data, of which at most 2,000 are drawn. `input_low`, `input_high`: the numbers
    that 0 and 255 stand for in the grid of each input. Arrays: `x` and `y` in units of the input plane;
    `target`, a class number or a number; `validation`, 1 for validation rows; `row`, the place in the
    data as read; `inputs` (inputs, unit_resolution, unit_resolution), row 0 at the low y.
    """

    DTYPES = {
        "x": "float32", "y": "float32", "target": "float32", "validation": "uint8", "row": "int32",
        "inputs": "uint8",
    }  # fmt: skip
    generation: int
    total: int
    input_low: list[float]
    input_high: list[float]


class Confusion(Struct):
    """Confusion matrices (actual class, predicted class) of all training and validation rows."""

    training: list[list[int]]
    validation: list[list[int]]
    rows: RowCounts


class LayerRange(Struct):
    """The numbers that 0 and 255 stand for in the grid of each unit of a layer."""

    low: list[float]
    high: list[float]


class SampleResult(Struct):
    """What the network predicts for the chosen sample."""

    loss: float | None
    prediction: str
    target: str


class FrameHeader(HeaderWithArrays, tag="frame"):
    """Everything that changes while the network learns.

    `step`: finished updates of a partial epoch. `updates`: since the start. `epochs_per_second`: measured
    over the last second. `learning_rate`: of the next update. `parameters`: the CRC-32 checksum of the
    parameters; if it differs, so do they. The losses and scores are of these parameters; only the
    training loss and score of a whole epoch are means over its updates. `confusion` is null for a
    regression. `gradients`: the root mean square of ∂J/∂w of each layer, empty unless the view shows
    them.

    Arrays: `curve` (at most 512 points, 5): epoch, training loss, validation loss, training score,
    validation score. `weights`, `biases`: all layers one after the other, weights as (inputs, units).
    `units`: each hidden layer's grids (units, unit_resolution, unit_resolution), row 0 at the low y;
    `outputs` (outputs, resolution, resolution), in finer steps, so that lines through them are smooth.
    `residuals` (points, 2), regression only: predicted and actual. With a chosen sample:
    `sample_inputs`; for each unit `sample_activations`, `sample_levels` (0 none, 1 medium, 2 high) and
    `sample_deltas`. Over a line the grids have one row. If the view shows the last hidden layer and
    `hidden` is its plane: `hidden_points` (points, 2) and `hidden_outputs` (outputs, resolution,
    resolution).
    """

    DTYPES = {
        "curve": "float32", "weights": "float32", "biases": "float32", "units": "uint8",
        "outputs": "uint16", "residuals": "float32", "sample_inputs": "float32",
        "sample_activations": "float32", "sample_levels": "uint8", "sample_deltas": "float32",
        "hidden_points": "float32", "hidden_outputs": "uint16",
    }  # fmt: skip
    sequence: int
    generation: int
    epoch: int
    step: int
    updates: int
    playing: bool
    epochs_per_second: float | None
    learning_rate: float | None
    parameters: int
    training_loss: float | None
    validation_loss: float | None
    training_score: float | None
    validation_score: float | None
    confusion: Confusion | None
    layers: list[LayerRange]
    sample: SampleResult | None
    gradients: list[float | None]
    hidden: HiddenPlaneState | None


class TableResponse(Response, tag="table"):
    """An uploaded table; `target` is the column to predict, `experiment` what it starts with."""

    name: str
    rows: int
    columns: list[TableColumn]
    target: str | None
    notes: list[str]
    experiment: Experiment


class LandscapeProgress(Response, tag="landscape_progress"):
    """How many of the landscape's points are computed."""

    done: int
    total: int


class LandscapeHeader(HeaderWithArrays, tag="landscape"):
    """The loss over two directions through the parameters after `epoch`; `parameters` as in a frame.

    `a` and `b` are the ranges of the two axes. Arrays: `losses` (steps, steps), row = b, NaN where not
    finite; `trajectory` (points, 2) and `trajectory_epochs` (points,), empty without one.
    """

    DTYPES = {"losses": "float32", "trajectory": "float32", "trajectory_epochs": "int32"}
    generation: int
    epoch: int
    parameters: int
    steps: int
    names: tuple[str, str]
    a: tuple[float, float]
    b: tuple[float, float]


class DigitResponse(Response, tag="digit"):
    """A drawn digit as the network sees it, 8 × 8 pixels from 0 to 16, and each class's probability.

    `probabilities` is empty for an empty drawing.
    """

    pixels: list[int]
    probabilities: list[float]


class FileHeader(Response, tag="file"):
    """A file to download; its bytes follow."""

    name: str
    media_type: str


class ReceivedResponse(Response, tag="received"):
    """A notebook's receipt for a request; the page ignores it."""


class ErrorResponse(Response, tag="error"):
    """What went wrong and what to do, in one sentence.

    `about`: the type of the request that failed. `edit`: the number of the `set` request that failed.
    """

    text: str
    about: str | None
    edit: int | None = None


PageResponse = (
    HelloResponse
    | StateResponse
    | PointsHeader
    | FrameHeader
    | TableResponse
    | LandscapeProgress
    | LandscapeHeader
    | FileHeader
    | DigitResponse
    | ReceivedResponse
    | ErrorResponse
)
"""Every message that Python sends."""

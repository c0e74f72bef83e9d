"""What the page sends to Python."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, field

PROTOCOL = 1
"""Version of the messages; a page and a server of different versions do not understand each other."""

ExportKind = Literal["experiment", "model", "python", "keras", "html", "history", "points"]
MAX_INTEGER = 2**53 - 1
"""Largest integer that a page can send exactly."""
Place = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Client = Annotated[str, Meta(max_length=100)]


class Request(Struct, tag_field="type", forbid_unknown_fields=True):
    """A message of the page; after one that changes the state, the new state is sent."""

    changes_state: ClassVar[bool] = True


class RequestWithBody(Request, kw_only=True):
    """A request that is followed by bytes."""

    body: bytes = b""


class HelloRequest(Request, tag="hello"):
    """The first message of a page, also after each reconnection.

    Answered by `hello`, `state`, `points` and `frame`. `client` is random text that a page makes once;
    `fragment` is the part of the address after #. `session` is the id of an earlier `hello`, or null: a
    known session continues, and its fragment is ignored.
    """

    changes_state: ClassVar[bool] = False
    protocol: int = PROTOCOL
    client: Client = ""
    fragment: str = ""
    session: str | None = None


class ByeRequest(Request, tag="bye"):
    """A view of a notebook is closed."""

    changes_state: ClassVar[bool] = False
    client: Client = ""


class AckRequest(Request, tag="ack"):
    """The frame `sequence` is on screen; acknowledges all frames up to it."""

    changes_state: ClassVar[bool] = False
    sequence: Place
    client: Client


class SetRequest(Request, tag="set"):
    """Replace the whole experiment; missing keys take their defaults, unknown keys are errors.

    Changes of `view`, `training.learning_rate` and `training.epochs` keep the trained network; any other
    change starts again at epoch 0. `edit` counts up, so that the page can match the answering state.
    """

    experiment: dict[str, Any]
    edit: Place | None = None
    client: Client | None = None


class PlayRequest(Request, tag="play"):
    """Train until paused or stopped."""


class PauseRequest(Request, tag="pause"):
    """Stop training after the current epochs."""


class StepRequest(Request, tag="step"):
    """Make one update (one batch), then pause."""


class EpochRequest(Request, tag="epoch"):
    """Train to the end of the current epoch, then pause."""


class RewindRequest(Request, tag="rewind"):
    """Return to the initial parameters, bit for bit, and pause."""


class SpeedRequest(Request, tag="speed"):
    """Set the epochs per second; null: as fast as possible."""

    epochs_per_second: Annotated[float, Meta(gt=0, le=1e6)] | None


class LearningRateRequest(Request, tag="learning_rate"):
    """Change the learning rate at once; training continues from the present parameters."""

    value: float


class WeightRequest(Request, tag="weight"):
    """Set one weight by hand; training continues from there.

    `layer` counts layers with weights from 0; `from` is the place of the input, null for the bias; `to`
    is the place of the unit.
    """

    layer: int
    source: Place | None = field(name="from")
    to: Place
    value: float


class SampleRequest(Request, tag="sample"):
    """Choose the sample whose activations and deltas are shown: a place in `points`, or null."""

    index: int | None


class LandscapeRequest(Request, tag="landscape"):
    """Ask for the loss landscape; answered by `landscape_progress` and `landscape`.

    `steps` are the points on each axis; with `trajectory` that of training is drawn.
    """

    changes_state: ClassVar[bool] = False
    steps: Annotated[int, Meta(ge=11, le=61)] = 31
    trajectory: bool = True


class CancelLandscapeRequest(Request, tag="landscape_cancel"):
    """Stop computing the loss landscape."""

    changes_state: ClassVar[bool] = False


class ExportRequest(Request, tag="export"):
    """Ask for a file to download; answered by `file`."""

    changes_state: ClassVar[bool] = False
    what: ExportKind


class OpenRequest(RequestWithBody, tag="open"):
    """Show the experiment of a file that `export` wrote; its bytes follow."""


class UploadRequest(RequestWithBody, tag="upload"):
    """Read a table (CSV, TSV, JSON lines or Parquet), whose bytes follow; answered by `table`."""

    name: str


class DigitRequest(RequestWithBody, tag="digit"):
    """Read a drawn digit, whose strokes follow; answered by `digit`.

    The bytes are float32 triples in little endian: x, y (downward) and the number of the stroke.
    """

    changes_state: ClassVar[bool] = False


class ReplayRequest(Request, tag="replay"):
    """Show a recorded frame. Only exported pages send it, and answer it themselves."""

    index: int


PageRequest = (
    HelloRequest
    | ByeRequest
    | AckRequest
    | SetRequest
    | PlayRequest
    | PauseRequest
    | StepRequest
    | EpochRequest
    | RewindRequest
    | SpeedRequest
    | LearningRateRequest
    | WeightRequest
    | SampleRequest
    | LandscapeRequest
    | CancelLandscapeRequest
    | ExportRequest
    | OpenRequest
    | UploadRequest
    | DigitRequest
)
"""Every request that Python answers."""

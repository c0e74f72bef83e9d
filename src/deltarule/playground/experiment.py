"""An experiment: everything that determines what the playground shows, as a value.

It becomes JSON and back (`to_json`, `from_json`); `url_fragment.py` has its short form for addresses.
Types and bounds stand in the annotations: they are checked here, and the page's types are generated
from them. Whether an experiment fits its data is checked in `prepared_data.py` and `training_setup.py`.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from deltarule._common.strict_reader import StrictReader
from deltarule.activations import ACTIVATIONS, Elementwise
from deltarule.errors import SettingError
from deltarule.initializers import INITIALIZERS
from deltarule.losses import LOSSES
from deltarule.optimizers import OPTIMIZERS, Stepwise
from deltarule.playground.field_rules import check_fields, choice_of
from deltarule.schedules import SCHEDULES

VERSION = 1
MAX_LAYERS = 8
MAX_UNITS_BY_BUTTON = 32
"""Units up to which the page's buttons add; `MAX_UNITS` bounds what an address may ask for."""
MAX_UNITS = 128
MAX_POINTS_LENGTH = 6000
"""Characters of drawn points, four for each: an address has room for them."""
LEARNING_RATE_RANGE = (1e-6, 10.0)
CROSS_ENTROPIES = ("binary_cross_entropy", "categorical_cross_entropy")
"""One choice on the page, "cross_entropy"; the number of classes decides between the two."""

Json = dict[str, Any]
TaskChoice = Literal["auto", "classification", "regression"]
Name = Annotated[str, Meta(min_length=1, max_length=500)]
Seed = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Part = Literal[
    "lessons", "share", "data", "training", "network", "layers", "surface", "view", "curves", "errors",
    "landscape",
]  # fmt: skip
"""A part of the page that an address can hide."""
UnitNumber = Annotated[int, Meta(ge=0, lt=MAX_UNITS)]
Penalty = Annotated[float, Meta(ge=0, le=1e9)]


def hidden_activations() -> tuple[str, ...]:
    """Return the activations that a hidden layer can have: those that work unit by unit."""
    return ACTIVATIONS.names_of(Elementwise)


def losses() -> tuple[str, ...]:
    """Return the losses that suit numbers, or classes with some output activation."""
    others = (
        kind
        for kind, loss in LOSSES.members.items()
        if loss.measures_numbers or loss.outputs_of_two_classes or loss.outputs_of_classes
    )
    return ("cross_entropy", *(kind for kind in others if kind not in CROSS_ENTROPIES))


def optimizers() -> tuple[str, ...]:
    """Return the optimizers that can be watched update by update."""
    return OPTIMIZERS.names_of(Stepwise)


def _output_activations() -> tuple[str, ...]:
    return ("auto", *ACTIVATIONS.names)


def _losses_or_auto() -> tuple[str, ...]:
    return ("auto", *losses())


def _schedules() -> tuple[str, ...]:
    return SCHEDULES.names


def _initializers() -> tuple[str, ...]:
    return INITIALIZERS.names


@dataclass(frozen=True)
class DataChoice:
    """Where the rows come from.

    `features`: the inputs of a toy dataset or the columns of a table; empty for x₁ and x₂, or for all
    usable columns. `rows` and `noise` are of toy datasets only, `target` and `task` of tables only.
    `points`: those drawn by hand, as in `drawn_points.py`.
    """

    source: Literal["toy", "table", "drawn"] = "toy"
    name: Name = "circles"
    rows: Annotated[int, Meta(ge=20, le=2000)] = 500
    noise: Annotated[float, Meta(ge=0, le=0.5)] = 0.05
    features: tuple[Name, ...] = ()
    target: Name | None = None
    task: TaskChoice = "auto"
    validation_share: Annotated[float, Meta(ge=0.05, le=0.9)] = 0.3
    seed: Seed = 0
    points: Annotated[str, Meta(max_length=MAX_POINTS_LENGTH)] = ""

    def __post_init__(self) -> None:
        check_fields(self, "data")


@dataclass(frozen=True)
class LayerChoice:
    """A hidden layer; `dropout` acts on its outputs, `l1` and `l2` penalize its incoming weights."""

    units: Annotated[int, Meta(ge=1, le=MAX_UNITS)] = 4
    activation: Annotated[str, choice_of(hidden_activations)] = "tanh"
    dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    l1: Penalty = 0.0
    l2: Penalty = 0.0

    def __post_init__(self) -> None:
        check_fields(self, "layers")


@dataclass(frozen=True)
class OutputChoice:
    """The last layer; the data determine its number of units."""

    activation: Annotated[str, choice_of(_output_activations)] = "auto"
    l1: Penalty = 0.0
    l2: Penalty = 0.0

    def __post_init__(self) -> None:
        check_fields(self, "output")


@dataclass(frozen=True)
class NetworkChoice:
    """The chain of layers."""

    layers: tuple[LayerChoice, ...] = (LayerChoice(),)
    output: OutputChoice = field(default_factory=OutputChoice)
    initializer: Annotated[str, choice_of(_initializers)] = "glorot"

    def __post_init__(self) -> None:
        if len(self.layers) > MAX_LAYERS:
            raise SettingError(
                "network.layers",
                f"must have at most {MAX_LAYERS} hidden layers, got {len(self.layers)}",
                hint="Remove some, or use deltarule.fit.",
            )
        check_fields(self, "network")


@dataclass(frozen=True)
class TrainingChoice:
    """How the network is trained.

    `batch_size` 0: all rows in one batch. `clip_norm`: the largest norm of a gradient. `epochs`: where
    training ends; schedules such as cosine are spread over them. `patience_epochs`: training stops after
    this many epochs without a better validation loss. `seed`: of initialization, order of rows, dropout.
    """

    loss: Annotated[str, choice_of(_losses_or_auto)] = "auto"
    optimizer: Annotated[str, choice_of(optimizers)] = "adam"
    learning_rate: Annotated[float, Meta(ge=LEARNING_RATE_RANGE[0], le=LEARNING_RATE_RANGE[1])] = (
        0.003
    )
    schedule: Annotated[str, choice_of(_schedules)] = "constant"
    batch_size: Annotated[int, Meta(ge=0, le=10_000_000)] = 10
    clip_norm: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    epochs: Annotated[int, Meta(ge=1, le=10_000_000)] = 1_000_000
    patience_epochs: Annotated[int, Meta(ge=1, le=10_000_000)] | None = None
    seed: Seed = 0

    def __post_init__(self) -> None:
        check_fields(self, "training")


@dataclass(frozen=True)
class ViewChoice:
    """What the page shows; nothing here changes a number of the run.

    `kind`: axes are two columns, or the first two principal components of the inputs. `x`, `y`: the
    columns, null for the first two. `others`: the other columns keep their medians, or the values of the
    chosen sample. `discrete`: classes instead of certainty. `deltas`: each unit's δ for the sample.
    `gradients`: the size of each layer's gradient. `hidden_layer`: the rows as the last hidden layer sees
    them, over its units `unit_x` and `unit_y` (from 0) or else over their principal components.
    `lesson`: the lesson whose text is shown. `lecture`: large type and few parts, for a hall. `locked`:
    nothing but training and the view can be changed. `hidden`: parts of the page that are not shown.
    """

    kind: Literal["columns", "components"] = "columns"
    x: Name | None = None
    y: Name | None = None
    others: Literal["median", "sample"] = "median"
    discrete: bool = False
    validation: bool = True
    deltas: bool = False
    gradients: bool = False
    hidden_layer: bool = False
    unit_x: UnitNumber | None = None
    unit_y: UnitNumber | None = None
    lesson: Name | None = None
    lecture: bool = False
    locked: bool = False
    hidden: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self, "view")


@dataclass(frozen=True)
class Experiment:
    """Data, network, training and view; the defaults are what an empty address shows."""

    version: int = field(default=VERSION, kw_only=True)
    data: DataChoice = field(default_factory=DataChoice)
    network: NetworkChoice = field(default_factory=NetworkChoice)
    training: TrainingChoice = field(default_factory=TrainingChoice)
    view: ViewChoice = field(default_factory=ViewChoice)

    def to_json(self) -> Json:
        """Return the experiment as strict JSON types."""
        plain: Json = msgspec.json.decode(msgspec.json.encode(self))
        return plain

    @staticmethod
    def from_json(data: object) -> Experiment:
        """Return what `to_json` wrote; missing keys take defaults, unknown ones are a `SettingError`."""
        reader = StrictReader(data, "experiment", SettingError.message)
        if "version" in reader and reader.take_any("version") != VERSION:
            raise SettingError.message(
                "The experiment has another version than this playground: open it with a newer deltarule."
            )
        return _read(Experiment, reader)


@dataclass(frozen=True)
class Suggestion:
    """A change to try, as a sentence, and the experiment with it."""

    text: str
    experiment: Experiment


C = TypeVar("C")
_PARTS: dict[str, type[Any]] = {
    "data": DataChoice,
    "network": NetworkChoice,
    "output": OutputChoice,
    "training": TrainingChoice,
    "view": ViewChoice,
}


def _read(kind: type[C], reader: StrictReader) -> C:
    """Return the object of one of these classes; its fields are checked when it is made."""
    values: Json = {}
    for name in inspect.signature(kind).parameters:
        if name not in reader:
            continue
        if name in _PARTS:
            values[name] = _read(_PARTS[name], reader.reader(name))
        elif name == "layers":
            values[name] = tuple(_read(LayerChoice, layer) for layer in reader.readers(name))
        elif name in ("features", "hidden"):
            values[name] = tuple(reader.list_of(name, str))
        else:
            values[name] = reader.take_any(name)
    reader.finish()
    return kind(**values)

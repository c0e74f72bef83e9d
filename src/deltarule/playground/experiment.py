"""An experiment: everything that determines what is seen in the playground, as a value.

It becomes JSON and back (`to_json`, `from_json`); `fragment.py` has its short form for addresses. Names
and numbers are checked here; whether they fit the data is found out in `prepared.py` and `building.py`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, TypeVar

from deltarule._common import checks
from deltarule.activations import ACTIVATIONS, Elementwise
from deltarule.errors import SettingError
from deltarule.initializers import INITIALIZERS
from deltarule.losses import LOSSES
from deltarule.optimizers import OPTIMIZERS, Stepwise
from deltarule.schedules import SCHEDULES

VERSION = 1
MAX_LAYERS = 8
MAX_UNITS = 128
MAX_UNITS_BY_BUTTON = 32  # as many as the page's buttons go to
LEARNING_RATE_RANGE = (1e-6, 10.0)
SOURCES = ("toy", "table")
TASKS = ("auto", "classification", "regression")
CROSS_ENTROPIES = ("binary_cross_entropy", "categorical_cross_entropy")
"""One choice on the page, "cross_entropy"; the number of classes decides between the two."""

Json = dict[str, Any]


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


@dataclass(frozen=True)
class DataChoice:
    """Where rows come from. `features` empty: all that there are (a table's usable columns)."""

    source: str = "toy"
    name: str = "circles"
    rows: int = 500
    noise: float = 0.05
    features: tuple[str, ...] = ()
    target: str | None = None
    task: str = "auto"
    validation_share: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        checks.one_of("data.source", self.source, SOURCES)
        _text("data.name", self.name)
        checks.integer("data.rows", self.rows, at_least=20, at_most=2000)
        checks.number("data.noise", self.noise, at_least=0, at_most=0.5)
        for name in self.features:
            _text("data.features", name)
        if self.target is not None:
            _text("data.target", self.target)
        checks.one_of("data.task", self.task, TASKS)
        checks.number("data.validation_share", self.validation_share, at_least=0.05, at_most=0.9)
        checks.integer("data.seed", self.seed, at_least=0, at_most=2**32 - 1)


@dataclass(frozen=True)
class LayerChoice:
    """A hidden layer; `dropout` is of its outputs, `l1` and `l2` are of its incoming weights."""

    units: int = 4
    activation: str = "tanh"
    dropout: float = 0.0
    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        checks.integer("layers.units", self.units, at_least=1, at_most=MAX_UNITS)
        checks.one_of("layers.activation", self.activation, hidden_activations())
        checks.number("layers.dropout", self.dropout, at_least=0, below=1)
        checks.number("layers.l1", self.l1, at_least=0)
        checks.number("layers.l2", self.l2, at_least=0)


@dataclass(frozen=True)
class OutputChoice:
    """The last layer; its units follow from the data."""

    activation: str = "auto"
    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        checks.one_of("output.activation", self.activation, ("auto", *ACTIVATIONS.names))
        checks.number("output.l1", self.l1, at_least=0)
        checks.number("output.l2", self.l2, at_least=0)


@dataclass(frozen=True)
class NetworkChoice:
    """The chain of layers."""

    layers: tuple[LayerChoice, ...] = (LayerChoice(),)
    output: OutputChoice = field(default_factory=OutputChoice)
    initializer: str = "glorot"

    def __post_init__(self) -> None:
        if len(self.layers) > MAX_LAYERS:
            raise SettingError(
                f"The playground draws at most {MAX_LAYERS} hidden layers, got {len(self.layers)}: "
                "take some away, or use deltarule.fit."
            )
        checks.one_of("network.initializer", self.initializer, INITIALIZERS.names)


@dataclass(frozen=True)
class TrainingChoice:
    """How it is trained. `batch_size` 0: all rows in one batch."""

    loss: str = "auto"
    optimizer: str = "adam"
    learning_rate: float = 0.01
    schedule: str = "constant"
    batch_size: int = 10
    clip_norm: float | None = None
    epochs: int = 1_000_000
    patience_epochs: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        checks.one_of("training.loss", self.loss, ("auto", *losses()))
        checks.one_of("training.optimizer", self.optimizer, optimizers())
        low, high = LEARNING_RATE_RANGE
        checks.number("training.learning_rate", self.learning_rate, at_least=low, at_most=high)
        checks.one_of("training.schedule", self.schedule, SCHEDULES.names)
        checks.integer("training.batch_size", self.batch_size, at_least=0)
        if self.clip_norm is not None:
            checks.number("training.clip_norm", self.clip_norm, above=0)
        checks.integer("training.epochs", self.epochs, at_least=1, at_most=10_000_000)
        if self.patience_epochs is not None:
            checks.integer("training.patience_epochs", self.patience_epochs, at_least=1)
        checks.integer("training.seed", self.seed, at_least=0, at_most=2**32 - 1)


@dataclass(frozen=True)
class ViewChoice:
    """What of it is shown; nothing here changes a number of the run."""

    kind: str = "columns"
    x: str | None = None
    y: str | None = None
    others: str = "median"
    discrete: bool = False
    validation: bool = True
    deltas: bool = False

    def __post_init__(self) -> None:
        checks.one_of("view.kind", self.kind, ("columns", "components"))
        checks.one_of("view.others", self.others, ("median", "sample"))
        for name in ("x", "y"):
            if getattr(self, name) is not None:
                _text(f"view.{name}", getattr(self, name))
        for name in ("discrete", "validation", "deltas"):
            checks.flag(f"view.{name}", getattr(self, name))


@dataclass(frozen=True)
class Experiment:
    """All of it; the defaults are what an empty address shows."""

    data: DataChoice = field(default_factory=DataChoice)
    network: NetworkChoice = field(default_factory=NetworkChoice)
    training: TrainingChoice = field(default_factory=TrainingChoice)
    view: ViewChoice = field(default_factory=ViewChoice)

    def to_json(self) -> Json:
        """Return the experiment as strict JSON types."""
        told: Json = _plain(dataclasses.asdict(self))
        return {"version": VERSION, **told}

    @staticmethod
    def from_json(data: object) -> Experiment:
        """Return what `to_json` wrote; missing keys take defaults, unknown ones are a `SettingError`."""
        fields = _fields(data, "experiment", ("version", "data", "network", "training", "view"))
        if fields.pop("version", VERSION) != VERSION:
            raise SettingError(
                "The experiment is of another version of the playground: open it with a newer deltarule."
            )
        network = _fields(fields.get("network", {}), "network", _names(NetworkChoice))
        layers = network.pop("layers", None)
        if layers is not None:
            if not isinstance(layers, list):
                raise SettingError(f"network.layers must be a list, got {_short(layers)}.")
            network["layers"] = tuple(_made(LayerChoice, layer, "layers") for layer in layers)
        if "output" in network:
            network["output"] = _made(OutputChoice, network["output"], "output")
        return Experiment(
            _made(DataChoice, fields.get("data", {}), "data"),
            NetworkChoice(**network),
            _made(TrainingChoice, fields.get("training", {}), "training"),
            _made(ViewChoice, fields.get("view", {}), "view"),
        )


C = TypeVar("C")


def _made(kind: type[C], data: object, where: str) -> C:
    fields = _fields(data, where, _names(kind))
    if "features" in fields:
        features = fields["features"]
        if not isinstance(features, list) or not all(isinstance(name, str) for name in features):
            raise SettingError(f"{where}.features must be a list of names, got {_short(features)}.")
        fields["features"] = tuple(features)
    return kind(**fields)


def _fields(data: object, where: str, known: tuple[str, ...]) -> Json:
    if not isinstance(data, dict):
        raise SettingError(f"{where} must be an object with keys, got {_short(data)}.")
    for name in data:
        if name not in known:
            raise SettingError(
                f"{where} has no setting {_short(name)}; known: {', '.join(known)}."
                f"{checks.did_you_mean(name, known)}"
            )
    return dict(data)


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value


def _text(owner: str, value: object) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= 500:
        raise SettingError(f"{owner} must be a name, got {_short(value)}.")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."

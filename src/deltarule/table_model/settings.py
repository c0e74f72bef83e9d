"""Settings of one training run on a table, as a value that can be printed, saved and repeated."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deltarule._common import checks
from deltarule.activations import ACTIVATIONS
from deltarule.errors import ModelFileError, SettingError
from deltarule.optimizers import LBFGS, OPTIMIZERS

TASKS = ("auto", "classification", "regression")


@dataclass(frozen=True)
class TableSettings:
    """How to train on a table. Every field is a keyword of `train` and an option of the command line.

    None leaves the choice to `choose_recipe`, which looks at the table. `hidden`: units of each hidden
    layer. `folds`: so many networks, each of which leaves out its own share of the rows and stops by
    it; their predictions are averaged. 1: one network, stopped by `validation_fraction` of the rows.
    `patience_epochs`: stop after so many epochs without a better validation loss. `time_limit_s`: of
    training; what is best by then is kept. `weight`: the column that says how much each row counts.
    `class_weight`: how much each class counts, by its name, or "balanced": as if all had as many rows.
    """

    task: str = "auto"
    drop: tuple[str, ...] = ()
    weight: str | None = None
    class_weight: str | tuple[tuple[str, float], ...] | None = None
    hidden: tuple[int, ...] | None = None
    activation: str | None = None
    dropout: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    optimizer: str | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    epochs: int | None = None
    patience_epochs: int | None = None
    time_limit_s: float | None = None
    folds: int | None = None
    validation_fraction: float | None = None
    test_fraction: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        checks.one_of("task", self.task, TASKS)
        if isinstance(self.class_weight, Mapping):
            pairs = tuple((str(name), weight) for name, weight in self.class_weight.items())
            object.__setattr__(self, "class_weight", pairs)
        self._check_class_weight()
        for units in self.hidden or ():
            checks.integer("hidden", units, at_least=1, hint="A layer needs at least one unit.")
        if self.activation is not None:
            ACTIVATIONS.resolve(self.activation, "activation")
        if self.dropout is not None:
            checks.number("dropout", self.dropout, at_least=0, below=1, hint="Typical: 0 to 0.5.")
        checks.number("l1", self.l1, at_least=0)
        checks.number("l2", self.l2, at_least=0)
        self._check_optimizer()
        for name in ("batch_size", "epochs", "patience_epochs", "folds"):
            if getattr(self, name) is not None:
                hint = "Typical: 16 to 256." if name == "batch_size" else ""
                checks.integer(name, getattr(self, name), at_least=1, hint=hint)
        if self.time_limit_s is not None:
            checks.number("time_limit_s", self.time_limit_s, above=0)
        self._check_fractions()
        checks.integer("seed", self.seed, at_least=0, at_most=2**64 - 1)

    def _check_class_weight(self) -> None:
        if isinstance(self.class_weight, str):
            checks.one_of("class_weight", self.class_weight, ("balanced",))
            return
        for name, weight in self.class_weight or ():
            checks.number(f"class_weight[{name!r}]", weight, at_least=0)

    def _check_optimizer(self) -> None:
        kind = None if self.optimizer is None else OPTIMIZERS.resolve(self.optimizer, "optimizer")
        if self.learning_rate is None:
            return
        if isinstance(kind, LBFGS):
            raise SettingError(
                "learning_rate", "does not apply to the optimizer lbfgs", hint="Omit it."
            )
        checks.number("learning_rate", self.learning_rate, above=0, hint="Typical: 1e-4 to 1e-1.")

    def _check_fractions(self) -> None:
        hint = "Typical: 0.1 to 0.3."
        checks.number("test_fraction", self.test_fraction, above=0, below=1, hint=hint)
        if self.validation_fraction is None:
            return
        checks.number("validation_fraction", self.validation_fraction, above=0, below=1, hint=hint)
        if self.folds not in (None, 1):
            raise SettingError(
                "validation_fraction",
                f"does not apply to `folds` {self.folds}, where each network validates on its fold",
                hint="Omit it, or set `folds` to 1.",
            )
        if self.validation_fraction + self.test_fraction >= 1:
            raise SettingError(
                "validation_fraction",
                "must leave rows for training: with `test_fraction` it adds up to "
                f"{self.validation_fraction + self.test_fraction:g}",
            )

    def to_json(self) -> dict[str, Any]:
        """Return the settings as strict JSON types."""
        return {name: _plain(value) for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def from_json(cls, data: object, where: str) -> TableSettings:
        """Return the settings that `to_json` wrote; anything else is a `ModelFileError`."""
        known = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(data, dict) or set(data) != known:
            raise ModelFileError(f"{where} does not hold the settings of a run on a table.")
        try:
            return cls(**{name: _tuples(value) for name, value in data.items()})
        except (SettingError, TypeError, ValueError) as error:
            raise ModelFileError(f"{where} holds an impossible setting: {error}") from error


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value

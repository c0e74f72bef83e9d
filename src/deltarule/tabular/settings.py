"""Settings of one training run on a table, as a value that can be printed, saved and repeated."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from deltarule import checks
from deltarule.activations import ACTIVATIONS
from deltarule.errors import ModelFileError, SettingError
from deltarule.optimizers import LBFGS, OPTIMIZERS

TASKS = ("auto", "classification", "regression")

FITTING_LEARNING_RATES = {"adam": 3e-3, "adamw": 3e-3, "amsgrad": 3e-3, "nadam": 3e-3}
"""Measured as better for networks of a hundred units on standardised columns than the optimizers' own
1e-3; optimizers that are not named keep their own."""


@dataclass(frozen=True)
class TableSettings:
    """How to train on a table. Every field is a keyword of `train` and an option of the command line.

    `hidden`: units of each hidden layer. `dropout` and `learning_rate`: None fits them to the
    optimizer. `batch_size`: None fits it to the number of rows. `patience_epochs`: stop after so many
    epochs without a better validation loss.
    """

    task: str = "auto"
    drop: tuple[str, ...] = ()
    hidden: tuple[int, ...] = (128, 128)
    activation: str = "silu"
    dropout: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    optimizer: str = "adam"
    learning_rate: float | None = None
    batch_size: int | None = None
    epochs: int = 200
    patience_epochs: int = 20
    time_limit_s: float | None = None
    validation_fraction: float = 0.2
    test_fraction: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        checks.one_of("task", self.task, TASKS)
        for units in self.hidden:
            checks.integer("hidden", units, at_least=1, hint="A layer needs at least one unit.")
        ACTIVATIONS.resolve(self.activation, "activation")
        kind = OPTIMIZERS.resolve(self.optimizer, "optimizer")
        if self.dropout is not None:
            checks.number("dropout", self.dropout, at_least=0, below=1, hint="Typical: 0 to 0.5.")
        checks.number("l1", self.l1, at_least=0)
        checks.number("l2", self.l2, at_least=0)
        if self.learning_rate is not None:
            if isinstance(kind, LBFGS):
                raise SettingError("learning_rate has no meaning for lbfgs: leave it out.")
            checks.number(
                "learning_rate", self.learning_rate, above=0, hint="Typical: 1e-4 to 1e-1."
            )
        if self.batch_size is not None:
            checks.integer("batch_size", self.batch_size, at_least=1, hint="Typical: 16 to 256.")
        checks.integer("epochs", self.epochs, at_least=1)
        checks.integer("patience_epochs", self.patience_epochs, at_least=1)
        if self.time_limit_s is not None:
            checks.number("time_limit_s", self.time_limit_s, above=0)
        for name in ("validation_fraction", "test_fraction"):
            checks.number(name, getattr(self, name), above=0, below=1, hint="Typical: 0.1 to 0.3.")
        if self.validation_fraction + self.test_fraction >= 1:
            raise SettingError(
                "validation_fraction and test_fraction must leave rows to train on: their sum must "
                f"be < 1, got {self.validation_fraction + self.test_fraction:g}."
            )
        checks.integer("seed", self.seed, at_least=0, at_most=2**64 - 1)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as strict JSON types."""
        fields = dataclasses.asdict(self)
        return {name: list(v) if isinstance(v, tuple) else v for name, v in fields.items()}

    @classmethod
    def from_json(cls, data: object, where: str) -> TableSettings:
        """Return the settings that `to_json` wrote; anything else is a `ModelFileError`."""
        known = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(data, dict) or set(data) != known:
            raise ModelFileError(f"{where} does not hold the settings of a run on a table.")
        try:
            fields: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
            }
            return cls(**fields)
        except (SettingError, TypeError) as error:
            raise ModelFileError(f"{where} holds an impossible setting: {error}") from error


def fitting_dropout(optimizer: str) -> float:
    """Return a dropout rate for an optimizer: none where it needs a loss without chance."""
    return 0.0 if optimizer == LBFGS.kind else 0.1


def fitting_batch_size(rows: int) -> int:
    """Return a batch size for so many training rows: about √rows, a power of 2 from 16 to 1024."""
    size = 16
    while size < 1024 and size * size * 4 <= rows * 2:
        size *= 2
    return min(size, rows)

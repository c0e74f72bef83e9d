"""The space of settings that tuning draws from: what the recipe can express, around what it chooses."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.random import Purpose, uniform
from deltarule.optimizers import AdamW
from deltarule.preprocessing import Task
from deltarule.schedules import CosineCycles
from deltarule.table_model.recipe import Recipe, falling
from deltarule.table_model.settings import TableSettings

NUMBER_EMBEDDINGS = ("both", "periodic", "piecewise", "none")
WIDTHS = (64, 96, 128, 160, 192, 256, 320)
DEPTHS = (1, 2, 2, 3, 3, 3, 4)
ACTIVATION_NAMES = ("selu", "mish", "relu", "gelu", "silu")
EMBEDDING_WIDTHS = (2, 4, 4, 6, 8)
BATCH_FACTORS = (0.5, 1.0, 1.0, 2.0)
RATE_FACTOR = 4.0
"""Learning rates are drawn between the recipe's divided by this factor and multiplied by it."""
DECAY_RANGE, ZERO_DECAY = (0.002, 0.2), 0.15
DROPOUT_RANGE, ZERO_DROPOUT = (0.05, 0.4), 0.2
SMOOTHING_RANGE, ZERO_SMOOTHING = (0.01, 0.1), 0.7
DEFAULT, OTHER_SEED, FIRST_DRAWN = 0, 1, 2
"""Numbers of trials: the recipe, the recipe with another seed, and the first that is drawn."""
LEARNED_SHARE = 0.7
USUAL_ACTIVATION = 0.4
"""Probabilities of no decay, no dropout, no smoothing, a learned activation, and the recipe's one."""


@dataclass(frozen=True, repr=False)
class Configuration(NotebookDisplay):
    """What one trial changes about the recipe; None leaves the recipe's choice.

    Parameters
    ----------
    hidden : tuple of int, optional
        Units of each hidden layer.
    activation : str, optional
        Activation of the hidden layers.
    learned_activation : bool, optional
        Whether each hidden unit learns how much of the activation it uses.
    numbers : {"both", "periodic", "piecewise", "none"}, optional
        Which embeddings numbers get.
    embedding_width : int, optional
        Width of each of these embeddings.
    category_width : int, optional
        Width of the embeddings of categories.
    learning_rate : float, optional
        Highest learning rate of the schedule.
    weight_decay : float, optional
        Weight decay of the first half of training.
    dropout : float, optional
        Dropout rate of the first half of training.
    label_smoothing : float, optional
        Share of each class target that is spread over all classes.
    batch_size : int, optional
        Rows per update.

    Examples
    --------
    >>> from deltarule.tuning import Configuration
    >>> Configuration(hidden=(64, 64), learning_rate=0.02)
    <Configuration: hidden 64, 64; learning rate 0.02>
    """

    hidden: tuple[int, ...] | None = None
    activation: str | None = None
    learned_activation: bool | None = None
    numbers: str | None = None
    embedding_width: int | None = None
    category_width: int | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    dropout: float | None = None
    label_smoothing: float | None = None
    batch_size: int | None = None

    def _sentence(self) -> str:
        return "; ".join(
            f"{n.replace('_', ' ')} {_shown(v)}" for n, v in self.to_json().items()
        ) or ("the recipe")

    def to_json(self) -> dict[str, Any]:
        """Return what is changed as strict JSON types.

        Returns
        -------
        dict
            The fields that are not None, tuples as lists.
        """
        values = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self))
        return {n: list(v) if isinstance(v, tuple) else v for n, v in values if v is not None}

    def recipe(self, base: Recipe) -> Recipe:
        """Return a recipe with these settings in place of its own.

        Parameters
        ----------
        base : Recipe
            The recipe of the table.

        Returns
        -------
        Recipe
            The recipe of the trial.
        """
        changes: dict[str, Any] = {
            name: value
            for name in ("hidden", "activation", "learned_activation", "category_width",
                         "label_smoothing", "batch_size")
            if (value := getattr(self, name)) is not None
        }  # fmt: skip
        if self.numbers is not None:
            width = self.embedding_width or base.piece_width
            changes["periodic_width"] = width if self.numbers in ("both", "periodic") else 0
            changes["piece_width"] = width if self.numbers in ("both", "piecewise") else 0
        if self.dropout is not None:
            changes["dropout"] = falling(self.dropout, base.cycles) if self.dropout else 0.0
        optimizer = base.optimizer
        if isinstance(optimizer, AdamW):
            if self.learning_rate is not None:
                schedule = CosineCycles(self.learning_rate, base.cycles)
                optimizer = dataclasses.replace(optimizer, learning_rate=schedule)
            if self.weight_decay is not None:
                decay = falling(self.weight_decay, base.cycles) if self.weight_decay else 0.0
                optimizer = dataclasses.replace(optimizer, weight_decay=decay)
        return dataclasses.replace(base, optimizer=optimizer, **changes)


def recipe_values(recipe: Recipe) -> dict[str, Any]:
    """Return the tuned settings of a recipe by the names of `Configuration`, as strict JSON types."""
    kinds = (recipe.periodic_width > 0, recipe.piece_width > 0)
    optimizer = recipe.optimizer
    rate, decay = (
        getattr(optimizer, "learning_rate", None),
        getattr(optimizer, "weight_decay", None),
    )
    return {
        "hidden": list(recipe.hidden),
        "activation": recipe.activation,
        "learned_activation": recipe.learned_activation,
        "numbers": {
            (True, True): "both", (True, False): "periodic", (False, True): "piecewise",
        }.get(kinds, "none"),
        "embedding_width": max(recipe.periodic_width, recipe.piece_width),
        "category_width": recipe.category_width,
        "learning_rate": _highest(rate),
        "weight_decay": _highest(decay),
        "dropout": _highest(recipe.dropout),
        "label_smoothing": recipe.label_smoothing,
        "batch_size": recipe.batch_size,
    }  # fmt: skip


def describe_values(values: Mapping[str, Any]) -> str:
    """Return the settings of a trial in few words."""
    hidden = values["hidden"]
    same = len(set(hidden)) == 1
    layers = f"{len(hidden)} × {hidden[0]}" if same else "-".join(map(str, hidden)) or "no layer"
    parts = [f"{layers} {values['activation']}{' learned' * values['learned_activation']}"]
    if values["numbers"] != "none":
        parts.append(f"{values['numbers']} {values['embedding_width']}")
    for name, word in (
        ("learning_rate", "rate"),
        ("weight_decay", "decay"),
        ("dropout", "dropout"),
        ("label_smoothing", "smoothing"),
        ("batch_size", "batch"),
    ):
        if values[name]:
            parts.append(f"{word} {values[name]:g}")
    return ", ".join(parts)


@dataclass(frozen=True)
class SearchSpace:
    """Which settings trials draw: those that the user left open and the table has a use for.

    Parameters
    ----------
    base : Recipe
        The recipe of the table.
    names : tuple of str
        The settings that are drawn, by the names of `Configuration`.
    rows : int
        Training rows of a network.
    """

    base: Recipe
    names: tuple[str, ...]
    rows: int

    @classmethod
    def of_table(
        cls, base: Recipe, settings: TableSettings, task: Task, roles: Sequence[str], rows: int
    ) -> SearchSpace:
        """Return the space for a table whose features have `roles`, with `rows` training rows."""
        is_linear = settings.hidden == ()  # to which settings of hidden layers mean nothing
        fixed = {
            "hidden": settings.hidden is not None,
            "activation": is_linear or settings.activation is not None,
            "learned_activation": is_linear or settings.activation is not None,
            "numbers": not base.piece_width or "number" not in roles,
            "embedding_width": not base.piece_width or "number" not in roles,
            "category_width": "codes" not in roles,
            "learning_rate": settings.learning_rate is not None or settings.optimizer is not None,
            "weight_decay": settings.optimizer is not None,
            "dropout": is_linear or settings.dropout is not None,
            "label_smoothing": not task.stratified,
            "batch_size": settings.batch_size is not None or base.batch_size is None,
        }
        return cls(base, tuple(name for name, is_fixed in fixed.items() if not is_fixed), rows)

    def batch_size(self, factor: float) -> int:
        """Return the recipe's batch size times a factor, within the rows of a network."""
        return max(1, min(int((self.base.batch_size or self.rows) * factor), self.rows))

    def draw(self, seed: int, trial: int) -> Configuration:
        """Return the configuration of a trial; trials 0 and 1 are the recipe itself."""
        if trial < FIRST_DRAWN:
            return Configuration()
        u = uniform(seed, Purpose.TRIALS, 24, layer=trial).tolist()
        depth, width = _pick(DEPTHS, u[0]), _pick(WIDTHS, u[1])
        rate = recipe_values(self.base)["learning_rate"] or 0.0
        names = [self.base.activation, *(n for n in ACTIVATION_NAMES if n != self.base.activation)]
        place = 0 if u[2] < USUAL_ACTIVATION else 1 + int(u[3] * (len(names) - 1))
        drawn = {
            "hidden": (width,) * depth,
            "activation": names[place],
            "learned_activation": u[4] < LEARNED_SHARE,
            "numbers": _pick(("both", "both", *NUMBER_EMBEDDINGS[1:]), u[5]),
            "embedding_width": _pick(EMBEDDING_WIDTHS, u[6]),
            "category_width": max(1, int(self.base.category_width * _pick((0.5, 1.0, 2.0), u[7]))),
            "learning_rate": rounded(rate * RATE_FACTOR ** (2 * u[8] - 1)),
            "weight_decay": _maybe(ZERO_DECAY, u[10], _logarithmic(*DECAY_RANGE, u[11])),
            "dropout": _maybe(ZERO_DROPOUT, u[12], _linear(*DROPOUT_RANGE, u[13])),
            "label_smoothing": _maybe(ZERO_SMOOTHING, u[14], _linear(*SMOOTHING_RANGE, u[15])),
            "batch_size": self.batch_size(_pick(BATCH_FACTORS, u[9])),
        }
        return Configuration(**{name: drawn[name] for name in self.names})


def _pick(values: Sequence[Any], share: float) -> Any:
    return values[int(share * len(values))]


def _linear(low: float, high: float, share: float) -> float:
    return low + (high - low) * share


def _logarithmic(low: float, high: float, share: float) -> float:
    return float(low * (high / low) ** share)


def _maybe(zero: float, share: float, value: float) -> float:
    return 0.0 if share < zero else rounded(value)


def rounded(value: float) -> float:
    """Return a value with three digits, so that it can be typed again."""
    return float(f"{value:.3g}")


def _highest(value: Any) -> float | None:
    """Return a number, or the highest value of a schedule."""
    for name in ("learning_rate", "initial"):
        value = getattr(value, name, value)
    return value if isinstance(value, int | float) else None


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""The recipe: everything that is chosen by the size of a table, in one file.

It is RealMLP (Holzmüller et al. 2024), smaller and as an ensemble of fold networks, with the piecewise
linear embeddings of TabM (Gorishniy et al. 2025) beside its periodic ones. The numbers were tuned on
twenty public tables, mostly on their first splits, and on the half "dev" of
`benchmarks/unseen_tables.csv`. The half "test" was not used: see docs/benchmarks/unseen-tables.md.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from deltarule._common.descriptions import Description
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.optimizers import LBFGS, OPTIMIZERS, AdamW, Optimizer
from deltarule.preprocessing import Encoding, Task
from deltarule.schedules import CosineCycles, FlatCosine, Schedule
from deltarule.schedules.rise_and_fall import share_of_cycles
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.task_methods import METHODS

Array = NDArray[Any]
MIN_ROWS_OF_A_COLUMN = 4
"""Nor in tables with fewer rows per column, which would overfit the many inputs."""
MAX_FEATURES_WITHOUT_SCREENING = 1024
"""Wide tables with more features have their columns screened: see `feature_screening`."""
MAX_SCREENED_INPUTS = 1024
"""Each network of such a table gets columns that become at most this many inputs of its first layer."""
MIN_UPDATES = 100
"""Minimum updates per network: small tables get more epochs."""
CYCLES = 4
"""Cycles of the learning rate that every network trains for, each twice as long as the one before. Small
regressions have up to two more, without dropout and weight decay. A network only begins one of them if
its best epoch is among the last of the cycle before, as where a target has little noise."""
MAX_UPDATES_FOR_MORE_CYCLES = 8
"""Upper bound on the updates in an epoch of networks that may have more cycles: where an epoch has more,
they learn what they can in four cycles."""
MAX_ROW_VISITS = 20_000_000
"""Upper bound on rows times epochs: large tables get fewer epochs, at least `MIN_EPOCHS`."""
HIDDEN = (160, 160, 160)
CATEGORY_WIDTH = 8
MAX_WORDS = 1000
"""Most words of a column of free text that become features."""
MIN_EPOCHS = 4
FOLDS = 8
MAX_ENSEMBLE_VISITS = 10_000_000
"""Upper bound on rows times epochs of all networks together, for tables with more than `SMALL_ROWS` rows:
the larger the table, the fewer of its folds train a network. A single network may visit more rows."""
SMALL_ROWS = 20_000
"""Tables with at most this many rows train a network on every fold."""
BATCH_SIZE = 256


@dataclass(frozen=True, repr=False)
class Recipe(NotebookDisplay):
    """How the networks of one table are built and trained.

    Parameters
    ----------
    encoding : Encoding
        Encoding of the columns.
    hidden : tuple of int
        Units of each hidden layer.
    activation : str
        Activation of the hidden layers.
    learned_activation : bool
        Whether each hidden unit learns how much of the activation it uses.
    periodic_width, piece_width : int
        Width of the periodic and of the piecewise linear embedding of each number; 0 for none.
    category_width : int
        Width of the embedding of each text column with codes.
    dropout : float or Schedule
        Dropout rate before each layer after the first.
    l1, l2 : float
        Penalties on the weights.
    label_smoothing : float
        Share of each class target that is spread over all classes.
    optimizer : Optimizer
        The optimizer with its schedules.
    batch_size : int or None
        Rows per update; None for all rows.
    cycles : int
        Cycles of the learning rate. After the first four, training stops with a cycle that brought no
        progress at its end (`stopping.NoProgressInCycle`).
    epochs : int
        Maximum epochs.
    patience_epochs : int or None
        Epochs without improvement after which training stops; None for all.
    folds : int
        Number of folds, each of which validates a network that trains on the others; with 1,
        `validation_fraction` of the rows validate.
    validation_fraction : float
        Share of the rows that validate a single network.
    networks : int
        Number of networks: one for each of the first folds.
    max_inputs : int or None, default None
        Maximum inputs of the first layer, for which the columns are screened; None for all columns.
    """

    encoding: Encoding
    hidden: tuple[int, ...]
    activation: str
    learned_activation: bool
    periodic_width: int
    piece_width: int
    category_width: int
    dropout: float | Schedule
    l1: float
    l2: float
    label_smoothing: float
    optimizer: Optimizer
    batch_size: int | None
    cycles: int
    epochs: int
    patience_epochs: int | None
    folds: int
    validation_fraction: float
    networks: int
    max_inputs: int | None = None

    def _sentence(self) -> str:
        rows = "all rows" if self.batch_size is None else counted(self.batch_size, "row")
        units = ", ".join(map(str, self.hidden))
        return (
            f"{counted(self.networks, 'network')} with hidden layers of {units} "
            f"{self.activation} units, {self.optimizer.kind}, batches of {rows}, at most "
            f"{counted(self.epochs, 'epoch')}"
        )

    def with_rows(self, rows: int) -> Recipe:
        """Return the recipe with batches of at most `rows`, the training rows of the smallest fold."""
        if self.batch_size is None or self.batch_size <= rows:
            return self
        return dataclasses.replace(self, batch_size=rows)

    def with_cycles(self, cycles: int) -> Recipe:
        """Return the recipe with more or fewer cycles, of which the first ones are as long as before."""
        optimizer, dropout = self.optimizer, self.dropout
        if isinstance(optimizer, AdamW):
            rate, decay = optimizer.learning_rate, optimizer.weight_decay
            if isinstance(rate, CosineCycles):
                rate = dataclasses.replace(rate, cycles=cycles)
            if isinstance(decay, FlatCosine):
                decay = falling(decay.initial, cycles)
            optimizer = dataclasses.replace(optimizer, learning_rate=rate, weight_decay=decay)
        if isinstance(dropout, FlatCosine):
            dropout = falling(dropout.initial, cycles)
        epochs = round(self.epochs / share_of_cycles(self.cycles, cycles))
        return dataclasses.replace(
            self, cycles=cycles, epochs=epochs, dropout=dropout, optimizer=optimizer
        )

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as strict JSON types."""
        values = {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}
        return {**values, "patience_epochs": self.patience_epochs or self.epochs}


def choose_recipe(
    rows: int,
    columns: int,
    outputs: int,
    task: Task,
    settings: TableSettings,
    *,
    features: int = 0,
) -> Recipe:
    """Return the recipe for a table of `rows` training rows and `columns` columns.

    `outputs` is the number of classes, 1 for a regression; `features` is about how many features the
    columns become. Given settings replace the recipe's choices.
    """
    folds, networks = _folds(rows, task, settings)
    share = settings.validation_fraction or 0.2
    trained = max(1, int(rows * (1 - 1 / folds) if folds > 1 else rows * (1 - share)) - 1)
    defaults = METHODS[task].defaults
    optimizer = _optimizer(settings, rate=defaults.learning_rate)
    is_lbfgs = isinstance(optimizer, LBFGS)
    batch = settings.batch_size or (None if is_lbfgs else default_batch_size(trained))
    epochs = settings.epochs or default_epochs(trained, batch or trained, task)
    dropout: float | Schedule = 0.0 if is_lbfgs else falling(0.15, CYCLES)
    is_wide = columns * MIN_ROWS_OF_A_COLUMN > rows
    width = 0 if is_wide else 4
    is_screened = is_wide and features > MAX_FEATURES_WITHOUT_SCREENING
    numbers = "both" if is_wide and not is_screened else defaults.numbers
    return Recipe(
        encoding=Encoding(numbers=numbers, embed_levels=True, max_levels=1000, max_words=MAX_WORDS),
        hidden=HIDDEN if settings.hidden is None else settings.hidden,
        activation=settings.activation or defaults.activation,
        learned_activation=settings.activation is None,
        periodic_width=width,
        piece_width=width,
        category_width=CATEGORY_WIDTH // 2 if is_screened else CATEGORY_WIDTH,
        dropout=dropout if settings.dropout is None else settings.dropout,
        l1=settings.l1,
        l2=settings.l2,
        label_smoothing=0.0,
        optimizer=optimizer,
        batch_size=batch,
        cycles=CYCLES,
        epochs=epochs,
        patience_epochs=settings.patience_epochs,
        folds=folds,
        validation_fraction=share,
        networks=networks,
        max_inputs=MAX_SCREENED_INPUTS if is_screened else None,
    )


def default_batch_size(rows: int) -> int:
    """Return the batch size for `rows` training rows: 256, less for small and more for large tables."""
    if rows > 32_000:
        return 512 if rows <= 108_000 else 1024  # as TabM
    size = BATCH_SIZE
    while size > 16 and size * 4 > rows:
        size //= 2
    return min(size, rows)


def default_epochs(rows: int, batch_size: int, task: Task) -> int:
    """Return the maximum epochs of a network on `rows` training rows."""
    usual = METHODS[task].defaults.epochs
    most = max(MIN_EPOCHS, MAX_ROW_VISITS // rows)
    return min(max(usual, math.ceil(MIN_UPDATES * batch_size / rows)), most)


def with_more_cycles(recipe: Recipe, rows: int, task: Task, settings: TableSettings) -> Recipe:
    """Return the recipe with the cycles that a network on `rows` training rows may train for.

    They are those of `recipe` if the epochs or the optimizer are given.
    """
    if settings.epochs is not None or settings.optimizer is not None:
        return recipe
    updates = -(-rows // (recipe.batch_size or rows))
    if updates > MAX_UPDATES_FOR_MORE_CYCLES:
        return recipe
    return recipe.with_cycles(METHODS[task].defaults.max_cycles)


def falling(value: float, cycles: int) -> FlatCosine:
    """Return a schedule that is `value` at first, and 0 from the end of the first `CYCLES` cycles on."""
    share = share_of_cycles(CYCLES, cycles)
    return FlatCosine(value, flat_share=share / 2, end_share=share)


def _folds(rows: int, task: Task, settings: TableSettings) -> tuple[int, int]:
    """Return the number of folds, and how many of them train a network."""
    if settings.folds is not None:
        folds = min(settings.folds, rows)
        return folds, folds
    if settings.validation_fraction is not None:
        return 1, 1
    folds = min(FOLDS, rows)
    if rows <= SMALL_ROWS:
        return folds, folds
    trained = rows - rows // folds
    visits = trained * default_epochs(trained, default_batch_size(trained), task)
    networks = min(MAX_ENSEMBLE_VISITS // visits, folds)
    return (folds, networks) if networks > 1 else (1, 1)


def _optimizer(settings: TableSettings, rate: float) -> Optimizer:
    if settings.optimizer is None:
        schedule = CosineCycles(settings.learning_rate or rate, CYCLES)
        return AdamW(schedule, weight_decay=falling(0.02, CYCLES), decay_square=0.95)
    chosen = OPTIMIZERS.resolve(settings.optimizer, "optimizer")
    if settings.learning_rate is None:
        return chosen
    return dataclasses.replace(chosen, learning_rate=settings.learning_rate)  # type: ignore[call-arg]


def _plain(value: Any) -> Any:
    if isinstance(value, Description):
        return value.to_json()
    if isinstance(value, Encoding):
        return dataclasses.asdict(value)
    return list(value) if isinstance(value, tuple) else value

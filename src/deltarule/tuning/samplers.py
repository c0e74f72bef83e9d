"""Where the configurations of a search come from: drawn at random, or asked of Optuna."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, Protocol

from deltarule._common import checks
from deltarule.errors import MissingPackageError
from deltarule.tuning.search_space import (
    ACTIVATION_NAMES,
    BATCH_FACTORS,
    DECAY_RANGE,
    DROPOUT_RANGE,
    FIRST_DRAWN,
    NUMBER_EMBEDDINGS,
    RATE_FACTOR,
    SMOOTHING_RANGE,
    WIDTHS,
    Configuration,
    SearchSpace,
    recipe_values,
    rounded,
)

SAMPLERS = ("random", "optuna")
OPTUNA_BATCH = 8
"""Configurations that are asked of Optuna before it gets their losses. The number does not depend on the
threads, so that the result does not either."""
OPTUNA_STARTUP_TRIALS = 16


class Sampler(Protocol):
    """Draws configurations, and may learn from the losses of earlier ones."""

    @property
    def batch(self) -> int | None:
        """How many configurations are drawn before it takes their losses; None for all."""

    def ask(self, number: int) -> Configuration:
        """Return the configuration of a trial; trials are asked for in order."""

    def tell(self, number: int, loss: float) -> None:
        """Take the loss of a trial on the first rung; infinite if it diverged or did not get there."""


class RandomSampler:
    """Draws each configuration from the seed and its number alone."""

    batch = None

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space, self._seed = space, seed

    def ask(self, number: int) -> Configuration:
        """Return the configuration of a trial."""
        return self._space.draw(self._seed, number)

    def tell(self, number: int, loss: float) -> None:
        """Do nothing."""


class OptunaSampler:
    """Asks Optuna's tree-structured Parzen estimator, which learns from the losses of the first rung."""

    batch = OPTUNA_BATCH

    def __init__(self, space: SearchSpace, seed: int) -> None:
        optuna = optuna_package()
        self._space, self._trials = space, dict[int, Any]()
        self._states = optuna.trial.TrialState
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that are experimental in Optuna
            sampler = optuna.samplers.TPESampler(
                seed=seed % 2**32, n_startup_trials=OPTUNA_STARTUP_TRIALS, constant_liar=True
            )
            self._study = optuna.create_study(sampler=sampler)

    def ask(self, number: int) -> Configuration:
        """Return the configuration of a trial; trials 0 and 1 are the recipe itself."""
        if number < FIRST_DRAWN:
            return Configuration()
        self._trials[number] = trial = self._study.ask()
        return _suggested(trial, self._space)

    def tell(self, number: int, loss: float) -> None:
        """Tell Optuna the loss of a trial."""
        if math.isfinite(loss):
            self._study.tell(self._trials.pop(number), loss)
        else:
            self._study.tell(self._trials.pop(number), state=self._states.FAIL)


def make_sampler(name: str, space: SearchSpace, seed: int) -> Sampler:
    """Return the sampler with a name; raise `MissingPackageError` if it needs another package."""
    checks.one_of("sampler", name, SAMPLERS)
    return OptunaSampler(space, seed) if name == "optuna" else RandomSampler(space, seed)


def _suggested(trial: Any, space: SearchSpace) -> Configuration:
    """Return the configuration that Optuna suggests, within the ranges of the random draws."""
    base, values = space.base, recipe_values(space.base)
    rate = values["learning_rate"] or 0.0

    def share(name: str, low: float, high: float) -> float:
        """Return 0, or a number of a range: Optuna chooses which."""
        is_zero = trial.suggest_categorical(f"{name}_is_zero", [False, True])
        return 0.0 if is_zero else rounded(trial.suggest_float(name, low, high))

    activations = [base.activation, *(n for n in ACTIVATION_NAMES if n != base.activation)]
    # Only what is searched is suggested, so that Optuna does not model settings without effect.
    suggest: dict[str, Callable[[], Any]] = {
        "hidden": lambda: (
            (trial.suggest_categorical("units", WIDTHS),) * trial.suggest_int("layers", 1, 4)
        ),
        "activation": lambda: trial.suggest_categorical("activation", activations),
        "learned_activation": lambda: trial.suggest_categorical("learned", [True, False]),
        "numbers": lambda: trial.suggest_categorical("numbers", NUMBER_EMBEDDINGS),
        "embedding_width": lambda: trial.suggest_int("embedding_width", 2, 8, step=2),
        "category_width": lambda: max(
            1, int(base.category_width * trial.suggest_categorical("categories", [0.5, 1.0, 2.0]))
        ),
        "learning_rate": lambda: rounded(
            trial.suggest_float("learning_rate", rate / RATE_FACTOR, rate * RATE_FACTOR, log=True)
        ),
        "weight_decay": lambda: share("weight_decay", *DECAY_RANGE),
        "dropout": lambda: share("dropout", *DROPOUT_RANGE),
        "label_smoothing": lambda: share("label_smoothing", *SMOOTHING_RANGE),
        "batch_size": lambda: space.batch_size(
            trial.suggest_categorical("batch", sorted(set(BATCH_FACTORS)))
        ),
    }
    return Configuration(**{name: suggest[name]() for name in space.names})


def optuna_package() -> Any:
    """Return Optuna; raise `MissingPackageError` if it is not installed."""
    try:
        import optuna
    except ImportError as error:
        raise MissingPackageError(
            "The sampler optuna needs the package optuna: install it with pip install "
            "'deltarule[optuna]', or omit `sampler`."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna

"""TableSettings: the settings of one training run on a table.

The fields are the only list of these settings: the options of the command line, the parameters of the
estimators, the report and the docs read it. Imports nothing heavy, because ``deltarule train --help``
reads it too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deltarule._common import checks
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.strict_reader import StrictReader, broken_rules_are_file_errors
from deltarule.errors import ModelFileError, SettingError, shortened
from deltarule.table_model.setting_info import DATA, NETWORK, TRAINING, setting, setting_infos
from deltarule.table_model.threshold_rule import read_threshold

TASKS = ("auto", "classification", "regression")
_AUTO = "auto"  # chosen by the task and the size of the table


@dataclass(frozen=True, repr=False)
class TableSettings(NotebookDisplay):
    """Settings of `deltarule.train`.

    Every field is also a keyword of `deltarule.train` and an option of ``deltarule train``. Fields that
    are None are chosen by the size of the table.

    Parameters
    ----------
    task : {"auto", "classification", "regression"}, default "auto"
        What to predict; "auto" infers it from the target column.
    drop : tuple of str, default ()
        Columns that must not be inputs.
    keep : tuple of str, default ()
        Columns that are inputs even if they look like identifiers, or seem useless in a wide table.
    groups : str, optional
        Column whose values name groups of rows, such as persons: the rows of a group are never divided
        between training, validation and test rows. The column is not an input unless `keep` lists it.
    time : str, optional
        Column of times: training rows come before validation rows, and these before test rows. The column
        is not an input unless `keep` lists it.
    weight : str, optional
        Column with the sample weight of each row, at least 0.
    class_weight : "balanced" or dict of str to float, optional
        Weight of each class; classes that are not listed have weight 1. "balanced" gives all classes the
        same total weight.
    positive_class : str, optional
        The positive class of a target of two classes, on which F1, ROC AUC, average precision and
        `threshold` depend; by default the second class in order.
    threshold : float or str, optional
        Lowest probability of the positive class at which it is predicted. "f1" and "balanced_accuracy"
        choose the threshold with the best score on the out-of-fold rows, "cost=5:1" that of the lowest
        cost, if a missed positive row costs 5 and a false alarm 1. By default the more probable class
        is predicted. Probabilities do not depend on it.
    hidden : tuple of int, optional
        Units of each hidden layer; () for none.
    activation : str, optional
        Activation of the hidden layers.
    dropout : float, optional
        Dropout rate of the hidden layers, 0 ≤ rate < 1.
    l1, l2 : float, default 0.0
        Penalties on the absolute values and on the squares of the weights.
    optimizer : str, optional
        Name of the optimizer.
    learning_rate : float, optional
        Learning rate; with the recipe's optimizer, its highest value.
    batch_size : int, optional
        Rows per update.
    epochs : int, optional
        Maximum epochs.
    patience_epochs : int, optional
        Stop after this many epochs without a better validation loss.
    time_limit_s : float, optional
        Time limit in seconds, from reading the table to the end of training. The best weights so far are
        kept. This is the only setting under which two runs may differ.
    folds : int, optional
        Number of networks, each validated on its own share of the training rows; their predictions are
        averaged. 1 trains a single network with a validation split.
    validation_fraction : float, optional
        Share of the rows that validates a single network; 0.2 by default.
    test_fraction : float, default 0.2
        Share of the rows that is not used for training but for the scores.
    seed : int, default 0
        Seed of all random numbers. The same seed gives bit-identical results.

    Raises
    ------
    SettingError
        If a value is not allowed, or two values contradict each other.

    See Also
    --------
    deltarule.train : Uses these settings.

    Examples
    --------
    >>> import deltarule as dr
    >>> dr.TableSettings(hidden=(64, 64), epochs=20).hidden
    (64, 64)
    """

    task: str = setting(
        "auto", DATA, "name", "TASK",
        "classification, regression, or auto: by the target column", _AUTO, in_estimators=False,
    )  # fmt: skip
    drop: tuple[str, ...] = setting(
        (), DATA, "column names", "COL,...", "columns that must not be inputs", ""
    )
    keep: tuple[str, ...] = setting(
        (), DATA, "column names", "COL,...", "columns to use even if they look like identifiers", ""
    )
    groups: str | None = setting(
        None, DATA, "name", "COL", "column whose equal values stay on one side of every split", "",
        in_estimators=False,
    )  # fmt: skip
    time: str | None = setting(
        None, DATA, "name", "COL", "column of times: test on the latest rows, train on the earliest", "",
        in_estimators=False,
    )  # fmt: skip
    weight: str | None = setting(
        None, DATA, "name", "COL", "column with the weight of each row", "", in_estimators=False
    )
    class_weight: str | tuple[tuple[str, float], ...] | None = setting(
        None, DATA, "class weights", "WEIGHTS",
        "weights of the classes, such as yes=5,no=1, or balanced", "",
    )  # fmt: skip
    positive_class: str | None = setting(
        None, DATA, "name", "CLASS",
        "the positive class of two, for F1 and --threshold; by default the second", "",
        in_estimators=False,
    )  # fmt: skip
    threshold: float | str | None = setting(
        None, DATA, "threshold", "T",
        "probability of the positive class: 0.3, or f1, balanced_accuracy, cost=5:1", "",
    )  # fmt: skip
    hidden: tuple[int, ...] | None = setting(
        None, NETWORK, "layer sizes", "N,...", "units of each hidden layer, or none", _AUTO,
        at_least=1, hint="A layer needs at least one unit.",
    )  # fmt: skip
    activation: str | None = setting(
        None, NETWORK, "name", "NAME", "activation of the hidden layers: relu, tanh, gelu, ...",
        _AUTO,
    )  # fmt: skip
    dropout: float | None = setting(
        None, NETWORK, "number", "RATE", "dropout rate of the hidden layers", _AUTO,
        at_least=0, below=1, hint="Typical: 0 to 0.5.",
    )  # fmt: skip
    l1: float = setting(
        0.0, NETWORK, "number", "X", "penalty on the absolute weights", "0", at_least=0
    )
    l2: float = setting(
        0.0, NETWORK, "number", "X", "penalty on the squared weights", "0", at_least=0
    )
    optimizer: str | None = setting(
        None,
        TRAINING,
        "name",
        "NAME",
        "adamw, sgd, momentum, lbfgs, ...; auto: AdamW with schedules",
        _AUTO,
    )
    learning_rate: float | None = setting(
        None, TRAINING, "number", "X", "learning rate", _AUTO,
        above=0, hint="Typical: 1e-4 to 1e-1.",
    )  # fmt: skip
    batch_size: int | None = setting(
        None, TRAINING, "integer", "ROWS", "rows per update", _AUTO,
        at_least=1, hint="Typical: 16 to 256.",
    )  # fmt: skip
    epochs: int | None = setting(
        None, TRAINING, "integer", "N", "maximum epochs", _AUTO, at_least=1
    )
    patience_epochs: int | None = setting(
        None, TRAINING, "integer", "N", "stop after N epochs without a better validation loss",
        _AUTO, at_least=1,
    )  # fmt: skip
    time_limit_s: float | None = setting(
        None, TRAINING, "number", "SECONDS", "time limit of the whole run", "", above=0
    )
    folds: int | None = setting(
        None, TRAINING, "integer", "N",
        "train N networks, each validated on its share of the rows, and average them", _AUTO,
        at_least=1,
    )  # fmt: skip
    validation_fraction: float | None = setting(
        None, TRAINING, "number", "X", "share of rows that validates a single network; sets folds to 1",
        _AUTO, above=0, below=1, hint="Typical: 0.1 to 0.3.",
    )  # fmt: skip
    test_fraction: float = setting(
        0.2, TRAINING, "number", "X", "share of the rows for the test scores", "0.2",
        above=0, below=1, hint="Typical: 0.1 to 0.3.", in_estimators=False,
    )  # fmt: skip
    seed: int = setting(
        0, TRAINING, "integer", "N", "random seed; the same seed gives bit-identical results", "0",
        at_least=0, at_most=2**64 - 1, in_estimators=False,
    )  # fmt: skip

    def _sentence(self) -> str:
        fields = [(field, getattr(self, field.name)) for field in dataclasses.fields(self)]
        changed = [f"{f.name} = {shortened(value)}" for f, value in fields if value != f.default]
        return f"{', '.join(changed) or 'nothing'} set, the rest by default"

    def __post_init__(self) -> None:
        checks.one_of("task", self.task, TASKS)
        if isinstance(self.class_weight, Mapping):
            pairs = tuple((str(name), weight) for name, weight in self.class_weight.items())
            object.__setattr__(self, "class_weight", pairs)
        for name in ("drop", "keep"):
            if isinstance(names := getattr(self, name), str):
                object.__setattr__(self, name, (names,))
            elif names is None:
                object.__setattr__(self, name, ())
            elif not isinstance(names, Collection) or not all(
                isinstance(n, Hashable) for n in names
            ):
                raise SettingError(name, "must be the name of a column, or a list of names", names)
        if both := sorted({*self.drop} & {*self.keep}):
            raise SettingError(
                "keep", f"lists {both[0]!r}, which `drop` lists too", hint="Omit one of them."
            )
        if self.groups is not None and self.time is not None:
            raise SettingError(
                "time", "cannot be used with `groups`, which splits rows in another way",
                hint="Omit one of them.",
            )  # fmt: skip
        self._check_class_weight()
        for name, info in setting_infos(TableSettings).items():
            value = getattr(self, name)
            if value is not None:
                info.check(name, value)
        if self.threshold is not None:
            read_threshold(self.threshold)
        self._check_families()
        self._check_fractions()

    def _check_class_weight(self) -> None:
        if isinstance(self.class_weight, str):
            checks.one_of("class_weight", self.class_weight, ("balanced",))
            return
        for name, weight in self.class_weight or ():
            checks.number(f"class_weight[{name!r}]", weight, at_least=0)

    def _check_families(self) -> None:
        # Imported here, because the help of the command line must not import NumPy.
        from deltarule.activations import ACTIVATIONS
        from deltarule.optimizers import LBFGS, OPTIMIZERS

        if self.activation is not None:
            ACTIVATIONS.resolve(self.activation, "activation")
        if self.optimizer is None:
            return
        optimizer = OPTIMIZERS.resolve(self.optimizer, "optimizer")
        if self.learning_rate is not None and isinstance(optimizer, LBFGS):
            raise SettingError(
                "learning_rate", "does not apply to the optimizer lbfgs", hint="Omit it."
            )

    def _check_fractions(self) -> None:
        if self.validation_fraction is None:
            return
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

    def check_columns(self, names: Sequence[str], target: str | None) -> None:
        """Check the settings that name columns against a table.

        Parameters
        ----------
        names : sequence of str
            Names of the columns of the table.
        target : str or None
            Name of the target column; None if the table does not have it.

        Raises
        ------
        SettingError
            If the target has another role, is dropped or is kept, or if no column is left.
        """
        if not isinstance(target, Hashable):
            raise SettingError(
                "target", "must be the name of one column", target,
                "Train a model for each of several targets.",
            )  # fmt: skip
        if self.weight is not None and self.weight == target:
            raise SettingError("weight", "must be another column than the target", target)
        if target in self.drop:
            raise SettingError(
                "drop",
                f"must not hold the target {target!r}",
                hint="The target is never an input, so there is no need to drop it.",
            )
        for role in ("groups", "time"):
            name = getattr(self, role)
            if name is not None and name in (target, self.weight):
                raise SettingError(
                    role, "must be another column than the target and the weight", name
                )
        if target in self.keep:
            raise SettingError("keep", f"must not hold the target {target!r}", hint="Omit it.")
        inputs = [name for name in names if name not in (target, self.weight)]
        if inputs and set(inputs) <= set(self.drop):
            raise SettingError(
                "drop",
                f"must leave an input, but holds every column except the target"
                f"{'' if self.weight is None else ' and the weight'}",
            )

    def to_json(self) -> dict[str, Any]:
        """Return the settings as strict JSON types.

        Returns
        -------
        dict
            Each field by name; tuples as lists.
        """
        return {name: _plain(value) for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def from_json(cls, data: object, where: str) -> TableSettings:
        """Return the settings that `to_json` described.

        Parameters
        ----------
        data : object
            The description.
        where : str
            Where the description was found, for error messages.

        Returns
        -------
        TableSettings
            The settings.

        Raises
        ------
        ModelFileError
            If `data` does not describe settings.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        values = StrictReader(data, where).exactly(names)
        try:
            with broken_rules_are_file_errors(where):
                return cls(**{name: _tuples(value) for name, value in values.items()})
        except ModelFileError:
            raise
        except (TypeError, ValueError) as error:
            raise ModelFileError(f"{where} has a setting of another type: {error}") from error


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value

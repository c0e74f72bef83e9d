"""The parameters that MLPClassifier and MLPRegressor share: rule and documentation of each, in one table.

Names, order and defaults are those of each estimator's `__init__`. `with_parameters` adds to a class the
rules that scikit-learn checks in `fit` and the Parameters section of its docstring.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from deltarule.activations import ACTIVATIONS, Activation, Elementwise
from deltarule.engines import engine_choices
from deltarule.schedules import MONITORS, SCHEDULES, Constant, InverseScaling, Schedule

SKLEARN_SCHEDULES = ("constant", "invscaling", "adaptive")


def activation_names() -> set[str]:
    """Return the names and aliases of all activations of single units."""
    names = ACTIVATIONS.names_of(Elementwise)
    return {*names, *(alias for name in names for alias in ACTIVATIONS.members[name].aliases)}


def schedules_by_name() -> dict[str, Any]:
    """Return the classes of all other schedules, whose first argument is the (highest) rate."""
    replaced = (Constant, InverseScaling)  # scikit-learn has its own names for these
    return {name: cls for name, cls in SCHEDULES.members.items() if cls not in replaced}


class FamilyNames(StrOptions):
    """scikit-learn's constraint on strings, with options that follow a family of descriptions."""

    def __init__(self, names: Callable[[], Iterable[str]], *others: str) -> None:
        self._names, self._others = names, others
        super().__init__(self.options)

    @property
    def options(self) -> set[str]:
        """The strings that are allowed now."""
        return {*self._names(), *self._others}

    @options.setter
    def options(self, value: object) -> None:
        """Ignore what the base class stores."""


@dataclass(frozen=True)
class Parameter:
    """A parameter: its type in words, scikit-learn's constraint, and its description."""

    kind: str
    constraint: list[Any]
    description: str


def _at_least(low: int, kind: type = Integral) -> Interval:
    return Interval(kind, low, None, closed="left")


SHARED: dict[str, Parameter] = {
    "hidden_layer_sizes": Parameter(
        "int or array-like of shape (n_hidden_layers,)",
        ["array-like", _at_least(1)],
        "Number of units of each hidden layer.",
    ),
    "activation": Parameter(
        "str, Activation or list of those",
        [FamilyNames(activation_names), Activation, list, tuple],
        """Activation of the hidden layers: a name or an object of `deltarule.activations`, or a list
        with one for each hidden layer. scikit-learn's names ("identity", "logistic", "tanh", "relu")
        mean the same; others are "gelu", "silu", "mish", "elu", "selu", "leaky_relu", "softplus".""",
    ),
    "solver": Parameter(
        '{"adam", "sgd", "lbfgs"}',
        [StrOptions({"lbfgs", "sgd", "adam"})],
        """Optimizer. "lbfgs" (needs SciPy) uses all rows in each iteration and suits small data.""",
    ),
    "alpha": Parameter(
        "float",
        [_at_least(0, Real)],
        "Strength of the L2 penalty α/2 ΣW², divided by the rows of a batch. Biases have no penalty.",
    ),
    "batch_size": Parameter(
        'int or "auto"',
        [StrOptions({"auto"}), _at_least(1)],
        'Rows per update; "auto" is min(200, n_samples). Not used by "lbfgs".',
    ),
    "learning_rate": Parameter(
        "str or Schedule",
        [FamilyNames(schedules_by_name, *SKLEARN_SCHEDULES), Schedule],
        """Learning-rate schedule. "constant", "invscaling" and "adaptive" are scikit-learn's; the latter
        two apply to "sgd" only. "step", "exponential", "cosine", "one_cycle", "on_plateau" and objects
        of `deltarule.schedules` apply to "sgd" and "adam".""",
    ),
    "learning_rate_init": Parameter(
        "float",
        [Interval(Real, 0, None, closed="neither")],
        """Initial learning rate per update; the highest one for "one_cycle". Typical: 1e-4 to 1e-2 for
        "adam", 0.01 to 0.1 for "sgd".""",
    ),
    "power_t": Parameter(
        "float",
        [_at_least(0, Real)],
        'Exponent of "invscaling": learning_rate_init / (rows seen + 1)^power_t.',
    ),
    "max_iter": Parameter(
        "int",
        [_at_least(1)],
        'Maximum number of epochs ("adam", "sgd") or iterations ("lbfgs").',
    ),
    "shuffle": Parameter(
        "bool", ["boolean"], "Whether to draw the rows in a new order in each epoch."
    ),
    "random_state": Parameter(
        "int, RandomState instance or None",
        ["random_state"],
        """Source of the initial weights, the validation split, the order of rows and dropout. Pass an
        int for bit-identical results, with any number of threads.""",
    ),
    "tol": Parameter(
        "float",
        [_at_least(0, Real)],
        """Minimum improvement of the loss, or of the validation score with early_stopping, that counts
        as progress. For "lbfgs", the largest gradient component at which to stop.""",
    ),
    "verbose": Parameter(
        "bool or int",
        ["verbose"],
        """True or 1 shows a progress bar in a terminal or notebook, else one line per epoch; 2 always
        prints one line per epoch.""",
    ),
    "warm_start": Parameter(
        "bool",
        ["boolean"],
        "Whether fit continues from the weights of the previous fit.",
    ),
    "momentum": Parameter(
        "float",
        [Interval(Real, 0, 1, closed="both")],
        'Momentum of "sgd", in [0, 1). Unlike in scikit-learn, 1 is an error.',
    ),
    "nesterovs_momentum": Parameter(
        "bool", ["boolean"], 'Whether "sgd" uses Nesterov\'s momentum.'
    ),
    "early_stopping": Parameter(
        "bool",
        ["boolean"],
        """Whether to stop when the validation score has not improved by `tol` for `n_iter_no_change`
        epochs, and keep the best epoch. Validation rows are split off, or passed to fit.""",
    ),
    "validation_fraction": Parameter(
        "float",
        [Interval(Real, 0, 1, closed="left")],
        "Fraction of rows to split off for validation with early_stopping.",
    ),
    "beta_1": Parameter(
        "float",
        [Interval(Real, 0, 1, closed="left")],
        "Decay rate of Adam's mean of gradients, per update.",
    ),
    "beta_2": Parameter(
        "float",
        [Interval(Real, 0, 1, closed="left")],
        "Decay rate of Adam's mean of squared gradients, per update.",
    ),
    "epsilon": Parameter(
        "float",
        [Interval(Real, 0, None, closed="neither")],
        "Adam's ε, added to √v before the correction of its bias.",
    ),
    "n_iter_no_change": Parameter(
        "int or inf",
        [_at_least(1), Options(Real, {np.inf})],
        "Number of epochs without an improvement by `tol` after which to stop.",
    ),
    "max_fun": Parameter("int", [_at_least(1)], 'Maximum number of evaluations by "lbfgs".'),
    "dropout": Parameter(
        "float or list of float",
        [Interval(Real, 0, 1, closed="left"), list, tuple],
        """Probability of setting a hidden unit's output to 0 during training: one for all hidden layers,
        or a list with one for each.""",
    ),
    "clip_norm": Parameter(
        "float or None",
        [Interval(Real, 0, None, closed="neither"), None],
        "Maximum Euclidean norm of an update's whole gradient; longer ones are scaled down.",
    ),
    "keep_best": Parameter(
        "str or None",
        [StrOptions(set(MONITORS)), None],
        """Monitor whose best epoch's weights are kept: "validation_loss", "validation_score",
        "training_loss" or "training_score". None keeps the last epoch, or with early_stopping the one of
        the best validation score.""",
    ),
    "callbacks": Parameter(
        "callable, list of callable or None",
        [list, tuple, callable, None],
        """Functions called with an `EpochEvent` after each epoch. Training stops if one returns True.""",
    ),
    "n_threads": Parameter(
        "int or None",
        [Interval(Integral, 1, 2**31 - 1, closed="both"), None],
        """Maximum number of threads; None uses all available processors, at most OMP_NUM_THREADS. The
        result does not depend on it.""",
    ),
    "dtype": Parameter(
        '{"float32", "float64"} or None',
        [StrOptions({"float32", "float64"}), None],
        """Floating-point type of training. None uses the type of X, and float64 if X is of another
        type. float32 is faster.""",
    ),
    "engine": Parameter(
        '{"auto", "native", "reference"} or the name of a registered engine',
        [FamilyNames(engine_choices)],
        """What executes the training: the C++ engine, or the NumPy equations. "auto" uses "native" where
        it was built.""",
    ),
}

_ATTRIBUTES = """\
coefs_ : list of ndarray of shape (n_inputs, n_units)
    Weights of each layer, the output layer last. Changes take effect in the next prediction.
intercepts_ : list of ndarray of shape (n_units,)
    Biases of each layer.
loss_ : float
    Training loss of the last epoch, penalty included.
best_loss_ : float or None
    Lowest training loss; None with early_stopping.
loss_curve_ : list of float
    Training loss of each epoch, the mean over its batches.
validation_loss_curve_ : list of float or None
    Validation loss of each epoch, without penalty; None without validation rows.
validation_scores_ : list of float or None
    {score} of the validation rows after each epoch; None without validation rows.
best_validation_score_ : float or None
    Highest of `validation_scores_`.
n_iter_ : int
    Number of epochs (iterations of "lbfgs") of the last fit.
t_ : int
    Number of rows seen, each counted once per epoch.
n_layers_ : int
    Number of layers, input and output included.
n_outputs_ : int
    Number of output units.
out_activation_ : str
    Activation of the output layer, by scikit-learn's name.
n_features_in_ : int
    Number of columns of X in fit.
feature_names_in_ : ndarray of shape (`n_features_in_`,), dtype object
    Column names of X in fit, if it has names that are all strings."""


def with_parameters(own: Mapping[str, Parameter], score: str) -> Callable[[type[Any]], type[Any]]:
    """Return a class decorator that sets the rules and documents the parameters and attributes.

    It fills in {parameters} and {attributes} of the class's docstring.

    `own`: the parameters that only this class has; `score`: the name of its score.
    """

    def decorate(estimator: Any) -> Any:
        init: Any = vars(estimator)["__init__"]
        signature = list(inspect.signature(init).parameters.values())[1:]
        table = {parameter.name: {**SHARED, **own}[parameter.name] for parameter in signature}
        lines = []
        for parameter in signature:
            entry = table[parameter.name]
            default = parameter.default
            text = f'"{default}"' if isinstance(default, str) else str(default)
            lines.append(f"{parameter.name} : {entry.kind}, default {text}")
            lines.append(textwrap.indent(inspect.cleandoc(entry.description), "    "))
        filled = {"parameters": "\n".join(lines), "attributes": _ATTRIBUTES.format(score=score)}
        if estimator.__doc__:  # None under python -OO
            for name, value in filled.items():
                estimator.__doc__ = estimator.__doc__.replace(
                    f"    {{{name}}}", textwrap.indent(value, "    ")
                )
        estimator._parameter_constraints = {name: entry.constraint for name, entry in table.items()}
        return estimator

    return decorate

"""What people type who know another library is refused in a sentence that names ours."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule._common import other_terms_table
from deltarule._common.other_terms import plain
from deltarule.errors import SettingError, ShapeError

X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2
TABLE = {"a": X[:, 0], "y": X[:, 1]}
NETWORK = dr.Network([dr.Dense(3, "relu"), dr.Dense(1)])
SOFTMAX = dr.Network([dr.Dense(10, "softmax")])

ARGUMENTS = {
    "learning_rate": r"optimizer=deltarule\.optimizers\.Adam\(0\.01\)",
    "lr": "belongs to the optimizer",
    "validation_split": "`validation_fraction`",
    "verbose": r"result\.history",
    "batch": "`batch_size`",
    "n_epochs": "`epochs`",
    "max_iter": "`epochs`",
    "metrics": "always measured",
    "early_stopping": r"stopping\.NoProgress",
    "patience": r"stopping\.NoProgress",
    "random_state": "`seed`",
    "n_jobs": "`threads`",
    "criterion": "`loss`",
    "X_val": r"validation_data=\(X, y\)",
    "epohcs": "Did you mean 'epochs'",
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_of_fit(name: str) -> None:
    with pytest.raises(TypeError, match=ARGUMENTS[name]):
        dr.fit(NETWORK, X, Y, **{name: 1})


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("lr", "`learning_rate`"),
        ("hidden_layer_sizes", "`hidden`"),
        ("test_size", "`test_fraction`"),
        ("cv", "`folds`"),
        ("early_stopping", "`patience_epochs`"),
        ("time_limit", "`time_limit_s`"),
        ("loss", "task="),
    ],
)
def test_settings_of_train(name: str, ours: str) -> None:
    with pytest.raises(SettingError, match=ours):
        dr.train(TABLE, "y", **{name: 1})


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: dr.fit(NETWORK, [X], [Y]), "Pass the array itself, not a list around it"),
        (lambda: dr.fit(NETWORK, X[0], Y), r"One column is X\[:, None\]"),
        (lambda: dr.fit(NETWORK, np.zeros((20, 2, 2)), Y), r"X\.reshape\(len\(X\), -1\)"),
        (lambda: dr.fit(NETWORK, X, [Y]), "X has 20 rows and y has 1"),
        (
            lambda: dr.fit(SOFTMAX, X, Y, loss="mse"),
            r"shape \(20,\).* need categorical_cross_entropy",
        ),
        (lambda: dr.train(X, Y), "deltarule.fit and TabularClassifier take X and y"),
    ],
)
def test_shapes(call: Any, sentence: str) -> None:
    with pytest.raises((ShapeError, SettingError), match=sentence):
        call()


def test_a_label_instead_of_a_target() -> None:
    with pytest.raises(TypeError, match="It is `target`, the name of a column"):
        dr.train(TABLE, label="y")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("loss", "ours"),
    [
        ("ce", "'categorical_cross_entropy' with a softmax output"),
        ("cross_entropy", "'categorical_cross_entropy' with a softmax output"),
        ("crossentropy", "'categorical_cross_entropy' with a softmax output"),
        ("CrossEntropyLoss", "'categorical_cross_entropy' with a softmax output"),
        ("bce", "It is 'binary_cross_entropy'"),
        ("l2", "It is 'mean_squared_error'"),
        ("Mean-Squared-Error", "Did you mean 'mean_squared_error'"),
        (dr.losses.MeanSquaredError, r"is a class: pass MeanSquaredError\(\)"),
        (lambda truth, predicted: 0, "A function cannot be given"),
    ],
)
def test_losses(loss: Any, ours: str) -> None:
    with pytest.raises(SettingError, match=ours):
        dr.fit(SOFTMAX, X, Y, loss=loss)


@pytest.mark.parametrize("name", ["mse", "MSE", "log_loss", "squared_error"])
def test_short_names_of_losses_exist(name: str) -> None:
    network = dr.Network([dr.Dense(1, "sigmoid")])
    assert dr.fit(network, X, Y, epochs=1, loss=name).kept_epoch == 1


class ReLU:
    """Stands for `torch.nn.ReLU()`."""


@pytest.mark.parametrize(
    ("activation", "ours"),
    [
        (ReLU(), "Pass 'relu': objects of other libraries do not fit"),
        (np.tanh, "Pass 'tanh'"),
        (None, "write 'identity'"),
        ("LeakyRelu ", "Did you mean 'leaky_relu'"),
        ("hard_sigmoid", "Use 'sigmoid'"),
    ],
)
def test_activations(activation: Any, ours: str) -> None:
    with pytest.raises(SettingError, match=ours):
        dr.Dense(3, activation)
    assert dr.Dense(units=3, activation="ReLU").activation.kind == "relu"


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("losses.MSE", "MeanSquaredError"),
        ("losses.BCELoss", "'binary_cross_entropy'"),
        ("losses.CrossEntropyLoss", "categorical_cross_entropy"),
        ("optimizers.SGD", "GradientDescent"),
        ("optimizers.RMSProp", "RMSprop"),
        ("activations.Relu", "ReLU"),
        ("initializers.HeNormal", "initializers.He"),
        ("schedules.CosineDecay", "schedules.Cosine"),
        ("stopping.EarlyStopping", "NoProgress"),
        ("layers.Linear", r"Dense\(units\)"),
        ("EarlyStopping", "NoProgress"),
        ("Perceptron", "train_perceptron"),
        ("Sequential", r"Network\(\[Dense"),
        ("MLP", "MLPClassifier"),
        ("Input", "inputs=4"),
        ("Adam", "deltarule.optimizers"),
        ("TabularClasifier", "Did you mean 'TabularClassifier'"),
    ],
)
def test_names_of_modules(name: str, ours: str) -> None:
    module, _, last = name.rpartition(".")
    owner = getattr(dr, module) if module else dr
    with pytest.raises(AttributeError, match=ours):
        getattr(owner, last)
    assert not hasattr(owner, last)


@pytest.mark.parametrize(
    ("make", "ours"),
    [
        (lambda: dr.Network([3, 1]), r"is Dense\(3, 'relu'\)"),  # type: ignore[list-item]
        (lambda: dr.Network(3), "must be a list of layers"),  # type: ignore[arg-type]
        (lambda: dr.Network(dr.Dense(1)), "must be a list of layers"),  # type: ignore[arg-type]
        (lambda: dr.Network([dr.Dense(3), "relu"]), "belongs to its layer"),  # type: ignore[list-item]
        (lambda: dr.Network([dr.Dense]), "Dense is a class"),  # type: ignore[list-item]
        (
            lambda: dr.fit(NETWORK, X, Y, stopping="early"),
            r"NoProgress\(10\), got 'early'. They are in deltarule.stopping",
        ),  # type: ignore[arg-type]
        (lambda: dr.fit(NETWORK, X, Y, callbacks=[1]), "functions that take an EpochEvent"),  # type: ignore[list-item]
        (lambda: dr.fit(NETWORK, X, Y, progress=True), "must be a function"),  # type: ignore[arg-type]
        (lambda: dr.fit(NETWORK, X, Y, checkpoint="run"), r"Checkpoint\(path\)"),  # type: ignore[arg-type]
    ],
)
def test_values_of_other_kinds(make: Any, ours: str) -> None:
    with pytest.raises(SettingError, match=ours):
        make()


@pytest.mark.parametrize(
    ("make", "argument", "ours"),
    [
        (dr.Dense, "use_bias", "`bias`"),
        (dr.Dense, "in_features", "layer before"),
        (dr.Dense, "kernel_regularizer", "`l2`"),
        (dr.Dropout, "p", "`rate`"),
        (dr.Network, "input_shape", "`inputs`"),
        (dr.optimizers.Adam, "lr", "`learning_rate`"),
        (dr.optimizers.Adam, "betas", "`decay_mean`"),
        (dr.optimizers.Momentum, "nesterov", "optimizers.Nesterov"),
        (dr.optimizers.Adam, "clipnorm", "`clip_array_norm`"),
        (dr.optimizers.Adam, "global_clipnorm", "`clip_norm`"),
        (dr.optimizers.Adam, "clipvalue", "`clip_value`"),
        (dr.stopping.NoProgress, "patience", "`patience_epochs`"),
        (dr.losses.CategoricalCrossEntropy, "from_logits", "compute them stably"),
    ],
)
def test_arguments_of_descriptions(make: Any, argument: str, ours: str) -> None:
    with pytest.raises(TypeError, match=ours):
        make(**{argument: 1})


def test_attributes_of_networks_and_results() -> None:
    for name in ("fit", "compile", "predict", "parameters", "save"):
        with pytest.raises(AttributeError, match=r"deltarule\.fit\(network, X, y"):
            getattr(NETWORK, name)
    result = dr.fit(NETWORK, X, Y, epochs=1)
    with pytest.raises(AttributeError, match=r"result\.network\.predict"):
        _ = result.predict  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="initial_parameters"):
        _ = result.network.fit  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="Did you mean 'explanation'"):
        _ = result.explanations  # type: ignore[attr-defined]
    for value in (NETWORK, result.network, result.history, dr.optimizers.Adam()):
        assert pickle.loads(pickle.dumps(value)) is not value
        copy.deepcopy(value)


def test_no_term_hides_a_name_of_ours() -> None:
    for terms in other_terms_table.NAMES:
        assert not set(terms.split()) & set(dr.__all__)
    for noun, table in other_terms_table.VALUES.items():
        families = {"loss": dr.losses.LOSSES, "optimizer": dr.optimizers.OPTIMIZERS,
                    "activation": dr.activations.ACTIVATIONS,
                    "initializer": dr.initializers.INITIALIZERS}  # fmt: skip
        known = {plain(name) for name in families[noun].names}
        assert not known & {plain(term) for terms in table for term in terms.split()}


def test_no_term_hides_an_argument_of_ours() -> None:
    owners = {"fit": dr.fit, "train": dr.train, "Network": dr.Network, "Dense": dr.Dense,
              "Dropout": dr.Dropout}  # fmt: skip
    for owner, function in owners.items():
        terms = " ".join(other_terms_table.ARGUMENTS[owner]).split()
        assert not set(terms) & set(inspect.signature(function).parameters), owner
    fields = {"Optimizer": dr.optimizers.Optimizer, "Loss": dr.losses.Loss}
    for owner, cls in fields.items():
        terms = " ".join(other_terms_table.ARGUMENTS[owner]).split()
        assert not set(terms) & {field.name for field in dataclasses.fields(cls)}, owner

"""Names, modules, settings and objects that only Keras has: each is answered by a sentence."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import deltarule
from deltarule import keras
from deltarule.errors import ModelFileError, SettingError, ShapeError
from deltarule.keras.absent import MODULES, NAMES

layers = keras.layers


def test_listed_names_are_absent_and_may_be_imported_but_not_used() -> None:
    for module, by_instead in NAMES.items():
        if module == "Model":
            continue
        for names in by_instead.values():
            for name in names:
                place = importlib.import_module(f"deltarule.keras.{module}".rstrip("."))
                assert name not in vars(place), (module, name)
                absent = getattr(place, name)
                assert isinstance(absent, type), (module, name)
                assert not isinstance(layers.Dense(1), absent)
            with pytest.raises(SettingError, match=rf"{names[-1]} is not supported: "):
                absent(3, units=4)


def test_absent_classes_are_no_base_classes() -> None:
    with pytest.raises(SettingError, match=r"layers\.LSTM is not supported"):
        type("Mine", (layers.LSTM,), {})
    with pytest.raises(SettingError, match=r"layers\.LSTM is not supported"):
        type("Mine", (layers.Dense, layers.LSTM), {})
    with pytest.raises(AttributeError, match=r"layers\.Embedding is not supported"):
        layers.Embedding.from_config({})
    assert layers.LSTM is layers.LSTM
    assert not hasattr(layers.LSTM, "__wrapped__")


@pytest.mark.parametrize("module", MODULES)
def test_absent_modules_say_what_to_do(module: str) -> None:
    parent, _, name = f"deltarule.keras.{module}".rpartition(".")
    sentence = rf"^deltarule\.keras has no module '{module}': .*\.$"
    with pytest.raises(ImportError, match=sentence):
        importlib.import_module(f"{parent}.{name}")
    with pytest.raises(ImportError, match=sentence):
        exec(f"from {parent} import {name}", {})
    with pytest.raises(ImportError, match=sentence):
        exec(f"from {parent}.{name}.deeper import anything", {})
    with pytest.raises(AttributeError, match=sentence):
        getattr(importlib.import_module(parent), name)


def test_misspelled_imports_have_a_suggestion() -> None:
    with pytest.raises(ImportError, match=r"no attribute 'Dens'\. Did you mean 'Dense'"):
        exec("from deltarule.keras.layers import Dens", {})
    with pytest.raises(ImportError, match=r"no attribute 'to_catgorical'\. Did you mean"):
        exec("from deltarule.keras.utils import to_catgorical", {})
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("deltarule.kers")


def test_what_keras_exports_at_its_top_is_there() -> None:
    assert keras.__version__ == keras.version() == deltarule.__version__
    assert issubclass(layers.Dense, keras.Layer)
    assert issubclass(keras.losses.Huber, keras.Loss)
    assert isinstance(keras.regularizers.L2(), keras.Regularizer)
    assert isinstance(keras.constraints.MaxNorm(), keras.constraints.Constraint)
    assert keras.initializers.he_normal is keras.initializers.HeNormal


def test_penalties_and_constraints_can_be_called() -> None:
    assert keras.regularizers.l1_l2(l1=0.1).l2 == 0  # as in Keras 3
    weights = np.array([[3.0, 0.0], [4.0, 1.0]])
    assert keras.regularizers.L1L2(0.5, 2)(weights) == 0.5 * 8 + 2 * 26
    limited = keras.constraints.MaxNorm(2)(weights)
    assert limited == pytest.approx(np.array([[1.2, 0.0], [1.6, 1.0]]))


ONLY_IN_KERAS: dict[str, Callable[[], Any]] = {
    "hard_sigmoid": lambda: layers.Dense(1, "hard_sigmoid"),
    "glu": lambda: layers.Dense(1, "glu"),
    "dice": lambda: keras.losses.get("dice"),
    "ftrl": lambda: keras.optimizers.get("ftrl"),
    "identity": lambda: layers.Dense(1, kernel_initializer="identity"),
    "non_neg": lambda: layers.Dense(1, kernel_constraint="non_neg"),
    "orthogonal_regularizer": lambda: keras.regularizers.get("orthogonal_regularizer"),
}


@pytest.mark.parametrize("name", ONLY_IN_KERAS)
def test_a_name_that_only_keras_has_is_not_taken_for_another(name: str) -> None:
    with pytest.raises(SettingError, match=rf"got '{name}'. Only Keras has it: ") as caught:
        ONLY_IN_KERAS[name]()
    assert "Did you mean" not in str(caught.value)


OLD_SETTINGS = [
    (lambda x: keras.optimizers.SGD(lr=x), "It is called learning_rate"),
    (lambda x: keras.optimizers.Adam(decay=x), "InverseTimeDecay"),
    (lambda x: layers.Dense(3, init=x), "It is called kernel_initializer"),
    (lambda x: layers.Dense(output_dim=3, units=x), "It is called units"),
    (lambda x: layers.Dense(3, W_regularizer=x), "It is called kernel_regularizer"),
    (lambda x: layers.Dense(3, bias=x), "It is called use_bias"),
    (lambda x: layers.Dropout(p=x), "It is called rate"),
    (lambda x: keras.Sequential().fit(nb_epoch=x), "It is called epochs"),
    (lambda x: keras.Sequential().fit(show_accuracy=x), r"metrics=\['accuracy'\]"),
    (lambda x: keras.Sequential().fit(class_weights=x), "It is called class_weight"),
    (lambda x: keras.Sequential().fit(learning_rate=x), "Give it to the optimizer"),
    (lambda x: keras.Sequential().fit(workers=x), "are made in this process"),
    (lambda x: keras.Sequential().compile(class_mode=x), "The loss decides"),
    (lambda x: keras.Sequential().evaluate(show_accuracy=x), r"metrics=\['accuracy'\]"),
    (lambda x: keras.callbacks.EarlyStopping(pateince=x), "Did you mean 'patience'"),
    (lambda x: keras.regularizers.L2(l=x), ""),
]


@pytest.mark.parametrize(("make", "hint"), OLD_SETTINGS)
def test_settings_of_earlier_versions_have_a_hint(make: Callable[[Any], Any], hint: str) -> None:
    with pytest.raises(SettingError, match=rf"has no setting '.*\. ?.*{hint}"):
        make(0.1)


def test_the_input_size_may_be_given_to_the_first_layer() -> None:
    model = keras.Sequential([layers.Dense(3, input_dim=2)])
    assert model.input_shape == (None, 2)


@pytest.mark.parametrize(
    ("name", "instead"),
    [("fit_generator", "call fit"), ("predict_classes", "argmax"), ("predict_proba", "predict")],
)
def test_methods_of_earlier_versions_say_what_to_call(name: str, instead: str) -> None:
    with pytest.raises(AttributeError, match=rf"Model\.{name} is not supported: .*{instead}"):
        getattr(keras.Sequential(), name)
    with pytest.raises(AttributeError, match=r"Adam\.apply_gradients is not supported: the engine"):
        _ = keras.optimizers.Adam().apply_gradients


def stranger(module: str, name: str, *bases: type) -> Any:
    """Return an object that looks as if it came from another library."""
    return type(name, bases, {"__module__": module, "__call__": lambda self, *given: None})()


KERAS = "keras.src.somewhere"
HANDED_IN: dict[str, Callable[[], Any]] = {
    "layers import Dense": lambda: keras.Sequential([stranger(KERAS, "Dense")]),
    "models import Sequential": lambda: keras.Sequential().add(stranger(KERAS, "Sequential")),
    "layers import Input": lambda: layers.Dense(1)(stranger(KERAS, "KerasTensor")),
    "optimizers import Adam": lambda: keras.optimizers.get(stranger(KERAS, "Adam")),
    "losses import Huber": lambda: keras.losses.get(stranger(KERAS, "Huber")),
    "metrics import Recall": lambda: keras.metrics.get(stranger(KERAS, "Recall")),
    "initializers import Ones": lambda: layers.Dense(1, kernel_initializer=stranger(KERAS, "Ones")),
    "regularizers import L2": lambda: layers.Dense(1, kernel_regularizer=stranger(KERAS, "L2")),
    "constraints import MaxNorm": (
        lambda: layers.Dense(1, kernel_constraint=stranger("tf_keras.src.constraints", "MaxNorm"))
    ),
    "optimizers.schedules import CosineDecay": (
        lambda: keras.optimizers.Adam(stranger(KERAS, "CosineDecay"))
    ),
}


@pytest.mark.parametrize("words", HANDED_IN)
def test_objects_of_keras_itself_say_where_to_import_them_from(words: str) -> None:
    with pytest.raises(SettingError, match=rf"is Keras's own .*from deltarule\.keras\.{words}\)"):
        HANDED_IN[words]()


def test_callbacks_and_tensors_of_keras_itself_too(small: Any, moons: Any) -> None:
    alien = stranger("tensorflow.python.keras.callbacks", "EarlyStopping")
    for call in (small.fit, small.evaluate):
        with pytest.raises(SettingError, match="callbacks import EarlyStopping"):
            call(*moons, verbose=0, callbacks=[alien])
    with pytest.raises(SettingError, match=r"`Model\.inputs` is Keras's own KerasTensor"):
        keras.Model(stranger(KERAS, "KerasTensor"), stranger(KERAS, "KerasTensor"))


def test_objects_of_other_libraries_and_their_subclasses() -> None:
    with pytest.raises(SettingError, match="is Keras's own LSTM, which deltarule does not have"):
        keras.Sequential([stranger(KERAS, "LSTM")])
    with pytest.raises(SettingError, match=r"is PyTorch's Linear: .*layers import Dense\)"):
        keras.Sequential([stranger("torch.nn.modules.linear", "Linear")])
    mine = stranger("__main__", "Mine", type(stranger("torch.optim.adam", "Adam")))
    with pytest.raises(SettingError, match="is PyTorch's Mine"):
        keras.optimizers.get(mine)


def test_functions_of_ones_own() -> None:
    def mine(*given: Any) -> float:
        return 0.0

    needs = "needs an engine that differentiates"
    with pytest.raises(SettingError, match=needs):
        layers.Dense(1, mine)
    with pytest.raises(SettingError, match=needs):
        layers.Dense(1, kernel_regularizer=mine)
    with pytest.raises(SettingError, match=f"got the function 'mine'. A loss of your own {needs}"):
        keras.losses.get(mine)
    with pytest.raises(SettingError, match="calls no function between updates"):
        layers.Dense(1, kernel_constraint=mine)
    with pytest.raises(SettingError, match="must be 'tanh', by its name"):
        layers.Dense(1, np.tanh)
    assert layers.Dense(1, kernel_initializer=lambda shape, dtype: np.ones(shape)).built is False


def test_the_finder_leaves_other_packages_alone() -> None:
    finders = [f for f in sys.meta_path if type(f).__name__ == "AbsentModules"]
    assert len(finders) == 1
    assert finders[0].find_spec("somewhere.else", None) is None
    assert isinstance(importlib.import_module("deltarule.keras.layers"), ModuleType)


NOT_DONE: dict[str, Callable[[], Any]] = {
    "Flatten.data_format": lambda: layers.Flatten(data_format="channels_first"),
    "adapt.steps": lambda: layers.Normalization().adapt([[1.0]], steps=3),
    "Input.sparse": lambda: keras.Input(2, sparse=True),
    "Input.optional": lambda: keras.Input(2, optional=True),
    "save_model.model": lambda: keras.models.save_model("model", "m.keras"),
    "save.zipped": lambda: keras.models.save_model(keras.Sequential(), "m.keras", zipped=True),
    "BatchNormalization.training": (
        lambda: layers.BatchNormalization()(layers.Dense(2)(keras.Input(2)), training=False)
    ),
    "must have its factors": lambda: layers.Dense(1, kernel_regularizer="l1_l2"),
    "output of layer": lambda: keras.Input(2) + 1,
    "has no values to calculate with": lambda: np.exp(keras.Input(2)),
}


@pytest.mark.parametrize("words", NOT_DONE)
def test_arguments_that_would_have_no_effect_are_refused(words: str) -> None:
    with pytest.raises(SettingError, match=words):
        NOT_DONE[words]()


def test_shuffling_whole_batches_is_refused(small: Any, moons: Any) -> None:
    with pytest.raises(SettingError, match="`shuffle` must be True or False, got 'batch'"):
        small.fit(*moons, shuffle="batch", verbose=0)


def test_defaults_of_keras_may_be_written_out() -> None:
    keras.Input(2, sparse=False, ragged=False, optional=False)
    layers.Flatten(data_format="channels_last")
    assert keras.initializers.Ones()((2,), dtype=None).dtype == np.float32


def test_attributes_of_earlier_versions_are_refused() -> None:
    optimizer = keras.optimizers.Adam()
    with pytest.raises(SettingError, match=r"`Adam\.lr` is called learning_rate"):
        optimizer.lr = 0.1
    with pytest.raises(AttributeError, match=r"Adam\.lr is called learning_rate"):
        _ = optimizer.lr
    assert not hasattr(optimizer, "lr")


def test_one_input_and_one_output_may_be_in_a_list(small: Any, moons: Any) -> None:
    x, y = moons
    expected = small.evaluate(x, y, verbose=0)
    assert small.evaluate([x], [y], verbose=0) == expected
    assert np.array_equal(small.predict([x], verbose=0), small.predict(x, verbose=0))
    fresh = keras.Sequential([layers.Dense(1, "sigmoid")])
    fresh.compile("sgd", "mse")
    fresh.fit([x], [y], verbose=0)
    assert fresh.input_shape == (None, 2)
    assert small.evaluate(list(x), list(y), verbose=0) == expected
    assert small.evaluate(x, [np.array([label]) for label in y], verbose=0) == expected
    with pytest.raises(ShapeError, match=r"got 2 arrays\. A network with several inputs"):
        small.fit([x, x], y, verbose=0)
    with pytest.raises(ShapeError, match="y must be an array, got 2 arrays"):
        small.fit(x, [y, y], verbose=0)
    with pytest.raises(ShapeError, match="x must be an array, got a dict"):
        small.fit({"x": x}, y, verbose=0)
    with pytest.raises(SettingError, match="`loss` must be a single one, not a dict"):
        small.compile("sgd", {"output": "mse"})


def test_files_of_keras_say_how_to_copy_the_weights(small: Any, tmp_path: Any) -> None:
    for name, begin in (("m.keras", b"PK\x03\x04..."), ("m.weights.h5", b"\x89HDF\r\n\x1a\n")):
        (tmp_path / name).write_bytes(begin * 9)
        for read in (keras.models.load_model, small.load_weights):
            with pytest.raises(ModelFileError, match=r"files of Keras cannot be read.*set_weights"):
                read(tmp_path / name)

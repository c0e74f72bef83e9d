"""Loops over batches at their edges: generators that end, interrupts, rates, weights, checkpoints."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import DataError, SettingError
from deltarule.keras.callbacks import Callback, EarlyStopping, LambdaCallback, ModelCheckpoint


def batches_of(x: Any, y: Any, count: int | None = None, size: int = 20) -> Iterator[Any]:
    """Yield `count` batches, without end by default."""
    made = 0
    while count is None or made < count:
        rows = np.arange(made * size, (made + 1) * size) % len(x)
        yield x[rows], y[rows]
        made += 1


def linear(optimizer: Any) -> Any:
    output = keras.layers.Dense(1, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((1,)), output])
    model.compile(optimizer, "mse")
    return model


def test_a_validation_generator_that_is_exhausted_is_an_error(small: Any, moons: Any) -> None:
    """A loss of no rows is not 0: a callback would take it for the best."""
    seen: list[int] = []
    note = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    with pytest.raises(DataError, match="validation_data has no batch left"):
        small.fit(
            *moons, epochs=3, verbose=0, validation_data=batches_of(*moons, 2), callbacks=[note]
        )
    assert seen == [0]
    with (
        pytest.warns(UserWarning, match="before validation_steps batches"),
        pytest.raises(DataError, match="no batch left"),
    ):
        small.fit(*moons, epochs=3, verbose=0, validation_data=batches_of(*moons, 3),
                  validation_steps=2)  # fmt: skip
    with pytest.warns(UserWarning, match="before steps batches"):
        small.evaluate(*moons, batch_size=60, steps=3, verbose=0)


def test_an_early_stopping_may_be_used_for_rows_and_then_for_batches(moons: Any) -> None:
    """The weights after each fit are those of the epoch with the lowest validation loss."""
    stopper = EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    validation = (moons[0], 1 - moons[1])  # each epoch is worse than the one before
    for steps in (None, 6):
        keras.utils.set_random_seed(2)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.SGD(3.0), "binary_crossentropy")
        history = model.fit(*moons, epochs=30, batch_size=20, steps_per_epoch=steps, verbose=0,
                            validation_data=validation, callbacks=[stopper])  # fmt: skip
        assert stopper.stopped_epoch == len(history.epoch) - 1 < 29
        best = min(history.history["val_loss"])
        assert model.evaluate(*validation, verbose=0) == pytest.approx(best, rel=1e-5)
        assert history.history["val_loss"][-1] > 1.001 * best


def test_weights_of_classes_and_of_rows_exclude_each_other_in_batches(
    small: Any, moons: Any
) -> None:
    weighted = iter([(*moons, np.ones(len(moons[0])))])
    with pytest.raises(SettingError, match="class_weight` cannot be combined with weights of rows"):
        small.fit(weighted, verbose=0, class_weight={0: 1.0, 1: 2.0})


@pytest.mark.parametrize("settings", [{}, {"validation_steps": 2}, {"steps_per_epoch": 1}])
def test_rows_of_validation_without_weight_have_no_loss(
    settings: dict[str, Any], small: Any, moons: Any
) -> None:
    weights = np.repeat([1.0, 0.0], 60)
    found = small.fit(*moons, epochs=2, sample_weight=weights, validation_split=0.5, verbose=0,
                      **settings).history  # fmt: skip
    assert found["val_loss"] == [0.0, 0.0]
    assert small.evaluate(*moons, sample_weight=0 * weights, verbose=0)[0] == 0.0


def test_a_batch_without_weight_changes_no_weights(moons: Any) -> None:
    model = linear("sgd")
    batch = {"x": moons[0][:, :1], "y": moons[1]}
    before = model.get_weights()
    assert model.train_on_batch(**batch, sample_weight=np.zeros(120)) == 0.0
    assert model.train_on_batch(**batch, class_weight={0: 0.0, 1: 0.0}) == 0.0
    assert model.test_on_batch(**batch, sample_weight=np.zeros(120)) == 0.0
    assert np.array_equal(model.get_weights()[0], before[0])
    with pytest.raises(DataError, match="The weights of all training rows are 0"):
        model.fit(**batch, sample_weight=np.zeros(120), verbose=0)


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_learning_rate_set_during_fit_replaces_a_schedule(engine: str) -> None:
    """With the learning rate 0, a step of gradient descent changes nothing."""
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.5)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(schedule), "mse", engine=engine)
    weights: list[float] = []

    class Stop(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            weights.append(self.model.layers[0].kernel.numpy().item())
            if epoch == 1:
                self.model.optimizer.learning_rate = 0.0
            if epoch == 3:
                self.model.optimizer.learning_rate = schedule

    model.fit(np.ones((20, 1)), np.full(20, 5.0), epochs=6, verbose=0, callbacks=[Stop()])
    assert weights[0] < weights[1] == weights[2] == weights[3] < weights[4] < weights[5]


@pytest.mark.parametrize("size", [1, 16])
def test_batches_of_zeros_first_are_no_divergence(size: int) -> None:
    """Claims: nearly all targets are 0, one is a million; the engine's own loop trains on."""
    x, y = np.ones((64, 1)), np.zeros(64)
    y[40] = 1e6
    model = linear(keras.optimizers.SGD(1e-4))
    history = model.fit(
        batches_of(x, y, size=size), steps_per_epoch=64 // size, epochs=3, verbose=0
    )
    assert history.epoch == [0, 1, 2]
    expected = linear(keras.optimizers.SGD(1e-4))
    expected.fit(x, y, batch_size=size, epochs=3, shuffle=False, verbose=0)
    assert model.predict(x[:1], verbose=0) == pytest.approx(
        expected.predict(x[:1], verbose=0), rel=1e-4
    )


def test_an_interrupt_keeps_the_last_batch_and_ends_callbacks(moons: Any) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    found: list[Any] = []

    class Interrupt(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 2:
                found.append(self.model.get_weights()[0])
                raise KeyboardInterrupt

        def on_train_end(self, logs: Any = None) -> None:
            found.append(self.model.get_weights()[0])

    with pytest.raises(KeyboardInterrupt):
        model.fit(*moons, batch_size=10, verbose=0, callbacks=[Interrupt()])
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], model.get_weights()[0])
    assert int(model.optimizer.iterations) == 3
    model.fit(*moons, batch_size=10, verbose=0)
    assert int(model.optimizer.iterations) > 3


@pytest.mark.parametrize("save_freq", [4, "epoch"])
def test_a_checkpoint_after_a_number_of_batches(
    save_freq: Any, small: Any, moons: Any, tmp_path: Path
) -> None:
    """Six batches per epoch: after batches 4, 8 and 12 of all are the second and the sixth of epoch 2."""
    path = str(tmp_path / ("{epoch}-{batch}.keras" if save_freq == 4 else "{epoch}.keras"))
    small.fit(*moons, batch_size=20, epochs=2, verbose=0,
              callbacks=[ModelCheckpoint(path, save_freq=save_freq)])  # fmt: skip
    names = sorted(file.name for file in tmp_path.iterdir())
    expected = ["1-4.keras", "2-2.keras", "2-6.keras"] if save_freq == 4 else ["1.keras", "2.keras"]
    assert names == expected
    last = keras.models.load_model(tmp_path / names[-1])
    assert int(last.optimizer.iterations) == 12
    assert np.array_equal(last.predict(moons[0], verbose=0), small.predict(moons[0], verbose=0))


@pytest.mark.parametrize("save_freq", ["batch", 0, 2.5])
def test_a_save_freq_that_is_no_number_of_batches_is_refused(save_freq: Any) -> None:
    with pytest.raises(SettingError, match=r"`ModelCheckpoint\.save_freq` must be"):
        ModelCheckpoint("model.keras", save_freq=save_freq)


class Numbered(keras.utils.PyDataset):
    """Batches with a number of them instead of a length."""

    def __init__(self, x: Any, y: Any, count: int | None) -> None:
        super().__init__()
        self.x, self.y, self._count = x, y, count

    @property
    def num_batches(self) -> int | None:
        return self._count

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        rows = np.arange(index * 20, (index + 1) * 20) % len(self.x)
        return self.x[rows], self.y[rows]


def test_a_dataset_may_have_a_number_of_batches_or_no_end(small: Any, moons: Any) -> None:
    small.fit(Numbered(*moons, 4), epochs=2, verbose=0)
    assert int(small.optimizer.iterations) == 8
    small.fit(Numbered(*moons, None), epochs=2, steps_per_epoch=5, verbose=0)
    assert int(small.optimizer.iterations) == 18


def _raise(error: Exception) -> Any:
    raise error


MISTAKES = [
    (lambda self: _raise(AttributeError("no attribute 'rows'")), AttributeError),
    (lambda self: 10 / 2, TypeError),
    (lambda self: _raise(NotImplementedError()), NotImplementedError),
]


@pytest.mark.parametrize("base", [object, keras.utils.PyDataset])
@pytest.mark.parametrize(("length", "error"), MISTAKES)
def test_a_mistake_in_the_length_of_a_dataset_is_shown(
    base: type, length: Any, error: type[Exception], small: Any, moons: Any
) -> None:
    """It is not taken for a dataset without end."""
    dataset = type("Wrong", (base,), {"__len__": length, "__getitem__": lambda self, i: moons})()
    with pytest.raises(error):
        small.fit(dataset, verbose=0)


@pytest.mark.parametrize(
    ("count", "error"), [MISTAKES[0], (MISTAKES[1][0], SettingError), MISTAKES[2]]
)
def test_a_mistake_in_the_number_of_batches_is_shown(
    count: Any, error: type[Exception], small: Any, moons: Any
) -> None:
    methods = {"num_batches": property(count), "__getitem__": lambda self, i: moons}
    with pytest.raises(error):
        small.fit(type("Wrong", (keras.utils.PyDataset,), methods)(), verbose=0)


@pytest.mark.parametrize(
    "length", [lambda self: len(iter([])), lambda self: _raise(NotImplementedError())]
)
def test_an_iterable_may_not_know_its_length(length: Any, small: Any, moons: Any) -> None:
    """As PyTorch's DataLoader of an IterableDataset."""
    methods = {"__len__": length, "__iter__": lambda self: iter([moons])}
    small.fit(type("Loader", (), methods)(), epochs=2, verbose=0)
    assert int(small.optimizer.iterations) == 2


def test_names_of_what_evaluate_returns(moons: Any) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    assert model.metrics_names == []
    model.compile("sgd", "mse", metrics=["accuracy", "mae", keras.metrics.AUC(name="area")],
                  weighted_metrics=["mae"])  # fmt: skip
    names = ["loss", "accuracy", "mae", "area", "weighted_mae"]
    assert model.metrics_names == names
    values = model.evaluate(*moons, verbose=0)
    by_name = model.evaluate(*moons, verbose=0, return_dict=True)
    assert dict(zip(names, values, strict=True)) == by_name


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("predict", {"batch_size": 0}, "`batch_size` must be at least 1"),
        ("evaluate", {"batch_size": 0}, "`batch_size` must be at least 1"),
        (
            "train_on_batch",
            {"x": iter([])},
            "x must be an array, got list_iterator: give one batch",
        ),
        ("train_on_batch", {"y": None}, "y must be given"),
        ("fit", {"validation_batch_size": 2}, "`validation_batch_size` needs"),
        (
            "fit",
            {"validation_batch_size": 2, "validation_data": iter([])},
            "`validation_batch_size` cannot be given when validation_data makes",
        ),
        ("evaluate", {"x": len}, "x must be an array, got builtin_function_or_method: call it"),
    ],
)
def test_arguments_of_other_methods_that_cannot_be_honored(
    small: Any, moons: Any, method: str, arguments: Any, message: str
) -> None:
    given = {"x": moons[0]} if method == "predict" else {"x": moons[0], "y": moons[1]}
    with pytest.raises((SettingError, DataError), match=message):
        getattr(small, method)(**{**given, **arguments})


def test_the_line_of_a_generator_s_evaluation_counts_its_batches(
    small: Any, moons: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    small.evaluate(batches_of(*moons, 3))
    assert capsys.readouterr().out.startswith("3/3 ")


@pytest.mark.parametrize("settings", [{}, {"validation_freq": [1, 2]}, {"steps_per_epoch": 2}])
def test_logs_are_sorted_and_do_not_keep_what_callbacks_add(
    settings: dict[str, Any], moons: Any
) -> None:
    """In the engine's epochs, with validation in Python, and in batches; as in Keras."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mae"])
    names = ["loss", "mae", "val_loss", "val_mae", "val_weighted_mae", "weighted_mae"]
    last: list[Any] = []
    callbacks = [
        LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(added=1.0)),
        LambdaCallback(on_train_end=last.append),
    ]
    history = model.fit(*moons, epochs=2, verbose=0, validation_data=moons,
                        callbacks=callbacks, **settings)  # fmt: skip
    assert list(history.history) == [*names, "added"]
    assert list(last[0]) == names


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("fit", {"epochs": 20}),
        ("fit", {"epochs": 20, "steps_per_epoch": 2}),
        ("fit", {"callbacks": [EarlyStopping("val_loss", mode="min")]}),
        ("train_on_batch", {}),
        ("evaluate", {"steps": 9, "verbose": 0}),
    ],
)
def test_warnings_point_at_the_line_of_the_user(method: str, arguments: dict[str, Any]) -> None:
    model = linear(keras.optimizers.SGD(1e20))
    rows = {"x": np.full((50, 1), 1e30), "y": np.ones(50)}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(model, method)(**rows, **arguments)
    assert {warning.filename for warning in caught} == {__file__}

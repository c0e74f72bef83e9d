"""Training and evaluation batch by batch: hooks of batches, train_on_batch, datasets."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import DataError, SettingError, ShapeError
from deltarule.keras.callbacks import Callback


def new_model(optimizer: Any = "adam", metrics: Any = ("accuracy",), dropout: float = 0) -> Any:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(5, "tanh"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile(optimizer, "binary_crossentropy", metrics=list(metrics))
    keras.utils.set_random_seed(1)
    return model


class Batches(Callback):
    """Records the hooks of batches."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, int]] = []
        self.logs: list[dict[str, float]] = []
        self.rates: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        assert logs == {}
        self.calls.append(("train begins", batch))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.calls.append(("train ends", batch))
        self.logs.append(logs)
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.calls.append(("epoch ends", epoch))


class Slices(keras.utils.PyDataset):
    """40 rows in batches of 16, the last one smaller."""

    def __init__(self, x: Any, y: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.x, self.y, self.epochs = x[:40], y[:40], 0

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        rows = slice(index * 16, (index + 1) * 16)
        return self.x[rows], self.y[rows]

    def on_epoch_end(self) -> None:
        self.epochs += 1


def endless(x: Any, y: Any, size: int = 20) -> Iterator[tuple[Any, Any]]:
    while True:
        for at in range(0, len(x), size):
            yield x[at : at + size], y[at : at + size]


def test_hooks_of_batches_change_no_bit(moons: Any) -> None:
    plain, watched, spy = new_model(), new_model(), Batches()
    settings = {"batch_size": 50, "epochs": 3, "validation_split": 0.2, "verbose": 0}
    expected = plain.fit(*moons, **settings).history
    keras.utils.set_random_seed(1)
    history = watched.fit(*moons, **settings, callbacks=[spy]).history
    assert {name: history[name] for name in ("loss", "accuracy", "val_accuracy")} == {
        name: expected[name] for name in ("loss", "accuracy", "val_accuracy")
    }
    assert history["val_loss"] == pytest.approx(expected["val_loss"], rel=1e-6)
    for ours, others in zip(watched.get_weights(), plain.get_weights(), strict=True):
        assert np.array_equal(ours, others)
    assert spy.calls[:5] == [
        ("train begins", 0), ("train ends", 0), ("train begins", 1), ("train ends", 1),
        ("epoch ends", 0),
    ]  # fmt: skip
    assert spy.logs[1] == {name: history[name][0] for name in ("accuracy", "loss")}
    assert list(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]


def test_a_learning_rate_set_in_a_hook_holds_from_the_next_batch(moons: Any) -> None:
    """One step of gradient descent is proportional to the learning rate."""

    class Finder(Callback):  # a learning rate finder of a notebook
        def __init__(self) -> None:
            super().__init__()
            self.steps: list[float] = []

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.before = self.model.layers[-1].bias.numpy()
            self.model.optimizer.learning_rate = 10.0 ** (-2 - batch)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.steps.append(float(abs(self.model.layers[-1].bias - self.before).item()))

    finder = Finder()
    x, y = np.tile(moons[0][:40], (3, 1)), np.tile(moons[1][:40], 3)
    new_model("sgd").fit(x, y, batch_size=40, shuffle=False, verbose=0, callbacks=[finder])
    assert len(finder.steps) == 3
    assert finder.steps[0] > 3 * finder.steps[1] > 9 * finder.steps[2] > 0


def test_stop_training_in_a_hook_ends_the_epoch(small: Any, moons: Any) -> None:
    def stop(batch: int, logs: Any) -> None:
        small.stop_training = batch == 1

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=stop)
    history = small.fit(*moons, epochs=5, validation_data=moons, verbose=0, callbacks=[callback])
    assert history.epoch == [0]
    assert "val_loss" in history.history
    assert int(small.optimizer.iterations) == 2


def test_weights_may_be_read_and_set_in_a_hook(moons: Any) -> None:
    model = new_model("sgd")

    class Zero(Callback):
        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.layers[0].set_weights([np.zeros((2, 5)), np.zeros(5)])

    model.fit(*moons, epochs=1, verbose=0, callbacks=[Zero()])
    assert not model.layers[0].kernel.numpy().any()
    assert model.layers[-1].bias.numpy().any()


def test_hooks_of_evaluate_and_predict(small: Any, moons: Any) -> None:
    seen: dict[str, list[Any]] = {}

    def note(name: str) -> Any:
        return lambda batch, logs: seen.setdefault(name, []).append(logs)

    names = [f"on_{what}_batch_end" for what in ("test", "predict")]
    callback = keras.callbacks.LambdaCallback(**{name: note(name) for name in names})
    loss, accuracy = small.evaluate(*moons, batch_size=50, verbose=0, callbacks=[callback])
    outputs = small.predict(moons[0], batch_size=50, verbose=0, callbacks=[callback])
    assert len(seen["on_test_batch_end"]) == len(seen["on_predict_batch_end"]) == 3
    assert seen["on_test_batch_end"][-1] == {"accuracy": accuracy, "loss": loss}
    assert (loss, accuracy) == pytest.approx(small.evaluate(*moons, verbose=0), rel=1e-6)
    assert np.array_equal(
        np.concatenate([logs["outputs"] for logs in seen["on_predict_batch_end"]]), outputs
    )
    small.fit(*moons, validation_split=0.5, verbose=0, callbacks=[callback])
    assert len(seen["on_test_batch_end"]) == 5  # 60 rows of validation in batches of 32


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nadam"])
def test_train_on_batch_equals_fit(moons: Any, optimizer: str) -> None:
    fitted, looped = new_model(optimizer), new_model(optimizer)
    expected = fitted.fit(*moons, batch_size=50, epochs=2, shuffle=False, verbose=0).history
    for epoch in range(2):
        sums = np.zeros(2)
        for at in (0, 50, 100):
            rows = slice(at, at + 50)
            values = looped.train_on_batch(moons[0][rows], moons[1][rows])
            sums += np.multiply(values, len(moons[0][rows]))
        assert list(sums / 120) == [expected["loss"][epoch], expected["accuracy"][epoch]]
    for ours, others in zip(looped.get_weights(), fitted.get_weights(), strict=True):
        assert np.array_equal(ours, others)
    assert int(looped.optimizer.iterations) == int(fitted.optimizer.iterations) == 6


def test_a_loop_over_batches_goes_on_after_fit_and_before_it(moons: Any, tmp_path: Any) -> None:
    fitted, mixed = new_model(), new_model()
    fitted.fit(*moons, batch_size=60, epochs=3, shuffle=False, verbose=0)
    mixed.fit(*moons, batch_size=60, shuffle=False, verbose=0)
    for at in (0, 60):
        mixed.train_on_batch(moons[0][at : at + 60], moons[1][at : at + 60])
    mixed.predict(moons[0], verbose=0)
    mixed.save(tmp_path / "model.keras")
    mixed = keras.models.load_model(tmp_path / "model.keras")
    mixed.fit(*moons, batch_size=60, shuffle=False, verbose=0)
    for ours, others in zip(mixed.get_weights(), fitted.get_weights(), strict=True):
        assert np.array_equal(ours, others)


def test_values_of_a_batch_are_its_own(small: Any, moons: Any) -> None:
    x, y = moons
    first = small.test_on_batch(x[:30], y[:30], return_dict=True)
    second = small.test_on_batch(x[30:], y[30:], return_dict=True)
    assert list(second) == ["accuracy", "loss"]
    own = small.evaluate(x[30:], y[30:], verbose=0, return_dict=True)
    assert second == pytest.approx(own, rel=1e-6)
    assert small.test_on_batch(x[:30], y[:30], return_dict=True) == first != second
    assert np.array_equal(small.predict_on_batch(x), small.predict(x, verbose=0))
    assert type(small.predict_on_batch(x)) is np.ndarray


def test_weights_of_rows_and_classes_in_a_batch(moons: Any) -> None:
    x, y = moons
    by_class, by_row = new_model("sgd", ()), new_model("sgd", ())
    weights = np.where(y == 1, 3.0, 1.0)
    loss = by_class.train_on_batch(x, y, class_weight={1: 3.0})
    assert loss == by_row.train_on_batch(x, y, sample_weight=weights)
    assert isinstance(loss, float)
    with pytest.raises(SettingError, match="cannot be combined with `sample_weight`"):
        by_row.train_on_batch(x, y, sample_weight=weights, class_weight={1: 3.0})


def test_metrics_of_batches_are_those_before_the_update(moons: Any) -> None:
    x, y = moons
    model = new_model("sgd", ["accuracy", "mae", keras.metrics.Precision(name="precision")])
    before = model.evaluate(x, y, verbose=0, return_dict=True)
    values = model.train_on_batch(x, y, return_dict=True)
    assert values == pytest.approx(before, rel=1e-6)
    assert model.evaluate(x, y, verbose=0, return_dict=True) != before


def test_a_batch_that_diverges_changes_nothing(moons: Any) -> None:
    x, y = moons
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.train_on_batch(x, y)
    before = model.get_weights()
    with pytest.warns(keras.TrainingDivergedWarning, match="the weights do not change"):
        assert not np.isfinite(model.train_on_batch(np.full((4, 2), 1e30), np.ones(4)))
    for now, then in zip(model.get_weights(), before, strict=True):
        assert np.array_equal(now, then)
    assert np.isfinite(model.train_on_batch(x, y))


def test_datasets_train_evaluate_and_predict(moons: Any) -> None:
    x, y = moons
    data, model, plain = Slices(x, y), new_model(), new_model()
    history = model.fit(data, epochs=2, shuffle=False, validation_data=Slices(x, y), verbose=0)
    expected = plain.fit(x[:40], y[:40], batch_size=16, epochs=2, shuffle=False, verbose=0)
    assert history.history["loss"] == expected.history["loss"]
    assert data.epochs == 2
    values = model.evaluate(data, verbose=0, return_dict=True)
    assert values == pytest.approx(
        {name: history.history[f"val_{name}"][-1] for name in ("accuracy", "loss")}, rel=1e-6
    )
    assert np.allclose(model.predict(data, verbose=0), plain.predict(x[:40], verbose=0), rtol=1e-5)


def test_a_dataset_is_shuffled_by_batches(moons: Any) -> None:
    order: list[int] = []

    class Noted(Slices):
        def __getitem__(self, index: int) -> tuple[Any, Any]:
            order.append(index)
            return super().__getitem__(index)

    new_model().fit(Noted(*moons), epochs=8, verbose=0)
    passes = {tuple(order[at : at + 3]) for at in range(0, 24, 3)}
    assert len(passes) > 1
    assert all(sorted(each) == [0, 1, 2] for each in passes)


def test_generators_need_steps_and_go_on(moons: Any) -> None:
    model, plain = new_model(), new_model()
    validation = endless(*moons)
    history = model.fit(
        endless(*moons), steps_per_epoch=3, epochs=4, verbose=0,
        validation_data=validation, validation_steps=2,
    )  # fmt: skip
    assert int(model.optimizer.iterations) == 12
    assert len(history.history["val_loss"]) == 4
    plain.fit(*moons, batch_size=20, epochs=2, shuffle=False, verbose=0)  # the same 12 batches
    assert np.array_equal(model.get_weights()[0], plain.get_weights()[0])
    assert np.array_equal(
        next(validation)[0], moons[0][40:60]
    )  # it is not closed: 8 batches were used


def test_a_generator_that_ends(moons: Any) -> None:
    three = (batch for batch, _ in zip(endless(*moons), range(3), strict=False))
    with pytest.warns(UserWarning, match="exhausted: training ends after epoch 1 of 5"):
        history = new_model().fit(three, epochs=5, verbose=0)
    assert history.epoch == [0]
    three = (batch for batch, _ in zip(endless(*moons), range(3), strict=False))
    with pytest.warns(UserWarning, match="ran out before steps_per_epoch"):
        history = new_model().fit(three, epochs=2, steps_per_epoch=2, verbose=0)
    assert history.epoch == [0, 1]


def test_steps_per_epoch_of_arrays_continue_in_the_next_epoch(moons: Any) -> None:
    model, plain = new_model(), new_model()
    model.fit(*moons, batch_size=30, steps_per_epoch=2, epochs=4, verbose=0)
    keras.utils.set_random_seed(1)
    plain.fit(*moons, batch_size=30, epochs=2, verbose=0)
    assert np.array_equal(model.get_weights()[0], plain.get_weights()[0])


def test_batches_of_other_libraries(moons: Any) -> None:
    """Anything iterable that makes (x, y): a DataLoader makes lists of tensors."""

    class TensorLike:
        def __init__(self, values: Any) -> None:
            self.values = values

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.array(self.values, dtype)

    class Loader:
        def __iter__(self) -> Iterator[Any]:
            for x, y in (next(endless(*moons, 120)),):
                yield [TensorLike(x), TensorLike(y)]

        def __len__(self) -> int:
            return 1

    model, plain = new_model(), new_model()
    model.fit(Loader(), epochs=3, verbose=0)
    plain.fit(*moons, batch_size=120, epochs=3, shuffle=False, verbose=0)
    assert np.array_equal(model.get_weights()[0], plain.get_weights()[0])


def test_a_model_without_input_takes_it_from_the_first_batch(moons: Any) -> None:
    model = keras.Sequential([keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    model.fit(endless(*moons), steps_per_epoch=1, verbose=0)
    assert model.input_shape == (None, 2)


def test_validation_after_some_epochs(small: Any, moons: Any) -> None:
    settings = {"epochs": 4, "validation_data": moons, "verbose": 0}
    assert len(small.fit(*moons, **settings, validation_freq=2).history["val_loss"]) == 2
    history = small.fit(*moons, **settings, validation_freq=[1, 4]).history
    assert len(history["val_loss"]) == 2
    assert history["val_loss"][-1] == pytest.approx(small.evaluate(*moons, verbose=0)[0])
    part = small.fit(*moons, epochs=1, verbose=0, validation_data=moons, validation_steps=1,
                     validation_batch_size=40).history  # fmt: skip
    first = small.evaluate(moons[0][:40], moons[1][:40], verbose=0)[0]
    assert part["val_loss"][0] == pytest.approx(first)
    limited = small.evaluate(*moons, batch_size=40, steps=1, verbose=0)[0]
    assert limited == pytest.approx(first)
    assert len(small.predict(moons[0], batch_size=40, steps=2, verbose=0)) == 80


def test_dropout_and_metrics_train_batch_by_batch(moons: Any) -> None:
    model = new_model("adam", ["accuracy", "mse"], dropout=0.5)
    history = model.fit(*moons, epochs=20, verbose=0, callbacks=[Batches()]).history
    assert history["loss"][-1] < history["loss"][0]
    assert set(history) == {"accuracy", "loss", "mse"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": Slices, "y": 1}, "`y` cannot be given when x makes the batches"),
        ({"x": Slices, "batch_size": 4}, "`batch_size` cannot be given"),
        ({"x": Slices, "validation_split": 0.5}, "`validation_split` cannot be given"),
        ({"steps_per_epoch": 0}, "`steps_per_epoch` must be at least 1"),
        ({"validation_steps": 2}, "`validation_steps` needs"),
        ({"validation_freq": 0}, "`validation_freq` must be at least 1"),
        ({"shuffle": "batch"}, "`shuffle` must be True or False"),
        ({"verbose": 3}, "`verbose` must be"),
        ({"x": lambda x, y: iter([x])}, "must make batches"),
        ({"x": lambda x, y: iter([])}, "The dataset has no batch"),
    ],
)
def test_arguments_that_cannot_be_honored(
    small: Any, moons: Any, arguments: Any, message: str
) -> None:
    rows = {"x": moons[0], "y": moons[1]}
    if "x" in arguments:
        rows = {"x": arguments["x"](*moons)}
    with pytest.raises((SettingError, DataError), match=message):
        small.fit(**{"verbose": 0, **arguments, **rows})


def test_hooks_of_a_lambda_callback_are_checked() -> None:
    with pytest.raises(SettingError, match="LambdaCallback` has no setting 'on_foo'"):
        keras.callbacks.LambdaCallback(on_foo=print)
    with pytest.raises(SettingError, match="on_test_end` must be a function"):
        keras.callbacks.LambdaCallback(on_test_end=3)


def test_a_batch_of_another_shape_is_refused(small: Any, moons: Any) -> None:
    with pytest.raises(ShapeError, match=r"x must have shape \(None, 2\)"):
        small.train_on_batch(np.zeros((4, 3)), np.zeros(4))


def test_a_diverging_run_of_batches_ends_with_a_warning(moons: Any) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e9), "mse")
    with pytest.warns(keras.TrainingDivergedWarning, match="Training diverged: the loss grew"):
        model.fit(*moons, epochs=50, verbose=0, callbacks=[Batches()])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(*moons, epochs=50, verbose=0,
                  callbacks=[Batches(), keras.callbacks.TerminateOnNaN()])  # fmt: skip
    assert all(np.isfinite(array).all() for array in model.get_weights())

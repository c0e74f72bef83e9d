"""Programs in the way of questions that users of Keras ask; the ideas are theirs, the words ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from replays.replay import Outcome, accuracy, r2, replay
from replays.replay_data import binary, housing, images, iris


def small(keras: Any, inputs: int, outputs: int, last: str | None, width: int = 20) -> Any:
    return keras.Sequential(
        [
            keras.layers.Input((inputs,)),
            keras.layers.Dense(width, activation="relu"),
            keras.layers.Dense(outputs, activation=last),
        ]
    )


@replay("Question: how do I use R² as a metric?", least=0.7)
def own_metric(keras: Any) -> Outcome:
    X, y = housing()
    X = (X - X.mean(0)) / X.std(0)

    def r_squared(y_true: Any, y_pred: Any) -> Any:
        K = keras.ops
        residual = K.sum(K.square(y_true - y_pred))
        total = K.sum(K.square(y_true - K.mean(y_true)))
        return 1 - residual / (total + 1e-7)

    keras.utils.set_random_seed(1)
    model = small(keras, 5, 1, None)
    model.compile(keras.optimizers.Adam(0.02), "mse", metrics=[r_squared])
    history = model.fit(
        X[:300], y[:300], epochs=25, verbose=0, batch_size=100,
        validation_data=(X[300:], y[300:]), validation_batch_size=100,
        callbacks=[keras.callbacks.EarlyStopping("val_r_squared", mode="max", patience=20)],
    )  # fmt: skip
    return Outcome(history.history["val_r_squared"][-1], {"keys": sorted(history.history)})


@replay("Question: how do I monitor the AUC?", least=0.8)
def monitored_auc(keras: Any) -> Outcome:
    X, y = binary()
    keras.utils.set_random_seed(2)
    model = small(keras, 8, 1, "sigmoid")
    model.compile(
        keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=[keras.metrics.AUC(name="auc")]
    )
    best = keras.callbacks.EarlyStopping(
        "val_auc", mode="max", patience=5, restore_best_weights=True
    )
    history = model.fit(
        X[:300], y[:300], epochs=40, validation_data=(X[300:], y[300:]), callbacks=[best], verbose=0
    )
    kept = model.evaluate(X[300:], y[300:], verbose=0, return_dict=True)["auc"]
    highest = max(history.history["val_auc"])
    return Outcome(kept, {"kept the highest": abs(kept - highest) < 1e-4})


@replay("Question: one output with sigmoid or two with softmax?", least=0.75)
def one_or_two_outputs(keras: Any) -> Outcome:
    X, y = binary()
    keras.utils.set_random_seed(3)
    found = []
    for outputs, last, loss in (
        (1, "sigmoid", "binary_crossentropy"),
        (2, "softmax", "sparse_categorical_crossentropy"),
    ):
        model = small(keras, 8, outputs, last)
        model.compile(keras.optimizers.Adam(0.02), loss, metrics=["accuracy"])
        model.fit(X[:300], y[:300], epochs=20, verbose=0)
        found.append(model.evaluate(X[300:], y[300:], verbose=0)[1])
    return Outcome(min(found), {"alike": abs(found[0] - found[1]) < 0.12})


@replay("Question: why does training go on where it stopped when I call fit again?", least=0.8)
def fit_goes_on(keras: Any) -> Outcome:
    X, y = iris()
    keras.utils.set_random_seed(4)
    model = small(keras, 4, 3, "softmax")
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    first = model.fit(X[:100], y[:100], epochs=15, verbose=0)
    second = model.fit(X[:100], y[:100], epochs=30, initial_epoch=15, verbose=0)
    return Outcome(
        accuracy(model, X[100:], y[100:]),
        {
            "goes on": second.history["loss"][0] < first.history["loss"][0],
            "epochs": (first.epoch[-1], second.epoch[0], second.epoch[-1]),
            "updates": int(model.optimizer.iterations),
        },
    )


@replay("Question: how do I feed batches from a generator?", least=0.8)
def batches_from_a_generator(keras: Any) -> Outcome:
    X, y = images()
    X = X.reshape(-1, 64) / 255.0

    def batches(first: int, last: int, size: int) -> Iterator[tuple[Any, Any]]:
        while True:
            for start in range(first, last, size):
                yield X[start : start + size], y[start : start + size]

    keras.utils.set_random_seed(5)
    model = small(keras, 64, 4, "softmax")
    model.compile(
        keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(
        batches(0, 300, 30), steps_per_epoch=10, epochs=15, verbose=0,
        validation_data=batches(300, 400, 50), validation_steps=2,
    )  # fmt: skip
    return Outcome(
        history.history["val_accuracy"][-1],
        {"updates": int(model.optimizer.iterations), "keys": sorted(history.history)},
    )


@replay("Question: how do I write my own loop over batches?", least=0.8)
def own_loop(keras: Any) -> Outcome:
    X, y = images()
    X = X.reshape(-1, 64) / 255.0
    keras.utils.set_random_seed(6)
    model = small(keras, 64, 4, "softmax")
    model.compile(
        keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    for _ in range(12):
        for start in range(0, 300, 30):
            values = model.train_on_batch(X[start : start + 30], y[start : start + 30])
    tested = model.test_on_batch(X[300:], y[300:], return_dict=True)
    return Outcome(
        float(tested["accuracy"]),
        {"values": len(values), "shape": model.predict_on_batch(X[:7]).shape},
    )


@replay("Question: how do I see the outputs of a hidden layer?", least=0.8)
def hidden_outputs(keras: Any) -> Outcome:
    X, y = iris()
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.layers.Input((4,)), keras.layers.Dense(6, "tanh", name="hidden"),
            keras.layers.Dense(3, "softmax"),
        ]
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy")
    model.fit(X[:100], y[:100], epochs=40, verbose=0)
    W, b = model.get_layer("hidden").get_weights()
    found = np.asarray(model.layers[0](X[:5]))
    return Outcome(
        accuracy(model, X[100:], y[100:]),
        {
            "equal": bool(np.allclose(found, np.tanh(X[:5] @ W + b), atol=1e-4)),
            "shape": found.shape,
        },
    )


@replay("Question: how do I give rows weights?", least=0.75)
def weighted_rows(keras: Any) -> Outcome:
    X, y = binary(share=0.2)
    keras.utils.set_random_seed(8)
    model = small(keras, 8, 1, "sigmoid")
    model.compile(
        keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"],
        weighted_metrics=["accuracy"],
    )  # fmt: skip
    weights = np.where(y == 1, 4.0, 1.0)
    history = model.fit(X[:300], y[:300], sample_weight=weights[:300], epochs=20, verbose=0)
    return Outcome(accuracy(model, X[300:], y[300:]), {"keys": list(history.history)})


@replay("Question: how do I make results repeatable?", least=0.8)
def repeatable(keras: Any) -> Outcome:
    X, y = iris()
    outputs = []
    for _ in range(2):
        keras.utils.set_random_seed(123)
        model = small(keras, 4, 3, "softmax")
        model.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy")
        model.fit(X[:100], y[:100], epochs=20, verbose=0)
        outputs.append(model.predict(X[100:], verbose=0))
    return Outcome(
        float((outputs[0].argmax(1) == y[100:]).mean()),
        {"equal": bool((outputs[0] == outputs[1]).all())},
    )


@replay("Question: how do I copy a model and its weights?", least=0.8)
def copied(keras: Any) -> Outcome:
    X, y = iris()
    keras.utils.set_random_seed(9)
    model = small(keras, 4, 3, "softmax")
    model.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy")
    model.fit(X[:100], y[:100], epochs=30, verbose=0)
    clone = keras.models.clone_model(model)
    differs = not np.allclose(clone.predict(X, verbose=0), model.predict(X, verbose=0))
    clone.set_weights(model.get_weights())
    same = np.allclose(clone.predict(X, verbose=0), model.predict(X, verbose=0), atol=1e-6)
    return Outcome(accuracy(clone, X[100:], y[100:]), {"differs": differs, "same": bool(same)})


@replay("Question: how do I change the learning rate while training?", least=0.8)
def rate_changed_by_hand(keras: Any) -> Outcome:
    X, y = iris()
    rates: list[float] = []

    class Slower(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            rate = self.model.optimizer.learning_rate
            if epoch:
                self.model.optimizer.learning_rate.assign(
                    float(rate.numpy() if hasattr(rate, "numpy") else rate) * 0.9
                )
            rates.append(round(float(self.model.optimizer.learning_rate), 5))

    keras.utils.set_random_seed(10)
    model = small(keras, 4, 3, "softmax")
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    model.fit(X[:100], y[:100], epochs=20, verbose=0, callbacks=[Slower()])
    return Outcome(accuracy(model, X[100:], y[100:]), {"rates": rates})


@replay(
    "Question: a callback that raises the rate with each batch to find a good one",
    least=0.0,
    margin=2,
)
def rate_finder(keras: Any) -> Outcome:
    X, y = images()
    X = X.reshape(-1, 64) / 255.0

    class Finder(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            self.rates: list[float] = []
            self.losses: list[float] = []

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            rate = float(self.model.optimizer.learning_rate)
            self.rates.append(rate)
            self.losses.append(float(logs["loss"]))
            self.model.optimizer.learning_rate = rate * 1.5

    keras.utils.set_random_seed(11)
    model = small(keras, 64, 4, "softmax")
    model.compile(keras.optimizers.SGD(1e-4), "sparse_categorical_crossentropy")
    finder = Finder()
    model.fit(
        X[:200], y[:200], epochs=2, batch_size=20, callbacks=[finder], verbose=0, shuffle=False
    )
    return Outcome(
        0.0, {"rates": [f"{rate:.3g}" for rate in finder.rates], "losses": len(finder.losses)}
    )


@replay("Question: two lambdas as metrics", least=0.7)
def lambdas_as_metrics(keras: Any) -> Outcome:
    X, y = housing()
    X = (X - X.mean(0)) / X.std(0)
    keras.utils.set_random_seed(12)
    model = small(keras, 5, 1, None)
    model.compile(
        keras.optimizers.Adam(0.02), "mse",
        metrics=[
            lambda y_true, y_pred: keras.ops.mean(keras.ops.abs(y_true - y_pred)),
            lambda y_true, y_pred: keras.ops.max(keras.ops.abs(y_true - y_pred)),
        ],
    )  # fmt: skip
    history = model.fit(X[:300], y[:300], epochs=25, verbose=0)
    return Outcome(r2(model.predict(X[300:], verbose=0), y[300:]), {"keys": list(history.history)})


@replay("Question: several yes-or-no labels at once", least=0.75)
def several_labels(keras: Any) -> Outcome:
    X, _ = binary()
    Y = np.stack([X[:, 0] > 0, X[:, 1] + X[:, 2] > 0, X[:, 3] * X[:, 0] > 0], axis=1).astype(
        "float32"
    )
    keras.utils.set_random_seed(13)
    model = small(keras, 8, 3, "sigmoid", 30)
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["binary_accuracy"])
    model.fit(X[:300], Y[:300], epochs=25, verbose=0)
    return Outcome(model.evaluate(X[300:], Y[300:], verbose=0)[1], {"shape": model.output_shape})


@replay("Question: two numbers at once", least=0.7)
def two_numbers(keras: Any) -> Outcome:
    X, y = housing()
    X = (X - X.mean(0)) / X.std(0)
    Y = np.stack([y, X[:, 3]], axis=1)
    keras.utils.set_random_seed(14)
    model = small(keras, 5, 2, None, 30)
    model.compile(keras.optimizers.Adam(0.02), "mse", metrics=["mae", "mape"])
    model.fit(X[:300], Y[:300], epochs=25, verbose=0)
    predicted = model.predict(X[300:], verbose=0)
    return Outcome(
        r2(predicted[:, 0], y[300:]),
        {"names": sorted(model.evaluate(X[300:], Y[300:], verbose=0, return_dict=True))},
    )

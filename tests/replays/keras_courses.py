"""Programs in the way of courses on Keras; the ideas are theirs, the words ours."""

from __future__ import annotations

from typing import Any

import numpy as np
from replays.replay import Outcome, accuracy, r2, replay
from replays.replay_data import binary, housing, images, iris, words

CHOLLET = "F. Chollet, Deep Learning with Python"


@replay(f"{CHOLLET}, ch. 2: a first look at a network, from pixels to digits", least=0.9)
def first_look(keras: Any) -> Outcome:
    X, y = images()
    keras.utils.set_random_seed(9)
    model = keras.Sequential(
        [keras.layers.Dense(64, activation="relu"), keras.layers.Dense(4, activation="softmax")]
    )
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    X = X.reshape((400, 8 * 8)).astype("float32") / 255
    model.fit(X[:300], y[:300], epochs=15, batch_size=32, verbose=0)
    _, found = model.evaluate(X[300:], y[300:], verbose=0)
    return Outcome(
        found, {"sums": bool(np.allclose(model.predict(X[:9], verbose=0).sum(1), 1, atol=1e-5))}
    )


@replay(f"{CHOLLET}, ch. 4: reviews as vectors of zeros and ones", least=0.75)
def movie_reviews(keras: Any) -> Outcome:
    X, y = words()
    keras.utils.set_random_seed(10)
    model = keras.Sequential(
        [
            keras.layers.Dense(16, activation="relu"), keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )  # fmt: skip
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(
        X[100:], y[100:], epochs=20, batch_size=32, validation_data=(X[:50], y[:50]), verbose=0
    )
    return Outcome(
        accuracy(model, X[50:100], y[50:100]),
        {"history": list(history.history), "epochs": history.epoch[-1] + 1},
    )


@replay(f"{CHOLLET}, ch. 4: news wires with one-hot labels", least=0.9)
def news_wires(keras: Any) -> Outcome:
    X, y = images()
    X = X.reshape(400, 64) / 255.0
    labels = keras.utils.to_categorical(y)
    keras.utils.set_random_seed(11)
    model = keras.Sequential(
        [keras.layers.Dense(32, activation="relu"), keras.layers.Dense(4, activation="softmax")]
    )
    model.compile(
        optimizer="rmsprop", loss="categorical_crossentropy",
        metrics=["accuracy", keras.metrics.TopKCategoricalAccuracy(k=2, name="top_2")],
    )  # fmt: skip
    model.fit(X[:300], labels[:300], epochs=15, batch_size=32, verbose=0)
    found = model.evaluate(X[300:], labels[300:], verbose=0, return_dict=True)
    return Outcome(
        found["accuracy"], {"keys": sorted(found), "order": found["top_2"] >= found["accuracy"]}
    )


@replay(f"{CHOLLET}, ch. 4: k folds for few houses", least=0.7)
def few_houses(keras: Any) -> Outcome:
    X, y = housing()
    X = (X - X[:200].mean(axis=0)) / X[:200].std(axis=0)

    def build() -> Any:
        model = keras.Sequential([keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.RMSprop(0.01), loss="mse", metrics=["mae"])
        return model

    keras.utils.set_random_seed(12)
    errors, curves = [], []
    for fold in range(3):
        held = slice(fold * 60, fold * 60 + 60)
        rest = np.r_[0 : held.start, held.stop : 180]
        model = build()
        history = model.fit(
            X[rest],
            y[rest],
            validation_data=(X[held], y[held]),
            epochs=25,
            batch_size=16,
            verbose=0,
        )
        errors.append(model.evaluate(X[held], y[held], verbose=0)[1])
        curves.append(history.history["val_mae"])
    return Outcome(
        1 - float(np.mean(errors)) / float(np.abs(y - y.mean()).mean()),
        {
            "curves": np.shape(curves),
            "last": bool(np.allclose([c[-1] for c in curves], errors, rtol=1e-3)),
        },
    )


@replay(f"{CHOLLET}, ch. 5: the capacity of a network and weight regularization", least=0.7)
def capacity(keras: Any) -> Outcome:
    X, y = words()
    found = {}
    keras.utils.set_random_seed(13)
    for name, regularizer in {
        "l1": keras.regularizers.l1(0.001),
        "l2": keras.regularizers.l2(0.002),
        "both": keras.regularizers.l1_l2(l1=0.001, l2=0.001),
    }.items():
        model = keras.Sequential(
            [
                keras.layers.Dense(16, kernel_regularizer=regularizer, activation="relu"),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
        history = model.fit(
            X[100:], y[100:], epochs=12, batch_size=32, validation_split=0.4, verbose=0
        )
        found[name] = history.history["val_accuracy"][-1]
    return Outcome(float(np.mean(list(found.values()))), {"names": list(found)})


@replay(
    "Kaggle Learn, Intro to Deep Learning: batch normalization and dropout for wine",
    least=0.4,
    margin=0.2,
)
def wine_quality(keras: Any) -> Outcome:
    X, y = housing()
    X = (X - X.min(0)) / (X.max(0) - X.min(0))
    keras.utils.set_random_seed(14)
    model = keras.Sequential(
        [
            keras.layers.Input([5]),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.1),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.1),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mae")
    model.fit(
        X[:300], y[:300], validation_data=(X[300:], y[300:]), batch_size=32, epochs=40, verbose=0
    )
    return Outcome(r2(model.predict(X[300:], verbose=0), y[300:]), {"layers": len(model.layers)})


@replay("Kaggle Learn, Intro to Deep Learning: hotel cancellations with early stopping", least=0.8)
def hotel_cancellations(keras: Any) -> Outcome:
    X, y = binary()
    keras.utils.set_random_seed(15)
    model = keras.Sequential(
        [
            keras.layers.Input(X.shape[1:]), keras.layers.BatchNormalization(),
            keras.layers.Dense(64, activation="relu"), keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3), keras.layers.Dense(64, activation="relu"),
            keras.layers.BatchNormalization(), keras.layers.Dropout(0.3),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )  # fmt: skip
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["binary_accuracy"])
    early = keras.callbacks.EarlyStopping(patience=5, min_delta=0.001, restore_best_weights=True)
    history = model.fit(
        X[:300], y[:300], validation_data=(X[300:], y[300:]), batch_size=64, epochs=40,
        callbacks=[early], verbose=0,
    )  # fmt: skip
    return Outcome(max(history.history["val_binary_accuracy"]), {"keys": sorted(history.history)})


@replay("The lecture: Iris in Keras's words, 4 measurements, 10 hidden units, 3 species", least=0.9)
def iris_of_the_lecture(keras: Any) -> Outcome:
    X, y = iris()
    keras.utils.set_random_seed(16)
    model = keras.models.Sequential()
    model.add(keras.layers.Input((4,)))
    model.add(keras.layers.Dense(10, activation="tanh"))
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.05), "categorical_crossentropy", metrics=["accuracy"])
    model.fit(X[:100], keras.utils.to_categorical(y[:100], 3), epochs=40, batch_size=10, verbose=0)
    return Outcome(accuracy(model, X[100:], y[100:]), {"parameters": model.count_params()})

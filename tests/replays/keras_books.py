"""Programs in the way of textbooks and courses on Keras; the ideas are theirs, the words ours."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from replays.replay import Outcome, accuracy, r2, replay
from replays.replay_data import housing, images

GERON = "A. Géron, Hands-On Machine Learning"


@replay(f"{GERON}, ch. 10: an image classifier with the sequential API", least=0.9)
def image_classifier(keras: Any) -> Outcome:
    X, y = images()
    X = X / 255.0
    keras.utils.set_random_seed(42)
    model = keras.models.Sequential()
    model.add(keras.layers.Input(shape=[8, 8]))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(30, activation="relu"))
    model.add(keras.layers.Dense(10, activation="relu"))
    model.add(keras.layers.Dense(4, activation="softmax"))
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.SGD(learning_rate=0.1),
        metrics=["accuracy"],
    )
    history = model.fit(X[:300], y[:300], epochs=20, validation_data=(X[300:], y[300:]), verbose=0)
    hidden = model.layers[1]
    weights, biases = hidden.get_weights()
    return Outcome(
        model.evaluate(X[300:], y[300:], verbose=0)[1],
        {
            "history": list(history.history),
            "parameters": model.count_params(),
            "shapes": (weights.shape, biases.shape, model.output_shape),
            "biases at first": float(biases.sum()) != 0,
            "found": hidden.name == model.get_layer(hidden.name).name,
            "rows of probabilities": model.predict(X[:3], verbose=0).round(2).shape,
        },
    )


@replay(f"{GERON}, ch. 10: a regression network with a normalization layer", least=0.8)
def housing_prices(keras: Any) -> Outcome:
    X, y = housing()
    keras.utils.set_random_seed(42)
    normalization = keras.layers.Normalization()
    model = keras.Sequential(
        [
            keras.layers.Input(shape=X.shape[1:]),
            normalization,
            keras.layers.Dense(30, activation="relu"),
            keras.layers.Dense(30, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate=1e-2)
    model.compile(loss="mse", optimizer=optimizer, metrics=["RootMeanSquaredError"])
    normalization.adapt(X[:300])
    model.fit(X[:300], y[:300], epochs=20, validation_data=(X[300:], y[300:]), verbose=0)
    mse, rmse = model.evaluate(X[300:], y[300:], verbose=0)
    return Outcome(
        r2(model.predict(X[300:], verbose=0), y[300:]),
        {"root": abs(rmse**2 - mse) < 1e-3 * mse, "names": len(model.evaluate(X, y, verbose=0))},
    )


@replay(f"{GERON}, ch. 10: the functional API in a chain", least=0.8)
def functional_chain(keras: Any) -> Outcome:
    X, y = housing()
    X = (X - X.mean(0)) / X.std(0)
    keras.utils.set_random_seed(1)
    inputs = keras.layers.Input(shape=(5,), name="measurements")
    hidden = keras.layers.Dense(20, activation="relu")(inputs)
    hidden = keras.layers.Dense(20, activation="relu")(hidden)
    model = keras.Model(inputs=[inputs], outputs=[keras.layers.Dense(1)(hidden)])
    model.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.01))
    model.fit(X[:300], y[:300], epochs=25, verbose=0)
    predicted = model.predict(X[300:], verbose=0)
    return Outcome(r2(predicted, y[300:]), {"layers": len(model.layers), "shape": predicted.shape})


@replay(f"{GERON}, ch. 10: checkpoints and early stopping together", least=0.8)
def saved_at_the_best_epoch(keras: Any) -> Outcome:
    import tempfile
    from pathlib import Path

    X, y = housing()
    X = (X - X.mean(0)) / X.std(0)
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(30, "relu"), keras.layers.Dense(1)]
    )
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(0.02))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "best.keras"
        history = model.fit(
            X[:200], y[:200], epochs=60, validation_split=0.2, verbose=0,
            callbacks=[
                keras.callbacks.ModelCheckpoint(str(path), save_best_only=True),
                keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True),
            ],
        )  # fmt: skip
        saved = keras.models.load_model(path)
    mine, best = (m.evaluate(X[160:200], y[160:200], verbose=0) for m in (model, saved))
    lowest = min(history.history["val_loss"])
    return Outcome(
        r2(saved.predict(X[200:], verbose=0), y[200:]),
        {"equal": abs(mine - best) < 1e-5, "the lowest": abs(best - lowest) < 1e-3 * lowest},
    )


@replay(f"{GERON}, ch. 11: batch normalization before and after activations", least=0.85)
def batch_normalization(keras: Any) -> Outcome:
    X, y = images()
    keras.utils.set_random_seed(42)
    model = keras.Sequential(
        [
            keras.layers.Input((8, 8)),
            keras.layers.Flatten(),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(30, use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.Activation("relu"),
            keras.layers.Dense(10, activation="relu", kernel_initializer="he_normal"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    names = [variable.name for variable in model.layers[1].weights]
    learned = [variable.trainable for variable in model.layers[1].weights]
    model.fit(X[:300], y[:300], epochs=12, verbose=0)
    return Outcome(
        accuracy(model, X[300:], y[300:]),
        {"names": names, "learned": learned, "parameters": model.count_params()},
    )


@replay(f"{GERON}, ch. 11: initializers and activations beyond ReLU", least=0.8)
def modern_activations(keras: Any) -> Outcome:
    X, y = images()
    keras.utils.set_random_seed(3)
    he_average = keras.initializers.VarianceScaling(
        scale=2.0, mode="fan_avg", distribution="uniform"
    )
    model = keras.Sequential(
        [
            keras.layers.Input((64,)),
            keras.layers.Dense(20, kernel_initializer="he_normal"),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Dense(20, activation="selu", kernel_initializer="lecun_normal"),
            keras.layers.Dense(20, activation="elu", kernel_initializer=he_average),
            keras.layers.Dense(20, activation="swish"),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile("nadam", "sparse_categorical_crossentropy")
    X = X.reshape(-1, 64) / 255 - 0.5
    model.fit(X[:300], y[:300], epochs=20, verbose=0)
    return Outcome(accuracy(model, X[300:], y[300:]), {"parameters": model.count_params()})


@replay(f"{GERON}, ch. 11: reuse the lower layers and freeze them", least=0.7, margin=0.15)
def transfer_learning(keras: Any) -> Outcome:
    X, y = images()
    X = X / 255.0
    keras.utils.set_random_seed(4)
    first = keras.Sequential(
        [
            keras.layers.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(30, "relu"),
            keras.layers.Dense(4, "softmax"),
        ]
    )  # fmt: skip
    first.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    first.fit(X, y, epochs=10, verbose=0)
    second = keras.Sequential(
        [keras.Input((8, 8)), *first.layers[:-1], keras.layers.Dense(1, "sigmoid")]
    )
    for layer in second.layers[:-1]:
        layer.trainable = False
    second.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    before = second.layers[1].get_weights()[0].copy()
    second.fit(X[:200], y[:200] >= 2, epochs=4, verbose=0)
    frozen = bool((before == second.layers[1].get_weights()[0]).all())
    for layer in second.layers[:-1]:
        layer.trainable = True
    second.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    second.fit(X[:200], y[:200] >= 2, epochs=16, verbose=0)
    moved = bool((before != second.layers[1].get_weights()[0]).any())
    return Outcome(
        second.evaluate(X[200:], y[200:] >= 2, verbose=0)[1], {"frozen": frozen, "moved": moved}
    )


@replay(f"{GERON}, ch. 11: clip gradients, and schedules by epoch", least=0.85)
def scheduled_learning_rate(keras: Any) -> Outcome:
    X, y = images()
    X = X / 255.0

    def halve(epoch: int) -> float:
        return 0.1 * 0.5 ** (epoch // 5)

    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [
            keras.layers.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(30, "relu"),
            keras.layers.Dense(4, "softmax"),
        ]
    )  # fmt: skip
    optimizer = keras.optimizers.SGD(momentum=0.9, nesterov=True, clipnorm=1.0)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        X[:300], y[:300], epochs=12, verbose=0, validation_data=(X[300:], y[300:]),
        callbacks=[keras.callbacks.LearningRateScheduler(halve)],
    )  # fmt: skip
    rates = [round(float(rate), 6) for rate in history.history["learning_rate"]]
    return Outcome(history.history["val_accuracy"][-1], {"rates": rates})


@replay(f"{GERON}, ch. 11: performance scheduling", least=0.8)
def plateau(keras: Any) -> Outcome:
    X, y = housing()
    X = (X - X.mean(0)) / X.std(0)
    keras.utils.set_random_seed(6)
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(20, "relu"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.SGD(0.1), "mse")
    reduce = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=3)
    history = model.fit(
        X[:300], y[:300], epochs=30, validation_data=(X[300:], y[300:]), verbose=0,
        callbacks=[reduce],
    )  # fmt: skip
    rates = history.history["learning_rate"]
    return Outcome(
        r2(model.predict(X[300:], verbose=0), y[300:]),
        {
            "keys": sorted(history.history),
            "halved": all(b in (a, a / 2) for a, b in pairwise(rates)),
        },
    )


@replay(f"{GERON}, ch. 11: l2, dropout and max-norm", least=0.85)
def regularized(keras: Any) -> Outcome:
    from functools import partial

    X, y = images()
    keras.utils.set_random_seed(7)
    dense = partial(
        keras.layers.Dense, activation="relu", kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.l2(0.001),
        kernel_constraint=keras.constraints.max_norm(1.0),
    )  # fmt: skip
    model = keras.Sequential(
        [
            keras.layers.Input((8, 8)), keras.layers.Flatten(), dense(40),
            keras.layers.Dropout(rate=0.2), dense(4, activation="softmax"),
        ]
    )  # fmt: skip
    model.compile(
        keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    X = X / 255.0
    model.fit(X[:300], y[:300], epochs=15, verbose=0)
    norms = np.linalg.norm(model.layers[1].get_weights()[0], axis=0)
    return Outcome(accuracy(model, X[300:], y[300:]), {"bounded": bool((norms <= 1.0001).all())})


@replay(f"{GERON}, ch. 11: Monte Carlo dropout", least=0.85)
def monte_carlo_dropout(keras: Any) -> Outcome:
    X, y = images()
    X = X / 255.0
    keras.utils.set_random_seed(8)
    model = keras.Sequential(
        [
            keras.layers.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(40, "relu"),
            keras.layers.Dropout(0.3), keras.layers.Dense(4, "softmax"),
        ]
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(X[:300], y[:300], epochs=15, verbose=0)
    drawn = np.stack([np.asarray(model(X[300:], training=True)) for _ in range(20)])
    still = np.asarray(model(X[300:], training=False))
    return Outcome(
        float((drawn.mean(0).argmax(1) == y[300:]).mean()),
        {
            "varies": bool((drawn.std(0) > 0).any()),
            "still": bool(np.allclose(still, model.predict(X[300:], verbose=0), atol=1e-5)),
        },
    )

"""Programs in the way of tutorials on Keras; the ideas are theirs, the words ours."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from replays.replay import Outcome, accuracy, r2, replay
from replays.replay_data import binary, housing, images, iris, words

MASTERY = "Machine Learning Mastery"


@replay("TensorFlow, quickstart: dropout and logits", least=0.9)
def quickstart(keras: Any) -> Outcome:
    X, y = images()
    X = X / 255.0
    keras.utils.set_random_seed(1)
    model = keras.models.Sequential(
        [
            keras.layers.Flatten(input_shape=(8, 8)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(4),
        ]
    )
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    at_first = float(loss_fn(y[:100], model(X[:100])))
    model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
    model.fit(X[:300], y[:300], epochs=20, verbose=0)
    found = model.evaluate(X[300:], y[300:], verbose=0)
    logits = model.predict(X[300:], verbose=0)
    return Outcome(
        found[1],
        {"at first": 0.5 < at_first < 4, "logits": bool((logits < 0).any()), "values": len(found)},
    )


@replay("TensorFlow, basic regression: fuel efficiency from one column, then from all", least=0.75)
def fuel_efficiency(keras: Any) -> Outcome:
    X, y = housing()
    keras.utils.set_random_seed(2)
    one = keras.layers.Normalization(input_shape=[1], axis=None)
    one.adapt(X[:300, 0])
    linear = keras.Sequential([one, keras.layers.Dense(units=1)])
    linear.compile(optimizer=keras.optimizers.Adam(learning_rate=0.1), loss="mean_absolute_error")
    linear.fit(X[:300, 0], y[:300], epochs=30, verbose=0, validation_split=0.2)
    several = keras.layers.Normalization(axis=-1)
    several.adapt(np.array(X[:300]))
    deep = keras.Sequential(
        [
            several, keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1),
        ]
    )  # fmt: skip
    deep.compile(loss="mean_absolute_error", optimizer=keras.optimizers.Adam(0.01))
    deep.fit(X[:300], y[:300], validation_split=0.2, verbose=0, epochs=30)
    errors = {
        "linear": linear.evaluate(X[300:, 0], y[300:], verbose=0),
        "deep": deep.evaluate(X[300:], y[300:], verbose=0),
    }
    return Outcome(
        r2(deep.predict(X[300:], verbose=0).flatten(), y[300:]),
        {
            "deep is better": errors["deep"] < errors["linear"],
            "kernel": linear.layers[1].kernel.shape,
        },
    )


@replay("TensorFlow, overfit and underfit: a decaying rate, l2 and dropout", least=0.75)
def overfit_and_underfit(keras: Any) -> Outcome:
    X, y = binary()
    steps = 300 // 50
    keras.utils.set_random_seed(3)
    schedule = keras.optimizers.schedules.InverseTimeDecay(
        0.01, decay_steps=steps * 20, decay_rate=1, staircase=False
    )
    rates = [float(schedule(step)) for step in (0, 120, 1200)]
    model = keras.Sequential(
        [
            keras.layers.Dense(
                32, kernel_regularizer=keras.regularizers.L2(0.0001), activation="elu",
                input_shape=(8,),
            ),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1),
        ]
    )  # fmt: skip
    model.compile(
        optimizer=keras.optimizers.Adam(schedule),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[
            keras.losses.BinaryCrossentropy(from_logits=True, name="binary_crossentropy"),
            keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy"),
        ],
    )
    history = model.fit(
        X[:300], y[:300], epochs=40, validation_data=(X[300:], y[300:]), verbose=0, batch_size=50,
        callbacks=[keras.callbacks.EarlyStopping(monitor="val_binary_crossentropy", patience=30)],
    )  # fmt: skip
    return Outcome(
        history.history["val_accuracy"][-1],
        {"rates": [round(rate, 6) for rate in rates], "keys": sorted(history.history)},
    )


@replay("TensorFlow, imbalanced data: class weights, a bias at first, many metrics", least=0.85)
def imbalanced(keras: Any) -> Outcome:
    X, y = binary(share=0.1)
    keras.utils.set_random_seed(4)
    positive, negative = int(y.sum()), int((1 - y).sum())
    metrics = [
        keras.metrics.MeanSquaredError(name="Brier score"),
        keras.metrics.TruePositives(name="tp"), keras.metrics.FalsePositives(name="fp"),
        keras.metrics.TrueNegatives(name="tn"), keras.metrics.FalseNegatives(name="fn"),
        keras.metrics.BinaryAccuracy(name="accuracy"), keras.metrics.Precision(name="precision"),
        keras.metrics.Recall(name="recall"), keras.metrics.AUC(name="auc"),
        keras.metrics.AUC(name="prc", curve="PR"),
    ]  # fmt: skip
    bias = keras.initializers.Constant(np.log([positive / negative]))
    model = keras.Sequential(
        [
            keras.layers.Dense(16, activation="relu", input_shape=(8,)), keras.layers.Dropout(0.2),
            keras.layers.Dense(1, activation="sigmoid", bias_initializer=bias),
        ]
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(), metrics=metrics)
    before = model.evaluate(X, y, verbose=0, return_dict=True)["loss"]
    weights = {0: 400 / 2 / negative, 1: 400 / 2 / positive}
    model.fit(
        X[:300], y[:300], epochs=30, validation_data=(X[300:], y[300:]), class_weight=weights,
        verbose=0, callbacks=[
            keras.callbacks.EarlyStopping(
                monitor="val_prc", verbose=0, patience=20, mode="max", restore_best_weights=True
            )
        ],
    )  # fmt: skip
    found = model.evaluate(X[300:], y[300:], verbose=0, return_dict=True)
    return Outcome(
        found["auc"],
        {
            "keys": sorted(found),
            "rows": found["tp"] + found["fp"] + found["tn"] + found["fn"],
            "less than without the bias": before < 0.69,
        },
    )


@replay("TensorFlow, save and load: weights, checkpoints and whole models", least=0.85)
def saved_and_loaded(keras: Any) -> Outcome:
    X, y = images()
    X = X.reshape(-1, 64) / 255.0

    def create() -> Any:
        model = keras.Sequential(
            [
                keras.layers.Dense(32, activation="relu", input_shape=(64,)),
                keras.layers.Dropout(0.2),
                keras.layers.Dense(4),
            ]
        )
        model.compile(
            optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.SparseCategoricalAccuracy()],
        )  # fmt: skip
        return model

    keras.utils.set_random_seed(5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "{epoch:04d}.weights.h5"
        saver = keras.callbacks.ModelCheckpoint(str(path), save_weights_only=True, verbose=0)
        model = create()
        model.fit(X[:300], y[:300], epochs=20, callbacks=[saver], verbose=0)
        files = sorted(file.name for file in Path(folder).iterdir())
        fresh = create()
        fresh.load_weights(Path(folder) / files[-1])
        whole = Path(folder) / "whole.keras"
        model.save(whole)
        loaded = keras.models.load_model(whole)
    results = [m.predict(X[300:], verbose=0) for m in (model, fresh, loaded)]
    return Outcome(
        float((results[1].argmax(1) == y[300:]).mean()),
        {
            "files": (files[0], files[-1]),
            "equal": bool(np.allclose(results[0], results[1:], atol=1e-5)),
        },
    )


@replay("Keras, imbalanced classification: fraud by counts and class weights", least=0.8)
def fraud(keras: Any) -> Outcome:
    X, y = binary(share=0.05)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    keras.utils.set_random_seed(6)
    model = keras.Sequential(
        [
            keras.Input(shape=X.shape[1:]), keras.layers.Dense(32, activation="relu"),
            keras.layers.Dropout(0.3), keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )  # fmt: skip
    model.compile(
        optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy",
        metrics=[
            keras.metrics.FalseNegatives(name="fn"), keras.metrics.FalsePositives(name="fp"),
            keras.metrics.TrueNegatives(name="tn"), keras.metrics.TruePositives(name="tp"),
            keras.metrics.Precision(name="precision"), keras.metrics.Recall(name="recall"),
        ],
    )  # fmt: skip
    targets = y[:, None]
    history = model.fit(
        X[:300], targets[:300], batch_size=64, epochs=15, verbose=0,
        validation_data=(X[300:], targets[300:]),
        class_weight={0: 1.0 / (targets[:300] == 0).sum(), 1: 1.0 / (targets[:300] == 1).sum()},
    )  # fmt: skip
    last = {key: values[-1] for key, values in history.history.items()}
    return Outcome(
        (last["val_tp"] + last["val_tn"]) / 100,
        {
            "keys": sorted(last),
            "rows": last["val_tp"] + last["val_tn"] + last["val_fp"] + last["val_fn"],
        },
    )


@replay("Keras, guide to training: own metric class and own callback", least=0.85)
def training_guide(keras: Any) -> Outcome:
    X, y = images()
    X = X.reshape(-1, 64) / 255.0

    class LossHistory(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            self.per_batch: list[float] = []
            self.order = ["begin"]

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.order.append(f"epoch {epoch}")

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.per_batch.append(logs["loss"])

        def on_train_end(self, logs: Any = None) -> None:
            self.order.append("end")

    keras.utils.set_random_seed(7)
    inputs = keras.Input(shape=(64,), name="digits")
    x = keras.layers.Dense(32, activation="relu", name="dense_1")(inputs)
    outputs = keras.layers.Dense(4, activation="softmax", name="predictions")(x)
    model = keras.Model(inputs=inputs, outputs=outputs)
    model.compile(
        optimizer=keras.optimizers.RMSprop(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    losses = LossHistory()
    model.fit(X[:300], y[:300], batch_size=64, epochs=12, callbacks=[losses], verbose=0)
    return Outcome(
        accuracy(model, X[300:], y[300:]),
        {
            "batches": len(losses.per_batch), "order": losses.order[:3] + losses.order[-1:],
            "names": [layer.name for layer in model.layers],
        },
    )  # fmt: skip


@replay("Keras, guide to callbacks: stop where the loss is low enough", least=0.85)
def stop_at_a_loss(keras: Any) -> Outcome:
    X, y = images()
    X = X.reshape(-1, 64) / 255.0

    class StopAt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if (logs or {}).get("accuracy", 0) > 0.97:
                self.model.stop_training = True

    keras.utils.set_random_seed(8)
    model = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(4, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X[:300], y[:300], epochs=100, verbose=0, callbacks=[StopAt()])
    return Outcome(accuracy(model, X[300:], y[300:]), {"early": len(history.epoch) < 100})


@replay(f"{MASTERY}: your first network, on patients", least=0.75)
def first_network(keras: Any) -> Outcome:
    X, y = binary()
    keras.utils.set_random_seed(9)
    model = keras.models.Sequential()
    model.add(keras.layers.Dense(12, input_dim=8, activation="relu"))
    model.add(keras.layers.Dense(8, activation="relu"))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(X, y, epochs=40, batch_size=10, verbose=0)
    _, found = model.evaluate(X, y, verbose=0)
    predictions = (model.predict(X, verbose=0) > 0.5).astype(int)
    return Outcome(found, {"equal": abs(float((predictions[:, 0] == y).mean()) - found) < 1e-6})


@replay(f"{MASTERY}: species as one-hot labels", least=0.85)
def species(keras: Any) -> Outcome:
    X, y = iris()
    keras.utils.set_random_seed(10)
    model = keras.models.Sequential()
    model.add(keras.layers.Dense(8, input_dim=4, activation="relu"))
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(X[:100], keras.utils.to_categorical(y[:100]), epochs=120, batch_size=5, verbose=0)
    return Outcome(accuracy(model, X[100:], y[100:]))


@replay(f"{MASTERY}: dropout on the visible layer, max-norm and momentum", least=0.7)
def visible_dropout(keras: Any) -> Outcome:
    X, y = binary()
    keras.utils.set_random_seed(11)
    model = keras.models.Sequential(
        [
            keras.layers.Input((8,)), keras.layers.Dropout(0.1),
            keras.layers.Dense(60, activation="relu", kernel_constraint=keras.constraints.MaxNorm(3)),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(30, activation="relu", kernel_constraint=keras.constraints.MaxNorm(3)),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )  # fmt: skip
    sgd = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
    model.compile(loss="binary_crossentropy", optimizer=sgd, metrics=["accuracy"])
    model.fit(X[:300], y[:300], epochs=25, batch_size=16, verbose=0)
    return Outcome(accuracy(model, X[300:], y[300:]))


@replay(f"{MASTERY}: improve from checkpoint to checkpoint", least=0.75)
def improving_checkpoints(keras: Any) -> Outcome:
    X, y = binary()
    keras.utils.set_random_seed(12)
    model = keras.models.Sequential(
        [keras.Input((8,)), keras.layers.Dense(12, "relu"), keras.layers.Dense(1, "sigmoid")]
    )
    model.compile(
        loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"]
    )
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "improved-{epoch:02d}-{val_accuracy:.2f}.keras")
        checkpoint = keras.callbacks.ModelCheckpoint(
            path, monitor="val_accuracy", verbose=0, save_best_only=True, mode="max"
        )
        history = model.fit(
            X, y, validation_split=0.33, epochs=20, batch_size=10, callbacks=[checkpoint], verbose=0
        )
        found = sorted(Path(folder).iterdir())
        best = max(history.history["val_accuracy"])
        loaded = keras.models.load_model(found[-1])
    share = loaded.evaluate(X[268:], y[268:], verbose=0)[1]
    return Outcome(
        share, {"best": abs(share - best) < 1e-5, "name": f"{best:.2f}" in found[-1].name}
    )


@replay("Text as words: one output with a threshold", least=0.75)
def spam(keras: Any) -> Outcome:
    X, y = words()
    keras.utils.set_random_seed(13)
    model = keras.Sequential()
    model.add(keras.layers.Dense(units=16, activation="relu", input_shape=(X.shape[1],)))
    model.add(keras.layers.Dense(units=1, activation="sigmoid"))
    model.compile(
        loss="binary_crossentropy", optimizer="adam",
        metrics=["accuracy", keras.metrics.Precision(), keras.metrics.Recall()],
    )  # fmt: skip
    history = model.fit(X[:200], y[:200], epochs=25, validation_data=(X[200:], y[200:]), verbose=0)
    return Outcome(accuracy(model, X[200:], y[200:]), {"keys": sorted(history.history)})

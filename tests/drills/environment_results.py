"""The bits of what every face computes, for drills: prints a digest for each as one JSON line.

`python -m drills.environment_results TABLE FOLDER [pool]`: FOLDER must be writable; with a way to start
processes ("fork", "spawn", "forkserver"), a process of a pool computes.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

import deltarule as dr
from deltarule import keras
from deltarule.cli import main
from deltarule.data import read_table
from deltarule.playground.workspace import Workspace

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(120, 60))
Y = np.tanh(X[:, :2] + X[:, 2:4])
CLASSES = (X[:, 0] > X[:, 1]).astype(int)
WIDE = dr.Network([dr.Dense(120, "tanh"), dr.Dense(32, "relu"), dr.Dense(2)], inputs=60)


def threads() -> int | None:
    """Return the number of threads of this environment."""
    number = os.environ.get("DRILL_THREADS")
    return None if number is None else int(number)


def command_line(table: str, folder: Path) -> list[Any]:
    """Train on the command line and predict from the model that it saved."""
    run, predictions = folder / "run", folder / "predictions.csv"
    ours = [] if threads() is None else ["--threads", str(threads())]
    train = [
        "train",
        table,
        "--target",
        "species",
        "--epochs",
        "4",
        "--folds",
        "2",
        "--out",
        str(run),
    ]
    predict = ["predict", str(run), table, "--out", str(predictions)]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        statuses = main([*train, *ours]), main([*predict, *ours])
    if any(statuses):
        raise RuntimeError(f"exit {statuses}: {printed.getvalue()[-1000:]}")
    return [predictions.read_bytes()]


def table_model(table: str, folder: Path) -> list[Any]:
    """Train on a table and predict it."""
    result = dr.train(table, "species", epochs=4, hidden=(16,), folds=3, threads=threads())
    return [result.model.outputs(read_table(table)), *flat(result.model.networks)]


def table_estimators(table: str, folder: Path) -> list[Any]:
    """Fit a table estimator."""
    settings = {"epochs": 3, "folds": 2, "n_jobs": threads(), "random_state": 0}
    model = dr.TabularRegressor(**settings).fit(X[:, :5], Y[:, 0])
    return [model.predict(X[:, :5])]


def mlp_estimators(table: str, folder: Path) -> list[Any]:
    """Fit the estimators for arrays, also with L-BFGS and more than 10,000 parameters."""
    settings = {"random_state": 0, "n_threads": threads()}
    classifier = dr.MLPClassifier(max_iter=5, **settings)
    wide = dr.MLPRegressor(hidden_layer_sizes=(200,), solver="lbfgs", max_iter=4, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(X, CLASSES)
        wide.fit(X, Y)
    return [classifier.predict_proba(X), *classifier.coefs_, *wide.coefs_]


def keras_model(table: str, folder: Path) -> list[Any]:
    """Fit a model in Keras' vocabulary."""
    model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(2)])
    keras.utils.set_random_seed(3)
    model.compile(optimizer="adam", loss="mse", threads=threads())
    model.fit(X, Y, epochs=3, verbose=0)
    return [model.predict(X, verbose=0), *model.get_weights()]


def fit_of(engine: str, optimizer: str) -> Callable[[str, Path], list[Any]]:
    """Return a training of a wide network."""

    def fit(table: str, folder: Path) -> list[Any]:
        trained = dr.fit(
            WIDE, X, Y, loss="mse", optimizer=optimizer, epochs=5, engine=engine, threads=threads()
        ).network
        return [*flat([trained]), trained.predict(X, engine=engine, threads=threads() or 2)]

    return fit


def playground_session(table: str, folder: Path) -> list[Any]:
    """Train in the playground, in parts."""
    workspace = Workspace()
    workspace.run.train(3)
    workspace.run.one_update()
    workspace.run.train(4)
    parameters = workspace.run.parameters.flat()
    workspace.close()
    return [parameters]


def flat(networks: Any) -> list[Any]:
    """Return the parameters of networks."""
    return [network.parameters.flat() for network in networks]


FACES: dict[str, Callable[[str, Path], list[Any]]] = {
    "command line": command_line,
    "dr.train": table_model,
    "table estimator": table_estimators,
    "MLP estimators": mlp_estimators,
    "Keras": keras_model,
    "native engine": fit_of("native", "adam"),
    "reference engine": fit_of("reference", "adam"),
    "L-BFGS, native engine": fit_of("native", "lbfgs"),
    "L-BFGS, reference engine": fit_of("reference", "lbfgs"),
    "playground": playground_session,
}


def digests(table: str, folder: str) -> dict[str, str]:
    """Return a digest of what each face computes."""
    found = {}
    for name, results in FACES.items():
        digest = hashlib.sha256()
        for result in results(table, Path(folder)):
            digest.update(result if isinstance(result, bytes) else np.asarray(result).tobytes())
        found[name] = digest.hexdigest()
    return found


def in_a_pool(table: str, folder: str, start: str) -> dict[str, str]:
    """Return what a process of a pool computes, after this process has used its threads."""
    fit_of("native", "adam")(table, Path(folder))
    with ProcessPoolExecutor(1, get_context(start)) as pool:
        return pool.submit(digests, table, folder).result()


def write_table(path: Path) -> None:
    """Write a table with numbers, categories, dates and missing values."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["width", "city", "day", "İsim", "species"])
        for row in range(90):
            city = ["Ankara", "Iğdır", "Köln", ""][row % 4]
            day = f"2024-{row % 12 + 1:02d}-{row % 28 + 1:02d} 0{row % 9}:30"
            width = "" if row % 11 == 0 else f"{X[row, 0]:.3f}"
            writer.writerow([width, city, day, "iI"[row % 2] + "xy"[row % 3 > 0], "abc"[row % 3]])


if __name__ == "__main__":
    words = sys.argv[1:]
    found = in_a_pool(*words) if len(words) == 3 else digests(*words)
    Path(words[1], "digests.json").write_text(json.dumps(found))

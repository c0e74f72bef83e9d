"""Time predictions of raw rows of the table adult: one row, and 30,000, beside CatBoost and LightGBM.

Also how long loading the model takes where one was loaded before, and how much memory, without that
of the compiled core, which `tests/drills/test_model_memory.py` measures.

Each library is given a row in the form in which a program has it: a dict or a one-row data frame for
deltarule, a prepared list or frame for the others, whose categories need a type that callers keep. The
libraries alternate, so that a load of the machine slows all alike; medians, and medians of the pairs'
ratios. A round has 20 calls with one row: after a single call of another library, hardly anything would
be in the processor's caches.

    python benchmarks/rows.py --data FOLDER

FOLDER holds the files that `table_data.py` describes. Peers that are not installed are skipped. Where
other programs run, `--processor-time` counts the time in which processors computed.

30,000 rows may take as long as LightGBM and the arithmetic of the networks at half of the rate of NumPy's
product of two large float32 matrices, on the same number of threads.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import machine
import numpy as np
import pandas as pd
import table_data
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from deltarule import TableModel

Call = Callable[[], object]
Calls = dict[str, dict[str, Call]]
Clock = Callable[[], float]
ONE_ROW, MANY_ROWS = "one row", "30,000 rows"
OURS, LIGHTGBM = "deltarule, a frame", "LightGBM, a prepared frame"
NETWORKS, PRODUCT = "deltarule, its networks alone", "NumPy, a product of matrices"
ROW, ROWS, LOADS = 3, 30_000, 20
SIZE = 1024  # rows and columns of the matrices


def trained(X: pd.DataFrame, y: pd.Series, networks: int | None) -> TableModel:
    """Return the model of `dr.train`: its recipe, with few epochs, which do not change the time."""
    import deltarule as dr

    epochs = 3 if networks is None else 1
    return dr.train(X.assign(income=y), "income", epochs=epochs, folds=networks).model


def deltarule(model: TableModel, X: pd.DataFrame, threads: int) -> Calls:
    """Predictions of raw rows; also what is computed of them, beside a product of matrices."""
    row, frame, many = X.iloc[ROW].to_dict(), X.iloc[[ROW]], X.iloc[:ROWS]
    features = model.encoder.transform(model.read(many))
    matrix = np.random.default_rng(0).random((SIZE, SIZE), np.float32)

    def product() -> None:
        with threadpool_limits(threads):
            np.matmul(matrix, matrix)

    return {
        ONE_ROW: {
            "deltarule, a dict": lambda: model.predict(row),
            "deltarule, a one-row frame": lambda: model.predict(frame),
        },
        MANY_ROWS: {
            OURS: lambda: model.predict(many, threads=threads),
            NETWORKS: lambda: model.outputs_of_features(features, threads=threads),
            PRODUCT: product,
        },
    }


def measure_loading(model: TableModel, clock: Clock) -> None:
    """Print how long loading takes, and what the loaded model takes after a prediction."""
    import deltarule as dr

    nothing = dict.fromkeys(model.encoder.columns)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        model.save(path)
        size = path.stat().st_size
        calls: dict[str, Call] = {
            "load": lambda: dr.load(path),
            "load and predict a row": lambda: dr.load(path).predict(nothing),
            "load and prepare a predictor": lambda: dr.load(path).predictor(),
        }
        times = measure(calls, LOADS, clock)
        tracemalloc.start()
        loaded = dr.load(path)
        loaded.predict(nothing)
        taken = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    print(f"a model of {size / 1e3:,.0f} kB, which takes {taken / size:.2f} times that in memory:")
    show(times)


def catboost(X: pd.DataFrame, y: pd.Series, trees: int, threads: int) -> Calls:
    """CatBoost with its default settings."""
    from catboost import CatBoostClassifier

    texts = [name for name in X if X[name].dtype == object]
    X = X.fillna(dict.fromkeys(texts, "missing"))
    model = CatBoostClassifier(
        trees, cat_features=texts, random_seed=0, verbose=False, allow_writing_files=False
    )
    model.fit(X, y)
    row, frame, many = X.iloc[ROW].tolist(), X.iloc[[ROW]], X.iloc[:ROWS]
    return {
        ONE_ROW: {
            "CatBoost, a prepared list": lambda: model.predict_proba(row),
            "CatBoost, a prepared one-row frame": lambda: model.predict_proba(frame),
        },
        MANY_ROWS: {
            "CatBoost, a prepared frame": lambda: model.predict_proba(many, thread_count=threads)
        },
    }


def lightgbm(X: pd.DataFrame, y: pd.Series, trees: int, threads: int) -> Calls:
    """LightGBM with its default settings."""
    from lightgbm import LGBMClassifier

    X = X.astype({name: "category" for name in X if X[name].dtype == object})
    model = LGBMClassifier(n_estimators=trees, random_state=0, verbose=-1, n_jobs=threads).fit(X, y)
    frame, many = X.iloc[[ROW]], X.iloc[:ROWS]
    return {
        ONE_ROW: {"LightGBM, a prepared one-row frame": lambda: model.predict_proba(frame)},
        MANY_ROWS: {LIGHTGBM: lambda: model.predict_proba(many)},
    }


PEERS = {"catboost": catboost, "lightgbm": lightgbm}


def measure(
    calls: dict[str, Call], rounds: int, clock: Clock, together: int = 1
) -> dict[str, list[float]]:
    """Return the mean seconds of `together` calls of each in each round, after two warm-up rounds."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for round_ in range(rounds + 2):
        for name, call in calls.items():
            start = clock()
            for _ in range(together):
                call()
            if round_ >= 2:
                times[name].append((clock() - start) / together)
    return times


def show(times: dict[str, list[float]]) -> None:
    """Print the median and the least of each call, and the median ratio to the first one's rounds."""
    print(f"  {'':38} {'median':>10} {'least':>13} {'ratio':>9}")
    first = next(iter(times.values()))
    for name, seconds in times.items():
        ratio = statistics.median(a / b for a, b in zip(seconds, first, strict=True))
        median, least = statistics.median(seconds) * 1e3, min(seconds) * 1e3
        print(f"  {name:38} {median:10.3f} ms {least:10.3f} ms {ratio:7.2f} ×")


def show_bound(model: TableModel, times: dict[str, list[float]]) -> None:
    """Print the rate of the networks beside that of a product, and what 30,000 rows may take."""
    weights = sum(array.size for array in model.network.parameters.weights)
    operations = 2.0 * weights * ROWS * len(model.networks)
    seconds = {name: statistics.median(found) for name, found in times.items()}
    rate, product = operations / seconds[NETWORKS], 2.0 * SIZE**3 / seconds[PRODUCT]
    print(
        f"  networks × weights × rows: {len(model.networks)} × {weights:,} × {ROWS:,}, "
        f"{operations / 1e9:.1f} GFLOP\n"
        f"  rate of the networks {rate / 1e9:.0f} GFLOP/s, of the product {product / 1e9:.0f}: "
        f"{rate / product:.0%}"
    )
    if LIGHTGBM in times:
        arithmetic = operations / (0.5 * product)
        print(
            f"  LightGBM {seconds[LIGHTGBM] * 1e3:.0f} ms + arithmetic at half of the product's rate "
            f"{arithmetic * 1e3:.0f} ms = {(seconds[LIGHTGBM] + arithmetic) * 1e3:.0f} ms; "
            f"{OURS} {seconds[OURS] * 1e3:.0f} ms"
        )


def main() -> None:
    """Train each library's model and print the times."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with adult and index.csv")
    parser.add_argument("--rounds", type=int, default=400, help="rounds of one row (default 400)")
    parser.add_argument(
        "--together", type=int, default=20, help="calls of one row in each round (default 20)"
    )
    parser.add_argument("--trees", type=int, default=100, help="trees of each peer (default 100)")
    parser.add_argument(
        "--networks", type=int, help="networks of deltarule (default: the recipe's)"
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of 30,000 rows (default 1)")
    parser.add_argument("--processor-time", action="store_true", help="measure processor time")
    options = parser.parse_args()
    clock = time.process_time if options.processor_time else time.perf_counter
    X, y = table_data.load(table_data.entries(options.data, ["adult"])[0], max_rows=10**6)
    print(machine.describe().description)
    model = trained(X, y, options.networks)
    print(f"deltarule: {model.summary}")
    measure_loading(model, clock)
    calls = deltarule(model, X, options.threads)
    for name, make in PEERS.items():
        if find_spec(name) is None:
            print(f"{name} is not installed and is skipped: pip install {name}")
            continue
        for case, found in make(X, y, options.trees, options.threads).items():
            calls[case] |= found
    many_rounds = max(options.rounds // 20, 3)
    for case, rounds, together in (
        (ONE_ROW, options.rounds, options.together),
        (MANY_ROWS, many_rounds, 1),
    ):
        print(f"{case}, {rounds} alternating rounds of {together}:")
        times = measure(calls[case], rounds, clock, together)
        show(times)
    show_bound(model, times)


if __name__ == "__main__":
    main()

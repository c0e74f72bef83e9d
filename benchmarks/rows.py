"""Time predictions of raw rows of the table adult: one row, and 30,000, beside CatBoost and LightGBM.

Also how long loading the model takes where one was loaded before, and how much memory, without that
of the compiled core, which `tests/drills/test_model_memory.py` measures.

Each library is given a row in the form in which a program has it: a dict or a one-row data frame for
deltarule, a prepared list or frame for the others, whose categories need a type that callers keep. The
calls alternate, so that a load of the machine slows all alike; medians, and medians of the pairs' ratios.

    python benchmarks/rows.py --data FOLDER

FOLDER holds the files that `table_data.py` describes. Peers that are not installed are skipped.
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
import pandas as pd
import table_data

if TYPE_CHECKING:
    from deltarule import TableModel

Call = Callable[[], object]
Calls = dict[str, dict[str, Call]]
ONE_ROW, MANY_ROWS = "one row", "30,000 rows"
ROW, ROWS, LOADS = 3, 30_000, 20


def deltarule(X: pd.DataFrame, y: pd.Series, trees: int) -> Calls:
    """The model of `dr.train`: its recipe, with few epochs, which do not change the time."""
    import deltarule as dr

    table = X.assign(income=y)
    model = dr.train(table, "income", epochs=3).model
    measure_loading(model)
    row, frame, many = X.iloc[ROW].to_dict(), X.iloc[[ROW]], X.iloc[:ROWS]
    return {
        ONE_ROW: {
            "deltarule, a dict": lambda: model.predict(row),
            "deltarule, a one-row frame": lambda: model.predict(frame),
        },
        MANY_ROWS: {"deltarule, a frame": lambda: model.predict(many)},
    }


def measure_loading(model: TableModel) -> None:
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
        times = measure(calls, LOADS)
        tracemalloc.start()
        loaded = dr.load(path)
        loaded.predict(nothing)
        taken = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    print(f"a model of {size / 1e3:,.0f} kB, which takes {taken / size:.2f} times that in memory:")
    show(times)


def catboost(X: pd.DataFrame, y: pd.Series, trees: int) -> Calls:
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
        MANY_ROWS: {"CatBoost, a prepared frame": lambda: model.predict_proba(many)},
    }


def lightgbm(X: pd.DataFrame, y: pd.Series, trees: int) -> Calls:
    """LightGBM with its default settings."""
    from lightgbm import LGBMClassifier

    X = X.astype({name: "category" for name in X if X[name].dtype == object})
    model = LGBMClassifier(n_estimators=trees, random_state=0, verbose=-1, n_jobs=1).fit(X, y)
    frame, many = X.iloc[[ROW]], X.iloc[:ROWS]
    return {
        ONE_ROW: {"LightGBM, a prepared one-row frame": lambda: model.predict_proba(frame)},
        MANY_ROWS: {"LightGBM, a prepared frame": lambda: model.predict_proba(many)},
    }


LIBRARIES = {"deltarule": deltarule, "catboost": catboost, "lightgbm": lightgbm}


def measure(calls: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each call in each round, after two warm-up rounds."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for round_ in range(rounds + 2):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if round_ >= 2:
                times[name].append(time.perf_counter() - start)
    return times


def show(times: dict[str, list[float]]) -> None:
    """Print the median and the least of each call, and the median ratio to the first one's rounds."""
    print(f"  {'':38} {'median':>10} {'least':>13} {'ratio':>9}")
    first = next(iter(times.values()))
    for name, seconds in times.items():
        ratio = statistics.median(a / b for a, b in zip(seconds, first, strict=True))
        median, least = statistics.median(seconds) * 1e3, min(seconds) * 1e3
        print(f"  {name:38} {median:10.3f} ms {least:10.3f} ms {ratio:7.2f} ×")


def main() -> None:
    """Train each library's model and print the times."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with adult and index.csv")
    parser.add_argument("--rounds", type=int, default=1000, help="rounds of one row (default 1000)")
    parser.add_argument("--trees", type=int, default=100, help="trees of each peer (default 100)")
    options = parser.parse_args()
    X, y = table_data.load(table_data.entries(options.data, ["adult"])[0], max_rows=10**6)
    print(machine.describe().description)
    calls: Calls = {ONE_ROW: {}, MANY_ROWS: {}}
    for name, make in LIBRARIES.items():
        if find_spec(name) is None:
            print(f"{name} is not installed and is skipped: pip install {name}")
            continue
        for case, found in make(X, y, options.trees).items():
            calls[case] |= found
    for case, rounds in ((ONE_ROW, options.rounds), (MANY_ROWS, max(options.rounds // 50, 3))):
        print(f"{case}, {rounds} alternating rounds:")
        show(measure(calls[case], rounds))


if __name__ == "__main__":
    main()

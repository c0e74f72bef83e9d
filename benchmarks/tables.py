#!/usr/bin/env python3
"""Compare accuracy and cost of deltarule's estimators and other models on the same rows of real tables.

    python benchmarks/tables.py --data FOLDER --out results.csv
    python benchmarks/tables.py --data FOLDER --sets iris,adult --models deltarule,catboost --seeds 0-4
    python benchmarks/tables.py --data FOLDER --out results.csv --write development
    python benchmarks/tables.py --data FOLDER --out results.csv --write unseen

--write generates docs/benchmarks/development-tables.md or docs/benchmarks/unseen-tables.md.

Every model gets the same raw data frame and preprocesses it in its usual way (`table_peers.py`). Each
fit runs in a separate process and is appended to --out; fits that are already in --out are skipped unless
their model is listed in --again. Error: the misclassification rate, or the root mean squared error
divided by the standard deviation of the training targets; log loss in nats. Time: wall clock, and CPU
seconds over all threads, which other programs affect least; imports are not counted. A fit that uses
more than --max-cpu-s CPU seconds is stopped and recorded as such. `table_data.py` describes FOLDER.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shlex
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

MODELS = (
    "deltarule",
    "sklearn_mlp",
    "histgb",
    "lightgbm",
    "xgboost",
    "catboost",
    "realmlp",
    "tabm",
)
MAX_CPU_S = 700
NAN = float("nan")
Key = tuple[str, int, str, int]


@dataclass(frozen=True)
class Fit:
    """The result of one model on one table with one seed; `problem`: why a fit failed."""

    table: str
    task: str
    rows: int
    seed: int
    model: str
    max_rows: int
    threads: int
    error: float = NAN
    log_loss: float = NAN
    fit_s: float = NAN
    fit_cpu_s: float = NAN
    predict_s: float = NAN
    memory_mib: float = NAN  # peak of the whole process
    version: str = ""
    problem: str = ""

    @property
    def key(self) -> Key:
        return (self.table, self.seed, self.model, self.max_rows)


def main() -> None:
    """Run the missing fits and print the summary."""
    options = _options()
    if options.one is not None:
        print(json.dumps(asdict(run_one(options))))
        return
    from table_data import entries
    from table_page import PAGES, write_page
    from table_summary import summary

    known = read_results(options.out)
    names = options.sets or [entry.name for entry in entries(options.data, [])]
    for seed in [] if options.only_report else options.seeds:
        for name in names:
            for model in options.models:
                key = (name, seed, model, options.max_rows)
                if key in known and model not in options.again:
                    continue
                known[key] = _in_own_process(options, name, seed, model)
                write_results(options.out, known)
                print(_line(known[key]), flush=True)
    for path in options.beside:
        known = read_results(path) | known
    wanted = [
        fit
        for fit in known.values()
        if fit.table in names
        and fit.seed in options.seeds
        and fit.model in options.models
        and fit.max_rows == options.max_rows
    ]
    if options.write:
        write_page(wanted, PAGES[options.write])
    print("\n" + summary(wanted))


def run_one(options: argparse.Namespace) -> Fit:
    """Fit and score one model in this process."""
    from table_data import entries, load, split
    from table_peers import BENCHMARK_MODELS

    warnings.filterwarnings("ignore")  # raised by other libraries
    resource.setrlimit(resource.RLIMIT_CPU, (options.max_cpu_s, options.max_cpu_s))
    table, seed, model = options.one[0], int(options.one[1]), options.one[2]
    (entry,) = entries(options.data, [table])
    parts = split(entry, *load(entry, options.max_rows), seed)
    about: dict[str, Any] = {
        "table": table,
        "task": entry.task,
        "rows": len(parts.X),
        "seed": seed,
        "model": model,
        "max_rows": options.max_rows,
        "threads": options.threads,
    }
    estimator = BENCHMARK_MODELS[model](entry.task, seed, options.threads)
    try:
        estimator.load()
        wall, cpu = time.perf_counter(), _cpu_seconds()
        estimator.fit(parts.X, parts.y)
        about |= {"fit_s": time.perf_counter() - wall, "fit_cpu_s": _cpu_seconds() - cpu}
        about |= _scores(estimator, parts, entry.task == "regression")
    except Exception as error:  # a failed fit is recorded as such
        about["problem"] = f"{type(error).__name__}: {error}"[:300].replace("\n", " ")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Fit(**about, memory_mib=memory, version=_version(model))


def _scores(estimator: Any, parts: Any, is_regression: bool) -> dict[str, float]:
    started = time.perf_counter()
    guess = np.asarray(estimator.predict(parts.X_test))
    seconds = time.perf_counter() - started
    truth = parts.y_test.to_numpy()
    if is_regression:
        rmse = np.sqrt(np.mean((guess.astype(float) - truth.astype(float)) ** 2))
        return {"error": float(rmse / parts.y.std()), "predict_s": seconds}
    places = {str(label): index for index, label in enumerate(estimator.classes)}
    probabilities = np.asarray(estimator.probabilities(parts.X_test))
    of_truth = probabilities[np.arange(len(truth)), [places[label] for label in truth]]
    return {
        "error": float(np.mean(guess.astype(str) != truth.astype(str))),
        "log_loss": float(-np.log(np.clip(of_truth, 1e-15, 1)).mean()),
        "predict_s": seconds,
    }


def _cpu_seconds() -> float:
    """Return the user and system time of all threads and of ended children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _version(model: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    package = {"sklearn_mlp": "scikit-learn", "histgb": "scikit-learn"}.get(model, model)
    package = {"realmlp": "pytabkit", "tabm": "pytabkit"}.get(package, package)
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _in_own_process(options: argparse.Namespace, table: str, seed: int, model: str) -> Fit:
    from table_data import entries

    threads = str(options.threads)
    command = [
        *shlex.split(options.prefix),
        sys.executable,
        __file__,
        *("--one", table, str(seed), model),
        *("--data", str(options.data)),
        *("--max-rows", str(options.max_rows)),
        *("--threads", threads),
        *("--max-cpu-s", str(options.max_cpu_s)),
    ]
    environment = os.environ | {"OMP_NUM_THREADS": threads}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode == 0:
        return Fit(**json.loads(done.stdout.splitlines()[-1]))
    last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        last = f"stopped, most likely after {options.max_cpu_s:,} CPU seconds"
    (entry,) = entries(options.data, [table])
    return Fit(
        table, entry.task, 0, seed, model, options.max_rows, options.threads, problem=last[:300]
    )


def read_results(path: Path | None) -> dict[Key, Fit]:
    """Return the fits of a file; none where there is no file yet."""
    if path is None or not path.exists():
        return {}
    types = {"rows": int, "seed": int, "max_rows": int, "threads": int}
    texts = {"table", "task", "model", "version", "problem"}
    with path.open(newline="", encoding="utf-8") as file:
        found = [
            Fit(**{k: v if k in texts else types.get(k, float)(v or "nan") for k, v in row.items()})
            for row in csv.DictReader(file)
        ]
    return {fit.key: fit for fit in found}


def write_results(path: Path | None, known: dict[Key, Fit]) -> None:
    """Write all fits; the old file stays until the new one is whole."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [item.name for item in fields(Fit)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(fit) for fit in known.values())
    unfinished.replace(path)


def _line(fit: Fit) -> str:
    head = f"{fit.table:18s} seed {fit.seed} {fit.model:12s} "
    if fit.problem:
        return head + f"FAILED {fit.problem}"
    return head + (
        f"error {fit.error:.4f} log loss {fit.log_loss:.4f} fit {fit.fit_s:7.2f} s "
        f"(processor {fit.fit_cpu_s:7.2f} s) predict {fit.predict_s:.3f} s"
    )


def _seeds(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last) + 1)) if last else [int(s) for s in text.split(",")]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def names(text: str) -> list[str]:
        return [name for name in text.split(",") if name]

    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", type=names, default=[])
    parser.add_argument("--models", type=names, default=list(MODELS))
    parser.add_argument("--seeds", type=_seeds, default=[0, 1, 2], metavar="0,1,2 or 0-4")
    parser.add_argument("--max-rows", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--max-cpu-s", type=int, default=MAX_CPU_S, help="CPU seconds of one process"
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--beside",
        type=Path,
        nargs="*",
        default=[],
        help="further results to include in the summary",
    )
    parser.add_argument("--again", type=names, default=[], metavar="MODELS")
    parser.add_argument("--prefix", default="", help='put before each fit, such as "nice -n 19"')
    parser.add_argument(
        "--only-report", action="store_true", help="summarize --out without running anything"
    )
    parser.add_argument(
        "--write",
        nargs="?",
        const="development",
        choices=("development", "unseen"),
        help="write this page of the documentation",
    )
    parser.add_argument("--one", nargs=3, metavar=("SET", "SEED", "MODEL"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measure how cost scales with rows, weights, threads, widths, memory and many networks at once.

python benchmarks/scaling.py                     everything; takes a few minutes
python benchmarks/scaling.py rows weights        only these parts
python benchmarks/scaling.py --write             also writes docs/benchmarks/scaling.md and its figure
"""

from __future__ import annotations

import argparse
import math
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe
from sizes import SIZES

ROOT = Path(__file__).resolve().parents[1]
Row = dict[str, Any]


def trained(
    rows: int, widths: tuple[int, ...], batch: int, epochs: int, threads: int
) -> Callable[[], Any]:
    """Return a function that trains a network of these widths on `rows` random rows."""
    import deltarule as dr
    from deltarule.sampling import MiniBatches

    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, widths[0]), np.float32)
    y = rng.integers(0, widths[-1], rows)
    hidden = [dr.Dense(units, "relu") for units in widths[1:-1]]
    network = dr.Network([*hidden, dr.Dense(widths[-1], "softmax")])
    return lambda: dr.fit(
        network, X, y, sampling=MiniBatches(batch), epochs=epochs, threads=threads, score=False
    )


def seconds_per_epoch(run: Callable[[], Any], rounds: int = 3) -> float:
    """Return the median time of one epoch, as recorded in the history."""
    run()
    return statistics.median(
        float(np.median(np.diff(run().history["elapsed_s"], prepend=0.0))) for _ in range(rounds)
    )


def by_rows() -> list[Row]:
    """Time one epoch of a 10-32-2 network, batch size 64, for 10² to 10⁷ rows."""
    found = []
    for power in range(2, 8):
        rows = 10**power
        epochs = max(3, 10 ** (5 - power)) if power < 7 else 2
        seconds = seconds_per_epoch(trained(rows, (10, 32, 2), 64, epochs, 2), 1)
        found.append({"rows": rows, "us_per_row": seconds / rows * 1e6})
        print(f"{rows:10,} rows: {seconds * 1e3:12.3f} ms per epoch, "
              f"{found[-1]['us_per_row']:.3f} µs per row", flush=True)  # fmt: skip
    return found


def by_weights() -> list[Row]:
    """Time one epoch of 1,024 rows, batch size 128, for 10² to 10⁷ weights in two hidden layers."""
    found = []
    for power in range(2, 8):
        width = max(2, round((math.sqrt(400 + 4 * 10**power) - 20) / 2))
        widths = (16, width, width, 4)
        weights = sum(a * b for a, b in pairwise(widths))
        seconds = seconds_per_epoch(trained(1024, widths, 128, 3, 2), 1)
        found.append({"weights": weights, "ns_per_weight": seconds / weights * 1e9 / 8})
        print(f"{weights:10,} weights: {seconds * 1e3:12.3f} ms per epoch, "
              f"{found[-1]['ns_per_weight']:.2f} ns per weight and update", flush=True)  # fmt: skip
    return found


def by_threads() -> list[Row]:
    """Compare one thread with two on the two large networks of the speed comparison."""
    found = []
    for name in ("mnist", "wide"):
        size = SIZES[name]
        calls = [trained(size.rows, size.widths, size.batch, 1, n) for n in (1, 2)]
        times = _in_turn(calls, 5)
        found.append({"size": name, "ratio": times[0] / times[1]})
        print(f"{name}: two threads are {found[-1]['ratio']:.2f} times as fast as one", flush=True)
    return found


def by_width() -> list[Row]:
    """Compare one thread with two for widths from 16 to 512."""
    found = []
    for width in (16, 24, 32, 45, 46, 64, 96, 128, 192, 256, 384, 512):
        rows = max(2048, min(20_000, 80_000_000 // width**2))
        calls = [trained(rows, (width, width, width, 4), 64, 2, n) for n in (1, 2)]
        times = _in_turn(calls, 5)
        found.append({"width": width, "ratio": times[0] / times[1]})
        print(
            f"width {width:4}: two threads / one thread speed {found[-1]['ratio']:.2f}", flush=True
        )
    return found


def by_memory() -> list[Row]:
    """Measure the peak memory of `fit` beyond the table and the imports, in a separate process.

    Linux only: the peak is read from /proc/self/status.
    """
    code = (
        "import sys, numpy as np, deltarule as dr\n"
        "def peak():  # of this process alone; ru_maxrss includes the parent's\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    return next(int(line.split()[1]) for line in lines if line.startswith('VmHWM')) / 1024\n"
        "rows, width = int(sys.argv[1]), int(sys.argv[2])\n"
        "X = np.random.default_rng(0).standard_normal((rows, width), np.float32)\n"
        "y = np.zeros(rows, np.int32); y[::2] = 1\n"
        "hidden = [dr.Dense(width, 'relu'), dr.Dense(width, 'relu')]\n"
        "dr.fit(dr.Network([dr.Dense(2, 'softmax')]), X[:64], y[:64], epochs=1)\n"
        "before = peak()\n"
        "net = dr.Network([*hidden, dr.Dense(2, 'softmax')])\n"
        "dr.fit(net, X, y, batch_size=256, epochs=2)\n"
        "print(peak() - before)\n"
    )
    found = []
    for rows, width in ((1_000_000, 32), (4096, 2048)):
        done = subprocess.run(
            [sys.executable, "-c", code, str(rows), str(width)], capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        table, parameters = rows * width * 4 / 2**20, (2 * width * (width + 1)) * 4 / 2**20
        found.append({"rows": rows, "width": width, "table_mib": table,
                      "parameters_mib": parameters, "extra_mib": float(done.stdout)})  # fmt: skip
        print(f"{rows:,} rows of {width}: table {table:.0f} MiB, parameters {parameters:.0f} MiB; fit "
              f"adds {found[-1]['extra_mib']:.0f} MiB at its peak", flush=True)  # fmt: skip
    return found


def by_population() -> list[Row]:
    """Train 64 networks on iris-sized data at once, and the same with scikit-learn and joblib."""
    import warnings

    from joblib import Parallel, delayed
    from sklearn.neural_network import MLPClassifier

    import deltarule as dr

    size = SIZES["iris"]
    X, y = size.data()
    network = dr.Network([dr.Dense(4, "relu"), dr.Dense(3, "softmax")])
    job = {"network": network, "X": X, "y": y, "epochs": size.epochs, "batch_size": size.batch}

    def peer(seed: int) -> object:
        warnings.simplefilter("ignore")  # max_iter is reached on purpose
        return MLPClassifier(
            (4,), batch_size=size.batch, max_iter=size.epochs, tol=0, n_iter_no_change=10**6,
            random_state=seed,
        ).fit(X, y)  # fmt: skip

    with Parallel(n_jobs=2) as pool:
        own, theirs = _in_turn(
            [
                lambda: dr.fit_many([job | {"seed": seed} for seed in range(64)], threads=2),
                lambda: pool(delayed(peer)(seed) for seed in range(64)),
            ],
            3,
        )
    print(f"64 networks: {own:.3f} s here, {theirs:.3f} s in scikit-learn over joblib, "
          f"ratio {theirs / own:.0f}", flush=True)  # fmt: skip
    return [{"networks": 64, "own_s": own, "sklearn_s": theirs, "ratio": theirs / own}]


def _in_turn(calls: list[Callable[[], Any]], rounds: int) -> list[float]:
    times: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    for _ in range(rounds):
        for i, call in enumerate(calls):
            start = time.perf_counter()
            call()
            times[i].append(time.perf_counter() - start)
    return [statistics.median(t) for t in times]


PARTS = {
    "rows": by_rows,
    "weights": by_weights,
    "threads": by_threads,
    "widths": by_width,
    "memory": by_memory,
    "population": by_population,
}


def main() -> None:
    """Run the chosen parts, print the results and optionally write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/scaling.md")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}")
    found = {name: PARTS[name]() for name in options.parts or PARTS}
    print(
        f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB"
    )
    if options.write:
        from scaling_page import write_page

        write_page(describe(), found)


if __name__ == "__main__":
    main()

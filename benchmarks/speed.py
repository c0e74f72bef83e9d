#!/usr/bin/env python3
"""Compare speed with other libraries, interleaved in one run so that drift affects all alike.

    python benchmarks/speed.py train predict cold    (default: all three)
    python benchmarks/speed.py train --sizes iris,digits --models deltarule,NumPy --rounds 5
    python benchmarks/speed.py --write               also writes docs/benchmarks/speed.md and its figure

Ratios are the library's time divided by deltarule's: above 1, deltarule is faster. Libraries that are not
installed are reported and skipped.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import cold
import numpy as np
from machine import describe, sgemm_rate
from predictors import PREDICTORS
from sizes import SIZES, Size
from speed_page import write_results
from trainers import TRAINERS

NETWORKS = ((4, 100, 3), (784, 256, 128, 10))
TURN_S = 0.2
"""Seconds of repeated calls in each turn, so that caches are warm."""
PAUSE_S = 0.2
"""Pause before each turn: BLAS threads spin for a tenth of a second after their last product and would
otherwise take a core from the next library."""
Row = dict[str, Any]


def main() -> None:
    """Run the chosen parts, print the results and optionally write the page."""
    options = _options()
    machine = describe()
    print(f"{machine.description}; sgemm {machine.sgemm_rate / 1e9:.0f} GFLOP/s, "
          f"memory {machine.memory_rate / 1e9:.1f} GB/s")  # fmt: skip
    found: dict[str, list[Row]] = {}
    if "train" in options.what:
        found["train"] = train(options.models, options.sizes, options.rounds)
    if "predict" in options.what:
        found["predict"] = predict(options.models, options.rounds)
    if "cold" in options.what:
        found["cold"] = cold.measure(options.rounds)
    if options.write:
        write_results(machine, found)


def train(models: list[str], sizes: list[str], rounds: int) -> list[Row]:
    """Time whole training calls and report microseconds per update."""
    rows: list[Row] = []
    for name in sizes:
        size = SIZES[name]
        runs = _build({m: TRAINERS[m] for m in models if m in TRAINERS}, size)
        first = {m: _timed(run) for m, run in runs.items()}
        turns = _interleaved(runs, rounds)
        rate = sgemm_rate()
        group = [
            _training_row(size, model, own, first[model], rate) for model, own in turns.items()
        ]
        _add_ratios(group)
        _add_ratios(group, "once_s", "once_ratio")
        rows += group
        for row in group:
            print(
                f"{row['size']:8} {row['model']:13} {row['us_per_step']:10.1f} µs/step "
                f"{row['share_of_sgemm']:5.0%} of sgemm  first call {row['first_s']:6.2f} s  "
                f"ratio {row['ratio']:7.2f}, of single calls {row['once_ratio']:7.2f}", flush=True,
            )  # fmt: skip
    return rows


def _training_row(
    size: Size, model: str, turns: list[list[float]], first: float, rate: float
) -> Row:
    median = statistics.median(seconds for turn in turns for seconds in turn)
    once = statistics.median(turn[0] for turn in turns)
    return {
        "size": size.name,
        "model": model,
        "us_per_step": median / size.steps * 1e6,
        "share_of_sgemm": size.operations / median / rate,
        "first_s": first,
        "seconds": median,
        "once_s": once,
        "once_us_per_step": once / size.steps * 1e6,
    }


def predict(models: list[str], rounds: int) -> list[Row]:
    """Time the prediction of 1 and 10,000 rows with two networks."""
    rows: list[Row] = []
    rng = np.random.default_rng(1)
    for widths in NETWORKS:
        calls = _build({m: PREDICTORS[m] for m in models if m in PREDICTORS}, widths)
        for count, repeats in ((1, 500), (10_000, 10)):
            X = rng.standard_normal((count, widths[0])).astype(np.float32)
            times = _predicting(calls, X, rounds, repeats)
            group = [
                {"network": "-".join(map(str, widths)), "rows": count, "model": model,
                 "us": statistics.median(t) * 1e6, "seconds": statistics.median(t)}
                for model, t in times.items()
            ]  # fmt: skip
            _add_ratios(group)
            rows += group
            for row in group:
                print(f"{row['network']:15} {row['rows']:6} rows {row['model']:13} "
                      f"{row['us']:12.1f} µs  ratio {row['ratio']:7.2f}", flush=True)  # fmt: skip
    return rows


def _predicting(calls: dict[str, Any], X: Any, rounds: int, repeats: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {model: [] for model in calls}
    for call in calls.values():  # warm
        call(X)
        call(X)
    for _ in range(rounds):
        for model, call in calls.items():
            time.sleep(PAUSE_S)
            some = max(3, repeats // 20) if model == "Keras" else repeats
            times[model] += [_timed(lambda call=call: call(X)) for _ in range(some)]
    return times


def _build(makers: dict[str, Callable[[Any], Any]], argument: Any) -> dict[str, Any]:
    made = {}
    for name, maker in makers.items():
        try:
            made[name] = maker(argument)
        except ImportError as error:
            print(f"{name} is not installed: {error}", file=sys.stderr)
    return made


def _interleaved(calls: dict[str, Any], rounds: int) -> dict[str, list[list[float]]]:
    """Return the times of each turn; the first call of a turn starts with cold caches."""
    turns: dict[str, list[list[float]]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            time.sleep(PAUSE_S)
            until = time.perf_counter() + TURN_S  # one call of a millisecond is too noisy
            turn = [_timed(call)]
            while time.perf_counter() < until:
                turn.append(_timed(call))
            turns[name].append(turn)
    return turns


def _add_ratios(group: list[Row], seconds: str = "seconds", ratio: str = "ratio") -> None:
    own = next((row[seconds] for row in group if row["model"] == "deltarule"), float("nan"))
    for row in group:
        row[ratio] = row[seconds] / own


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _names(text: str) -> list[str]:
    return text.split(",")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", default=["train", "predict", "cold"])
    parser.add_argument("--models", type=_names, default=list(TRAINERS | PREDICTORS))
    parser.add_argument("--sizes", type=_names, default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--write", action="store_true", help="write docs/benchmarks/speed.md and its figure"
    )
    options = parser.parse_args()
    for what in options.what:
        if what not in ("train", "predict", "cold"):
            parser.error(f"{what!r} is not one of train, predict, cold")
    return options


if __name__ == "__main__":
    main()

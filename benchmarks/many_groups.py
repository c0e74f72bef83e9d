#!/usr/bin/env python3
"""Measure a model for each group of many groups: training, the file, and what is done with it.

python benchmarks/many_groups.py                  10,000 groups of 30 rows and 2 columns
python benchmarks/many_groups.py --groups 1000    fewer

Networks are small (`--hidden 8`, one for each group), so that what is measured is what a group costs
beside its network. Memory is the resident memory of the process; while groups are trained it is printed
after each tenth of them, so that growth shows. Times are those of the processor, of all threads, which
other programs change little, and by the clock.
"""

from __future__ import annotations

import argparse
import os
import pickle
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from machine import describe

import deltarule as dr
from deltarule.cli.app import main as deltarule_command
from deltarule.data import read_table
from deltarule.table_model.by_group.grouped_training import GroupListeners, train_by_group
from deltarule.table_model.fold_networks import RunOptions

ROWS = 30
TENTHS = 10


def sales(groups: int) -> dict[str, Any]:
    """Return the rows of shops, each with its own slope, in random order."""
    random = np.random.default_rng(0)
    shop = random.permutation(np.repeat(np.arange(groups), ROWS))
    a, b = random.standard_normal((2, len(shop)))
    noise = random.standard_normal(len(shop)) / 10
    amount = random.standard_normal(groups)[shop] * a + np.sin(b) + noise
    return {"shop": np.char.mod("s%05d", shop).astype(object), "a": a, "b": b, "amount": amount}


def memory_mib() -> float:
    """Return the resident memory of this process in MiB."""
    return float(psutil.Process().memory_info().rss) / 2**20


@contextmanager
def measured(name: str, groups: int) -> Iterator[None]:
    """Print the time and the memory of what follows."""
    clock, processor, before = time.perf_counter(), time.process_time(), memory_mib()
    yield
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    grown = memory_mib() - before
    print(
        f"{name:24} {processor:8.2f} s of the processor, {clock:8.2f} s by the clock, "
        f"{1000 * processor / groups:6.3f} ms for each group; {grown:+6.0f} MiB",
        flush=True,
    )


class _Tenths(GroupListeners):
    """Prints the memory after each tenth of the groups."""

    def __init__(self) -> None:
        super().__init__(group=self._heard)

    @staticmethod
    def _heard(done: int, total: int) -> None:
        if done * TENTHS // total > (done - 1) * TENTHS // total:
            print(f"  {done:7,} groups: {memory_mib():6.0f} MiB", flush=True)


def measure(groups: int, folder: Path) -> None:
    """Train, save and use the models of a number of groups."""
    table = read_table(sales(groups))
    settings = dr.TableSettings(hidden=(8,), folds=1, epochs=30)
    started = time.perf_counter()
    with measured("train", groups):
        result = train_by_group(
            table, "amount", "shop", settings, RunOptions(), _Tenths(), started=started
        )
    path = folder / "model.safetensors"
    with measured("save", groups):
        result.model.save(path)
    size = os.path.getsize(path)
    print(f"file: {size / 1e6:.1f} MB, {size / groups / 1e3:.1f} kB for each group")
    del result
    with measured("load", groups):
        model: Any = dr.load(path)
    with measured("predict each row", groups):
        model.predict(table)
    with measured("predict again", groups):
        model.predict(table)
    with measured("evaluate", groups):
        model.evaluate(table)
    with measured("pickle", groups):
        pickle.dumps(model)
    with measured("inspect", groups), redirect_stdout(StringIO()):
        deltarule_command(["inspect", str(path), "--json"])


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--groups", type=int, default=10_000)
    options = parser.parse_args()
    print(describe().description)
    print(f"{options.groups:,} groups of {ROWS} rows and 2 columns")
    with tempfile.TemporaryDirectory() as folder:
        measure(options.groups, Path(folder))


if __name__ == "__main__":
    main()

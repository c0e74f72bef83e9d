#!/usr/bin/env python3
"""Measure training on a block file: rows per second and peak memory beside the same rows in memory.

python benchmarks/block_files.py --folder /data                100 million rows of 28 columns, 11 GB
python benchmarks/block_files.py --folder /data --rows 1e6     a smaller table
python benchmarks/block_files.py --peers                       also LightGBM (pip install lightgbm)

Every measurement is a process of its own. The rows are drawn anew from a seed, so that nothing is
downloaded. The last part trains on a table that is sorted by its target: with a window of 2 % of its
rows, in the order of the table and scattered by `BlockFileData.write`, against a full shuffle.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

BATCH_ROWS = 100_000  # drawn and written at a time
SORTED_ROWS = 200_000
WINDOW_SHARE = 0.02
Row = dict[str, Any]


def drawn(rows: int, columns: int, seed: int = 0) -> Iterator[tuple[Any, Any]]:
    """Yield batches of a table with two classes and 5 % of them at random."""
    weights = np.random.default_rng(seed + 1).normal(size=(2, columns)) / np.sqrt(columns)
    for number, begin in enumerate(range(0, rows, BATCH_ROWS)):
        draw = np.random.default_rng((seed, number))
        X = draw.standard_normal((min(BATCH_ROWS, rows - begin), columns), np.float32)
        first, second = weights @ X.T
        y = (first + 2 * np.sin(2 * second) > 0) ^ (draw.random(len(X)) < 0.05)
        yield X, y.astype(np.int64)


def network(columns: int) -> Any:
    """Return a network of the size that the recipe chooses for tables."""
    import deltarule as dr

    return dr.Network([dr.Dense(64, "relu"), dr.Dense(64, "relu"), dr.Dense(1, "sigmoid")], columns)


def write(options: argparse.Namespace) -> Row:
    """Write the block file."""
    from deltarule.engines import BlockFileData

    began = time.perf_counter()
    rows = BlockFileData.write(options.path, drawn(options.rows, options.columns))
    seconds = time.perf_counter() - began
    return {"rows_per_s": options.rows / seconds, "bytes": os.path.getsize(rows.file.path)}


def fit_speed(options: argparse.Namespace, data: Any) -> Row:
    """Train two epochs and return the speed of the second one."""
    import deltarule as dr

    began = time.perf_counter()
    result = dr.fit(
        network(options.columns),
        data,
        epochs=2,
        sampling=dr.sampling.Blocks(256, options.window_rows),
        score=False,
    )
    elapsed = result.history["elapsed_s"]
    return {
        "rows_per_s": options.rows / float(elapsed[-1] - elapsed[-2]),
        "loss": float(result.history.training_loss[-1]),
        "checks_s": time.perf_counter() - began - float(elapsed[-1]),
    }


def from_file(options: argparse.Namespace) -> Row:
    """Train on the block file."""
    from deltarule.engines import BlockFileData

    return fit_speed(options, BlockFileData(options.path))


def from_memory(options: argparse.Namespace) -> Row:
    """Train on the same rows in memory."""
    from deltarule.engines import BlockFileData
    from deltarule.engines.data import in_memory

    return fit_speed(options, in_memory(BlockFileData(options.path).with_class_numbers(False)))


def lightgbm(options: argparse.Namespace) -> Row:
    """Train LightGBM on rows that it reads from the block file through its Sequence."""
    import lightgbm as lgb

    from deltarule.engines import BlockFileData
    from deltarule.engines.data import targets_in_memory

    rows = BlockFileData(options.path)

    class Rows(lgb.Sequence):  # type: ignore[misc]
        batch_size = BATCH_ROWS

        def __len__(self) -> int:
            return rows.n_rows

        def __getitem__(self, index: Any) -> Any:
            chosen = np.arange(*index.indices(len(self))) if isinstance(index, slice) else index
            some = rows.empty(np.size(chosen))
            rows.gather(np.atleast_1d(chosen), some)
            return some.inputs.astype(np.float64).reshape(*np.shape(chosen), -1)

    began = time.perf_counter()
    data = lgb.Dataset(Rows(), targets_in_memory(rows)[0]).construct()
    loading = time.perf_counter() - began
    rounds = 10
    lgb.train({"objective": "binary", "verbosity": -1}, data, rounds)
    seconds = time.perf_counter() - began - loading
    return {"rows_per_s": rounds * options.rows / seconds, "checks_s": loading}


def sorted_table(options: argparse.Namespace) -> Row:
    """Compare a window of 2 % on a table that is sorted by its target with a full shuffle."""
    import deltarule as dr
    from deltarule.engines import ArrayData, BlockFileData

    rows = min(options.rows, SORTED_ROWS)
    pieces = list(drawn(rows + rows // 4, options.columns))
    X, y = (np.concatenate([piece[i] for piece in pieces]) for i in (0, 1))
    test = ArrayData(X[rows:], y[rows:, None].astype(np.float32))
    order = np.argsort(y[:rows], kind="stable")
    X, y = X[:rows][order], y[:rows][order]
    path = options.path + ".sorted"
    scattered = BlockFileData.write(path, [(X, y)], block_rows=256)
    memory = ArrayData(X, y[:, None].astype(np.float32))
    window = max(int(rows * WINDOW_SHARE), 256)
    narrow = dr.sampling.Blocks(256, window, 256)
    losses = {}
    for name, data, sampling in (
        ("full_shuffle", memory, dr.sampling.MiniBatches(256)),
        ("scattered", scattered, narrow),
        ("in_table_order", memory, narrow),
    ):
        result = dr.fit(
            network(options.columns),
            data,
            validation_data=test,
            sampling=sampling,
            epochs=options.epochs,
        )
        losses[name] = float(min(result.history.validation_loss))
    os.unlink(path)
    return losses


PARTS: dict[str, Callable[[argparse.Namespace], Row]] = {
    "write": write,
    "from_file": from_file,
    "from_memory": from_memory,
    "lightgbm": lightgbm,
    "sorted_table": sorted_table,
}


def measured(part: str, options: argparse.Namespace) -> Row:
    """Run one part in a process of its own and return what it measured, with its peak memory."""
    command = [sys.executable, __file__, "--part", part, "--path", options.path]
    for name in ("rows", "columns", "window_rows", "epochs"):
        command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found: Row = json.loads(done.stdout.splitlines()[-1])
    return found


def run_part(options: argparse.Namespace) -> None:
    """Run one part in this process and print its measurements."""
    result = PARTS[options.part](options)
    result["peak_mib"] = peak_mib()
    print(json.dumps(result))


def peak_mib() -> float:
    """Return the peak resident memory of this process; Linux's rusage includes that of the parent."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def report(options: argparse.Namespace) -> None:
    """Run all parts and print a table."""
    print(
        f"{options.rows:,} rows of {options.columns} columns, windows of {options.window_rows:,} rows"
    )
    names = ["write", "from_file", "from_memory"] + ["lightgbm"] * options.peers
    results = {}
    for name in names:
        results[name] = row = measured(name, options)
        print(
            f"{name:12} {row['rows_per_s']:12,.0f} rows/s  peak {row['peak_mib']:8,.0f} MiB"
            + (f"  checks {row['checks_s']:.1f} s" if "checks_s" in row else "")
            + (f"  file {row['bytes'] / 2**20:,.0f} MiB" if "bytes" in row else ""),
            flush=True,
        )
    file, memory = results["from_file"], results["from_memory"]
    if file["loss"] != memory["loss"]:
        raise SystemExit("The file and the same rows in memory trained to different bits.")
    print(f"from file / from memory: {file['rows_per_s'] / memory['rows_per_s']:.0%}")
    losses = measured("sorted_table", options)
    full = losses["full_shuffle"]
    print(f"sorted by target, full shuffle: validation loss {full:.4f}")
    for name in ("scattered", "in_table_order"):
        print(f"  window of 2 %, {name}: {losses[name]:.4f} ({losses[name] / full - 1:+.1%})")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=100_000_000)
    parser.add_argument("--columns", type=int, default=28)
    parser.add_argument("--window-rows", type=int, default=262_144)
    parser.add_argument("--epochs", type=int, default=10, help="of the sorted table")
    parser.add_argument("--folder", type=Path, default=None, help="where the file is written")
    parser.add_argument(
        "--peers", action="store_true", help="also measure LightGBM, which must be installed"
    )
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        run_part(options)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        options.path = str(Path(folder) / "rows.blocks")
        report(options)


if __name__ == "__main__":
    main()

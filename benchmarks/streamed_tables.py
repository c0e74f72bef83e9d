#!/usr/bin/env python3
"""Measure training on a CSV file larger than memory, beside DuckDB's scan and training in memory.

python benchmarks/streamed_tables.py --folder /data             40 million rows of 30 columns, 10 GB
python benchmarks/streamed_tables.py --folder /data --rows 1e6  a smaller table
python benchmarks/streamed_tables.py --in-memory                also the same training in memory

Every measurement is a process of its own. DuckDB generates the table. The scan counts the numbers and
texts of all columns. Before the first epoch there are the types and the schema from all cells, the
survey, the sample, the encoders, and the block file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from block_files import peak_mib

Row = dict[str, Any]
NUMBERS = 28
COLUMNS = (*(f"x{i}" for i in range(NUMBERS)), "town", "day")


def generate(options: argparse.Namespace) -> Row:
    """Write the table: normal numbers with five digits, a text of 300 levels, a date, two classes."""
    import duckdb

    draws = ", ".join(f"random() AS a{i}, random() AS b{i}" for i in range(NUMBERS))
    numbers = ", ".join(
        f"round(sqrt(-2 * ln(1 - a{i})) * cos(2 * pi() * b{i}), 5) AS x{i}" for i in range(NUMBERS)
    )
    table = (
        f"SELECT {numbers}, 'town ' || CAST(300 * a0 * b1 AS INT) AS town, "
        f"DATE '2020-01-01' + CAST(1000 * b2 AS INT) AS day "
        f"FROM (SELECT setseed(0.5), {draws} FROM range({options.rows}))"
    )
    target = "CASE WHEN x0 + 2 * sin(2 * x1) + length(town) % 2 > 0.5 THEN 'yes' ELSE 'no' END AS y"
    with duckdb.connect(config={"memory_limit": "500MB"}) as opened:
        opened.execute(f"COPY (SELECT *, {target} FROM ({table})) TO '{options.path}' (HEADER)")
    return {"bytes": os.path.getsize(options.path)}


def scan(options: argparse.Namespace) -> Row:
    """Read all cells with DuckDB, numbers as numbers."""
    import duckdb

    kinds = ", ".join(
        f"'{name}': '{'DOUBLE' if name.startswith('x') else 'VARCHAR'}'" for name in (*COLUMNS, "y")
    )
    counts = ", ".join(f"count({name})" for name in (*COLUMNS, "y"))
    began, cpu = time.perf_counter(), cpu_seconds()
    with duckdb.connect(config={"memory_limit": "500MB"}) as opened:
        found = opened.execute(
            f"SELECT {counts} FROM read_csv('{options.path}', header=true, auto_detect=false, "
            f"columns={{{kinds}}})"
        ).fetchone()
    assert found == (options.rows,) * (len(COLUMNS) + 1)
    return {"seconds": time.perf_counter() - began, "cpu": cpu_seconds() - cpu}


def cpu_seconds() -> float:
    """Return the time of all processors that this process has taken, in seconds."""
    times = os.times()
    return times.user + times.system


def streamed(options: argparse.Namespace) -> Row:
    """Train on the streamed table."""
    return training(options, options.memory_limit)


def in_memory(options: argparse.Namespace) -> Row:
    """Train on the table in memory."""
    return training(options, "1000TB")


def training(options: argparse.Namespace, limit: str) -> Row:
    """Train some epochs; return the seconds before the first one, and the speed of the last one."""
    import deltarule as dr

    prepared_at: list[tuple[float, float]] = []
    began, cpu = time.perf_counter(), cpu_seconds()
    result = dr.train(
        options.path,
        "y",
        memory_limit=limit,
        epochs=options.epochs,
        folds=1,
        on_prepared=lambda _: prepared_at.append((time.perf_counter(), cpu_seconds())),
    )
    elapsed = result.training.history["elapsed_s"]
    return {
        "seconds": prepared_at[0][0] - began,
        "cpu": prepared_at[0][1] - cpu,
        "rows_per_s": result.training_rows / float(elapsed[-1] - elapsed[-2]),
        "accuracy": result.scores.accuracy,
        "streamed": result.streamed is not None,
    }


PARTS: dict[str, Callable[[argparse.Namespace], Row]] = {
    "generate": generate,
    "scan": scan,
    "streamed": streamed,
    "in_memory": in_memory,
}


def measured(part: str, options: argparse.Namespace) -> Row:
    """Run one part in a process of its own and return what it measured, with its peak memory."""
    command = [sys.executable, __file__, "--part", part, "--path", options.path]
    for name in ("rows", "epochs", "memory_limit"):
        command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    environment = {**os.environ, "TMPDIR": str(Path(options.path).parent)}
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, env=environment)
    found: Row = json.loads(done.stdout.splitlines()[-1])
    return found


def report(options: argparse.Namespace) -> None:
    """Run all parts and print a table."""
    size = measured("generate", options)["bytes"]
    print(f"{options.rows:,} rows of {len(COLUMNS)} columns: {size / 1e9:.2f} GB of CSV")
    scanned = measured("scan", options)
    print(
        f"DuckDB's scan     {size / scanned['seconds'] / 1e6:8,.0f} MB/s  {scanned['seconds']:8.1f} s, "
        f"{scanned['cpu']:.1f} s of processor time"
    )
    rows = {}
    for name in ["streamed"] + ["in_memory"] * options.in_memory:
        rows[name] = row = measured(name, options)
        print(
            f"{name:10}  before the first epoch {size / row['seconds'] / 1e6:6,.0f} MB/s "
            f"{row['seconds']:8.1f} s, {row['cpu']:.1f} s of processor time "
            f"({scanned['cpu'] / row['cpu']:.0%} of the scan's speed)  epochs "
            f"{row['rows_per_s']:10,.0f} rows/s  peak {row['peak_mib']:8,.0f} MiB  "
            f"accuracy {row['accuracy']:.3f}",
            flush=True,
        )
        if row["streamed"] != (name == "streamed"):
            raise SystemExit("Choose a --memory-limit below what the table takes in memory.")
    if options.in_memory:
        speeds = rows["streamed"]["rows_per_s"] / rows["in_memory"]["rows_per_s"]
        print(f"epochs streamed / in memory: {speeds:.0%}")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=40_000_000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--memory-limit", default="1GB")
    parser.add_argument("--folder", type=Path, default=None, help="where all files are written")
    parser.add_argument("--in-memory", action="store_true", help="also train in memory")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.epochs < 2:
        parser.error("argument --epochs: must be at least 2, because the first one is not timed")
    if options.part:
        print(json.dumps(PARTS[options.part](options) | {"peak_mib": peak_mib()}))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        options.path = str(Path(folder) / "table.csv")
        report(options)


if __name__ == "__main__":
    main()

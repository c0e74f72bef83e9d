#!/usr/bin/env python3
"""Compare deltarule's MLP estimators with scikit-learn's on ten real tables with the same settings.

    python benchmarks/sklearn_tables.py --tables FOLDER [--rows 1000] [--seeds 5] [--max-iter 200]
    python benchmarks/sklearn_tables.py --tables FOLDER --only iris,abalone --solvers adam
    python benchmarks/sklearn_tables.py --tables FOLDER --write   writes docs/benchmarks/sklearn-tables.md

Text is one-hot encoded, missing numbers become the median, and all columns are standardized on the
training rows. Each seed determines the split (3 : 1) and the initial weights. Score: accuracy or R² on
the test rows, mean ± standard deviation over the seeds. Time: the whole fit call, median; ratio:
scikit-learn's divided by deltarule's. `within`: deltarule's mean is better, or the means differ by at
most two standard errors of the paired difference.

FOLDER holds <name>.parquet for each table and index.csv with its target.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from machine import describe
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.preprocessing import StandardScaler

from deltarule import MLPClassifier, MLPRegressor

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "sklearn-tables.md"
CLASSES = ("iris", "german_credit", "higgs_7500", "electricity", "letter", "adult")
NUMBERS = ("wine_quality", "abalone", "california_housing", "diamonds")
SOLVERS: dict[str, dict[str, Any]] = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.01},
    "lbfgs": {"solver": "lbfgs"},
}


@dataclass(frozen=True)
class Comparison:
    """Scores and times of both libraries on one table with one solver, one per seed."""

    table: str
    solver: str
    ours: np.ndarray
    theirs: np.ndarray
    our_seconds: np.ndarray
    their_seconds: np.ndarray

    @property
    def is_within(self) -> bool:
        """Whether deltarule's mean is better or within two standard errors."""
        difference = self.ours - self.theirs
        error = difference.std(ddof=1) / np.sqrt(len(difference)) if len(difference) > 1 else 0.0
        return bool(difference.mean() >= -2 * error - 1e-3)

    @property
    def ratio(self) -> float:
        """scikit-learn's median time divided by deltarule's."""
        return float(np.median(self.their_seconds) / np.median(self.our_seconds))

    def cells(self) -> list[str]:
        """Return the comparison as the cells of a table row."""
        return [
            self.table,
            self.solver,
            f"{self.theirs.mean():.3f} ± {self.theirs.std():.3f}",
            f"{self.ours.mean():.3f} ± {self.ours.std():.3f}",
            "yes" if self.is_within else "no",
            f"{np.median(self.their_seconds):.3f}",
            f"{np.median(self.our_seconds):.4f}",
            f"{self.ratio:.1f}",
        ]


HEAD = ["table", "solver", "scikit-learn", "deltarule", "within", "s", "s", "ratio"]


def main() -> None:
    """Compare, print each row as soon as it is known, and optionally write the page."""
    options = _options()
    warnings.simplefilter("ignore")  # most runs stop at max_iter on purpose
    print(describe().description)
    print("  ".join(f"{cell:>15}" for cell in HEAD), flush=True)
    found: list[Comparison] = []
    for name in options.only:
        X, y = load(options.tables, name, options.rows)
        for solver in options.solvers:
            found.append(compare(name, solver, X, y, options.seeds, options.max_iter))
            print("  ".join(f"{cell:>15}" for cell in found[-1].cells()), flush=True)
    ratios = np.array([comparison.ratio for comparison in found])
    print(f"\n{sum(c.is_within for c in found)} of {len(found)} within the spread or better; ")
    print(f"time ratio: median {np.median(ratios):.1f}, {ratios.min():.1f} to {ratios.max():.1f}")
    if options.write:
        PAGE.write_text(page(found, options))


def load(folder: Path, name: str, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return at most `rows` randomly chosen rows of a table as float64, and the target."""
    index = pd.read_csv(folder / "index.csv", usecols=range(14)).set_index("name")
    table = pd.read_parquet(folder / f"{name}.parquet")
    target = index.loc[name, "target"]
    table = table.dropna(subset=[target])
    table = table.sample(min(rows, len(table)), random_state=0)
    y = table.pop(target)
    X = pd.get_dummies(table, dtype=float)
    X = X.fillna(X.median()).to_numpy(np.float64)
    if name in CLASSES:
        return X, y.astype(str).to_numpy()
    numbers = y.to_numpy(np.float64)
    return X, (numbers - numbers.mean()) / numbers.std()


def compare(
    name: str, solver: str, X: np.ndarray, y: np.ndarray, seeds: int, max_iter: int
) -> Comparison:
    """Fit both for each seed."""
    pair: tuple[type[BaseEstimator], type[BaseEstimator]] = (
        (MLPClassifier, TheirClassifier) if name in CLASSES else (MLPRegressor, TheirRegressor)
    )
    scores, seconds = np.zeros((seeds, 2)), np.zeros((seeds, 2))
    for seed in range(seeds):
        train, test, y_train, y_test = train_test_split(X, y, random_state=seed)
        scaler = StandardScaler().fit(train)
        train, test = scaler.transform(train), scaler.transform(test)
        for i, kind in enumerate(pair):
            model = kind(max_iter=max_iter, random_state=seed, **SOLVERS[solver])
            started = time.perf_counter()
            model.fit(train, y_train)
            seconds[seed, i] = time.perf_counter() - started
            scores[seed, i] = model.score(test, y_test)
    return Comparison(name, solver, *scores.T, *seconds.T)


def page(found: list[Comparison], options: argparse.Namespace) -> str:
    """Return the results as a page of the docs."""
    ratios = [comparison.ratio for comparison in found]
    head = "| " + " | ".join([*HEAD[:5], "scikit-learn, s", "deltarule, s", "ratio"]) + " |"
    lines = [
        "# Comparison with scikit-learn on real tables\n",
        f"Generated by `benchmarks/sklearn_tables.py`: at most {options.rows:,} rows of each table, "
        f"{options.seeds} seeds, max_iter={options.max_iter}, float64, otherwise scikit-learn's "
        "defaults (sgd: learning_rate_init=0.01). Accuracy (first six tables) or R² on the test rows, "
        "mean ± standard deviation. `within`: better, or within two standard errors of the paired "
        f"difference. {describe().description}.\n",
        f"Median ratio of times: {np.median(ratios):.1f}.\n",
        head,
        "|---|---|--:|--:|--:|--:|--:|--:|",
        *("| " + " | ".join(comparison.cells()) + " |" for comparison in found),
    ]
    return "\n".join(lines) + "\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--max-iter", type=int, default=200)
    parser.add_argument("--only", type=lambda t: t.split(","), default=[*CLASSES, *NUMBERS])
    parser.add_argument("--solvers", type=lambda t: t.split(","), default=list(SOLVERS))
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

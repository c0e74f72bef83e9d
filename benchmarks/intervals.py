#!/usr/bin/env python3
"""Compare prediction intervals: how often they cover the target, overall and by size, and their width.

    python benchmarks/intervals.py --data FOLDER --out intervals.csv --seeds 0-2
    python benchmarks/intervals.py --data FOLDER --out intervals.csv --sets abalone --models deltarule
    python benchmarks/intervals.py --out intervals.csv --write

Models: `deltarule` (`TabularRegressor().predict_interval`, from out-of-fold errors), `lightgbm`
(split-conformal: 80 % of the training rows train, the absolute errors on the others give one half-width
for all rows, Lei et al. 2018), and `catboost` (a model of both quantiles, `MultiQuantile`), all with
default settings. Coverage is the share of test rows whose target lies in the interval; thirds are those
of the model's predictions (the middles of CatBoost's intervals). Width is divided by the standard
deviation of the training targets. Each fit is appended to --out; fits that are already there are
skipped. --write generates docs/benchmarks/intervals.md. Rows and splits are those of `table_data.py`.
"""

from __future__ import annotations

import argparse
import csv
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
from table_data import Split, entries, load, split

LEVEL = 0.9
CALIBRATION_SHARE = 0.2
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "intervals.md"
Array = np.ndarray
Interval = tuple[Array, Array, Array]  # lower ends, upper ends, predictions


@dataclass(frozen=True)
class IntervalFit:
    """The intervals of one model on the test rows of one split."""

    table: str
    rows: int
    seed: int
    model: str
    coverage: float
    low: float  # coverage of the third with the smallest predictions
    middle: float
    high: float
    width: float  # mean, in standard deviations of the training targets


def deltarule_interval(X: pd.DataFrame, y: pd.Series, test: pd.DataFrame, seed: int) -> Interval:
    """Return the intervals of the table estimator."""
    import deltarule

    model = deltarule.TabularRegressor(random_state=seed).fit(X, y)
    ends = model.predict_interval(test, coverage=LEVEL)
    return ends[:, 0], ends[:, 1], model.predict(test)


def lightgbm_interval(X: pd.DataFrame, y: pd.Series, test: pd.DataFrame, seed: int) -> Interval:
    """Return split-conformal intervals around LightGBM's predictions."""
    from table_peers import LightGBM

    order = np.random.default_rng(seed).permutation(len(X))
    held = round(CALIBRATION_SHARE * len(X))
    model = LightGBM("regression", seed, 2)
    model.fit(X.iloc[order[held:]], y.iloc[order[held:]])
    errors = np.sort(np.abs(y.iloc[order[:held]] - model.predict(X.iloc[order[:held]])))
    place = min(int(np.ceil((held + 1) * LEVEL)) - 1, held - 1)
    predicted = model.predict(test)
    return predicted - errors[place], predicted + errors[place], predicted


def catboost_interval(X: pd.DataFrame, y: pd.Series, test: pd.DataFrame, seed: int) -> Interval:
    """Return the quantiles that CatBoost predicts."""
    import catboost
    from table_peers import text_columns

    texts, tail = text_columns(X), (1 - LEVEL) / 2
    model = catboost.CatBoostRegressor(
        loss_function=f"MultiQuantile:alpha={tail:.3f},{1 - tail:.3f}", random_seed=seed, verbose=0,
        cat_features=texts, thread_count=2, allow_writing_files=False,
    )  # fmt: skip
    with_text = {name: X[name].fillna("missing") for name in texts}
    of_test = {name: test[name].fillna("missing") for name in texts}
    ends = np.sort(model.fit(X.assign(**with_text), y).predict(test.assign(**of_test)), axis=1)
    return ends[:, 0], ends[:, 1], ends.mean(axis=1)


MODELS: dict[str, Callable[[pd.DataFrame, pd.Series, pd.DataFrame, int], Interval]] = {
    "deltarule": deltarule_interval,
    "lightgbm": lightgbm_interval,
    "catboost": catboost_interval,
}
TITLES = {
    "deltarule": "deltarule",
    "lightgbm": "LightGBM, split-conformal",
    "catboost": "CatBoost, quantiles",
}


def main() -> None:
    """Fit what is missing, and print or write the summary."""
    options = _options()
    done = _read(options.out)
    known = {(fit.table, fit.seed, fit.model) for fit in done}
    if options.data is not None:
        warnings.simplefilter("ignore")
        for entry in entries(options.data, options.sets):
            if entry.task != "regression":
                continue
            X, y = load(entry, options.max_rows)
            y = y.astype(float)
            for seed in options.seeds:
                part = split(entry, X, y, seed)
                for model in options.models:
                    if (entry.name, seed, model) in known:
                        continue
                    ends = MODELS[model](part.X, part.y, part.X_test, seed)
                    fit = _measured(entry.name, len(part.X), seed, model, ends, part)
                    done.append(fit)
                    _append(options.out, fit)
                    print(fit, flush=True)
    text = page(done)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


def _measured(
    table: str, rows: int, seed: int, model: str, ends: Interval, part: Split
) -> IntervalFit:
    low, high, predicted = ends
    truth = part.y_test.to_numpy()
    inside = (low <= truth) & (truth <= high)
    thirds = [float(inside[rows].mean()) for rows in np.array_split(np.argsort(predicted), 3)]
    width = float((high - low).mean() / part.y.std())
    return IntervalFit(table, rows, seed, model, float(inside.mean()), *thirds, width)


def page(fits: list[IntervalFit]) -> str:
    """Return the page: a summary of the models, and a line for each table."""
    cells: dict[tuple[str, str], list[IntervalFit]] = defaultdict(list)
    for fit in fits:
        cells[fit.table, fit.model].append(fit)
    tables = list(dict.fromkeys(fit.table for fit in fits))
    models = [name for name in MODELS if any((table, name) in cells for table in tables)]
    complete = [table for table in tables if all((table, model) in cells for model in models)]
    rows = {fit.table: fit.rows for fit in fits}
    seeds = len({fit.seed for fit in fits})

    def mean(table: str, model: str, name: str) -> float:
        return float(np.mean([getattr(fit, name) for fit in cells[table, model]]))

    parts = ("coverage", "low", "middle", "high")
    lines = [
        "# Benchmark of prediction intervals", "",
        f"Generated by `python benchmarks/intervals.py`. Intervals of nominal {LEVEL:.0%} coverage for "
        f"{len(tables)} regressions, mean of {seeds} splits, default settings. *Off* is the mean "
        "over the tables of the difference between measured and nominal coverage, of all "
        "test rows and of the worst third by the predicted size; *width* is the geometric mean of the "
        "mean widths, relative to deltarule.", "",
        "| model | off, all rows | off, worst third | tables within 2 points, all rows | all thirds "
        "| width |",
        "|---|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    for model in models:
        off = np.array([[mean(t, model, p) - LEVEL for p in parts] for t in complete])
        worst = np.abs(off[:, 1:]).max(axis=1)
        ratios = [mean(t, model, "width") / mean(t, models[0], "width") for t in complete]
        lines.append(
            f"| {TITLES[model]} | {np.abs(off[:, 0]).mean():.1%} | {worst.mean():.1%} | "
            f"{(np.abs(off[:, 0]) <= 0.02).sum()} of {len(complete)} | "
            f"{(worst <= 0.02).sum()} of {len(complete)} | {np.exp(np.mean(np.log(ratios))):.2f} |"
        )
    lines += [
        "",
        "deltarule's intervals follow the size of the errors. Split-conformal intervals have one width "
        "for all rows, on most tables too small where predictions are large. Where few numbers are "
        "frequent, as counts and the grades of wine_quality are, deltarule's intervals are those of "
        "single networks and cover more. On be_mtpl97, 88% of the targets are 0 and none is lower, so "
        "that exact quantiles of 5% and 95% would hold at least 95%; most of CatBoost's lower ends are "
        "0.000001 there.",
        "", _exact(rows, seeds),
        "", "## Each table", "",
        "Coverage of all test rows (of the thirds with small, middle and large predictions), and width "
        "in standard deviations of the training targets.", "",
        "| table | rows | " + " | ".join(TITLES[model] for model in models) + " |",
        "|---|--:|" + "---|" * len(models),
    ]  # fmt: skip
    for table in tables:
        shown = []
        for model in models:
            if (table, model) not in cells:
                shown.append("–")
                continue
            whole, *thirds = (mean(table, model, part) for part in parts)
            each = ", ".join(f"{100 * value:.0f}" for value in thirds)
            shown.append(f"{whole:.1%} ({each}), {mean(table, model, 'width'):.2f}")
        lines.append(f"| {table} | {rows[table]:,} | " + " | ".join(shown) + " |")
    return "\n".join([*lines, ""])


def _exact(rows: dict[str, int], seeds: int, draws: int = 2000) -> str:
    """Return a sentence on intervals that cover each row with the nominal probability.

    A third of the training rows are test rows (`table_data.split`).
    """
    random = np.random.default_rng(0)
    thirds = np.array([[count // 9] * 3 for count in rows.values()])
    shares = random.binomial(seeds * thirds, LEVEL, (draws, *thirds.shape)) / (seeds * thirds)
    off = np.abs(shares - LEVEL)
    whole = np.abs(shares.mean(axis=2) - LEVEL)
    return (
        f"Intervals that cover each test row with a probability of exactly {LEVEL:.0%} would be "
        f"off by {whole.mean():.1%} and, in the worst third, {off.max(axis=2).mean():.1%}, and within "
        f"2 points on {(whole <= 0.02).sum(axis=1).mean():.0f} and "
        f"{(off.max(axis=2) <= 0.02).sum(axis=1).mean():.0f} of {len(rows)} tables, because few rows "
        "are tested."
    )


def _read(path: Path) -> list[IntervalFit]:
    if not path.exists():
        return []
    kinds = {"table": str, "model": str, "rows": int, "seed": int}
    with path.open(newline="", encoding="utf-8") as file:
        return [
            IntervalFit(**{name: kinds.get(name, float)(value) for name, value in row.items()})
            for row in csv.DictReader(file)
        ]


def _append(path: Path, fit: IntervalFit) -> None:
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(IntervalFit)], lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(asdict(fit))


def _options() -> argparse.Namespace:
    def names(text: str) -> list[str]:
        return text.split(",")

    def seeds(text: str) -> list[int]:
        first, _, last = text.partition("-")
        return list(range(int(first), int(last or first) + 1))

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("intervals.csv"))
    parser.add_argument("--sets", type=names, default=[])
    parser.add_argument("--models", type=names, default=[*MODELS])
    parser.add_argument("--seeds", type=seeds, default=[0, 1, 2])
    parser.add_argument("--max-rows", type=int, default=8000)
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

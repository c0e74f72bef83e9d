"""Summarize fits on real tables: mean rank, gap to the best, cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd


def complete(fits: list[Any]) -> pd.DataFrame:
    """Return one row per fit, for the (table, seed) pairs that every model has run."""
    table = pd.DataFrame([asdict(fit) for fit in fits])
    if table.empty:
        return table
    models = table["model"].nunique()
    return table[table.groupby(["table", "seed"])["model"].transform("nunique") == models]


def by_table(fits: pd.DataFrame) -> pd.DataFrame:
    """Return one row per table and model: mean and standard deviation over the seeds, and ranks.

    A model that failed ranks last. `gap` is 0 for the best error of a table and 1 for the worst.
    """
    means = (
        fits.groupby(["table", "task", "model"])
        .agg(
            error=("error", _mean_of_all),
            error_spread=("error", "std"),
            log_loss=("log_loss", _mean_of_all),
            log_loss_spread=("log_loss", "std"),
            fit_s=("fit_s", "mean"),
            fit_cpu_s=("fit_cpu_s", "mean"),
            rows=("rows", "max"),
            seeds=("seed", "nunique"),
        )
        .reset_index()
    )
    of_table = means.groupby("table")
    means["rank"] = of_table["error"].rank(na_option="bottom")
    classes = means[means["task"] != "regression"]
    means["rank_log_loss"] = classes.groupby("table")["log_loss"].rank(na_option="bottom")
    best, worst = of_table["error"].transform("min"), of_table["error"].transform("max")
    means["gap"] = ((means["error"] - best) / (worst - best).where(worst > best, 1)).fillna(1)
    return means


def by_model(means: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, best mean rank first; costs are sums over the tables."""
    return (
        means.groupby("model")
        .agg(
            tables=("table", "count"),
            mean_rank=("rank", "mean"),
            mean_rank_log_loss=("rank_log_loss", "mean"),
            worst_rank=("rank", "max"),
            mean_gap=("gap", "mean"),
            fit_s=("fit_s", "sum"),
            fit_cpu_s=("fit_cpu_s", "sum"),
            fit_cpu_s_typical=("fit_cpu_s", _geometric_mean),
        )
        .sort_values("mean_rank")
    )


def summary(fits: list[Any]) -> str:
    """Return the summary as text."""
    common = complete(fits)
    if common.empty:
        return "No table has been run by every model yet."
    means = by_table(common)
    parts = [by_model(means).round(3).to_string()]
    for column in ("error", "log_loss", "fit_cpu_s"):
        wide = means.pivot(index="table", columns="model", values=column).dropna(how="all")
        parts.append(f"{column}\n" + wide.round(4).to_string())
    return "\n\n".join(parts)


def _mean_of_all(values: pd.Series) -> float:
    """Return NaN where one of the fits failed."""
    return float(values.mean(skipna=False))


def _geometric_mean(values: pd.Series) -> float:
    return float(np.exp(np.log(values.clip(lower=1e-4)).mean()))

"""Fits on real tables summed up: mean rank, gap to the best, cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd


def frame(fits: list[Any]) -> pd.DataFrame:
    """Return one row for each fit."""
    return pd.DataFrame([asdict(fit) for fit in fits])


def by_table(fits: list[Any]) -> pd.DataFrame:
    """Return one row for each table and contender: means over the seeds, ranks among the contenders.

    Who failed ranks last. `gap`: 0 for the best error of a table, 1 for the worst.
    """
    columns = ["error", "log_loss", "fit_s", "fit_cpu_s"]
    means = frame(fits).groupby(["table", "task", "model"], as_index=False)[columns].mean()
    of_table = means.groupby("table")
    means["rank"] = of_table["error"].rank(na_option="bottom")
    classes = means[means["task"] != "regression"]
    means["rank_log_loss"] = classes.groupby("table")["log_loss"].rank(na_option="bottom")
    best, worst = of_table["error"].transform("min"), of_table["error"].transform("max")
    means["gap"] = ((means["error"] - best) / (worst - best).where(worst > best, 1)).fillna(1)
    return means


def by_model(fits: list[Any]) -> pd.DataFrame:
    """Return one row for each contender, the best mean rank first."""
    return (
        by_table(fits)
        .groupby("model")
        .agg(
            tables=("table", "count"),
            mean_rank=("rank", "mean"),
            mean_rank_log_loss=("rank_log_loss", "mean"),
            mean_gap=("gap", "mean"),
            fit_s=("fit_s", "sum"),
            fit_cpu_s=("fit_cpu_s", "sum"),
            fit_s_typical=("fit_s", lambda v: float(np.exp(np.log(v.clip(lower=1e-4)).mean()))),
        )
        .sort_values("mean_rank")
    )


def summary(fits: list[Any]) -> str:
    """Return the summary as text, of the (table, seed) pairs that every contender has run."""
    if not fits:
        return "No results yet."
    table = frame(fits)
    models = table["model"].nunique()
    counts = table.groupby(["table", "seed"])["model"].transform("nunique")
    common = [fit for fit, count in zip(fits, counts, strict=True) if count == models]
    if not common:
        return "There is no table that every contender has run yet."
    means = by_table(common)
    parts = [by_model(common).round(3).to_string()]
    for column in ("error", "log_loss", "fit_cpu_s"):
        wide = means.pivot(index="table", columns="model", values=column).dropna(how="all")
        parts.append(f"{column}\n" + wide.round(4).to_string())
    return "\n\n".join(parts)


def write_page(fits: list[Any]) -> None:
    """Write the page of the docs."""
    raise SystemExit("Not there yet.")

"""Fits on real tables as a page of the docs with a picture: made by the run, never by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from machine import describe
from table_summary import by_model, by_table, complete

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
NAMES = {
    "deltarule": "deltarule",
    "sklearn_mlp": "scikit-learn MLP",
    "histgb": "HistGradientBoosting",
    "lightgbm": "LightGBM",
    "xgboost": "XGBoost",
    "catboost": "CatBoost",
    "realmlp": "RealMLP-TD",
    "tabm": "TabM-D",
}
OURS = "deltarule"


@dataclass(frozen=True)
class Page:
    """One page of the docs: which tables it is about, in words, and how it is made again."""

    file: str
    picture: str
    title: str
    command: str
    tuning: str  # what deltarule's defaults have to do with these tables


PAGES = {
    "measured": Page(
        "tables-measured.md",
        "tables.png",
        "Tables as measured",
        "make bench-tables DATA=folder",
        "deltarule's defaults were chosen on these same tables, by held-out rows of the first splits: "
        "its figures flatter it beside contenders whose defaults were chosen elsewhere. "
        "[Tables that nobody tuned on](tables-unseen.md) decide.",
    ),
    "unseen": Page(
        "tables-unseen.md",
        "tables-unseen.png",
        "Tables that nobody tuned on",
        "make bench-unseen",
        'Nothing in deltarule was chosen on these tables: they are the half "test" of those in '
        "`benchmarks/unseen_tables.csv`, which were listed, and dealt out at random into two halves, "
        "before anything was fitted to one of them. Changes of the defaults were judged by the other "
        "half and by the [tables as measured](tables-measured.md); this half was measured afterwards.",
    ),
}


def write_page(fits: list[Any], page: Page) -> None:
    """Write page and picture from the (table, seed) pairs that every contender has run."""
    common = complete(fits)
    if common.empty:
        raise SystemExit("There is no table that every contender has run: nothing was written.")
    means = by_table(common)
    (DOCS / page.file).write_text(_page(common, means, page), encoding="utf-8")
    draw(by_model(means), DOCS / "images" / page.picture)


def _page(common: pd.DataFrame, means: pd.DataFrame, page: Page) -> str:
    counts = common.groupby("table")["seed"].nunique()
    fewer = [f"{table} ({count})" for table, count in counts.items() if count < counts.max()]
    seeds = f"{counts.max()} seed{'s' if counts.max() > 1 else ''}" + (
        f", fewer where a contender has not run them all: {', '.join(fewer)}" if fewer else ""
    )
    versions = common[common["version"] != ""].groupby("model")["version"].first()
    said = ", ".join(f"{NAMES.get(m, m)} {v}" for m, v in versions.items() if m != OURS)
    threads = sorted(common["threads"].unique().tolist())
    return "\n".join(
        [
            f"# {page.title}\n",
            f"Written by `{page.command.split(' DATA')[0]}`. Each contender gets the same raw data "
            "frame, with texts and missing values, and prepares it as its own users would; all at "
            f"their defaults, no setting touched. At most {common['most_rows'].max():,} rows of each "
            f"table, a quarter of them held out; {seeds}. A class with fewer than eight rows is left "
            f"out. Columns that tell the target are dropped. {page.tuning}\n",
            "Cost is the processor's seconds of `fit`, summed over all threads, as other work on the "
            "machine changes them least; each fit in a process of its own, "
            f"with {' or '.join(map(str, threads))} thread{'s' * (threads != [1])}; imports are not "
            f"counted. {describe().words}. {said}.\n",
            f"![Mean rank of each contender against its cost](images/{page.picture})\n",
            "## In sum\n",
            _sums(means),
            "\nRank 1 is the best of a table. Gap: 0 is the best error of a table, 1 the worst, on "
            "average. Seconds are sums over all tables for one seed.\n",
            _standing(means),
            "\n## Error\n",
            "Share of wrong classes (upper part), or root mean squared error over the standard "
            "deviation of the training targets: mean ± standard deviation over the seeds. The best "
            "is bold.\n",
            _table(means, "error"),
            "\n## Log loss\n",
            "Mean −log(probability of the true class), in nats.\n",
            _table(means[means["task"] != "regression"], "log_loss"),
            "\n## Processor seconds of a fit\n",
            _table(means, "fit_cpu_s"),
            "\n## To repeat it\n",
            f"    {page.command}\n",
            "`benchmarks/table_data.py` says what the folder holds. A fit that is in the results "
            "already is not run again.\n",
        ]
    )


def _sums(means: pd.DataFrame) -> str:
    lines = [
        "| contender | mean rank, error | mean rank, log loss | worst rank | gap | processor s |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for model, row in by_model(means).iterrows():
        name = NAMES.get(str(model), str(model))
        name = f"**{name}**" if model == OURS else name
        lines.append(
            f"| {name} | {row['mean_rank']:.2f} | {row['mean_rank_log_loss']:.2f} | "
            f"{row['worst_rank']:g} | {row['mean_gap']:.2f} | {row['fit_cpu_s']:,.0f} |"
        )
    return "\n".join(lines)


def _standing(means: pd.DataFrame) -> str:
    """Say where deltarule is first and where it is behind, the worst first."""
    wide = means.pivot(index="table", columns="model", values="error")
    if OURS not in wide:
        return ""
    ranks = means[means["model"] == OURS].set_index("table")["rank"]
    first = int((ranks <= 1.5).sum())
    behind = ranks[ranks >= 4].sort_values(ascending=False)
    told = f"deltarule has the lowest error, or shares it, on {first} of {len(ranks)} tables."
    if len(behind):
        places = ", ".join(f"{table} (rank {rank:g})" for table, rank in behind.items())
        told += f" Where it does worse than most: {places}."
    return told


def _table(means: pd.DataFrame, column: str) -> str:
    models = [name for name in NAMES if name in set(means["model"])]
    lines = [
        f"| table | rows | {' | '.join(NAMES[model] for model in models)} |",
        f"|---|--:|{'--:|' * len(models)}",
    ]
    order = means.assign(number=means["task"] == "regression").sort_values(
        ["number", "rows", "table"]
    )
    for table in order["table"].unique():
        rows = means[means["table"] == table].set_index("model")
        best = rows[column].min() if column != "fit_cpu_s" else None
        cells = [_cell(rows.loc[model], column, best) for model in models]
        lines.append(f"| {table} | {rows['rows'].max():,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(row: pd.Series, column: str, best: float | None) -> str:
    value = row[column]
    if pd.isna(value):
        return "failed"
    if column == "fit_cpu_s":
        return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    spread = row[f"{column}_spread"]
    told = f"{value:.3f}" + ("" if pd.isna(spread) else f" ± {spread:.3f}")
    return f"**{told}**" if best is not None and value <= best + 5e-5 else told


def draw(models: pd.DataFrame, picture: Path) -> None:
    """Draw mean ranks against the cost, a panel for error and one for log loss."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9.6, 4.0), sharex=True)
    kinds = (("mean_rank", "error"), ("mean_rank_log_loss", "log loss"))
    for panel, (column, title) in zip(panels, kinds, strict=True):
        for model, row in models.iterrows():
            ours = model == OURS
            color = "#0072B2" if ours else "#8A8A8A"
            panel.plot(row["fit_cpu_s"], row[column], "o", color=color, markersize=9 if ours else 7)
        panel.set_xscale("log")
        panel.set_title(f"mean rank by {title}", fontsize=10)
        panel.margins(x=0.22, y=0.16)
        panel.invert_yaxis()
        panel.xaxis.set_major_formatter("{x:g}")
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=9)
    panels[0].set_ylabel("better ↑", fontsize=9)
    figure.supxlabel("processor seconds to fit all tables once (log scale)", fontsize=9)
    figure.tight_layout()
    for panel, (column, _) in zip(panels, kinds, strict=True):
        _name_points(panel, models, column)
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=150)
    plt.close(figure)


def _name_points(panel: Any, models: pd.DataFrame, column: str) -> None:
    """Write each name where it touches least: above its point, below, right or left of it."""
    from matplotlib.transforms import Bbox

    panel.figure.canvas.draw()
    sides = ((0, 8, "center"), (0, -17, "center"), (9, -3, "left"), (-9, -3, "right"))
    places = [(row["fit_cpu_s"], row[column]) for _, row in models.iterrows()]
    radius = 5 * panel.figure.dpi / 72
    taken = [
        Bbox.from_bounds(x - radius, y - radius, 2 * radius, 2 * radius)
        for x, y in panel.transData.transform(places)
    ]
    for (model, _), place in zip(models.iterrows(), places, strict=True):
        tried = []
        for x, y, side in sides:
            words = panel.annotate(
                NAMES.get(str(model), str(model)), place, xytext=(x, y),
                textcoords="offset points", ha=side, fontsize=9,
                fontweight="bold" if model == OURS else "normal",
            )  # fmt: skip
            box = words.get_window_extent()
            tried.append((box.count_overlaps(taken), words, box))
        touches = [count for count, _, _ in tried]
        kept = touches.index(min(touches))
        for i, (_, words, _) in enumerate(tried):
            if i != kept:
                words.remove()
        taken.append(tried[kept][2])

"""The page of scaling figures: made by the run, never by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from machine import Machine

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "scaling.md"
PICTURE = ROOT / "docs" / "images" / "scaling.png"
Found = dict[str, list[dict[str, Any]]]

HEADS = {
    "rows": ("Rows", "An epoch of a 10-32-2 network, batch 64. Cost in proportion is a level column; "
             "above 10⁵ rows the table no longer fits the cache.",
             {"rows": "rows", "us_per_row": "µs a row"}),
    "weights": ("Weights", "Updates of two equal hidden layers, batch 128.",
                {"weights": "weights", "ns_per_weight": "ns a weight and update"}),
    "threads": ("Two threads", "Speed of two threads as a multiple of one.",
                {"size": "network", "ratio": "speed-up"}),
    "widths": ("No cliff", "Speed of two threads as a multiple of one, by width of two hidden layers, "
               "batch 64: never below 1 but for noise.", {"width": "units", "ratio": "speed-up"}),
    "memory": ("Memory", "What `fit` adds at its peak to the memory of a process that holds the table.",
               {"rows": "rows", "width": "columns = units", "table_mib": "table, MiB",
                "parameters_mib": "parameters, MiB", "extra_mib": "fit adds, MiB"}),
    "population": ("Many networks at once", "64 networks (4-4-3, 150 rows, batch 32, 200 epochs): "
                   "`fit_many` on two threads, and scikit-learn over joblib's two processes.",
                   {"networks": "networks", "own_s": "fit_many, s", "sklearn_s": "scikit-learn, s",
                    "ratio": "ratio"}),
}  # fmt: skip


def write_page(machine: Machine, found: Found) -> None:
    """Write the page and, where rows and weights were measured, the picture."""
    parts = [
        "# How cost grows\n",
        f"Written by `make bench` on: {machine.words}; sgemm {machine.sgemm_rate / 1e9:.0f} GFLOP/s, "
        f"memory {machine.memory_rate / 1e9:.1f} GB/s.\n",
    ]
    if "rows" in found and "weights" in found:
        _draw(found)
        parts.append("![Cost of an epoch by rows, of an update by weights](images/scaling.png)\n")
    for name, rows in found.items():
        title, words, columns = HEADS[name]
        parts.append(f"## {title}\n\n{words}\n")
        parts.append("| " + " | ".join(columns.values()) + " |")
        parts.append("|" + "--:|" * len(columns))
        parts += ["| " + " | ".join(_text(row[key]) for key in columns) + " |" for row in rows]
        parts.append("")
    PAGE.write_text("\n".join(parts).rstrip() + "\n")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.3g}" if isinstance(value, float) and value < 1000 else f"{value:,.0f}"


def _draw(found: Found) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(8, 3.2))
    rows = [(r["rows"], r["rows"] * r["us_per_row"] / 1e6) for r in found["rows"]]
    weights = [(r["weights"], r["weights"] * r["ns_per_weight"] / 1e9) for r in found["weights"]]
    for panel, points, what, cost in (
        (panels[0], rows, "rows", "seconds an epoch"),
        (panels[1], weights, "weights", "seconds an update"),
    ):
        x, y = zip(*points, strict=True)
        panel.plot(x, y, "o-", color="#0072B2", label="measured")
        line = [y[-1] * each / x[-1] for each in x]
        panel.plot(x, line, "--", color="#555555", label="proportional", zorder=0)
        panel.set(xscale="log", yscale="log", xlabel=what, ylabel=cost)
        panel.legend(frameon=False)
        panel.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PICTURE, dpi=150)
    plt.close(figure)

"""Results as a page of the docs with a picture: made by the run, never by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from machine import Machine
from sizes import SIZES

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "benchmarks" / "results" / "speed.json"
PAGE = ROOT / "docs" / "speed.md"
PICTURE = ROOT / "docs" / "images" / "speed.png"
Row = dict[str, Any]


def write_results(machine: Machine, found: dict[str, list[Row]]) -> None:
    """Merge what was measured into the stored results; write the page and the picture."""
    stored = json.loads(STORE.read_text()) if STORE.exists() else {}
    for what, rows in found.items():
        stored[what] = {"machine": asdict(machine), "rows": rows}
    STORE.parent.mkdir(parents=True, exist_ok=True)
    STORE.write_text(json.dumps(stored, indent=1) + "\n")
    PAGE.write_text(_page(stored))
    if "train" in stored:
        draw(stored["train"]["rows"])


def _page(stored: dict[str, Any]) -> str:
    parts = [
        "# Speed beside the peers\n",
        "Written by `make bench`: all contenders in turn in one process, a pause before each, then "
        "called again and again for a fifth of a second; medians, the same work. *Once* is the first "
        "call of each turn alone, which finds the caches full of others' data. Ratios are peer / "
        "deltarule: above 1, deltarule is faster. Absolute times are this machine's on that day; the "
        "ratios are what carries over.\n",
        "![Training time of each library as a multiple of deltarule's](images/speed.png)\n",
    ]
    sections = {"train": _training, "predict": _prediction, "cold": _cold}
    for what, write in sections.items():
        if what in stored:
            parts.append(write(stored[what]["rows"], Machine(**stored[what]["machine"])))
    return "\n".join(parts)


def _training(rows: list[Row], machine: Machine) -> str:
    lines = [
        "## Training\n",
        "Adam, cross-entropy, ReLU, float32; the whole fit call of an estimator, the bare loop of the "
        f"others; compiling apart. {_machine(machine)} The floor is the larger of the matrix products' "
        "operations at the sgemm rate and the update's bytes at the memory rate (no floor by memory "
        "where everything stays in the cache).\n",
        "| network | library | µs per update | of sgemm rate | ratio | once, µs per update | ratio | "
        "first call of all, s |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in dict.fromkeys(row["size"] for row in rows):
        size = SIZES[name]
        shape = f"{name}: {size.rows:,} rows, {'-'.join(map(str, size.widths))}, batch {size.batch}"
        floor = size.operations / size.steps / machine.sgemm_rate * 1e6
        lines.append(f"| {shape} | *floor by operations* | {floor:,.1f} | 100 % | | | | |")
        if size.parameters * 12 > 16e6:
            memory = size.update_bytes / size.steps / machine.memory_rate * 1e6
            lines.append(f"| | *floor by the update's memory* | {memory:,.1f} | | | | | |")
        lines += [
            f"| | {r['model']} | {r['us_per_step']:,.1f} | {r['share_of_sgemm']:.0%} | "
            f"{r['ratio']:.2f} | {r['once_us_per_step']:,.1f} | {r['once_ratio']:.2f} | "
            f"{r['first_s']:.2f} |"
            for r in rows
            if r["size"] == name
        ]
    return "\n".join(lines) + "\n"


def _prediction(rows: list[Row], machine: Machine) -> str:
    lines = [
        "## Prediction\n",
        f"Class probabilities, float32 rows. {_machine(machine)}\n",
        "| network | rows | library | µs | ratio |",
        "|---|--:|---|--:|--:|",
    ]
    lines += [
        f"| {r['network']} | {r['rows']:,} | {r['model']} | {r['us']:,.1f} | {r['ratio']:.2f} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def _cold(rows: list[Row], machine: Machine) -> str:
    lines = [
        "## Whole processes\n",
        f"From the start of Python to its end. {_machine(machine)}\n",
        "| command | ms |",
        "|---|--:|",
    ]
    lines += [f"| {r['what']} | {r['ms']:.0f} |" for r in rows]
    return "\n".join(lines) + "\n"


def _machine(machine: Machine) -> str:
    return (
        f"Measured on: {machine.words}; sgemm {machine.sgemm_rate / 1e9:.0f} GFLOP/s, memory "
        f"{machine.memory_rate / 1e9:.1f} GB/s."
    )


def draw(rows: list[Row]) -> None:
    """Draw the ratios of training times, a panel a size, on a logarithmic scale."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(row["size"] for row in rows))
    figure, panels = plt.subplots(1, len(names), figsize=(2.6 * len(names), 2.9), squeeze=False)
    for panel, name in zip(panels[0], names, strict=True):
        group = [row for row in rows if row["size"] == name][::-1]
        ratios = [row["ratio"] for row in group]
        colors = ["#0072B2" if row["model"] == "deltarule" else "#B0B0B0" for row in group]
        bars = panel.barh([row["model"] for row in group], ratios, color=colors)
        panel.bar_label(bars, [f"{ratio:.3g}×" for ratio in ratios], padding=3, fontsize=8)
        panel.set_xscale("log")
        panel.set_xlim(0.5, max(max(ratios) * 6, 15))
        panel.xaxis.set_major_formatter("{x:g}")
        panel.xaxis.set_minor_formatter("")
        widths = "-".join(map(str, SIZES[name].widths))
        panel.set_title(f"{name}\n{widths}", fontsize=9)
        panel.tick_params(labelsize=8, left=False, labelleft=panel is panels[0][0])
        panel.spines[["top", "right", "left"]].set_visible(False)
    figure.supxlabel("training time as a multiple of deltarule's (log scale)", fontsize=9)
    figure.tight_layout()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PICTURE, dpi=150)
    plt.close(figure)

"""The colors of the report, the plots and the playground: one color for one meaning.

Orange is negative and the first class, blue is positive and the second class: of two classes a negative
weight favors the first one, a positive weight the second. Every class keeps its color for any number of
classes. Training, validation and test rows have colors of their own, and so do curves that are neither,
such as those of several optimizers.

The colors of classes are Paul Tol's vibrant scheme (2021, technical note SRON/EPS/TN/09-002), then his
muted scheme: color-blind readers tell them apart. Classes also differ by marker, and signs and curves by
dashes, so that no fact is shown by color alone. The playground gets its colors from here through
`web/tools/generate_typescript.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

CLASS_COLORS = (
    "#ee7733", "#0077bb", "#009988", "#ee3377", "#33bbee", "#cc3311", "#a8a8a8", "#332288",
    "#999933", "#117733", "#882255",
)  # fmt: skip
"""The colors of the areas of classes; `Theme.classes` are those of their points and lines."""
CIVIDIS = (
    "#00224e", "#1a386f", "#434e6c", "#61656f", "#7d7c78", "#9b9476", "#bcae6c", "#dec958", "#fee838",
)  # fmt: skip
"""Nine steps from low to high, even in lightness and nearly the same to all kinds of color vision
(Nuñez, Anderton and Renslow 2018)."""
TRAJECTORY_COLORS = ("#ee3377", "#33bbee", "#ffffff")
"""Paths of training on a loss landscape, which cividis colors."""
ACTIVATION_LEVELS = {"high": "#22495f", "medium": "#8fb3c7", "none": "#ffffff"}

CHAIN_RULE_COLORS = (
    {
        "chain-purple": "#6b3fa8", "chain-red": "#b3261e", "chain-blue": "#005a9c",
        "chain-forward": "#00695f",
    },
    {
        "chain-purple": "#c9aef9", "chain-red": "#ff9d92", "chain-blue": "#86c8ff",
        "chain-forward": "#4fd6c5",
    },
)  # fmt: skip
"""The factors of the chain rule as a lecture colors them, and the forward pass; light, dark."""


@dataclass(frozen=True)
class Theme:
    """The colors of a page, light or dark; `signed` runs from negative over zero to positive.

    `classes` are the colors of the points and lines of classes, in the order of `CLASS_COLORS` and
    legible on `card`; `series` those of lines and bars without any of the other meanings.
    """

    paper: str
    card: str
    sunk: str
    ink: str
    soft: str
    rule: str
    edge: str
    positive: str
    negative: str
    positive_tint: str
    negative_tint: str
    training: str
    validation: str
    test: str
    accent: str
    on_accent: str
    alarm: str
    alarm_tint: str
    note_tint: str
    signed: tuple[str, str, str]
    signed_points: tuple[str, str, str]
    classes: tuple[str, ...]
    series: tuple[str, ...]


LIGHT = Theme(
    paper="#fbfaf8", card="#ffffff", sunk="#f3f1ed", ink="#1c2026", soft="#5a616b", rule="#e2e0dc",
    edge="#8a8f97", positive="#0072b2", negative="#c65102", positive_tint="#d9ebf6",
    negative_tint="#fbe4d5", training="#5d3a9b", validation="#997000", test="#1c2026",
    accent="#00577f", on_accent="#ffffff", alarm="#a3260c",
    alarm_tint="#fbeae4", note_tint="#e6f0f6", signed=("#ef9a55", "#f8f7f5", "#1f73ae"),
    signed_points=("#ef9a55", "#f8f7f5", "#1f73ae"),
    classes=(
        "#dd6e2f", "#0077bb", "#009988", "#ee3377", "#2997c1", "#b52a0c", "#8d8d8d", "#332288",
        "#919130", "#117733", "#882255",
    ),
    series=("#00786b", "#d6266a", "#3d4650", "#2997c1", "#882255", "#8d8d8d"),
)  # fmt: skip
DARK = Theme(
    paper="#14171b", card="#1c2127", sunk="#262c34", ink="#eceff2", soft="#a6aeb8", rule="#343b44",
    edge="#737d89", positive="#56b4e9", negative="#f0984a", positive_tint="#1d3e55",
    negative_tint="#55351c", training="#c3a6f5", validation="#e0c040", test="#eceff2",
    accent="#8ccbf0", on_accent="#10202b", alarm="#ff9d84",
    alarm_tint="#3a211c", note_tint="#1c3140", signed=("#d07a36", "#20252b", "#1a5c92"),
    signed_points=("#ff9f4d", "#c9ced4", "#5fc0f7"),
    classes=(
        "#ee7733", "#3398db", "#17b8a6", "#f2558d", "#5fd0f5", "#dd4b2a", "#b0b0b0", "#8f86d6",
        "#b3b34d", "#2f9a4f", "#b8699a",
    ),
    series=("#2fc7b4", "#f2709e", "#cfd5dc", "#5fd0f5", "#c77bab", "#8e98a3"),
)  # fmt: skip


def class_color(index: int) -> str:
    """Return the color of the area of class `index`; they repeat after the last."""
    return CLASS_COLORS[index % len(CLASS_COLORS)]


def css_variables(theme: Theme, more: Mapping[str, str] | None = None) -> str:
    """Return the colors of a theme, except the scales, and more colors as CSS variables."""
    named = [
        (field.name.replace("_", "-"), color)
        for field in fields(theme)
        if isinstance(color := getattr(theme, field.name), str)
    ]
    named += [(f"class-{i}", color) for i, color in enumerate(theme.classes)]
    named += [(f"series-{i}", color) for i, color in enumerate(theme.series)]
    named += (more or {}).items()
    return " ".join(f"--{name}: {color};" for name, color in named)


def rgb(color: str) -> tuple[int, int, int]:
    """Return the parts of `#rrggbb`, each from 0 to 255."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue

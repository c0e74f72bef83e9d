"""The colors of the report, the plots and the playground.

Classes have the colors of Paul Tol's vibrant scheme (2021, technical note SRON/EPS/TN/09-002), then of
his muted scheme: color-blind readers tell them apart. Classes also differ by marker, and signs by dashes,
so that no fact is shown by color alone. The playground gets its colors from here through
`web/tools/generate_typescript.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

CLASS_COLORS = (
    "#0077bb", "#ee7733", "#009988", "#cc3311", "#33bbee", "#ee3377", "#a8a8a8", "#332288",
    "#999933", "#117733", "#882255",
)  # fmt: skip
TWO_CLASS_COLORS = ("#ee7733", "#0077bb")
"""Of two classes the first is the negative one, so that regions agree with the signs of the outputs."""
CIVIDIS = (
    "#00224e", "#1a386f", "#434e6c", "#61656f", "#7d7c78", "#9b9476", "#bcae6c", "#dec958", "#fee838",
)  # fmt: skip
"""Nine steps from low to high, even in lightness and nearly the same to all kinds of color vision
(Nuñez, Anderton and Renslow 2018)."""
TRAJECTORY = "#c4280c"
ACTIVATION_LEVELS = {"high": "#22495f", "medium": "#8fb3c7", "none": "#ffffff"}


@dataclass(frozen=True)
class Theme:
    """The colors of a page, light or dark; `signed` runs from negative over zero to positive."""

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
    accent: str
    on_accent: str
    alarm: str
    alarm_tint: str
    note_tint: str
    signed: tuple[str, str, str]
    signed_points: tuple[str, str, str]


LIGHT = Theme(
    paper="#fbfaf8", card="#ffffff", sunk="#f3f1ed", ink="#1c2026", soft="#5a616b", rule="#e2e0dc",
    edge="#8a8f97", positive="#0072b2", negative="#c65102", positive_tint="#d9ebf6",
    negative_tint="#fbe4d5", accent="#00577f", on_accent="#ffffff", alarm="#a3260c",
    alarm_tint="#fbeae4", note_tint="#e6f0f6", signed=("#ef9a55", "#f8f7f5", "#1f73ae"),
    signed_points=("#ef9a55", "#f8f7f5", "#1f73ae"),
)  # fmt: skip
DARK = Theme(
    paper="#14171b", card="#1c2127", sunk="#262c34", ink="#eceff2", soft="#a6aeb8", rule="#343b44",
    edge="#737d89", positive="#56b4e9", negative="#f0984a", positive_tint="#1d3e55",
    negative_tint="#55351c", accent="#8ccbf0", on_accent="#10202b", alarm="#ff9d84",
    alarm_tint="#3a211c", note_tint="#1c3140", signed=("#d07a36", "#20252b", "#1a5c92"),
    signed_points=("#ff9f4d", "#c9ced4", "#5fc0f7"),
)  # fmt: skip


def class_color(index: int, classes: int | None = None) -> str:
    """Return the color of class `index` of `classes`; they repeat after the last."""
    colors = TWO_CLASS_COLORS if classes == 2 else CLASS_COLORS
    return colors[index % len(colors)]


def css_variables(theme: Theme) -> str:
    """Return the single colors of a theme as declarations of CSS variables."""
    single = ((field.name, getattr(theme, field.name)) for field in fields(theme))
    return " ".join(
        f"--{name.replace('_', '-')}: {color};" for name, color in single if isinstance(color, str)
    )


def rgb(color: str) -> tuple[int, int, int]:
    """Return the parts of `#rrggbb`, each from 0 to 255."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue

"""The style sheet of the charts, which a page or a card needs beside the colors of its theme."""

from __future__ import annotations

from importlib.resources import files

from deltarule._common import palette


def chart_style() -> str:
    """Return the rules of all charts; colors are the variables of `palette.css_variables`."""
    return "\n".join(
        (
            *(_color_rules(f"class-{i}") for i in range(len(palette.CLASS_COLORS))),
            *(_color_rules(f"series-{i}") for i in range(len(palette.LIGHT.series))),
            template("charts.css"),
        )
    )


def template(name: str) -> str:
    """Return a file of the folder `templates`."""
    return files("deltarule.report").joinpath("templates", name).read_text(encoding="utf-8")


def _color_rules(name: str) -> str:
    areas = ", ".join(f".{kind}.{name}" for kind in ("cell", "point", "dot"))
    lines = f".curve.{name} {{ stroke: var(--{name}); }}"
    return (
        f"{areas} {{ fill: var(--{name}); }} {lines} td.{name}::after {{ color: var(--{name}); }}"
    )

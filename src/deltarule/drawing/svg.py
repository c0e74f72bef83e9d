"""Elements of SVG and HTML as text in which nothing from data is ever markup.

Text becomes markup in one place, `element`: children that are not a `Fragment` are escaped there, and
so is every attribute. What is joined by hand (`fragment + text`) falls back to plain text and is
escaped: a mistake shows, it does not run.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
ELLIPSIS = "…"


class Fragment(str):
    """Complete, escaped markup. Jinja2 asks for `__html__` and does not escape it again."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def element(tag: str, *children: object, **attributes: object) -> Fragment:
    """Return `<tag attributes>children</tag>`; `stroke_width=` is stroke-width, `class_=` class.

    Attributes that are None are left out; floats are written with at most two decimals.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Fragment(f"<{tag}{written}>{join(children)}</{tag}>")


def join(parts: Iterable[object]) -> Fragment:
    """Return the parts one after the other; what is not a `Fragment` is escaped."""
    return Fragment(
        "".join(p if isinstance(p, Fragment) else escape(str(p), quote=True) for p in parts)
    )


def group(*children: object, **attributes: object) -> Fragment:
    """Return a `<g>`."""
    return element("g", *children, **attributes)


def text(x: float, y: float, content: object, **attributes: object) -> Fragment:
    """Return a `<text>` at x, y."""
    return element("text", content, x=x, y=y, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> Fragment:
    """Return a straight line."""
    return element("path", d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}", **attributes)


def svg_root(
    identifier: str,
    width: float,
    height: float,
    title: str,
    description: str,
    *children: object,
    class_: str | None = None,
    alone: bool = False,
) -> Fragment:
    """Return an `<svg>` that scales to its place, with a title and a description for those who listen.

    `identifier` must be unique in the page. `alone`: fit for a file of its own too.
    """
    return element(
        "svg",
        element("title", title, id=f"{identifier}-title"),
        element("desc", description, id=f"{identifier}-description"),
        *children,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{identifier}-title",
        aria_describedby=f"{identifier}-description",
        class_=class_,
        xmlns="http://www.w3.org/2000/svg" if alone else None,
    )


def polyline(x: Array, y: Array) -> str:
    """Return path data through the points (n,), broken where one is not finite."""
    path, pen_down = [], False
    for a, b in zip(np.asarray(x, float).tolist(), np.asarray(y, float).tolist(), strict=True):
        if a - a != 0 or b - b != 0:  # NaN or infinite
            pen_down = False
            continue
        path.append(f"{'L' if pen_down else 'M'}{number(a)} {number(b)}")
        pen_down = True
    return "".join(path)


def number(value: float) -> str:
    """Return a coordinate with at most two decimals and nothing that is not needed."""
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


def text_width(content: str, size: float) -> float:
    """Return about how wide a text is, in the unit of `size`; wide signs (CJK, emoji) count double."""
    ems = 0.0
    for sign in content:
        if unicodedata.combining(sign):
            continue
        if sign in "ilI.,:;'|!()[] ftj":
            ems += 0.33
        elif sign in "mwMW@%&<>=+~" or sign.isupper():
            ems += 0.8
        else:
            ems += 1.3 if unicodedata.east_asian_width(sign) in "WF" else 0.6
    return ems * size


def shorten(content: str, width: float, size: float) -> str:
    """Return the text, or its beginning and an ellipsis that fit into `width`."""
    if text_width(content, size) <= width:
        return content
    kept = content[:200]
    while kept and text_width(kept + ELLIPSIS, size) > width:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def brief(content: str, most: int = 60) -> str:
    """Return the text, cut to `most` signs: names from data can be pages long."""
    return content if len(content) <= most else content[: most - 1].rstrip() + ELLIPSIS


def label(
    x: float, y: float, content: str, width: float, size: float, **attributes: object
) -> Fragment:
    """Return a text that is shortened to `width` and then carries its whole as a tooltip."""
    shown = shorten(content, width, size)
    whole: Sequence[object] = () if shown == content else (element("title", brief(content, 300)),)
    return element("text", *whole, shown, x=x, y=y, font_size=size, **attributes)


def _attribute(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    return escape(str(value), quote=True)

"""SVG and HTML elements as text, with everything from data escaped.

Text becomes markup only in `element`, which escapes every attribute and all children that are not a
`Fragment`. Concatenation (`fragment + text`) gives plain text that is escaped again, so that a mistake
is visible but never executed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
ELLIPSIS = "…"
# Control characters, unpaired surrogates and bidirectional overrides: a column name must not change the
# text around it.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


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
    """Return the concatenated parts; parts that are not a `Fragment` are escaped."""
    return Fragment(
        "".join(p if isinstance(p, Fragment) else escape(str(p), quote=True) for p in parts)
    )


def group(*children: object, **attributes: object) -> Fragment:
    """Return a `<g>`."""
    return element("g", *children, **attributes)


def text(x: float, y: float, content: object, **attributes: object) -> Fragment:
    """Return a `<text>` at (x, y)."""
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
    standalone: bool = False,
) -> Fragment:
    """Return a scalable `<svg>` with a title and a description for screen readers.

    `identifier` must be unique in the page. `standalone` makes it valid as a file.
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
        xmlns="http://www.w3.org/2000/svg" if standalone else None,
    )


def polyline(x: Array, y: Array) -> str:
    """Return path data through the points, of shape (n_points,), with gaps at non-finite values."""
    path, pen_down = [], False
    for a, b in zip(np.asarray(x, float).tolist(), np.asarray(y, float).tolist(), strict=True):
        if a - a != 0 or b - b != 0:  # NaN or infinite
            pen_down = False
            continue
        path.append(f"{'L' if pen_down else 'M'}{number(a)} {number(b)}")
        pen_down = True
    return "".join(path)


def number(value: float) -> str:
    """Return a coordinate with at most two decimals, without trailing zeros."""
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


def text_width(content: str, size: float) -> float:
    """Return the approximate width of a text in units of `size`; CJK and emoji are wide."""
    ems = 0.0
    for character in content:
        if unicodedata.combining(character):
            continue
        if character in "ilI.,:;'|!()[] ftj":
            ems += 0.33
        elif character in "mwMW@%&<>=+~" or character.isupper():
            ems += 0.8
        else:
            ems += 1.3 if unicodedata.east_asian_width(character) in "WF" else 0.6
    return ems * size


def shorten(content: str, width: float, size: float) -> str:
    """Return the text, shortened with an ellipsis to fit into `width`."""
    if text_width(content, size) <= width:
        return content
    kept = content[:200]
    while kept and text_width(kept + ELLIPSIS, size) > width:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def truncate(content: str, max_length: int = 60) -> str:
    """Return the text, cut to `max_length` characters: names from data can be very long."""
    if len(content) <= max_length:
        return content
    return content[: max_length - 1].rstrip() + ELLIPSIS


def printable(markup: str) -> str:
    """Return the markup with characters that must not be in a page replaced by �."""
    return _UNSAFE.sub("\ufffd", markup)


def label(
    x: float, y: float, content: str, width: float, size: float, **attributes: object
) -> Fragment:
    """Return a text shortened to `width`, with the full text as a tooltip if shortened."""
    shown = shorten(content, width, size)
    tooltip: Sequence[object] = (
        () if shown == content else (element("title", truncate(content, 300)),)
    )
    return element("text", *tooltip, shown, x=x, y=y, font_size=size, **attributes)


def _attribute(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    return escape(str(value), quote=True)

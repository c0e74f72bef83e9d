"""Draw the layers of a network as a row of boxes, with arrows between them."""

from __future__ import annotations

from collections.abc import Sequence

from deltarule.drawing.svg import Fragment, element, label, line, svg_root, text

BOX, GAP, HEIGHT = 122.0, 26.0, 62.0
MAX_BOXES = 7
Lines = tuple[str, str, str]


def layer_chain(boxes: Sequence[Lines]) -> Fragment:
    """Draw boxes of three lines each: name, kind and size.

    Parameters
    ----------
    boxes : sequence of (str, str, str)
        The lines of each box, from inputs to outputs. Of more than seven boxes the middle ones are left
        out.

    Returns
    -------
    Fragment
        The `<svg>` element.
    """
    half = MAX_BOXES // 2
    hidden = len(boxes) - 2 * half if len(boxes) > MAX_BOXES else 0
    shown = [*boxes[:half], ("⋮", f"{hidden:,} more", ""), *boxes[-half:]] if hidden else [*boxes]
    parts = []
    for i, (name, kind, size) in enumerate(shown):
        left, middle = 2 + (BOX + GAP) * i, 2 + (BOX + GAP) * i + BOX / 2
        top = 21.0 if size else 29.0
        if not (hidden and i == half):
            parts.append(
                element("rect", x=left, y=2.0, width=BOX, height=HEIGHT, rx=6, class_="unit")
            )
        parts += [
            label(middle, top, name, BOX - 12, 12, text_anchor="middle", class_="strong"),
            label(middle, top + 17, kind, BOX - 8, 11.5, text_anchor="middle", class_="tick"),
            text(middle, top + 33, size, text_anchor="middle", class_="tick"),
        ]
        if i + 1 < len(shown):
            start, y = left + BOX, 2 + HEIGHT / 2
            parts.append(line(start + 4, y, start + GAP - 4, y, class_="axis"))
            arrow = f"M{start + GAP - 9:.1f} {y - 4:.1f}l5 4l-5 4"
            parts.append(element("path", d=arrow, class_="axis", fill="none"))
    chain = ", ".join(" ".join(part for part in box if part) for box in boxes[:20])
    width = 4 + BOX * len(shown) + GAP * (len(shown) - 1)
    return svg_root(
        "layers", width, HEIGHT + 4, "Layers", f"From inputs to outputs: {chain}.", *parts
    )

"""Two polygons and a formula of them: half-planes, then ANDs, then the layers of the formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import palette
from deltarule._common.formatting import counted, subscript, true_minus
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane, drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import Line, disc_region, layer_outputs
from deltarule.insight.boolean_formulas import And, Node, Not, Or, Variable
from deltarule.insight.half_planes import logic_of_half_planes
from deltarule.report.png import png_data_url
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
LIMIT = 2.4
RANGE = (-LIMIT, LIMIT)
RADIUS = 1.2
START = ((-0.9, 0.4), (1.4, -0.8))
"""The centers of A and B at the start."""
_FINE, _SMALL = 120, 4  # pixels of the plane along each side; every fourth in the pictures of units
_LABELS = {
    "or": ("A or B", (("A", "B"), ("A ∨ B",))),
    "and_not": ("A and not B", (("A", "B"), ("A ∧ ¬B",))),
    "and": ("A and B", (("A", "B"), ("A ∧ B",))),
    "xor": ("A or B, not both", (("A", "B"), ("A ∨ B", "¬A ∨ ¬B"), ("A ⊕ B",))),
}
_SHOWN = 3  # half-planes of a polygon whose pictures are drawn
_SIDE = 50.0
_SECOND = 192.0  # how far the half-planes of B are below those of A


def formula_of(kind: str, first: Sequence[str], second: Sequence[str]) -> Node:
    """Return the tree of a formula of two polygons, each an AND of the half-planes with these names.

    De Morgan's rule keeps both ANDs as units of their own, where one larger AND would compute the same.
    """
    a, b = (And(tuple(Variable(name) for name in names)) for names in (first, second))
    either, not_both = Or((a, b)), Or((Not(a), Not(b)))
    found: dict[str, Node] = {
        "or": either,
        "and_not": Not(Or((Not(a), b))),
        "and": Not(not_both),
        "xor": And((either, not_both)),
    }
    return found[kind]


def shifted_polygon(
    half_planes: int, radius: float, center: tuple[float, float]
) -> tuple[Line, ...]:
    """Return the half-planes of a regular polygon around a disc with this center."""
    lines = disc_region(half_planes, radius).lines
    return tuple(Line(one.bias - float(np.dot(one.weights, center)), one.weights) for one in lines)


class PolygonLogic(Figure):
    """Two discs of half-planes, moved and combined."""

    name = "polygon-logic"
    title = "Two polygons, combined by logic"
    controls = (
        Choice("formula", "Output",
               tuple((kind, label) for kind, (label, _) in _LABELS.items()), "or"),
        Slider("n", "Half-planes", 3, 16, 1, 6),
        Slider("radius", "Radius of B", 0.3, 1.2, 0.1, 0.7),
    )  # fmt: skip

    def reset(self) -> None:
        """Return to the centers at the start."""
        self.centers = dict(zip(("A", "B"), START, strict=True))
        super().reset()

    def restart(self) -> None:
        """Build the network."""
        n = round(self.number("n"))
        radii = {"A": RADIUS, "B": self.number("radius")}
        self.polygons = {
            name: shifted_polygon(n, radii[name], center) for name, center in self.centers.items()
        }
        names = [[f"{name}{i}" for i in range(n)] for name in self.polygons]
        tree = formula_of(self.chosen("formula"), *names)
        lines = sum(self.polygons.values(), ())
        self.trained: TrainedNetwork = logic_of_half_planes(
            dict(zip([*names[0], *names[1]], lines, strict=True)), tree
        )

    def move(self, handle: str, x: float, y: float) -> None:
        """Move a polygon."""
        first, second = self._plane().point_of(x, y)
        self.centers[handle] = (round(first, 2), round(second, 2))
        self.restart()

    def panels(self) -> Sequence[Fragment]:
        """Return the plane, and the network with a picture of each unit."""
        at = np.linspace(*RANGE, _FINE)
        points = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)
        outputs = [layer.reshape(_FINE, _FINE, -1) for layer in layer_outputs(self.trained, points)]
        return self._drawn_plane(outputs[-1][..., 0]), self._network(outputs)

    def sentence(self) -> str:
        """Return the layers, and what the output computes."""
        widths = [block.dense.units for block in self.trained.network.blocks]
        label, _ = _LABELS[self.chosen("formula")]
        n = round(self.number("n"))
        weights, bias = (
            self.trained.parameters.weights[-1][:, 0],
            self.trained.parameters.biases[-1],
        )
        assert bias is not None
        terms = "".join(
            f" {'+' if weight > 0 else '−'} h{subscript(i + 1)}" for i, weight in enumerate(weights)
        )
        return (
            f"{counted(len(widths), 'layer')} of {', '.join(map(str, widths))} units: {2 * n} "
            f"half-planes, then the ANDs A and B of {n} each, then “{label}”. "
            f"The output is sign({true_minus(f'{bias[0]:g}')}{terms}), where h are the units before it."
        )

    def _plane(self) -> Plane:
        return Plane("The region of the network, with both polygons", RANGE, RANGE, "x₁", "x₂",
                     square=True)  # fmt: skip

    def _drawn_plane(self, values: Array) -> Fragment:
        plane = self._plane()
        plane.classes((values + 1) / 2, 110)
        for (name, lines), class_ in zip(
            self.polygons.items(), ("half-plane", "half-plane second"), strict=True
        ):
            for one in lines:
                plane.line(one, class_)
            plane.handle(name, f"Center of {name}", *self.centers[name], 0.1)
        for name, (x, y) in self.centers.items():
            side = -26 if name == "A" else 14
            plane.label(x, y, name, dx=side, dy=-10, class_="large halo")
        return plane.svg()

    def _network(self, outputs: list[Array]) -> Fragment:
        """Return the network as pictures: what each unit outputs for every point of the plane."""
        n = round(self.number("n"))
        shown = min(n, _SHOWN)
        columns = [[*range(shown), *range(n, n + shown)]]
        columns += [list(range(layer.shape[-1])) for layer in outputs[1:]]
        labels = [("",) * len(columns[0]), *_LABELS[self.chosen("formula")][1]]
        x = np.linspace(_SIDE / 2 + 8, 400 - _SIDE / 2 - 8, len(columns))
        heights = [_half_plane_heights(shown)] + [_heights(len(column)) for column in columns[1:]]
        parts: list[Fragment] = []
        for i in range(1, len(columns)):
            weights = self.trained.parameters.weights[i]
            for j, start in zip(columns[i - 1], heights[i - 1], strict=True):
                for k, end in zip(columns[i], heights[i], strict=True):
                    if weights[j, k]:
                        sign = "stroke-positive" if weights[j, k] > 0 else "stroke-negative"
                        parts.append(line(x[i - 1] + _SIDE / 2, start, x[i] - _SIDE / 2, end,
                                          class_=f"link {sign}", stroke_width=2.2))  # fmt: skip
        for i, column in enumerate(columns):
            for j, y, label in zip(column, heights[i], labels[i], strict=True):
                parts.append(_unit_picture(float(x[i]), float(y), outputs[i][..., j]))
                if label:
                    parts.append(text(float(x[i]), float(y) - _SIDE / 2 - 7, label,
                                      text_anchor="middle", class_="number halo"))  # fmt: skip
        for name, y in (("A", 13.0), ("B", 13.0 + _SECOND)):
            note = f"{shown} of {counted(n, 'half-plane')} of {name}"
            parts.append(
                text(8, y, note if n > shown else f"half-planes of {name}", class_="small")
            )
        return drawing("The network: each unit as a picture of the plane", 400, 388, *parts)


def _half_plane_heights(shown: int) -> Array:
    above = 46 + 58.0 * np.arange(shown)
    return np.concatenate([above, above + _SECOND])


def _heights(units: int) -> Array:
    return 204 + 130.0 * (np.arange(units) - (units - 1) / 2)


def _unit_picture(x: float, y: float, values: Array) -> Fragment:
    """Return a unit as a small square with its outputs over the plane, in the colors of classes."""
    values = values[::-_SMALL, ::_SMALL]
    first, second = (palette.rgb(palette.class_color(i)) for i in (0, 1))
    pixels = np.full((*values.shape, 4), 150, np.uint8)
    pixels[..., :3] = np.where((values > 0)[..., None], second, first)
    left, top = x - _SIDE / 2, y - _SIDE / 2
    return element(
        "g",
        element("rect", x=left, y=top, width=_SIDE, height=_SIDE, class_="box"),
        element("image", href=png_data_url(pixels), x=left, y=top, width=_SIDE, height=_SIDE,
                preserveAspectRatio="none"),
        element("rect", x=left, y=top, width=_SIDE, height=_SIDE, class_="picture-frame"),
    )  # fmt: skip

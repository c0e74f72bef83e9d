"""plot_model: a model's layers as boxes, one below the other, without graphviz."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.keras.activations import name_of
from deltarule.keras.unsupported import require_default

if TYPE_CHECKING:
    from deltarule.plots.layer_diagram import Diagram


def plot_model(
    model: Any,
    to_file: str | PathLike[str] | None = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool | None = None,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Diagram:
    """Draw the layers to `to_file` (.png, .svg or .pdf; None: nowhere) and return the drawing.

    The drawing shows itself in a notebook, as SVG. `show_layer_names`: None shows the names that
    somebody gave, and not those like dense_1. `rankdir`: "TB" from top to bottom, "LR" from left to
    right. Needs the extra `deltarule[plots]`; graphviz and pydot are not needed.
    """
    from deltarule.plots.layer_diagram import Box, draw_boxes

    require_default("plot_model", {"expand_nested": (expand_nested, False)}, "a chain has no nests")
    checks.one_of("plot_model.rankdir", rankdir, ("TB", "LR"))
    layers = [layer for layer in model.all_layers if layer.built]
    if len(layers) < len(model.all_layers) or not layers:
        raise SettingError(
            "plot_model needs a model that knows its inputs: begin it with Input(shape)."
        )
    boxes = []
    for layer in layers:
        named = layer.has_given_name if show_layer_names is None else show_layer_names
        lines: list[tuple[tuple[str, str], ...]] = []
        if show_layer_activations and hasattr(layer, "activation"):
            lines.append((("Activation", name_of(layer.activation)),))
        if show_dtype:
            lines.append((("Output dtype", layer.dtype),))
        if show_trainable and layer.arrays:
            lines.append((("Trainable", str(layer.trainable)),))
        if show_shapes:
            lines.append(
                (("Input shape", str(layer.input_shape)), ("Output shape", str(layer.output_shape)))
            )
        kind = type(layer).__name__
        boxes.append(Box(layer.name if named else "", kind, tuple(lines)))
    diagram = draw_boxes(boxes, across=rankdir == "LR", title=f"Model {model.name}")
    if to_file is not None:
        diagram.save(to_file, dpi=dpi)
    return diagram

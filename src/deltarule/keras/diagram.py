"""plot_model: a diagram of a model's layers, without graphviz."""

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
    """Draw a diagram of the layers.

    It requires Matplotlib (`pip install 'deltarule[plots]'`), but neither graphviz nor pydot.

    Parameters
    ----------
    model : Model
        A model with an input shape.
    to_file : str, path-like or None, default "model.png"
        File to write, .png, .svg or .pdf; None writes none.
    show_shapes : bool, default False
        Whether to show input and output shapes.
    show_dtype : bool, default False
        Whether to show types such as float32.
    show_layer_names : bool, optional
        Whether to show names; by default, only those that were given, unlike automatic ones (dense_1).
    rankdir : {"TB", "LR"}, default "TB"
        Direction: top to bottom, or left to right.
    expand_nested : bool, default False
        Not supported; only False is allowed.
    dpi : int, default 200
        Resolution of a .png file in dots per inch.
    show_layer_activations : bool, default False
        Whether to show activations.
    show_trainable : bool, default False
        Whether to show which layers are trainable.

    Returns
    -------
    Diagram
        The drawing; notebooks show it as SVG. Its method `save` writes further files.

    Raises
    ------
    SettingError
        If the model has no input shape, or for another rankdir.

    Examples
    --------
    >>> from deltarule import keras
    >>> model = keras.Sequential([keras.Input(4), keras.layers.Dense(3, name="output")])
    >>> diagram = keras.utils.plot_model(model, to_file=None, show_shapes=True)
    >>> "output" in diagram._repr_svg_()
    True
    """
    from deltarule.plots.layer_diagram import Box, draw_boxes

    require_default("plot_model", {"expand_nested": (expand_nested, False)}, "a chain has no nests")
    checks.one_of("plot_model.rankdir", rankdir, ("TB", "LR"))
    layers = [layer for layer in model.all_layers if layer.built]
    if len(layers) < len(model.all_layers) or not layers:
        raise SettingError.message(
            "plot_model needs a model with an input shape: start it with Input(shape)."
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

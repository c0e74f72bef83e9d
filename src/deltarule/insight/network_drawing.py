"""A trained network as a picture that a notebook shows and a file can hold: SVG, drawn by ourselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike

from deltarule.drawing import network_layout, standalone_svg
from deltarule.formats.atomic_write import write_atomically
from deltarule.insight.layer_activations import layer_outputs
from deltarule.training import TrainedNetwork


@dataclass(frozen=True)
class NetworkDrawing:
    """An SVG drawing; every unit and weight tells its number when it is pointed at."""

    svg: str

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | PathLike[str]) -> None:
        """Write the drawing as an .svg file, complete or not at all; `FileError` if that fails."""
        write_atomically(path, self.svg.encode())


def draw_network(
    trained: TrainedNetwork,
    sample: ArrayLike | None = None,
    *,
    feature_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
) -> NetworkDrawing:
    """Draw a trained chain, weights above 0 in blue and below in dashed red; of large layers a part.

    `sample` (inputs,), as the network gets it: units are filled by their activation, high, medium or
    none, and their values stand in them; without it their biases do. Raises `ShapeError` for a sample or
    names that do not fit.
    """
    values = None
    if sample is not None:
        row = np.asarray(sample, np.float64)[None]
        values = [row[0], *(outputs[0] for outputs in layer_outputs(trained, row))]
    layout = network_layout(
        trained.network, trained.parameters, feature_names, output_names, values
    )
    return NetworkDrawing(standalone_svg(layout))

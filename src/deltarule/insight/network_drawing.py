"""Drawings of trained networks as SVG, for notebooks and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common.notebook_display import NotebookDisplay
from deltarule.drawing import network_layout, standalone_svg
from deltarule.formats.atomic_write import write_atomically
from deltarule.insight.layer_activations import layer_outputs
from deltarule.training import TrainedNetwork


@dataclass(frozen=True, repr=False)
class NetworkDrawing(NotebookDisplay):
    """A drawing of a network as SVG; a notebook displays it.

    Parameters
    ----------
    svg : str
        The SVG document. Tooltips show the numbers of units and weights.

    See Also
    --------
    draw_network : Draw a network.
    """

    svg: str

    def _sentence(self) -> str:
        return f"{len(self.svg):,} characters of SVG; save(path) writes them"

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | PathLike[str]) -> None:
        """Write the drawing to an .svg file, atomically.

        Parameters
        ----------
        path : str or os.PathLike
            Name of the file.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        write_atomically(path, self.svg.encode())


def draw_network(
    trained: TrainedNetwork,
    sample: ArrayLike | None = None,
    *,
    feature_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
) -> NetworkDrawing:
    """Draw a trained network as SVG.

    Positive weights are blue, negative weights dashed orange. A gray line stands for several weights:
    those of all features that a column is embedded as, or of members that differ in sign. Large layers
    show only the units with the largest weights. A normalization is named below the layer before it,
    whose numbers are those before the normalization.

    Parameters
    ----------
    trained : TrainedNetwork
        Any network.
    sample : array-like of shape (n_inputs,), optional
        Inputs of one sample. If given, units show their activations and are filled by their level
        (high, medium, none); otherwise they show their biases.
    feature_names : sequence of str, optional
        Names of the inputs. By default x₁, x₂, ….
    output_names : sequence of str, optional
        Names of the outputs. By default y₁, y₂, ….

    Returns
    -------
    NetworkDrawing
        The drawing.

    Raises
    ------
    ShapeError
        If the sample or the names do not match the network.

    See Also
    --------
    deltarule.plots.network : Draw a network with Matplotlib.

    Examples
    --------
    >>> from deltarule import insight
    >>> unit = insight.perceptron(1, [3, -2])
    >>> drawing = insight.draw_network(unit, feature_names=["length", "width"])
    >>> "width to" in drawing.svg
    True
    """
    values = None
    if sample is not None:
        row = np.asarray(sample, np.float64)[None]
        values = [row[0], *(outputs[0] for outputs in layer_outputs(trained, row))]
    layout = network_layout(
        trained.network, trained.parameters, feature_names, output_names, values
    )
    return NetworkDrawing(standalone_svg(layout))

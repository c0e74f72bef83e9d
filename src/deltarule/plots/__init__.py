"""Matplotlib figures of the objects of `deltarule.insight`, of histories and of networks.

Every function returns the Axes or the Figure that it drew, and accepts `ax` if it draws on a single
Axes. Matplotlib's settings are not changed. Requires the extra `deltarule[plots]`.
"""

try:
    import matplotlib as _matplotlib  # noqa: F401
except ImportError as error:
    from deltarule.errors import MissingPackageError

    raise MissingPackageError(
        "deltarule.plots needs Matplotlib: pip install 'deltarule[plots]'."
    ) from error

from deltarule.plots.activation_curves import activation_functions
from deltarule.plots.decision_boundary import DecisionBoundaryDisplay
from deltarule.plots.decision_figures import decision_regions, hyperplanes, perceptron, region
from deltarule.plots.landscape_figures import (
    loss_contours,
    loss_surface,
    optimizer_paths,
    optimizer_values,
)
from deltarule.plots.layer_figures import dense_layer, images, unit_activations
from deltarule.plots.learning_curves import (
    batch_throughput,
    gradient_noise,
    gradient_timings,
    histories,
    history,
    learning_rate_sweep,
)
from deltarule.plots.loss_figures import loss_functions, predicted_vs_actual, sample_losses
from deltarule.plots.network_figure import network
from deltarule.plots.trace_figure import trace

__all__ = [
    "DecisionBoundaryDisplay",
    "activation_functions",
    "batch_throughput",
    "decision_regions",
    "dense_layer",
    "gradient_noise",
    "gradient_timings",
    "histories",
    "history",
    "hyperplanes",
    "images",
    "learning_rate_sweep",
    "loss_contours",
    "loss_functions",
    "loss_surface",
    "network",
    "optimizer_paths",
    "optimizer_values",
    "perceptron",
    "predicted_vs_actual",
    "region",
    "sample_losses",
    "trace",
    "unit_activations",
]

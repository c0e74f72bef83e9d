"""Pictures of what `deltarule.insight`, histories and networks hold, drawn by Matplotlib.

Every function returns the Axes or the Figure it drew, takes `ax=` where it needs only one, and keeps
Matplotlib's settings as they are. Needs the extra `deltarule[plots]`.
"""

try:
    import matplotlib as _matplotlib  # noqa: F401
except ImportError as error:
    from deltarule.errors import MissingPackageError

    raise MissingPackageError(
        "deltarule.plots needs Matplotlib: pip install 'deltarule[plots]'."
    ) from error

from deltarule.plots.activation_curves import activations
from deltarule.plots.decision_boundary import DecisionBoundaryDisplay
from deltarule.plots.layer_figures import dense_algebra, images, responses
from deltarule.plots.learning_curves import (
    batch_speed,
    curves,
    gradient_cost,
    gradient_noise,
    history,
    learning_rate_sweep,
)
from deltarule.plots.loss_figures import losses_of_rows, predicted_against_actual, prediction_losses
from deltarule.plots.network_figure import network
from deltarule.plots.plane_figures import classes, hyperplanes, perceptron, region
from deltarule.plots.surface_figures import loss_contours, loss_surface, race
from deltarule.plots.trace_figure import trace

__all__ = [
    "DecisionBoundaryDisplay",
    "activations",
    "batch_speed",
    "classes",
    "curves",
    "dense_algebra",
    "gradient_cost",
    "gradient_noise",
    "history",
    "hyperplanes",
    "images",
    "learning_rate_sweep",
    "loss_contours",
    "loss_surface",
    "losses_of_rows",
    "network",
    "perceptron",
    "predicted_against_actual",
    "prediction_losses",
    "race",
    "region",
    "responses",
    "trace",
]

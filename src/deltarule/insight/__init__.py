"""Seeing into networks: every idea of a course as a function or an object, with nothing drawn.

`deltarule.plots` draws what these return.
"""

from deltarule.insight.batch_size import (
    BatchComparison,
    GradientNoise,
    compare_batches,
    gradient_noise,
)
from deltarule.insight.components import PrincipalComponents, principal_components
from deltarule.insight.decision_surface import OutputPlane, output_plane
from deltarule.insight.gradient_comparison import GradientCost, Gradients, gradient_cost, gradients
from deltarule.insight.gradient_descent import DescentPath, descent_path, textbook_sgd
from deltarule.insight.half_planes import Region, disc_error, disc_region, polygon_region
from deltarule.insight.layer_responses import (
    LayerValues,
    layer_outputs,
    layer_values,
    thinned,
    weight_images,
)
from deltarule.insight.learning_rates import RateSweep, learning_rate_sweep
from deltarule.insight.logic import LogicNetwork, TruthTable, compile_formula
from deltarule.insight.loss_landscape import (
    Directions,
    LossSurface,
    loss_surface,
    path_directions,
    random_directions,
    weight_directions,
)
from deltarule.insight.network_picture import NetworkPicture, network_picture
from deltarule.insight.optimizer_race import Race, Surface, race, ravine, rosenbrock, saddle
from deltarule.insight.perceptrons import (
    Line,
    RosenblattRun,
    line,
    perceptron,
    perceptron_rule,
    untrained,
)
from deltarule.insight.toy_datasets import (
    blobs,
    exam_results,
    exclusive_or,
    hills_and_hollows,
    noisy_curve,
    polynomial_features,
    slanted_plane,
    two_clusters,
    two_moons,
    two_rings,
    two_spirals,
)
from deltarule.insight.tracing import LayerTrace, Trace, trace

__all__ = [
    "BatchComparison",
    "DescentPath",
    "Directions",
    "GradientCost",
    "GradientNoise",
    "Gradients",
    "LayerTrace",
    "LayerValues",
    "Line",
    "LogicNetwork",
    "LossSurface",
    "NetworkPicture",
    "OutputPlane",
    "PrincipalComponents",
    "Race",
    "RateSweep",
    "Region",
    "RosenblattRun",
    "Surface",
    "Trace",
    "TruthTable",
    "blobs",
    "compare_batches",
    "compile_formula",
    "descent_path",
    "disc_error",
    "disc_region",
    "exam_results",
    "exclusive_or",
    "gradient_cost",
    "gradient_noise",
    "gradients",
    "hills_and_hollows",
    "layer_outputs",
    "layer_values",
    "learning_rate_sweep",
    "line",
    "loss_surface",
    "network_picture",
    "noisy_curve",
    "output_plane",
    "path_directions",
    "perceptron",
    "perceptron_rule",
    "polygon_region",
    "polynomial_features",
    "principal_components",
    "race",
    "random_directions",
    "ravine",
    "rosenbrock",
    "saddle",
    "slanted_plane",
    "textbook_sgd",
    "thinned",
    "trace",
    "two_clusters",
    "two_moons",
    "two_rings",
    "two_spirals",
    "untrained",
    "weight_directions",
    "weight_images",
]

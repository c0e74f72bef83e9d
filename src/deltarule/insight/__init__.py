"""Insight into neural networks: the ideas of an introductory course as functions and objects.

`deltarule.plots` draws the objects that these functions return.
"""

from deltarule.insight.batch_sizes import (
    BatchSizeComparison,
    GradientNoise,
    compare_batch_sizes,
    gradient_noise,
)
from deltarule.insight.directions import (
    Directions,
    parameter_directions,
    principal_directions,
    random_directions,
)
from deltarule.insight.gradient_comparison import (
    GradientComparison,
    GradientTimings,
    compare_gradients,
    time_gradients,
)
from deltarule.insight.gradient_magnitudes import gradient_magnitudes
from deltarule.insight.half_planes import Region, disc_area_error, disc_region, polygon_region
from deltarule.insight.layer_activations import (
    LayerActivations,
    dropout_masks,
    forward_pass,
    layer_outputs,
    weight_images,
)
from deltarule.insight.learning_rates import LearningRateSweep, learning_rate_sweep
from deltarule.insight.linear_networks import collapse_layers
from deltarule.insight.logic_networks import LogicNetwork, TruthTable, compile_formula
from deltarule.insight.loss_landscape import LossSurface, loss_surface
from deltarule.insight.network_drawing import NetworkDrawing, draw_network
from deltarule.insight.optimizer_comparison import (
    ObjectiveFunction,
    OptimizerComparison,
    compare_optimizers,
    ravine,
    rosenbrock,
    saddle,
)
from deltarule.insight.output_surfaces import OutputSurface, output_surface
from deltarule.insight.pca import PrincipalComponents, principal_components
from deltarule.insight.perceptrons import (
    Line,
    PerceptronTraining,
    boundary_line,
    initialize,
    perceptron,
    train_perceptron,
)
from deltarule.insight.regression_datasets import (
    legendre_features,
    make_hills,
    make_noisy_sine,
    make_plane,
)
from deltarule.insight.toy_datasets import (
    make_blobs,
    make_circles,
    make_exam_results,
    make_moons,
    make_spirals,
    make_two_clusters,
    make_xor,
)
from deltarule.insight.tracing import LayerTrace, Trace, trace
from deltarule.insight.trajectories import Trajectory, textbook_sgd, training_trajectory

__all__ = [
    "BatchSizeComparison",
    "Directions",
    "GradientComparison",
    "GradientNoise",
    "GradientTimings",
    "LayerActivations",
    "LayerTrace",
    "LearningRateSweep",
    "Line",
    "LogicNetwork",
    "LossSurface",
    "NetworkDrawing",
    "ObjectiveFunction",
    "OptimizerComparison",
    "OutputSurface",
    "PerceptronTraining",
    "PrincipalComponents",
    "Region",
    "Trace",
    "Trajectory",
    "TruthTable",
    "boundary_line",
    "collapse_layers",
    "compare_batch_sizes",
    "compare_gradients",
    "compare_optimizers",
    "compile_formula",
    "disc_area_error",
    "disc_region",
    "draw_network",
    "dropout_masks",
    "forward_pass",
    "gradient_magnitudes",
    "gradient_noise",
    "initialize",
    "layer_outputs",
    "learning_rate_sweep",
    "legendre_features",
    "loss_surface",
    "make_blobs",
    "make_circles",
    "make_exam_results",
    "make_hills",
    "make_moons",
    "make_noisy_sine",
    "make_plane",
    "make_spirals",
    "make_two_clusters",
    "make_xor",
    "output_surface",
    "parameter_directions",
    "perceptron",
    "polygon_region",
    "principal_components",
    "principal_directions",
    "random_directions",
    "ravine",
    "rosenbrock",
    "saddle",
    "textbook_sgd",
    "time_gradients",
    "trace",
    "train_perceptron",
    "training_trajectory",
    "weight_images",
]

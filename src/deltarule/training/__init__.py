"""Training: the loop that drives every engine."""

from deltarule.training.checkpoint import Checkpoint
from deltarule.training.divergence import Advice, Divergence
from deltarule.training.events import EpochEvent, Progress
from deltarule.training.fitting import fit
from deltarule.training.folding import fold_normalization
from deltarule.training.many_networks import fit_many
from deltarule.training.result import TrainingResult
from deltarule.training.sharded_fitting import fit_sharded
from deltarule.training.trained_network import TrainedNetwork, load_network

__all__ = [
    "Advice",
    "Checkpoint",
    "Divergence",
    "EpochEvent",
    "Progress",
    "TrainedNetwork",
    "TrainingResult",
    "fit",
    "fit_many",
    "fit_sharded",
    "fold_normalization",
    "load_network",
]

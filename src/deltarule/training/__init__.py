"""Training: the one loop that drives every engine."""

from deltarule.training.checkpoint import Checkpoint
from deltarule.training.events import EpochEvent, Progress
from deltarule.training.fitting import fit
from deltarule.training.result import TrainingResult
from deltarule.training.trained import TrainedNetwork, load_network

__all__ = [
    "Checkpoint",
    "EpochEvent",
    "Progress",
    "TrainedNetwork",
    "TrainingResult",
    "fit",
    "load_network",
]

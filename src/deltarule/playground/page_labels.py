"""What the page calls the settings of an experiment, for the messages of errors."""

from __future__ import annotations

from deltarule.errors import DeltaruleError, shortened

LABELS = {
    "data.rows": "Rows",
    "data.noise": "Noise",
    "data.task": "Task",
    "data.validation_share": "Validation share",
    "data.seed": "Data seed",
    "data.points": "Drawn points",
    "network.layers": "Hidden layers",
    "network.initializer": "Initializer",
    "layers.units": "Units",
    "layers.activation": "Activation",
    "layers.dropout": "Dropout",
    "layers.l1": "L1",
    "layers.l2": "L2",
    "output.activation": "Activation of the output",
    "output.l1": "L1 of the output",
    "output.l2": "L2 of the output",
    "learning_rate": "Learning rate",
    "training.learning_rate": "Learning rate",
    "training.schedule": "Schedule",
    "training.optimizer": "Optimizer",
    "training.loss": "Loss",
    "training.activation": "Activation",
    "training.batch_size": "Batch size",
    "training.clip_norm": "Clip gradient norm",
    "training.epochs": "Epochs",
    "training.patience_epochs": "Patience",
    "training.seed": "Seed",
    "view.lesson": "Lesson",
    "view.hidden": "Hidden part of the page",
    "weight": "Weight",
}


def page_message(error: BaseException) -> str:
    """Return the message of an error with the settings named as on the page."""
    if isinstance(error, DeltaruleError):
        return error.render(lambda setting: LABELS.get(setting, f"`{setting}`"))
    if isinstance(error, MemoryError):
        return "There is not enough memory for this: choose a smaller table or network."
    return (
        f"This is a bug in deltarule's playground: {shortened(error)}. Please report it; "
        "rewinding or reloading the page may help."
    )

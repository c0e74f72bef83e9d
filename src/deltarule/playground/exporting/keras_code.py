"""The experiment as a program of Keras: the same start; the order of rows is Keras's own."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from deltarule.activations import Activation
from deltarule.errors import SettingError
from deltarule.layers import Dense, Dropout
from deltarule.optimizers import Optimizer, Stepwise
from deltarule.playground.exporting.data_code import data_code
from deltarule.playground.table_sources import TableSource
from deltarule.playground.training_run import TrainingRun
from deltarule.sampling import FullBatch

MAX_PARAMETERS = 5000  # that are written into the program
_ACTIVATIONS = {"identity": "linear", "exponential": "exponential"}
_LOSSES = {
    "mean_squared_error": "mean_squared_error",
    "mean_absolute_error": "mean_absolute_error",
    "huber": "huber",
    "binary_cross_entropy": "binary_crossentropy",
    "categorical_cross_entropy": "sparse_categorical_crossentropy",
    "hinge": "hinge",
}
_OPTIMIZERS = {
    "gradient_descent": ("SGD", {}),
    "momentum": ("SGD", {"momentum": "momentum"}),
    "nesterov": ("SGD", {"momentum": "momentum"}),
    "adagrad": ("Adagrad", {"initial_square_sum": "initial_accumulator_value", "epsilon": "epsilon"}),
    "adadelta": ("Adadelta", {"decay": "rho", "epsilon": "epsilon"}),
    "rmsprop": ("RMSprop", {"decay": "rho", "epsilon": "epsilon"}),
    "adam": ("Adam", {"decay_mean": "beta_1", "decay_square": "beta_2", "epsilon": "epsilon"}),
    "adamw": (
        "AdamW",
        {
            "weight_decay": "weight_decay", "decay_mean": "beta_1", "decay_square": "beta_2",
            "epsilon": "epsilon",
        },
    ),
    "amsgrad": ("Adam", {"decay_mean": "beta_1", "decay_square": "beta_2", "epsilon": "epsilon"}),
    "nadam": ("Nadam", {"decay_mean": "beta_1", "decay_square": "beta_2", "epsilon": "epsilon"}),
}  # fmt: skip


def keras_code(run: TrainingRun, source: TableSource | None) -> str:
    """Return a program that trains the same network with Keras.

    Raises `SettingError` for what Keras does not have.
    """
    _refuse(run)
    data, plan = data_code(run, source), run.setup.plan
    lines = [
        '"""Made by the playground of deltarule, for Keras; deltarule makes the data.',
        "",
        "Weights begin where they did there. Keras draws its own order of rows, so that the numbers",
        "are alike, and the same only with the whole data as one batch. Penalties of layers Keras",
        "counts in the validation loss too.",
        *(f"    {sentence}" for sentence in run.interventions),
        '"""',
        "",
        "import keras",
        "import numpy as np",
        "",
        *data.imports,
        "",
        *data.lines,
        *_targets(run),
        "",
        "model = keras.Sequential(",
        "    [",
        f"        keras.layers.Input(({plan.network.known_inputs},)),",
        *(f"        {_layer(layer)}," for layer in plan.network.layers),
        "    ]",
        ")",
        *_start(run),
        *_compiled(run),
        "history = model.fit(",
        "    X[split.train],",
        "    y[split.train],",
        f"    batch_size={_batch(run)},",
        f"    epochs={max(run.epoch, 1)},",
        "    validation_data=(X[split.validation], y[split.validation]),",
        *_stopping(run),
        "    verbose=0,",
        ").history",
        "print(f\"epoch {len(history['loss'])}: training loss {history['loss'][-1]:.6g}, \"",
        "      f\"validation loss {history['val_loss'][-1]:.6g}\")",
        "",
    ]
    return "\n".join(lines)


def _refuse(run: TrainingRun) -> None:
    plan = run.setup.plan
    if run.experiment.training.schedule not in ("constant", "cosine", "exponential", "step"):
        raise SettingError(
            f"Keras has no schedule {run.experiment.training.schedule}: choose constant, step, "
            "exponential or cosine, or export deltarule's own program."
        )
    odd = {block.dense.activation.kind for block in plan.network.blocks} & {"sign", "step"}
    if odd:
        raise SettingError(
            f"Keras has no activation {' or '.join(sorted(odd))}: choose another, or export deltarule's "
            "own program."
        )
    if plan.loss.kind == "hinge" and len(run.prepared.classes) > 2:
        raise SettingError(
            "Keras's hinge loss of several classes is another one: choose cross_entropy, or export "
            "deltarule's own program."
        )


def _targets(run: TrainingRun) -> list[str]:
    if run.setup.signed:
        return ["y = 2.0 * y - 1.0  # the classes as -1 and 1"]
    if len(run.prepared.classes) > 2 and run.setup.plan.loss.kind == "mean_squared_error":
        return [f"y = np.eye({len(run.prepared.classes)})[y]"]
    return []


def _layer(layer: object) -> str:
    if isinstance(layer, Dropout):
        return f"keras.layers.Dropout({layer.rate!r})"
    assert isinstance(layer, Dense)
    told = [str(layer.units), f"activation={_activation(layer.activation)!r}"]
    if layer.l1 or layer.l2:
        told.append(f"kernel_regularizer=keras.regularizers.L1L2({layer.l1!r}, {layer.l2!r})")
    return f"keras.layers.Dense({', '.join(told)})"


def _activation(activation: Activation) -> str:
    return _ACTIVATIONS.get(activation.kind, activation.kind)


def _start(run: TrainingRun) -> list[str]:
    plan, start = run.setup.plan, run.start
    if plan.network.parameter_count > MAX_PARAMETERS:
        return ["# Too many weights to write down: Keras draws its own.", ""]
    lines = ["model.set_weights(", "    ["]
    for weight, bias in zip(start.weights, start.biases, strict=True):
        assert bias is not None
        lines.append(f"        np.array({_numbers(weight)}, 'float32'),")
        lines.append(f"        np.array({_numbers(bias)}, 'float32'),")
    return [*lines, "    ]", ")"]


def _numbers(array: NDArray[Any]) -> str:
    # Nine digits bring every float32 back.
    def text(value: object) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(text, value))}]"
        return f"{value:.9g}"

    return text(array.tolist())


def _compiled(run: TrainingRun) -> list[str]:
    plan = run.setup.plan
    optimizer = plan.optimizer
    assert isinstance(optimizer, Stepwise)
    name, renamed = _OPTIMIZERS[optimizer.kind]
    told = [f"learning_rate={_rate(run)}"]
    told += [f"{theirs}={getattr(optimizer, ours)!r}" for ours, theirs in renamed.items()]
    told += _extras(optimizer)
    loss = _LOSSES[plan.loss.kind]
    if plan.loss.kind == "hinge":
        loss = "hinge"
    return [
        "model.compile(",
        f"    optimizer=keras.optimizers.{name}({', '.join(told)}),",
        f"    loss={loss!r},",
        ")",
    ]


def _extras(optimizer: Optimizer) -> list[str]:
    extras = []
    if optimizer.kind == "nesterov":
        extras.append("nesterov=True")
    if optimizer.kind == "amsgrad":
        extras.append("amsgrad=True")
    if optimizer.clip_norm is not None:
        extras.append(f"global_clipnorm={optimizer.clip_norm!r}")
    return extras


def _rate(run: TrainingRun) -> str:
    choice, steps = run.experiment.training, run.steps_per_epoch
    rate, every = choice.learning_rate, max(choice.epochs // 10, 1) * steps
    if choice.schedule == "cosine":
        return f"keras.optimizers.schedules.CosineDecay({rate!r}, {choice.epochs * steps})"
    if choice.schedule in ("exponential", "step"):
        told = f"{rate!r}, {every}, 0.5, staircase={choice.schedule == 'step'}"
        return f"keras.optimizers.schedules.ExponentialDecay({told})"
    return repr(rate)


def _batch(run: TrainingRun) -> str:
    sampling = run.setup.plan.sampling
    if isinstance(sampling, FullBatch):
        return "len(split.train)"
    return str(sampling.batch_rows(run.setup.data.rows))


def _stopping(run: TrainingRun) -> list[str]:
    patience = run.experiment.training.patience_epochs
    if patience is None:
        return []
    return [f"    callbacks=[keras.callbacks.EarlyStopping(patience={patience})],"]

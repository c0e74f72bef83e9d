"""Exports the experiment as a Keras program, with the same initial parameters."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from deltarule._common.descriptions import Description
from deltarule.errors import SettingError
from deltarule.layers import Dense, Dropout
from deltarule.optimizers import Stepwise
from deltarule.playground.exporting.data_code import data_code
from deltarule.playground.table_sources import TableSource
from deltarule.playground.training_run import TrainingRun
from deltarule.sampling import FullBatch

MAX_PARAMETERS = 5000  # written into the program


def keras_code(run: TrainingRun, source: TableSource | None) -> str:
    """Return a program that trains the same network with Keras.

    Raises `SettingError` for what Keras does not have.
    """
    _refuse(run)
    data, plan = data_code(run, source), run.setup.plan
    lines = [
        '"""Made by the playground of deltarule, for Keras; deltarule makes the data.',
        "",
        "The initial parameters are the same. Keras shuffles the rows in its own order, so the numbers",
        "are equal only with all rows in one batch, and similar otherwise. Keras also adds the",
        "penalties of layers to the validation loss.",
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
        *_initial_parameters(run),
        *_compiled(run),
        "history = model.fit(",
        "    X[split.training],",
        "    y[split.training],",
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
            "training.schedule",
            f"{run.experiment.training.schedule} does not exist in Keras",
            hint="Choose constant, step, exponential or cosine, or export the deltarule program.",
        )
    for block in plan.network.blocks:
        _refuse_unknown("activation", block.dense.activation.keras_names, block.dense.activation)
    _refuse_unknown("loss", plan.loss.keras_name, plan.loss)
    _refuse_unknown("optimizer", plan.optimizer.keras_name, plan.optimizer)
    if plan.loss.kind == "hinge" and len(run.prepared.classes) > 2:
        raise SettingError(
            "training.loss",
            "hinge differs in Keras for more than two classes",
            hint="Choose cross_entropy, or export the deltarule program.",
        )


def _refuse_unknown(noun: str, keras_name: object, description: Description) -> None:
    if not keras_name:
        raise SettingError(
            f"training.{noun}",
            f"{description.kind} does not exist in Keras",
            hint="Choose another, or export the deltarule program.",
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
    arguments = [str(layer.units), f"activation={layer.activation.keras_names[0]!r}"]
    if layer.l1 or layer.l2:
        arguments.append(f"kernel_regularizer=keras.regularizers.L1L2({layer.l1!r}, {layer.l2!r})")
    return f"keras.layers.Dense({', '.join(arguments)})"


def _initial_parameters(run: TrainingRun) -> list[str]:
    plan, initial = run.setup.plan, run.initial_parameters
    if plan.network.parameter_count > MAX_PARAMETERS:
        return ["# Too many weights to write down: Keras initializes its own.", ""]
    lines = ["model.set_weights(", "    ["]
    for weight, bias in zip(initial.weights, initial.biases, strict=True):
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
    arguments = [f"learning_rate={_rate(run)}"]
    arguments += [
        f"{theirs}={getattr(optimizer, ours)!r}"
        for ours, theirs in optimizer.keras_settings.items()
    ]
    arguments += [f"{name}={value!r}" for name, value in optimizer.keras_extras.items()]
    if optimizer.clip_norm is not None:
        arguments.append(f"global_clipnorm={optimizer.clip_norm!r}")
    return [
        "model.compile(",
        f"    optimizer=keras.optimizers.{optimizer.keras_name}({', '.join(arguments)}),",
        f"    loss={plan.loss.keras_name!r},",
        ")",
    ]


def _rate(run: TrainingRun) -> str:
    choice, steps = run.experiment.training, run.steps_per_epoch
    rate, every = choice.learning_rate, max(choice.epochs // 10, 1) * steps
    if choice.schedule == "cosine":
        return f"keras.optimizers.schedules.CosineDecay({rate!r}, {choice.epochs * steps})"
    if choice.schedule in ("exponential", "step"):
        settings = f"{rate!r}, {every}, 0.5, staircase={choice.schedule == 'step'}"
        return f"keras.optimizers.schedules.ExponentialDecay({settings})"
    return repr(rate)


def _batch(run: TrainingRun) -> str:
    sampling = run.setup.plan.sampling
    if isinstance(sampling, FullBatch):
        return "len(split.training)"
    return str(sampling.batch_rows(run.setup.data.n_rows))


def _stopping(run: TrainingRun) -> list[str]:
    patience = run.experiment.training.patience_epochs
    if patience is None:
        return []
    return [f"    callbacks=[keras.callbacks.EarlyStopping(patience={patience})],"]

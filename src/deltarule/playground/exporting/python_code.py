"""Exports the experiment as a program that reproduces the run with deltarule."""

from __future__ import annotations

from dataclasses import fields

from deltarule._common.descriptions import Description
from deltarule.activations import Activation
from deltarule.layers import Dense
from deltarule.playground.exporting.data_code import data_code
from deltarule.playground.table_sources import TableSource
from deltarule.playground.training_run import TrainingRun
from deltarule.sampling import FullBatch


def python_code(run: TrainingRun, source: TableSource | None) -> str:
    """Return a program that trains the run's network for as many epochs, to the same bits."""
    data, plan = data_code(run, source), run.setup.plan
    optimizer, schedule = plan.optimizer, plan.optimizer.learning_rate  # type: ignore[attr-defined]
    by_hand = _rates_by_hand(run)
    imports = [
        f"from deltarule.optimizers import {type(optimizer).__name__}",
        *data.imports,
    ]
    if by_hand:
        imports.append("from deltarule.schedules import Schedule")
    elif isinstance(schedule, Description):
        imports.append(f"from deltarule.schedules import {type(schedule).__name__}")
    imports.append(f"from deltarule.losses import {type(plan.loss).__name__}")
    if isinstance(plan.sampling, FullBatch):
        imports.append("from deltarule.sampling import FullBatch")
    if plan.stopping:
        imports.append("from deltarule.stopping import NoProgress")
    lines = [
        *_about(run),
        *(["from dataclasses import dataclass", ""] if by_hand else []),
        "import numpy as np",
        "",
        "import deltarule as dr",
        *sorted(imports),
        "",
        *by_hand,
        *data.lines,
        *_targets(run),
        "",
        "network = dr.Network(",
        "    [",
        *(f"        {_layer(layer)}," for layer in plan.network.layers),
        "    ]",
        ")",
        *_fit(run),
        "",
        "history = result.history",
        'print(f"epoch {len(history)}: training loss {history.training_loss[-1]:.6g}, "',
        '      f"validation loss {history.validation_loss[-1]:.6g}")',
        "",
    ]
    return "\n".join(lines)


def constructor_call(value: object) -> str:
    """Return a description as the call that creates it, without arguments equal to defaults."""
    if not isinstance(value, Description):
        return repr(value)
    arguments = []
    default = _default(type(value))
    for field in fields(value):
        own = getattr(value, field.name)
        if default is None or own != getattr(default, field.name):
            arguments.append(f"{field.name}={constructor_call(own)}")
    return f"{type(value).__name__}({', '.join(arguments)})"


def _default(kind: type[Description]) -> Description | None:
    try:
        return kind()
    except TypeError:
        return None


def _rates_by_hand(run: TrainingRun) -> list[str]:
    """Return code of a schedule with the manual learning rates; empty if none was changed."""
    if len(run.rates) < 2 or run.experiment.training.schedule != "constant":
        return []
    return [
        "",
        "@dataclass(frozen=True)",
        "class ByHand(Schedule):",
        '    """The learning rate as changed during training: (from epoch, rate)."""',
        "",
        '    kind = "by_hand"',
        f"    changes: tuple[tuple[int, float], ...] = {tuple(run.rates)!r}",
        "",
        "    def rates(self, updates, steps_per_epoch, epochs):",
        "        starts, rates = zip(*self.changes)",
        "        place = np.searchsorted(starts, updates // steps_per_epoch, 'right') - 1",
        "        return np.array(rates)[place]",
        "",
        "",
    ]


def _about(run: TrainingRun) -> list[str]:
    lines = ['"""Made by the playground of deltarule.']
    if run.not_repeatable:
        lines += ["", "Manual changes during the run that this program does not repeat:"]
        lines += [f"    {sentence}" for sentence in run.not_repeatable]
    return [*lines, '"""', ""]


def _targets(run: TrainingRun) -> list[str]:
    if run.setup.signed:
        return ["y = 2.0 * y - 1.0  # the classes as -1 and 1"]
    if len(run.prepared.classes) > 2 and run.setup.plan.loss.kind == "mean_squared_error":
        return [f"y = np.eye({len(run.prepared.classes)})[y]"]
    return []


def _layer(layer: object) -> str:
    if not isinstance(layer, Dense):
        return f"dr.Dropout({layer.rate!r}, name={layer.name!r})"  # type: ignore[attr-defined]
    arguments = [str(layer.units), _activation(layer.activation)]
    if layer.initializer.kind != "glorot":
        arguments.append(f"initializer={layer.initializer.kind!r}")
    arguments += [
        f"{name}={getattr(layer, name)!r}" for name in ("l1", "l2") if getattr(layer, name)
    ]
    return f"dr.Dense({', '.join(arguments)}, name={layer.name!r})"


def _activation(activation: Activation) -> str:
    return repr(activation.kind)


def _optimizer(run: TrainingRun) -> str:
    call = constructor_call(run.setup.plan.optimizer)
    if not _rates_by_hand(run):
        return call
    rate = f"learning_rate={run.experiment.training.learning_rate!r}"
    if rate in call:
        return call.replace(rate, "learning_rate=ByHand()")
    return call.replace("(", "(learning_rate=ByHand(), ", 1).replace(", )", ")")


def _fit(run: TrainingRun) -> list[str]:
    plan, epoch = run.setup.plan, max(run.epoch, 1)
    full = isinstance(plan.sampling, FullBatch)
    batch = "sampling=FullBatch()" if full else f"batch_size={plan.sampling.batch_size}"  # type: ignore[attr-defined]
    lines = [
        "result = dr.fit(",
        "    network,",
        "    X[split.training],",
        "    y[split.training],",
        f"    loss={constructor_call(plan.loss)},",
        f"    optimizer={_optimizer(run)},",
        f"    {batch},",
    ]
    if run.experiment.training.schedule == "constant":
        lines.append(f"    epochs={epoch},")
    else:
        lines += [
            f"    epochs={plan.epochs},  # the schedule is spread over them",
            f"    callbacks=[lambda event: event.epoch >= {epoch}],",
        ]
    if plan.stopping:
        lines.append(f"    stopping={constructor_call(plan.stopping[0])},")
    return [
        *lines,
        "    validation_data=(X[split.validation], y[split.validation]),",
        "    keep_best=None,",
        f"    seed={plan.seed},",
        ")",
    ]

"""The result of a job as a file: the network and what else a `TrainingResult` holds."""

from __future__ import annotations

import math
import os
from dataclasses import asdict
from typing import Any

import numpy as np

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError
from deltarule.formats.model_file import read_model, write_model
from deltarule.formats.strict_json import same_json
from deltarule.history import EPOCH_RECORD, History
from deltarule.stopping import StopReason
from deltarule.training.checkpoint import records_from_arrays
from deltarule.training.divergence import Advice, Divergence
from deltarule.training.job import FitJob
from deltarule.training.job_folder import result_path
from deltarule.training.parameter_placement import aligned_parameters
from deltarule.training.provenance import Provenance
from deltarule.training.result import TrainingResult
from deltarule.training.trained_network import TrainedNetwork, parameters_from_file

FILE_KIND = "job result"
_PARAMETERS, _HISTORY = "parameters.", "history."


def write_result(folder: str, job: FitJob, result: TrainingResult, provenance: Provenance) -> None:
    """Write the result of a job, completely or not at all."""
    network = result.network
    arrays = {
        f"{_PARAMETERS}{name}": array
        for name, array in network.parameters.named(network.network).items()
    }
    for name in EPOCH_RECORD.names or ():
        arrays[f"{_HISTORY}{name}"] = np.ascontiguousarray(result.history[name])
    description = {
        "job": job.to_json(),
        "provenance": provenance.to_json(),
        "reason": result.reason.name.lower(),
        "explanation": result.explanation,
        "kept_epoch": result.kept_epoch,
        "engine": result.engine,
        "seconds": result.seconds,
        "warm_up_s": result.warm_up_s,
        "comparison": result.comparison,
        "divergence": _divergence_json(result.divergence),
    }
    write_model(result_path(folder, job.digest), description, arrays, kind=FILE_KIND, locked=True)


def read_result(folder: str, job: FitJob) -> tuple[TrainingResult, Provenance] | None:
    """Return the result of a job and what computed it; None if it is not finished.

    Raises `ModelFileError` if the file is damaged or of another job.
    """
    path = result_path(folder, job.digest)
    if not os.path.exists(path):
        return None
    file = read_model(path, kind=FILE_KIND)
    reader = StrictReader(file.description, path)
    if not same_json(reader.take_any("job"), job.to_json()):
        raise ModelFileError(f"{path!r} is the result of another job: remove it.")
    provenance = Provenance.from_json(reader.reader("provenance"))
    kept_epoch, engine = reader.take("kept_epoch", int), reader.take("engine", str)
    if {engine, provenance.engine} != {job.engine}:
        raise ModelFileError(
            f"{path!r} was computed by another engine than its job names: remove it."
        )
    network = job.plan.network
    named = _with_prefix(file.arrays, _PARAMETERS)
    parameters = parameters_from_file(network, named, path)
    others = {k: array for k, array in file.arrays.items() if not k.startswith(_PARAMETERS)}
    history = History(records_from_arrays(others, path))
    if not 0 <= kept_epoch <= len(history):
        raise ModelFileError(f"{path!r} keeps an epoch that is not in its history: remove it.")
    result = TrainingResult(
        network=TrainedNetwork(network, aligned_parameters(network, parameters)),
        history=history,
        reason=StopReason[
            reader.one_of("reason", [each.name.lower() for each in StopReason]).upper()
        ],
        explanation=reader.take("explanation", str),
        kept_epoch=kept_epoch,
        engine=engine,
        seconds=reader.take("seconds", float),
        warm_up_s=reader.take("warm_up_s", float),
        comparison=reader.take("comparison", str),
        divergence=_divergence(reader, history),
    )
    reader.finish()
    return result, provenance


def _with_prefix(arrays: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name[len(prefix) :]: a for name, a in arrays.items() if name.startswith(prefix)}


def _divergence_json(found: Divergence | None) -> dict[str, Any] | None:
    """Return all but the loss, which is that of the last epoch and need not be a JSON number."""
    if found is None:
        return None
    values = asdict(found)
    del values["loss"]
    for advice in values["advice"]:
        current = advice["current"]
        if isinstance(current, float) and not math.isfinite(current):
            advice["current"] = None
    return {**values, "advice": list(values["advice"])}


def _divergence(reader: StrictReader, history: History) -> Divergence | None:
    if not reader.has_value("divergence"):
        return None
    inner = reader.reader("divergence")
    if not len(history):
        raise ModelFileError(f"{reader.where} has a divergence but no epochs: remove the file.")
    numbers = [inner.take(name, int) for name in ("epoch", "step", "layer")]
    name = inner.take("layer_name", str)
    advice = []
    for one in inner.readers("advice"):
        setting = one.take("setting", str)
        suggested, current = _value(one, "suggested"), _value(one, "current")
        if suggested is None:
            raise ModelFileError(f"{one.where} has no suggestion: remove the file.")
        advice.append(Advice(setting, suggested, current))
        one.finish()
    inner.finish()
    epoch, step, layer = numbers
    loss = float(history.training_loss[-1])
    return Divergence(epoch, step, layer, name, loss, tuple(advice))


def _value(reader: StrictReader, name: str) -> float | str | None:
    value = reader.take_any(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ModelFileError(f"{reader.where}.{name} must be a number or text: remove the file.")
    return float(value)

"""What is recorded of a run: parameters when it begins, parameters, scores and curves when it ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from deltarule.history import EPOCH_RECORD
from deltarule.keras.callbacks import History
from deltarule.table_model import GroupedModel, GroupedResult, TableModel, TableResult
from deltarule.table_model.scores import finite_scores
from deltarule.training import Progress, TrainingResult
from deltarule.tuning import TuningResult

CURVES = tuple(name for name in EPOCH_RECORD.names or () if name not in ("epoch", "elapsed_s"))
SHARED = "learning_rate"
MAX_TEXT = 500
"""Longest value of a parameter: the limit of some servers."""
_NO_PARAMETERS = {
    "self", "X", "x", "y", "source", "test", "settings", "sample_weight", "rows", "validation_data",
    "initial_parameters", "callbacks", "progress", "on_prepared", "on_trained", "checkpoint", "started",
    "on_wait", "on_network", "folder", "resume", "groups", "time", "X_val", "y_val", "sample_weight_val",
    "verbose",
}  # fmt: skip
_SKLEARN_CURVES = {
    "loss_curve_": "training_loss",
    "validation_loss_curve_": "validation_loss",
    "validation_scores_": "validation_score",
}


@dataclass(frozen=True)
class RunFacts:
    """Facts about a finished run.

    `curves` has values by name and epoch; those that were reported while it ran are not among them.
    `model` is None where nothing is worth keeping, `result` that of `deltarule.train`.
    """

    model: Any
    parameters: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    curves: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    result: TableResult | None = None


def first_parameters(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are known when a run begins."""
    estimator: Any = arguments.get("self")
    found: dict[str, Any] = {}
    if hasattr(estimator, "get_params"):
        found |= estimator.get_params(deep=False)
    for name, value in arguments.items():
        if name in ("kwargs", "field_values"):
            found |= value
        elif name not in _NO_PARAMETERS:
            found[name] = value
    settings = arguments.get("settings")
    if settings is not None:
        found |= settings.to_json()
    return _as_texts(found)


def facts_of(result: Any, arguments: Mapping[str, Any]) -> RunFacts:
    """Return the facts about what a function that trains returned."""
    if isinstance(result, TableResult):
        return _of_table(result)
    if isinstance(result, GroupedResult):
        return _of_groups(result)
    if isinstance(result, TuningResult):
        return _of_tuning(result)
    if isinstance(result, TrainingResult):
        return _of_training(result)
    if isinstance(result, History):
        return _of_keras(arguments["self"], result)
    return _of_estimator(result)


def progress_as_metrics(progress: Progress) -> dict[str, list[tuple[int, float]]]:
    """Return the finite values of the epochs by name; all fold networks have the same learning rate."""
    suffix = f"/fold_{progress.network}" if progress.networks > 1 else ""
    epochs = progress.records["epoch"].tolist()
    return {
        name if name == SHARED else f"{name}{suffix}": _points(
            zip(epochs, progress.records[name].tolist(), strict=True)
        )
        for name in CURVES
        if name != SHARED or progress.network == 1
    }


def _of_table(result: TableResult) -> RunFacts:
    scores = {f"test_{name}": v for name, v in finite_scores(result.scores).items()}
    if result.out_of_fold_scores is not None:
        found = finite_scores(result.out_of_fold_scores)
        scores |= {f"out_of_fold_{name}": value for name, value in found.items()}
    return RunFacts(
        result.model,
        _recipe(result.model),
        {**scores, "training_seconds": result.seconds},
        tags={"deltarule.stopped": result.explanation, "deltarule.source": result.table.source},
        result=result,
    )


def _of_groups(result: GroupedResult) -> RunFacts:
    """Return the scores of the models of groups and of that of all rows; no model is kept."""
    metrics = {f"test_{name}": v for name, v in finite_scores(result.scores).items()}
    pooled = finite_scores(result.all_rows.scores)
    metrics |= {f"all_rows_test_{name}": value for name, value in pooled.items()}
    metrics |= {"groups": float(len(result.groups)), "training_seconds": result.seconds}
    tags = {"deltarule.by": result.model.by, "deltarule.source": result.all_rows.table.source}
    return RunFacts(None, {}, metrics, tags=tags)


def _of_tuning(tuned: TuningResult) -> RunFacts:
    """Return the facts about the tuned model, with a curve over the trials for each rung."""
    facts = _of_table(tuned.result)
    losses = {
        "tuned_loss": tuned.loss,
        "default_loss": tuned.default_loss,
        "loss_spread": tuned.spread,
        "trials": float(len(tuned.trials)),
    }
    rungs = max(trial.rung for trial in tuned.trials)
    curves = {
        f"trial_loss/rung_{rung + 1}": _points(
            (trial.number, trial.losses[rung]) for trial in tuned.trials if trial.rung > rung
        )
        for rung in range(rungs)
    }
    return replace(facts, metrics={**facts.metrics, **losses}, curves=curves)


def _of_training(result: TrainingResult) -> RunFacts:
    found = {"kept_epoch": float(result.kept_epoch), "training_seconds": result.seconds}
    tags = {"deltarule.stopped": result.explanation, "deltarule.engine": result.engine}
    return RunFacts(result.network, {}, found, tags=tags)


def _of_keras(model: Any, history: History) -> RunFacts:
    curves = {
        name: _points((epoch + 1, value) for epoch, value in zip(history.epoch, values, strict=False))
        for name, values in history.history.items()
    }  # fmt: skip
    optimizer = getattr(model, "optimizer", None)
    parameters = {}
    if optimizer is not None:
        parameters = {f"optimizer_{n}": v for n, v in optimizer.get_config().items()}
    return RunFacts(model, _as_texts(parameters), curves=curves)


def _of_estimator(estimator: Any) -> RunFacts:
    model = getattr(estimator, "model_", None)
    if isinstance(model, GroupedModel):  # as of `train`, no model is kept
        tags = {"deltarule.by": model.by}
        return RunFacts(
            None, _recipe(model.all_rows), {"groups": float(len(model.groups))}, tags=tags
        )
    if isinstance(model, TableModel):
        tags = {"deltarule.stopped": str(model.about.get("explanation", ""))}
        return RunFacts(estimator, _recipe(model), tags=tags)
    curves = {}
    for attribute, name in _SKLEARN_CURVES.items():
        values = getattr(estimator, attribute, None)
        if values is not None:
            curves[name] = _points(enumerate(values, 1))
    metrics = {"epochs": float(estimator.n_iter_), "final_loss": float(estimator.loss_)}
    return RunFacts(estimator, {}, _finite(metrics), curves)


def _recipe(model: TableModel) -> dict[str, Any]:
    recipe = model.about.get("recipe", {})
    about = {"target": model.target.name, "task": model.task, "networks": len(model.networks)}
    return _as_texts({**recipe, **about})


def _as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters as texts; arrays and what has no short text are left out."""
    found = {}
    for name, value in values.items():
        if value is None or isinstance(value, np.ndarray) or hasattr(value, "columns"):
            continue
        text = str(value)
        found[str(name)] = text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
    return found


def _points(pairs: Iterable[tuple[int, Any]]) -> list[tuple[int, float]]:
    return [(int(epoch), float(value)) for epoch, value in pairs if math.isfinite(float(value))]


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if math.isfinite(value)}

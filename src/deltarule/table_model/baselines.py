"""Simple models that a result is compared with: a constant and a linear model."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.embeddings import Category, Plain
from deltarule.layers import Dense, Embedding, Layer
from deltarule.network import Network
from deltarule.optimizers import AdamW
from deltarule.preprocessing import Feature, Task
from deltarule.schedules import FlatCosine
from deltarule.stopping import StopReason
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.fold_networks import FoldSplit, RunOptions
from deltarule.table_model.model import TableModel
from deltarule.table_model.model_fitting import fit_model
from deltarule.table_model.recipe import CYCLES, default_batch_size
from deltarule.table_model.scores import (
    ClassificationScores,
    Scores,
    finite_scores,
    format_named_score,
    score_label,
)
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.task_methods import METHODS
from deltarule.table_model.threshold_rule import COST, ThresholdRule, read_threshold
from deltarule.training.events import EpochEvent

Array = NDArray[Any]
MIN_GAIN = 0.1
"""A model has learned something if it is better than a constant by this share of what can be gained."""
MAX_LINEAR_ROWS = 50_000
MIN_LINEAR_EPOCHS = 32
MIN_LINEAR_UPDATES = 500
MAX_CATEGORY_WIDTH = 8
LINEAR_LEARNING_RATE = 0.02
ALL_ROWS = "all rows"
"""Name of the model of all rows, which models of groups are compared with in a sentence of their own."""
_MAX_VALIDATION_ROWS = 10_000
_MAX_SHARE_OF_TIME_LIMIT = 0.05


@dataclass(frozen=True, eq=False)
class Baseline:
    """A simple model and its scores on the test rows.

    Parameters
    ----------
    name : {"constant", "linear", "all rows"}
        What the model is.
    label : str
        What people read: "a linear model", "always 'no'", "always the mean".
    scores : ClassificationScores or RegressionScores
        Its scores.
    """

    name: str
    label: str
    scores: Scores

    def to_json(self) -> dict[str, Any]:
        """Return name, label and scores as strict JSON types.

        Returns
        -------
        dict
            "name", "label" and "scores".
        """
        return {"name": self.name, "label": self.label, "scores": finite_scores(self.scores)}


def constant_baseline(
    design: TrainingDesign, constant: Array, truth: Array, weights: Array | None
) -> Baseline:
    """Score the best prediction without inputs, `constant`, on true values (rows,)."""
    methods = METHODS[design.target.task]
    if design.target.classes:
        expected = np.broadcast_to(constant, (len(truth), len(constant)))
        label = f"always {design.target.classes[int(constant.argmax())]!r}"
    else:
        expected = np.broadcast_to(constant, (len(truth),))
        label = "always the mean"
    calibration = Calibration(positive_class=design.positive_class)
    return Baseline(
        "constant", label, methods.scores(expected, truth, constant, calibration, weights)
    )


def linear_model(design: TrainingDesign, options: RunOptions) -> TableModel | None:
    """Train a network without hidden layers on the same features.

    It is trained on the rows of the first fold network, at most 50,000. Returns None if training was
    interrupted or learned nothing.
    """
    fitted = fit_model(_linear_design(design), _limited(options, design))
    training = fitted.trainings[0]
    failed = training.kept_epoch == 0 or training.reason is StopReason.INTERRUPTED
    return None if failed else fitted.model


def comparison(
    scores: Scores,
    baselines: tuple[Baseline, ...],
    out_of_fold: Scores | None = None,
    *,
    class_weights: bool,
) -> str:
    """Return a sentence if a model is no better than a baseline, else an empty string.

    The log loss decides, or the root mean squared error; with class weights, which change the
    probabilities on purpose, the ROC AUC. `out_of_fold` are scores on training rows.
    """
    name = _deciding_score(scores, class_weights)
    for baseline in baselines:
        ours, theirs = (getattr(one, name) for one in (scores, baseline.scores))
        better = _is_better(name, ours, theirs)
        if better or not np.isfinite([ours, theirs]).all() or baseline.name == ALL_ROWS:
            continue
        macro = isinstance(scores, ClassificationScores) and scores.positive_class is None
        label = score_label(name, macro=macro)
        numbers = (
            f"{label} {format_named_score(name, ours)} versus {format_named_score(name, theirs)}"
        )
        if baseline.name == "constant":
            is_classes = isinstance(scores, ClassificationScores)
            what = "the most frequent class" if is_classes else "the mean"
            linear = [getattr(b.scores, name) for b in baselines if b.name == "linear"]
            advice = "with these settings, the columns do not predict the target"
            learned = None if out_of_fold is None else _learned(name, label, out_of_fold)
            if learned is not None:
                advice = (
                    f"on training rows that a network was not trained on, it is better ({learned}), so "
                    "that the test rows are of another kind or too few"
                )
            elif linear and _is_better(name, linear[0], theirs):
                found = f"{label} {format_named_score(name, linear[0])}"
                advice = (
                    f"a linear model is better ({found}), so that other settings may help, such as "
                    "more epochs or a lower learning rate"
                )
            return f"The model is no better than always predicting {what} ({numbers}): {advice}."
        return (
            f"The model is no better than {baseline.label} ({numbers}): a linear model is simpler and "
            "easier to explain."
        )
    return ""


def _learned(name: str, label: str, out_of_fold: Scores) -> str | None:
    """Return the out-of-fold score beside that of a constant in words, if it is clearly better.

    The constant is that of these rows: their mean, or the shares of their classes.
    """
    ours = getattr(out_of_fold, name)
    if not isinstance(out_of_fold, ClassificationScores):
        constant = out_of_fold.baseline_rmse
    elif name == "roc_auc":
        constant = 0.5
    else:
        shares = out_of_fold.confusion.sum(axis=1) / out_of_fold.confusion.sum()
        constant = float(
            -(shares * np.log(shares, where=shares > 0, out=np.zeros_like(shares))).sum()
        )
    gain, most = (
        (ours - constant, 1 - constant) if name == "roc_auc" else (constant - ours, constant)
    )
    if not gain > MIN_GAIN * most:  # `most` is 0 where all rows have the same target
        return None
    return f"{label} {format_named_score(name, ours)} versus {format_named_score(name, constant)}"


def _is_better(name: str, score: float, other: float) -> bool:
    """Whether a score that decides is better than another one."""
    return score > other if name == "roc_auc" else score < other


def _deciding_score(scores: Scores, class_weights: bool) -> str:
    if not isinstance(scores, ClassificationScores):
        return "rmse"
    return "roc_auc" if class_weights and np.isfinite(scores.roc_auc) else "log_loss"


def _linear_design(design: TrainingDesign) -> TrainingDesign:
    """Return the design of one network without hidden layers for the rows of the first fold network."""
    split, task = design.splits[0], design.target.task
    step = -(-len(split.training) // MAX_LINEAR_ROWS)
    step_of_validation = max(1, len(split.validation) // _MAX_VALIDATION_ROWS)
    rows = FoldSplit(split.training[::step], split.validation[::step_of_validation], split.seed)
    trained = len(rows.training)
    batch = default_batch_size(trained)
    epochs = max(MIN_LINEAR_EPOCHS, -(-MIN_LINEAR_UPDATES // -(-trained // batch)))
    recipe = dataclasses.replace(
        design.recipe,
        hidden=(),
        dropout=0.0,
        l1=0.0,
        l2=0.0,
        optimizer=AdamW(FlatCosine(LINEAR_LEARNING_RATE), weight_decay=0.0),
        batch_size=batch,
        cycles=CYCLES,
        epochs=epochs,
        patience_epochs=None,
        folds=1,
    )
    return dataclasses.replace(
        design,
        recipe=recipe,
        network=_linear_network(design.encoder.features, design.network.outputs, task),
        splits=(rows,),
        settings=_linear_settings(design, rows),
        allocation=None,
    )


def _linear_settings(design: TrainingDesign, rows: FoldSplit) -> TableSettings:
    """Return settings with the same threshold.

    One fold has few rows: costs use the threshold of perfect probabilities, and rows of a single class
    cannot choose one.
    """
    settings = design.settings
    threshold = settings.threshold
    rule = None if threshold is None else read_threshold(threshold)
    if isinstance(rule, ThresholdRule):
        if rule.score == COST:
            threshold = rule.neutral_threshold
        elif len(np.unique(design.targets[rows.validation])) < 2:
            threshold = None
    return TableSettings(threshold=threshold, positive_class=settings.positive_class)


def _linear_network(features: Sequence[Feature], outputs: int, task: Task) -> Network:
    """Return a single layer, before which each category of a column with codes is embedded."""
    layers: list[Layer] = []
    if any(feature.role == "codes" for feature in features):
        width = min(outputs, MAX_CATEGORY_WIDTH)
        layers.append(
            Embedding(
                [
                    Category(feature.count, width) if feature.role == "codes" else Plain()
                    for feature in features
                ]
            )
        )
    last = METHODS[task].output_activation
    layers.append(Dense(outputs, last, initializer="zeros", name="output"))
    return Network(layers, len(features))


def _limited(options: RunOptions, design: TrainingDesign) -> RunOptions:
    """Return options without listeners, which stop after a small share of a time limit."""
    callbacks: tuple[Callable[[EpochEvent], bool], ...] = ()
    limit = design.settings.time_limit_s
    if limit is not None:
        end = time.perf_counter() + _MAX_SHARE_OF_TIME_LIMIT * limit
        callbacks = (lambda _: time.perf_counter() > end,)
    return RunOptions(options.engine, options.threads, callbacks=callbacks)

"""All scores of a model that was just trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Table
from deltarule.stopping import StopReason
from deltarule.table_model.baselines import Baseline, constant_baseline, linear_model
from deltarule.table_model.cross_validation import CrossValidatedScores
from deltarule.table_model.evaluation import (
    EvaluationRows,
    assessed_levels,
    at_levels,
    score_rows,
)
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model import TableModel
from deltarule.table_model.model_fitting import FittedModel
from deltarule.table_model.out_of_fold import cross_validated_scores, out_of_fold_scores
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.reliability import IntervalCoverage, interval_coverage
from deltarule.table_model.row_checks import check_rows
from deltarule.table_model.scores import Scores, finite_scores
from deltarule.table_model.stop_explanation import overall_stop_reason

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Assessment:
    """The scores of a model and of what it is compared with.

    `prediction` and `scores` are those of the test rows; `constant` is the best prediction without
    inputs: class shares (classes,), or the mean (1,). `coverage` is that of the intervals of these rows.
    """

    prediction: Prediction
    scores: Scores
    out_of_fold: Scores | None
    folds: CrossValidatedScores | None
    baselines: tuple[Baseline, ...]
    constant: Array
    threshold: float | None
    coverage: IntervalCoverage | None

    def to_json(self) -> dict[str, Any]:
        """Return the scores as strict JSON types, for the model file."""
        found, folds = self.out_of_fold, self.folds
        return {
            "test_scores": finite_scores(self.scores),
            "out_of_fold_scores": None if found is None else finite_scores(found),
            "cross_validated_scores": None if folds is None else folds.to_json(),
            "baselines": [baseline.to_json() for baseline in self.baselines],
            "constant": self.constant.tolist(),
            **self._decision(),
        }

    def _decision(self) -> dict[str, Any]:
        """Return the positive class of two and its threshold."""
        positive = getattr(self.scores, "positive_class", None)
        if positive is None:
            return {}
        return {"positive_class": self.prediction.classes[positive], "threshold": self.threshold}


def assess(
    fitted: FittedModel, test: EvaluationRows, constant: Array, options: RunOptions
) -> Assessment:
    """Score a model on test rows and out-of-fold rows, and simple models on the test rows.

    After an interruption no linear model is trained.
    """
    model, design = fitted.model, fitted.design
    baselines = [constant_baseline(design, constant, test.truth, test.weights)]
    linear = None
    if overall_stop_reason(fitted.trainings) is not StopReason.INTERRUPTED:
        linear = linear_model(design, options)
    prediction, *others = _predictions([model, *([linear] if linear else [])], test.table, options)
    for other in others:
        assert linear is not None
        scores = score_rows(
            other, test.truth, test.weights, constant, linear.calibration.positive_class
        )
        baselines.append(Baseline("linear", "a linear model", scores))
    return Assessment(
        at_levels(prediction, ()),
        score_rows(
            prediction, test.truth, test.weights, constant, model.calibration.positive_class
        ),
        out_of_fold_scores(fitted),
        cross_validated_scores(fitted),
        tuple(baselines),
        constant,
        model.calibration.threshold,
        interval_coverage(prediction, test.truth),
    )


def _predictions(
    models: Sequence[TableModel], table: Table, options: RunOptions
) -> list[Prediction]:
    """Return the prediction of each model for rows that are encoded once, as all encode them alike."""
    table = models[0].read(table)
    blocks: list[list[Array]] = [[] for _ in models]
    encoder = models[0].encoder
    values = encoder.cast(table)
    unseen = check_rows(encoder, table, values, ()).unseen
    for inputs in encoder.encoded_blocks(values):
        for model, found in zip(models, blocks, strict=True):
            threads = options.threads or 1
            found.append(model.outputs_of_features(inputs, engine=options.engine, threads=threads))
    return [
        replace(_with_intervals(model, np.concatenate(found), unseen), notes=table.notes)
        for model, found in zip(models, blocks, strict=True)
    ]


def _with_intervals(model: TableModel, outputs: Array, unseen: dict[str, Array]) -> Prediction:
    """Return the prediction with the quantiles that `predict` returns at `assessed_levels`."""
    prediction = model.prediction(outputs, assessed_levels(model.calibration))
    return model.calibration.widened(prediction, unseen, model.encoder.columns)

"""All scores of a model that was just trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from deltarule.stopping import StopReason
from deltarule.table_model.baselines import Baseline, constant_baseline, linear_baseline
from deltarule.table_model.cross_validation import CrossValidatedScores
from deltarule.table_model.evaluation import EvaluationRows, score_prediction
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model_fitting import FittedModel
from deltarule.table_model.out_of_fold import cross_validated_scores, out_of_fold_scores
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.scores import Scores, finite_scores
from deltarule.table_model.stop_explanation import overall_stop_reason

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Assessment:
    """The scores of a model and of what it is compared with.

    `prediction` and `scores` are those of the test rows; `constant` is the best prediction without
    inputs: class shares (classes,), or the mean (1,).
    """

    prediction: Prediction
    scores: Scores
    out_of_fold: Scores | None
    folds: CrossValidatedScores | None
    baselines: tuple[Baseline, ...]
    constant: Array

    def to_json(self) -> dict[str, Any]:
        """Return the scores as strict JSON types, for the model file."""
        found, folds = self.out_of_fold, self.folds
        return {
            "test_scores": finite_scores(self.scores),
            "out_of_fold_scores": None if found is None else finite_scores(found),
            "cross_validated_scores": None if folds is None else folds.to_json(),
            "baselines": [baseline.to_json() for baseline in self.baselines],
            "constant": self.constant.tolist(),
        }


def assess(
    fitted: FittedModel, test: EvaluationRows, constant: Array, options: RunOptions
) -> Assessment:
    """Score a model on test rows and out-of-fold rows, and simple models on the test rows.

    After an interruption no linear model is trained.
    """
    model, design = fitted.model, fitted.design
    prediction = model.predict(test.table, engine=options.engine, threads=options.threads or 1)
    baselines = [constant_baseline(design, constant, test.truth, test.weights)]
    if overall_stop_reason(fitted.trainings) is not StopReason.INTERRUPTED:
        linear = linear_baseline(design, options, test.table, constant, test.truth, test.weights)
        baselines += [] if linear is None else [linear]
    return Assessment(
        prediction,
        score_prediction(prediction, test, design.target, constant, model.calibration),
        out_of_fold_scores(fitted),
        cross_validated_scores(fitted),
        tuple(baselines),
        constant,
    )

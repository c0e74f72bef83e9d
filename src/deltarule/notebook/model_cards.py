"""Cards of models of tables: results, predictions, scores and explanations."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.descriptions import Description
from deltarule._common.formatting import format_duration, format_number
from deltarule.data import Column
from deltarule.notebook.card import NATURAL, Card, Picture
from deltarule.notebook.dispatch import card_of
from deltarule.notebook.histograms import histogram
from deltarule.notebook.network_cards import curves, network_picture, of_first_network
from deltarule.notebook.table_cards import encoder_table
from deltarule.preprocessing import Encoding
from deltarule.report.class_markers import class_style
from deltarule.report.comparison_table import comparison_table
from deltarule.report.confusion_matrix import confusion_chart
from deltarule.report.content import DataTable
from deltarule.report.decision_surface_charts import (
    SurfacePoints,
    class_surface_chart,
    regression_surface_chart,
    surface_table,
)
from deltarule.report.dependence_charts import MAX_CURVES, dependence_chart
from deltarule.report.explanation_charts import importance_chart
from deltarule.report.regression_charts import prediction_chart
from deltarule.report.threshold_charts import (
    precision_recall_chart,
    roc_chart,
    threshold_table,
)
from deltarule.table_model import Calibration, DecisionSurface, Prediction, TableModel, TableResult
from deltarule.table_model.configurations import parameters_each
from deltarule.table_model.cross_validation import CrossValidatedScores
from deltarule.table_model.partial_dependence import Dependence
from deltarule.table_model.permutation_importance import ColumnImportances
from deltarule.table_model.recipe import Recipe
from deltarule.table_model.score_summary import score_summary
from deltarule.table_model.scores import (
    ClassificationScores,
    RegressionScores,
    Scores,
    format_named_score,
    named_scores,
    score_label,
)
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.threshold_curve import ThresholdCurve

Array = NDArray[Any]
MAX_BARS = 12
MAX_CLASSES = 12
MAX_POINTS = 800
_NO_POINTS = SurfacePoints(np.empty(0), np.empty(0), np.empty(0, np.int64), None, "")


@card_of.register
def table_result_card(result: TableResult) -> Card:
    """Return the card of what `deltarule.train` returns."""
    model = result.model
    pictures = [_test_picture(result)]
    if len(result.training.history):
        pictures += curves(result.training.history, result.training.kept_epoch)[:1]
    return Card(
        "TableResult",
        f"{score_summary(result)} {result.explanation}",
        pictures,
        [
            dataclasses.replace(comparison_table(result), caption="Scores on the test rows"),
            _facts(
                {
                    "Target": model.target.name,
                    "Columns": f"{len(model.encoder.columns):,}",
                    "Training rows": f"{result.training_rows:,}",
                    "Networks": f"{len(model.networks):,}",
                    "Parameters each": parameters_each(model.networks),
                    "Time": format_duration(result.seconds),
                }
            ),
        ],
        f"{_first_notes(result.notes)}{of_first_network(len(model.networks))}result.model predicts and "
        "saves; result.report() explains it on one page.",
    )


@card_of.register
def table_model_card(model: TableModel) -> Card:
    """Return the card of a model of a table."""
    scores = model.about.get("test_scores") or model.about.get("out_of_fold_scores") or {}
    shown = [
        name for name in ("accuracy", "roc_auc", "log_loss", "r2", "rmse", "mae") if name in scores
    ]
    macro = len(model.target.classes) > 2
    known = {score_label(n, macro=macro): format_named_score(n, scores[n]) for n in shown}
    where = "test" if "test_scores" in model.about else "out-of-fold"
    sentence = f"Predicts {model.summary}."
    if known:
        words = ", ".join(f"{name} {value}" for name, value in known.items())
        sentence += f" On {scores['rows']:,} {where} rows: {words}."
    note = "model.predict(rows) reads raw rows, model.save(path) writes one file."
    names = (model.encoder.feature_names, model.target.output_names)
    return Card(
        "TableModel",
        sentence,
        [network_picture(model.network, *names, len(model.networks))],
        [encoder_table(model.encoder)],
        note,
    )


@card_of.register
def prediction_card(prediction: Prediction) -> Card:
    """Return the card of predictions: their distribution and the first rows."""
    pictures: list[Picture] = []
    if len(prediction):
        if prediction.class_numbers is None:
            values = np.asarray(prediction.values, np.float64)
            pictures += histogram(Column(prediction.target, "number", values), 0)
        else:
            codes = prediction.class_numbers.astype(np.int32)
            pictures += histogram(Column(prediction.target, "text", codes, prediction.classes), 0)
            if prediction.probabilities is not None:
                certain = prediction.probabilities.max(axis=1)
                pictures += histogram(Column("probability", "number", certain), 1)
    first = min(len(prediction), 6)
    head = dataclasses.replace(
        prediction,
        values=prediction.values[:first],
        probabilities=None
        if prediction.probabilities is None
        else prediction.probabilities[:first],
        quantiles=None if prediction.quantiles is None else prediction.quantiles[:first],
        class_numbers=None
        if prediction.class_numbers is None
        else prediction.class_numbers[:first],
    )
    columns = head.columns(as_text=True)
    names = [*columns]
    rows = [[f"{i}", *(_cell(columns[name][i]) for name in names)] for i in range(first)]
    more = len(prediction) - first
    caption = f"The first {first} of {len(prediction):,} rows" if more else "Rows"
    note = _first_notes(prediction.notes)
    if len(pictures) == 2:
        note += "Left: the predicted classes. Right: the probability of the predicted class."
    sentence = f"{prediction._sentence()}."
    return Card("Prediction", sentence, pictures, [DataTable(caption, ["Row", *names], rows)], note)


@card_of.register
def classification_scores_card(scores: ClassificationScores) -> Card:
    """Return the card of the scores of a classifier."""
    names = tuple(f"class {i}" for i in range(len(scores.confusion)))
    chart = Picture(confusion_chart(scores.confusion, names, MAX_CLASSES), NATURAL)
    order = "Columns: predicted; rows: actual. Classes are in the order of model.target.classes."
    note = f"{_first_notes(scores.notes)}{order}"
    return Card("ClassificationScores", f"{scores._sentence()}.", [chart], [_scores(scores)], note)


@card_of.register
def regression_scores_card(scores: RegressionScores) -> Card:
    """Return the card of the scores of a regression."""
    note = _first_notes(scores.notes).rstrip()
    return Card("RegressionScores", f"{scores._sentence()}.", tables=[_scores(scores)], note=note)


@card_of.register
def cross_validated_scores_card(scores: CrossValidatedScores) -> Card:
    """Return the card of the scores of all folds."""
    names = [*scores.mean]
    rows = [
        [f"fold {i}", f"{fold.rows:,}", *(format_named_score(n, getattr(fold, n)) for n in names)]
        for i, fold in enumerate(scores.folds, 1)
    ]
    header = ["Fold", "Rows", *(score_label(name) for name in names)]
    return Card(
        "CrossValidatedScores", f"{scores._sentence()}.", tables=[DataTable("Folds", header, rows)]
    )


@card_of.register
def threshold_curve_card(curve: ThresholdCurve) -> Card:
    """Return the card of what each threshold does."""
    header, rows = threshold_table(curve)
    drawn = [curve], [""], ["series-0"]
    charts = (roc_chart(*drawn), precision_recall_chart(*drawn))
    table = DataTable("Thresholds", header, rows[1::2])
    return Card("ThresholdCurve", f"{curve._sentence()}.", [Picture(c) for c in charts], [table])


@card_of.register
def dependence_card(found: Dependence) -> Card:
    """Return the card of the mean prediction by one column."""
    means = found.means if found.means.ndim == 2 else found.means[:, None]
    classes = means.shape[1] if found.means.ndim == 2 else 0
    places = [1] if classes == 2 else [*range(min(means.shape[1], MAX_CURVES))]
    names = tuple(f"class {i}" for i in places) if classes else ("prediction",)
    unit = (
        f"probability of {names[0]}" if classes == 2 else "probability" if classes else "prediction"
    )
    colors = [class_style(i) for i in places] if classes else ["series-0"]
    drawn = dataclasses.replace(found, means=means[:, places])
    chart = dependence_chart(drawn, _rows_of(found), names, colors, unit, 0)
    picks = np.unique(np.linspace(0, len(found.values) - 1, 9).astype(int)).tolist()
    rows = [
        [
            _cell(found.values[i]),
            f"{found.counts[i]:,}",
            *map(format_number, means[i, places].tolist()),
        ]
        for i in picks
    ]
    table = DataTable("Some of the values", [found.column, "Nearby rows", *names], rows)
    note = "It describes the model, not cause and effect."
    return Card(
        "Dependence", _capitalized(f"{found._sentence()}."), [Picture(chart)], [table], note
    )


@card_of.register
def importances_card(found: ColumnImportances) -> Card:
    """Return the card of the importance of columns."""
    if not found:
        return Card("ColumnImportances", "No column was measured.")
    chart = importance_chart(found[:MAX_BARS], "increase of the loss")
    rows = [
        [one.column, format_number(one.loss_increase, 3), format_number(one.standard_error, 2)]
        for one in found
    ]
    table = DataTable("Columns", ["Column", "Increase", "Standard error"], rows)
    note = (
        "Lines show ± 2 standard errors; pale bars are within them. Correlated columns share "
        "importance."
    )
    return Card(
        "ColumnImportances", _capitalized(f"{found._sentence()}."), [Picture(chart)], [table], note
    )


@card_of.register
def decision_surface_card(surface: DecisionSurface) -> Card:
    """Return the card of the predictions over two columns."""
    classes: tuple[str, ...] = ()
    if surface.certainty is not None:
        classes = tuple(f"class {i}" for i in range(max(2, int(surface.predicted.max()) + 1)))
        chart = class_surface_chart(surface, _NO_POINTS, classes, (None, None))
    else:
        chart = regression_surface_chart(surface, _NO_POINTS, "prediction", (None, None))
    table = DataTable("Predictions", *surface_table(surface, classes))
    return Card("DecisionSurface", f"{surface._sentence()}.", [Picture(chart)], [table])


@card_of.register
def calibration_card(calibration: Calibration) -> Card:
    """Return the card of the corrections of predictions."""
    facts = {
        "Temperature": format_number(calibration.temperature),
        "Threshold": _optional(calibration.threshold),
        "Positive class": f"{calibration.positive_class}",
    }
    if calibration.target_range is not None:
        low, high = map(format_number, calibration.target_range)
        facts = {"Lowest prediction": low, "Highest prediction": high}
        facts["Quantiles of errors"] = "yes" if calibration.error_quantiles is not None else "no"
    return Card("Calibration", f"{calibration._sentence()}.", tables=[_facts(facts)])


@card_of.register
def recipe_card(recipe: Recipe) -> Card:
    """Return the card of what was chosen for a table."""
    return Card("Recipe", f"{recipe._sentence()}.", tables=[_settings(recipe)])


@card_of.register
def table_settings_card(settings: TableSettings) -> Card:
    """Return the card of the settings of `deltarule.train`."""
    return Card("TableSettings", f"{settings._sentence()}.", tables=[_settings(settings)])


def _test_picture(result: TableResult) -> Picture:
    """Return the confusion matrix, or predicted over actual values."""
    scores, target = result.scores, result.model.target
    if isinstance(scores, ClassificationScores):
        return Picture(confusion_chart(scores.confusion, target.classes, MAX_CLASSES), NATURAL)
    predicted = np.asarray(result.test_prediction.values, np.float64)
    truth = np.asarray(result.test_truth, np.float64)
    every = max(1, -(-len(truth) // MAX_POINTS))
    return Picture(prediction_chart(predicted[::every], truth[::every], target.name))


def _rows_of(found: Dependence) -> Column:
    """Return the rows from which the dependence was computed, as far as its counts show them."""
    if found.kind in ("text", "boolean"):
        return Column(found.column, "text", np.repeat(np.arange(len(found.values)), found.counts),
                      tuple(map(str, found.values)))  # fmt: skip
    kind: Any = found.kind
    return Column(found.column, kind, np.repeat(found.values, found.counts))


def _scores(scores: Scores) -> DataTable:
    macro = isinstance(scores, ClassificationScores) and scores.positive_class is None
    return _facts(
        {
            score_label(name, macro=macro): format_named_score(name, value)
            for name, value in named_scores(scores).items()
            if value == value
        }
    )


def _settings(described: Any) -> DataTable:
    """Return the fields that differ from their defaults first, then the others."""
    changed: dict[str, str] = {}
    others: dict[str, str] = {}
    for field in dataclasses.fields(described):
        value = getattr(described, field.name)
        (changed if value != field.default else others)[field.name] = _setting(value)
    return _facts(changed | others)


def _setting(value: object) -> str:
    if value is None:
        return "automatic"
    if isinstance(value, Description):
        return value.kind.replace("_", " ")
    if isinstance(value, Encoding):
        return f"{value.numbers} numbers"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return format_number(value) if isinstance(value, float) else str(value)


def _facts(facts: dict[str, str]) -> DataTable:
    return DataTable("", ["", ""], [[name, value] for name, value in facts.items()])


def _capitalized(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _first_notes(notes: tuple[str, ...]) -> str:
    """Return the first note, and how many there are more."""
    if not notes:
        return ""
    more = f" ({len(notes) - 1} more in .notes)" if len(notes) > 1 else ""
    return f"Note: {notes[0]}{more} "


def _optional(value: float | None) -> str:
    return "none" if value is None else format_number(value)


def _cell(value: object) -> str:
    if isinstance(value, float | np.floating):
        return format_number(float(value))
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[s]"))
    return str(value)

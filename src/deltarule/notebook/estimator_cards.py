"""Cards of fitted estimators; those that are not fitted keep scikit-learn's diagram."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule._common.formatting import counted, format_number, format_score
from deltarule.errors import shortened
from deltarule.estimators.mlp_base import BaseMLP
from deltarule.estimators.table_base import BaseTabular
from deltarule.history import History
from deltarule.notebook.card import Card
from deltarule.notebook.dispatch import card_of
from deltarule.notebook.network_cards import (
    curves,
    history_of,
    network_picture,
    of_first_network,
)
from deltarule.notebook.table_cards import encoder_table
from deltarule.parameters import Parameters
from deltarule.report.content import DataTable
from deltarule.table_model import GroupedModel
from deltarule.training import TrainedNetwork


@card_of.register
def mlp_card(estimator: BaseMLP) -> Card | None:
    """Return the card of a fitted MLP: its curves, or its network if it has none."""
    if not hasattr(estimator, "coefs_"):
        return None
    history = _history(estimator)
    score = "accuracy" if hasattr(estimator, "classes_") else "R²"
    network = estimator._network_
    facts = [["Loss", format_number(float(estimator.loss_))]]
    best = getattr(estimator, "best_validation_score_", None)
    if best is not None:
        facts.append([f"Best validation {score}", format_score(float(best))])
    unit = "iteration" if estimator.solver == "lbfgs" else "epoch"
    facts += [
        [f"{unit.capitalize()}s", f"{estimator.n_iter_:,}"],
        ["Parameters", f"{network.parameter_count:,}"],
    ]
    pictures = curves(history, 0, score.capitalize())
    if not pictures:
        parameters = Parameters(tuple(estimator.coefs_), tuple(estimator.intercepts_))
        pictures = [network_picture(TrainedNetwork(network, parameters))]
    return Card(
        type(estimator).__name__,
        f"{network._sentence()}, fitted in {counted(int(estimator.n_iter_), unit)}.",
        pictures,
        [DataTable("Training", ["", ""], facts), *_set_parameters(estimator)],
        "trained_network() returns the network, save(path) writes one file.",
    )


@card_of.register
def tabular_card(estimator: BaseTabular) -> Card | None:
    """Return the card of a fitted estimator for tables."""
    model = getattr(estimator, "model_", None)
    if model is None:
        return None
    by_group = isinstance(model, GroupedModel)
    first = model.all_rows if by_group else model
    summary = getattr(estimator, "_fit_summary", None)
    score = model.target.task.score_name
    pictures, sentence = [], f"Predicts {model.summary}."
    if summary is None:  # read from a file
        names = (first.encoder.feature_names, model.target.output_names)
        pictures = [network_picture(first.network, *names, len(first.networks))]
    else:
        pictures = curves(summary.history, summary.kept_epoch, score[0].upper() + score[1:])
        scores = np.asarray(summary.validation_scores)
        if len(scores) and np.isfinite(scores).all():
            mean = f"{score} {format_score(float(scores.mean()))}"
            spread = f" ± {format_number(float(scores.std(ddof=1)), 2)}" if len(scores) > 1 else ""
            rows = counted(len(scores), "network")
            which = "Model of all rows: validation" if by_group else "Validation"
            sentence += f" {which} {mean}{spread}, over {rows} on their own validation rows."
    explanation = model.about.get("explanation", "")
    tables = [encoder_table(first.encoder), *_set_parameters(estimator)]
    use = "permutation_importance and partial_dependence explain it, save(path) writes one file."
    if by_group:
        use = (
            "model_.group(name) is the model of a group, save(path) writes one file of all models."
        )
    which = "" if summary is None else of_first_network(len(first.networks))
    return Card(
        type(estimator).__name__, f"{sentence} {explanation}", pictures, tables, f"{which}{use}"
    )


def _history(estimator: Any) -> History:
    """Return the curves of the estimator as a history."""
    loss = np.asarray(getattr(estimator, "loss_curve_", None) or [], np.float64)
    measures = {"training_loss": loss}
    for name, attribute in (
        ("validation_loss", "validation_loss_curve_"), ("validation_score", "validation_scores_"),
    ):  # fmt: skip
        values = getattr(estimator, attribute, None)
        if values is not None and len(values) == len(loss):
            measures[name] = np.asarray(values, np.float64)
    return history_of(measures)


def _set_parameters(estimator: Any) -> list[DataTable]:
    """Return the parameters that differ from their defaults."""
    defaults = type(estimator)().get_params(deep=False)
    given = estimator.get_params(deep=False)
    rows = [
        [name, shortened(value)]
        for name, value in given.items()
        if name not in defaults or shortened(value) != shortened(defaults[name])
    ]
    return [DataTable("Parameters set", ["", ""], rows)] if rows else []

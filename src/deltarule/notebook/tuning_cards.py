"""Cards of what tuning returns."""

from __future__ import annotations

from deltarule.notebook.card import Card, Picture
from deltarule.notebook.dispatch import card_of
from deltarule.report.tuning_charts import importance_bars, setting_importances
from deltarule.report.tuning_section import trial_table
from deltarule.tuning import Configuration, Trial, TuningProgress, TuningResult

SHOWN_TRIALS = 6


@card_of.register
def tuning_result_card(tuned: TuningResult) -> Card:
    """Return the card of what `deltarule.tune` returns."""
    rungs = max(trial.rung for trial in tuned.trials)
    trials = [{**trial.to_json(), "rungs": rungs} for trial in tuned.trials]
    importances = setting_importances(trials)
    pictures = [Picture(importance_bars(importances))] if importances else []
    return Card(
        "TuningResult",
        tuned._sentence(),
        pictures,
        [trial_table(trials, SHOWN_TRIALS)],
        "model predicts and saves; result is what deltarule.train returns.",
    )


@card_of.register
def trial_card(trial: Trial) -> Card:
    """Return the card of a trial."""
    return Card("Trial", trial._sentence())


@card_of.register
def tuning_progress_card(progress: TuningProgress) -> Card:
    """Return the card of an event of a search."""
    return Card("TuningProgress", progress._sentence())


@card_of.register
def configuration_card(configuration: Configuration) -> Card:
    """Return the card of a configuration."""
    return Card("Configuration", configuration._sentence())

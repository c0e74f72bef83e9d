"""Why the training of the fold networks ended, as a reason and as a sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from deltarule._common.checks import sentences
from deltarule._common.formatting import counted
from deltarule.stopping import StopReason
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.time_budget import TimeBudget
from deltarule.training import TrainingResult
from deltarule.training.constant_prediction import MIN_RATIO
from deltarule.training.divergence import Divergence

_FAILURES = (StopReason.INTERRUPTED, StopReason.DIVERGED)


def overall_stop_reason(results: Sequence[TrainingResult]) -> StopReason:
    """Return the first network's stop reason, unless any network was interrupted or diverged."""
    reasons = [result.reason for result in results]
    return next((failure for failure in _FAILURES if failure in reasons), reasons[0])


def explain_stop(
    results: Sequence[TrainingResult], planned: int, epochs: int, budget: TimeBudget | None = None
) -> str:
    """Explain why training stopped and which weights were kept.

    Without a time limit, `planned` networks would have trained for at most `epochs` epochs.
    """
    if budget is None or not is_cut_short(results, planned, epochs):
        return _explanation(results, planned)
    limit = f"Stopped by the time limit of {budget.seconds:g} s"
    if planned == 1:
        ended, kept = len(results[0].history), results[0].kept_epoch
        return f"{limit} after epoch {ended:,}. Kept the weights of epoch {kept:,}."
    return f"{limit}: {_several(results, planned)}"


def is_cut_short(results: Sequence[TrainingResult], planned: int, epochs: int) -> bool:
    """Whether only the time limit ended training or made it smaller."""
    if overall_stop_reason(results) in _FAILURES:
        return False
    fewer_epochs = any(
        r.reason is StopReason.TIME_LIMIT
        or (r.reason is StopReason.EPOCHS_DONE and len(r.history) < epochs)
        for r in results
    )
    return fewer_epochs or len(results) < planned


def _explanation(results: Sequence[TrainingResult], planned: int) -> str:
    if planned == 1:
        return _explain_one(results[0])
    reason = overall_stop_reason(results)
    if reason in _FAILURES:
        explanation = _explain_one(next(result for result in results if result.reason is reason))
        started = f" {len(results)} of {planned} networks had started." * (len(results) < planned)
        return f"{explanation}{started}"
    return _several(results, planned)


def _explain_one(result: TrainingResult) -> str:
    divergence = table_divergence(result)
    return result.explanation if divergence is None else divergence.explain()


def table_divergence(result: TrainingResult) -> Divergence | None:
    """Return how a network diverged, with advice on the settings of a table model only."""
    if result.divergence is None:
        return None
    return result.divergence.with_advice_on([f.name for f in dataclasses.fields(TableSettings)])


def _several(results: Sequence[TrainingResult], planned: int) -> str:
    kept = sorted(result.kept_epoch for result in results)
    ended = sorted(len(result.history) for result in results)
    networks = counted(len(results), "network")
    if len(results) < planned:
        networks = f"{len(results)} of {planned} networks"
    useless = sum(bool(result.comparison) for result in results)
    note = (
        f"On the training rows, {useless} of them {'has' if useless == 1 else 'have'} at least "
        f"{MIN_RATIO:.0f} times the loss of always predicting the mean: lower the learning rate."
    )
    return sentences(
        f"{networks} trained for {_span(ended)} epoch{'s' * (ended[-1] > 1)}. "
        f"Each kept its best epoch by validation loss ({_span(kept)}).",
        note if useless else "",
    )


def _span(numbers: Sequence[int]) -> str:
    first, last = f"{numbers[0]:,}", f"{numbers[-1]:,}"
    return first if first == last else f"{first} to {last}"

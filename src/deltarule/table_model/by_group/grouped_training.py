"""Train a model for each group of rows of a table, and one of all rows for the others."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deltarule._common.formatting import counted, format_bytes
from deltarule.data import Table
from deltarule.errors import SettingError, shortened
from deltarule.formats.safetensors_container import MAX_DATA_BYTES
from deltarule.preprocessing.encoder_schema import typed_schema
from deltarule.stopping import StopReason
from deltarule.table_model.by_group.group_files import GroupFiles, file_of
from deltarule.table_model.by_group.group_fitting import (
    GroupedTable,
    GroupFit,
    batches,
    fit_groups,
    ticking,
)
from deltarule.table_model.by_group.group_predictions import PredictionParts, of_rows
from deltarule.table_model.by_group.grouped_model import GroupedModel
from deltarule.table_model.by_group.grouped_result import GroupedResult, GroupResult
from deltarule.table_model.by_group.grouping import TOO_FEW_ROWS, Grouping, table_of_group
from deltarule.table_model.by_group.row_routing import GroupPlaces, alike_groups, divided_rows
from deltarule.table_model.by_group.saved_batches import SavedBatches, is_any_saved, saved_batches
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.evaluation import assessed_levels, at_levels, score_rows
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model import TableModel
from deltarule.table_model.model_fitting import fit_model
from deltarule.table_model.prepared_table import PreparedTable
from deltarule.table_model.reliability import interval_coverage
from deltarule.table_model.result import TableResult
from deltarule.table_model.scores import Scores, finite_scores
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.table_preparation import assessed_result, prepare
from deltarule.training.checkpoint import locked

LARGE_FILE_BYTES = 2**30
"""From this size on, a note states the size of the file before the groups are trained."""
MAX_NAMED = 3
"""Groups that a note names."""
MAX_LISTED = 1000
"""Groups without a model that the file lists."""
_SMALLER = "Fewer `hidden` units and `folds` make it smaller."


@dataclass(frozen=True)
class GroupListeners:
    """What hears of a training by group.

    `prepared` gets the prepared table before the model of all rows is trained, `designed` its sentences
    on what follows, `group` the numbers of groups that are done and of all, `tick` nothing, several
    times a second, and may raise `KeyboardInterrupt`.
    """

    prepared: Callable[[PreparedTable], None] | None = None
    trained: Callable[[], None] | None = None
    note: Callable[[str], None] | None = None
    group: Callable[[int, int], None] | None = None
    tick: Callable[[], None] | None = None


def train_by_group(
    table: Table,
    target: str,
    by: str,
    settings: TableSettings,
    options: RunOptions,
    listeners: GroupListeners,
    *,
    started: float,
    test: Table | None = None,
) -> GroupedResult:
    """Return the models of the groups in the column `by`, with their scores on the same test rows."""
    settings.check_columns(table.names, target)
    check_by(by, target, settings)
    table[by], table[target]  # raises if there is none
    if table.schema is None:
        table = replace(table, schema=typed_schema({c.name: c.kind for c in table.columns}))
    grouping = Grouping(by, settings.seed)
    prepared = prepare(
        table, target, settings, options, started=started, test=test, split_of=grouping
    )
    if listeners.prepared is not None:
        listeners.prepared(prepared)
    whole = GroupedTable(
        prepared.table,
        target,
        by,
        replace(settings, task=prepared.target.task.value),
        prepared.split_rule,
        prepared.weights,
    )
    with locked(options.checkpoint) as checkpoint, _finished_groups_are_kept(options):
        resume = checkpoint is not None and checkpoint.resume
        options = replace(options, checkpoint=checkpoint)
        saved = saved_batches(whole, grouping.split, options, resume=resume)
        trained = time.perf_counter()
        fitted = fit_model(prepared.design, options)
        if any(training.reason is StopReason.INTERRUPTED for training in fitted.trainings):
            raise KeyboardInterrupt
        if listeners.trained is not None:
            listeners.trained()
        all_rows = assessed_result(prepared, fitted, settings, options)
        scoring = _Scoring(prepared, all_rows, grouping, options)
        files = deque([file_of(all_rows.model)])
        columns = dict.fromkeys(all_rows.model.encoder.columns)
        without = [(name, TOO_FEW_ROWS) for name in grouping.small]
        for fit in fits_of_groups(whole, grouping, options, listeners, saved, all_rows.model):
            if fit.model is None:
                without.append((fit.group.name, fit.reason))
                continue
            files.append(file_of(fit.model))
            columns |= dict.fromkeys(fit.model.encoder.columns)
            scoring.add(fit)
    if not scoring.groups:
        raise grouping.no_model(*without[-1])
    results = tuple(scoring.groups)
    scores = scoring.scores
    model = GroupedModel(
        by,
        tuple(group.name for group in results),
        tuple(name for name in prepared.table.names if name in columns),
        all_rows.model,
        GroupFiles.of(files),
        _about(all_rows, results, without, grouping, scores),
        alike_groups([group.name for group in results], [name for name, _ in without]),
    )
    return GroupedResult(
        model=model,
        settings=settings,
        all_rows=all_rows,
        groups=results,
        without_model=tuple(without),
        missing_rows=grouping.missing_rows,
        scores=scores,
        test_prediction=at_levels(scoring.prediction, ()),
        seconds=time.perf_counter() - trained,
        notes=(*all_rows.notes, *notes_on_groups(by, len(results), without, grouping.missing_rows)),
        coverage=interval_coverage(scoring.prediction, prepared.test.truth),
    )


def check_by(by: Any, target: str, settings: TableSettings) -> None:
    """Raise `SettingError` if `by` cannot name a column of groups with these settings."""
    if not isinstance(by, str):
        raise SettingError("by", "must be the name of a column", by)
    if settings.time_limit_s is not None:
        raise SettingError(
            "time_limit_s",
            "cannot be combined with `by`: how much time the models of the groups need is not known",
            hint="Limit `epochs` instead.",
        )
    for role, name in (
        ("the target", target),
        ("`weight`", settings.weight),
        ("`groups`", settings.groups),
        ("`time`", settings.time),
    ):
        if by == name:
            raise SettingError("by", f"must be another column than {role}", by)


@contextmanager
def _finished_groups_are_kept(options: RunOptions) -> Iterator[None]:
    """Say after an interrupt that what is finished is found again, if it is."""
    try:
        yield
    except KeyboardInterrupt as error:
        if is_any_saved(options):
            again = "run the same again" + " with `resume`" * (options.checkpoint is not None)
            error.add_note(f"Finished groups are kept: {again} to train the others.")
        raise


def fits_of_groups(
    whole: GroupedTable,
    grouping: Grouping,
    options: RunOptions,
    listeners: GroupListeners,
    saved: SavedBatches,
    all_rows: TableModel,
) -> Iterator[GroupFit]:
    """Yield the models of the groups; batches that were finished by an earlier run are read."""
    done, total = 0, len(grouping.groups)
    check = _SizeCheck(total, listeners.note)
    groups_options = replace(options, checkpoint=None, progress=ticking(listeners.tick))
    saved.remove_others()
    numbered = list(enumerate(batches(grouping.groups), start=1))
    found = sum(len(batch) for number, batch in numbered if saved.is_finished(number))
    if found and listeners.note is not None:
        listeners.note(f"{found:,} of {counted(total, 'group')} are finished by an earlier run.")
    for number, batch in numbered:
        fits = saved.read(number, batch, all_rows, whole.table.names)
        if fits is None:
            fits = fit_groups(whole, batch, groups_options, check)
            saved.write(number, fits)
        for fit in fits:
            yield fit
            done += 1
            if listeners.group is not None:
                listeners.group(done, total)


class _SizeCheck:
    """Refuses models that no file could hold, and tells the size of a large file, by the first group."""

    def __init__(self, groups: int, note: Callable[[str], None] | None) -> None:
        self._groups, self._note, self._done = groups, note, False

    def __call__(self, design: TrainingDesign) -> None:
        """Look at the first design."""
        if self._done:
            return
        self._done = True
        expected = 4 * design.network.parameter_count * len(design.splits) * self._groups
        size = f"The models of {self._groups:,} groups will take about {format_bytes(expected)}"
        if expected > MAX_DATA_BYTES:
            raise SettingError.message(
                f"{size}, more than the {format_bytes(MAX_DATA_BYTES)} of a model file: set fewer "
                "`hidden` units and `folds`."
            )
        if expected > LARGE_FILE_BYTES and self._note is not None:
            self._note(f"{size} of memory and disk. {_SMALLER}")


class _Scoring:
    """Predicts the test rows by the models of their groups, and by that of all rows."""

    def __init__(
        self,
        prepared: PreparedTable,
        all_rows: TableResult,
        grouping: Grouping,
        options: RunOptions,
    ) -> None:
        self._test, self._options = prepared.test, options
        self._constant = prepared.constant
        self._positive = all_rows.model.calibration.positive_class
        self._levels = assessed_levels(all_rows.model.calibration)
        self._pooled = self._predicted(all_rows.model, self._test.table)
        self._parts = PredictionParts(all_rows.model.target, len(self._test.truth), self._levels)
        self._parts.add(np.arange(len(self._test.truth)), self._pooled)
        names = [group.name for group in grouping.groups]
        places = GroupPlaces(names, grouping.small)
        own, _, _ = divided_rows(self._test.table[grouping.by], places)
        self._rows = {names[place]: rows for place, rows in own}
        self.groups: list[GroupResult] = []

    def add(self, fit: GroupFit) -> None:
        """Predict and score the test rows of a group with a model."""
        assert fit.model is not None
        rows = self._rows.get(fit.group.name)
        own = pooled = None
        if rows is not None:
            own_rows = table_of_group(self._test.table, rows)
            self._parts.add(rows, self._predicted(fit.model, own_rows))
            own = self._score(self._parts.prediction(rows=rows), rows)
            pooled = self._score(of_rows(self._pooled, rows), rows)
        self.groups.append(GroupResult(fit.group.name, len(fit.group.training), own, pooled))

    @property
    def prediction(self) -> Any:
        """The prediction of all test rows so far."""
        return self._parts.prediction()

    @property
    def scores(self) -> Scores:
        """The scores of all test rows."""
        return self._score(self.prediction, np.arange(len(self._test.truth)))

    def _predicted(self, model: Any, table: Table) -> Any:
        return model.predict(
            table,
            quantiles=self._levels,
            engine=self._options.engine,
            threads=self._options.threads or 1,
        )

    def _score(self, prediction: Any, rows: Any) -> Scores:
        weights = self._test.weights
        return score_rows(
            prediction,
            self._test.truth[rows],
            None if weights is None else weights[rows],
            self._constant,
            self._positive,
        )


def _about(
    all_rows: TableResult,
    groups: tuple[GroupResult, ...],
    without: list[tuple[str, str]],
    grouping: Grouping,
    scores: Scores,
) -> dict[str, Any]:
    about = all_rows.model.about
    return {
        **{name: about[name] for name in ("settings", "source", "test_source", "rows", "constant")},
        "test_scores": finite_scores(scores),
        "all_rows_scores": finite_scores(all_rows.scores),
        "groups": [
            {
                "name": group.name,
                "training_rows": group.training_rows,
                "test_rows": 0 if group.scores is None else group.scores.rows,
                "loss": _loss(group.scores),
                "all_rows_loss": _loss(group.all_rows_scores),
            }
            for group in groups
        ],
        **about_others(without, grouping),
    }


def about_others(without: list[tuple[str, str]], grouping: Grouping) -> dict[str, Any]:
    """Return the rows that the model of all rows predicts, as strict JSON types."""
    return {
        "without_model": [list(pair) for pair in without[:MAX_LISTED]],
        "groups_without_model": len(without),
        "missing_rows": grouping.missing_rows,
    }


def _loss(scores: Scores | None) -> float | None:
    return scores.loss if scores is not None and np.isfinite(scores.loss) else None


def notes_on_groups(
    by: str, count: int, without: list[tuple[str, str]], missing: int
) -> Iterator[str]:
    """Yield a sentence on the groups without a model for each reason, and one on missing cells."""
    pooled = "the model of all rows predicts"
    for reason, groups in Counter(reason for _, reason in without).most_common():
        names = [shortened(name) for name, why in without if why == reason]
        shown = ", ".join(names[:MAX_NAMED])
        more = f" and {groups - MAX_NAMED:,} more" if groups > MAX_NAMED else ""
        of_all = f"{groups:,} of {counted(count + len(without), 'group')}"
        have, their = ("has", "its") if groups == 1 else ("have", "their")
        why = f"{have} {reason}" if reason == TOO_FEW_ROWS else f"cannot be trained ({reason})"
        yield (
            f"{of_all} {why} and {have} no model of {their} own ({shown}{more}): {pooled} {their} rows."
        )
    if missing:
        rows, are, them = (
            counted(missing, "row"),
            *(("is", "it") if missing == 1 else ("are", "them")),
        )
        yield f"{rows} without a value of {by!r} {are} in no group: {pooled} {them}."

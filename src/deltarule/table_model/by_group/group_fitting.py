"""Train the models of groups, batch by batch: the networks of a batch train side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.formatting import counted
from deltarule.data import Table
from deltarule.errors import DataError, DeltaruleError
from deltarule.preprocessing import ClassTarget, Target, fit_target
from deltarule.preprocessing.target_fitting import refuse_classes
from deltarule.stopping import StopReason
from deltarule.table_model.by_group.grouping import Group, table_of_group
from deltarule.table_model.design import LabeledTable, TrainingDesign
from deltarule.table_model.design_training import design_training
from deltarule.table_model.fold_networks import (
    RunOptions,
    fit_arguments,
    for_all_features,
    train_fold_networks,
)
from deltarule.table_model.model import TableModel
from deltarule.table_model.model_fitting import FittedModel, fitted_model
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.split_rule import SplitRule
from deltarule.table_model.stop_explanation import overall_stop_reason, table_divergence
from deltarule.training import Progress, TrainingResult, fit_many

Array = NDArray[Any]
MAX_BATCH_GROUPS = 64
MAX_BATCH_ROWS = 50_000
"""Groups and rows that are encoded and trained at a time, unless one group alone has more rows."""
DIVERGED = "its training diverged in the first epoch"


@dataclass(frozen=True, eq=False)
class GroupedTable:
    """The rows with a target of all groups, and how each group is trained.

    `settings` are those of the whole run, with its task. `weights` (rows,) are sample weights. `labels`
    are the target and its encoded values (rows,) where the table has no column of the name `target`.
    """

    table: Table
    target: str
    by: str
    settings: TableSettings
    rule: SplitRule
    weights: Array | None
    labels: tuple[Target, Array] | None = None

    def labeled(self, group: Group) -> LabeledTable:
        """Return the rows of a group with their target; raise `DataError` if it cannot be learned."""
        rows = group.rows
        part = table_of_group(self.table, rows)
        if self.labels is None:
            target = fit_target(part, self.target, task=self.settings.task).target
            targets = target.encode(part[self.target])
        else:
            target, targets = _labels_of_group(*self.labels, rows)
        return LabeledTable(
            part,
            target,
            targets,
            np.searchsorted(rows, group.training).astype(np.int64),
            None if self.weights is None else self.weights[rows],
            self.rule.select(rows),
        )

    def settings_for(self, labeled: LabeledTable) -> TableSettings:
        """Return the settings of a group: without the column, and without classes that it lacks."""
        settings = self.settings
        weights = settings.class_weight
        if isinstance(weights, tuple):
            classes = labeled.target.classes
            weights = tuple(pair for pair in weights if pair[0] in classes) or None
        keep = tuple(name for name in settings.keep if name != self.by)
        drop = tuple(dict.fromkeys((*settings.drop, self.by)))
        return replace(settings, drop=drop, keep=keep, class_weight=weights)


def _labels_of_group(target: Target, targets: Array, rows: Array) -> tuple[Target, Array]:
    """Return the target of a group, with the classes that it has, and its encoded values."""
    if not isinstance(target, ClassTarget):
        return target, targets[rows]
    numbers, codes = np.unique(targets[rows], return_inverse=True)
    classes = tuple(target.classes[number] for number in numbers)
    refuse_classes(target.name, classes, len(rows))
    return replace(target, classes=classes), codes.astype(targets.dtype)


@dataclass(frozen=True, eq=False)
class GroupFit:
    """The model of a group, or why it has none."""

    group: Group
    model: TableModel | None
    reason: str = ""


def batches(groups: Sequence[Group]) -> Iterator[tuple[Group, ...]]:
    """Yield the groups in batches, which depend on nothing but their rows."""
    batch: list[Group] = []
    rows = 0
    for group in groups:
        size = len(group.training)
        if batch and (len(batch) == MAX_BATCH_GROUPS or rows + size > MAX_BATCH_ROWS):
            yield tuple(batch)
            batch, rows = [], 0
        batch.append(group)
        rows += size
    if batch:
        yield tuple(batch)


@single_blas_thread()
def fit_groups(
    whole: GroupedTable,
    groups: Sequence[Group],
    options: RunOptions,
    on_designed: Callable[[TrainingDesign], None] | None = None,
) -> list[GroupFit]:
    """Return the models of a batch of groups, in order.

    `options.progress` is called with the events of single networks. Raises `KeyboardInterrupt` if a
    network was interrupted.
    """
    started = time.perf_counter()
    designs: dict[int, TrainingDesign] = {}
    reasons: dict[int, str] = {}
    for i, group in enumerate(groups):
        try:
            designs[i] = _design(whole, group, options)
        except DataError as error:
            reasons[i] = reason_of(error)
    if on_designed is not None:
        for design in designs.values():
            on_designed(design)
    results = _train(list(designs.values()), options)
    seconds = (time.perf_counter() - started) / max(len(designs), 1)
    fits = []
    for i, group in enumerate(groups):
        if i in reasons:
            fits.append(GroupFit(group, None, reasons[i]))
            continue
        design = designs.pop(i)
        own = [results.pop(0) for _ in design.splits]
        fits.append(_fit(group, fitted_model(design, own, options, seconds)))
    return fits


def reason_of(error: DataError) -> str:
    """Return why a group cannot be learned, as a clause without its next step and its source."""
    text = str(error).split(": ")[0].rstrip(".")
    return text.replace("\n", " ")[:200]


def _design(whole: GroupedTable, group: Group, options: RunOptions) -> TrainingDesign:
    labeled = whole.labeled(group)
    settings = whole.settings_for(labeled)
    column = whole.target if whole.labels is None else None
    design = design_training(
        labeled, settings, options, encoded_target=column, started=time.perf_counter()
    )
    rows = min(len(split.training) for split in design.splits)
    if settings.batch_size is not None and settings.batch_size > rows:
        raise DataError(
            f"Networks train on {counted(rows, 'row')}, fewer than the batch size {settings.batch_size}"
        )
    return design


def _train(designs: Sequence[TrainingDesign], options: RunOptions) -> list[TrainingResult]:
    """Return the results of all networks of the designs, one design after the other."""
    if len(designs) == 1:
        design = designs[0]
        results = train_fold_networks(design.splits, design.training_set, options)
    else:
        results = _train_together(designs, options)
    planned = sum(len(design.splits) for design in designs)
    if len(results) < planned or any(r.reason is StopReason.INTERRUPTED for r in results):
        raise KeyboardInterrupt
    return results


def _train_together(designs: Sequence[TrainingDesign], options: RunOptions) -> list[TrainingResult]:
    pairs = [(design, split) for design in designs for split in design.splits]

    def job(i: int) -> dict[str, Any]:
        design, split = pairs[i]
        arguments = fit_arguments(split, design.training_set, None)
        return {**arguments, "engine": options.engine, "progress": options.progress}

    jobs = [partial(job, i) for i in range(len(pairs))]
    try:
        if options.executor is None:
            results = fit_many(jobs, threads=options.threads)
        else:
            results = fit_many(jobs, executor=options.executor, folder=options.job_folder)
    except DeltaruleError as error:
        error.__notes__ = []  # the number of the job means nothing to the caller
        raise
    return [
        for_all_features(result, split, design.training_set)
        for result, (design, split) in zip(results, pairs, strict=False)
    ]


def _fit(group: Group, fitted: FittedModel) -> GroupFit:
    trainings, design = fitted.trainings, fitted.design
    if not any(training.kept_epoch for training in trainings):
        diverged = any(table_divergence(training) is not None for training in trainings)
        return GroupFit(group, None, DIVERGED if diverged else "its networks learned nothing")
    about = {
        "settings": design.settings.to_json(),
        "recipe": design.recipe.to_json(),
        "source": f"the rows of {group.name[:100]!r}",
        "rows": {"training": len(group.training), "test": len(group.test)},
        "stopped": overall_stop_reason(trainings).name.lower(),
        "explanation": fitted.explanation,
        "epochs": [len(training.history) for training in trainings],
        "kept_epochs": [training.kept_epoch for training in trainings],
        "engine": trainings[0].engine,
    }
    return GroupFit(group, replace(fitted.model, about=about))


def ticking(listener: Callable[[], None] | None) -> Callable[[Progress], None] | None:
    """Return a listener of events that calls another one without them."""
    return None if listener is None else lambda event: listener()

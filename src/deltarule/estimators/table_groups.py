"""A model for each group of rows, which the table estimators fit with `by`."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from deltarule.data import Table
from deltarule.errors import SettingError
from deltarule.preprocessing.encoder_schema import typed_schema
from deltarule.stopping import StopReason
from deltarule.table_model import GroupedModel, TableModel, TableSettings
from deltarule.table_model.by_group.group_files import GroupFiles, file_of
from deltarule.table_model.by_group.group_fitting import GroupedTable
from deltarule.table_model.by_group.grouped_training import (
    GroupListeners,
    about_others,
    check_by,
    fits_of_groups,
    notes_on_groups,
)
from deltarule.table_model.by_group.grouping import TOO_FEW_ROWS, Grouping
from deltarule.table_model.by_group.row_routing import alike_groups
from deltarule.table_model.by_group.saved_batches import SavedBatches
from deltarule.table_model.design import LabeledTable
from deltarule.table_model.fold_networks import RunOptions
from deltarule.training import TrainingResult


@dataclass(frozen=True, eq=False)
class GroupsOfFit:
    """The groups of the rows of `fit`.

    `names` are those of all columns, in order.
    """

    grouping: Grouping
    names: tuple[str, ...]

    @classmethod
    def of(cls, estimator: Any, labeled: LabeledTable, settings: TableSettings) -> GroupsOfFit:
        """Return the groups; raise `SettingError` if `by` cannot be used, `ColumnError` if unknown."""
        by, table = estimator.by, labeled.table
        if estimator.tune:
            raise SettingError(
                "tune",
                "cannot be combined with `by`: it searches for the settings of one model",
                hint="Tune without `by`, and give the settings that it finds.",
            )
        check_by(by, labeled.target.name, settings)
        table[by]  # raises if there is none
        grouping = Grouping(by, settings.seed)
        grouping(table, labeled.target, labeled.targets, labeled.split_rule, 0.0)
        return cls(grouping, table.names)

    def fit(
        self,
        labeled: LabeledTable,
        settings: TableSettings,
        options: RunOptions,
        all_rows: TableModel,
    ) -> FittedGroups:
        """Return a model for each group, beside the fitted model of all rows."""
        grouping, target = self.grouping, labeled.target
        whole = GroupedTable(
            labeled.table,
            target.name,
            grouping.by,
            replace(settings, task=target.task.value),
            labeled.split_rule,
            labeled.weights,
            (target, labeled.targets),
        )
        files, names, entries, epochs = deque([file_of(all_rows)]), [], [], 0
        columns = set(all_rows.encoder.columns)
        without = [(name, TOO_FEW_ROWS) for name in grouping.small]
        nothing_saved = SavedBatches("", "")
        for fit in fits_of_groups(
            whole, grouping, options, GroupListeners(), nothing_saved, all_rows
        ):
            name = fit.group.name
            if fit.model is None:
                without.append((name, fit.reason))
                continue
            files.append(file_of(fit.model))
            names.append(name)
            entries.append({"name": name, "training_rows": len(fit.group.training)})
            columns.update(fit.model.encoder.columns)
            epochs = max(epochs, *fit.model.about["epochs"])
        if not names:
            raise grouping.no_model(*without[-1])
        about = {**all_rows.about, "groups": entries, **about_others(without, grouping)}
        model = GroupedModel(
            grouping.by,
            tuple(names),
            tuple(name for name in self.names if name in columns),
            all_rows,
            GroupFiles.of(files),
            about,
            alike_groups(names, [name for name, _ in without]),
        )
        notes = notes_on_groups(grouping.by, len(names), without, grouping.missing_rows)
        return FittedGroups(model, epochs, tuple(notes))


@dataclass(frozen=True, eq=False)
class FittedGroups:
    """The models of groups, the largest number of their epochs, and what a user should know."""

    model: GroupedModel
    epochs: int
    notes: tuple[str, ...]


def with_schema(table: Table) -> Table:
    """Return a table that says how its cells are read, so that those of all groups are read alike."""
    if table.schema is not None:
        return table
    return replace(table, schema=typed_schema({c.name: c.kind for c in table.columns}))


def refuse_interrupted(trainings: Sequence[TrainingResult]) -> None:
    """Raise `KeyboardInterrupt` if the model of all rows was interrupted: there is none of a group."""
    if any(training.reason is StopReason.INTERRUPTED for training in trainings):
        raise KeyboardInterrupt

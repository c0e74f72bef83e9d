"""A tuned model: the networks of the configurations that greedy selection chose, with their votes."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.formatting import counted, format_number
from deltarule._common.processors import thread_count
from deltarule._common.random import Purpose, uniform
from deltarule.engines import get_engine
from deltarule.engines.registry import training_engine
from deltarule.errors import DataError, SettingError
from deltarule.formats.run_lock import RunLock, lock_path
from deltarule.optimizers import LBFGS
from deltarule.splitting import fold_groups
from deltarule.table_model.configurations import MAX_NETWORKS
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.ensemble_errors import fold_members
from deltarule.table_model.fold_networks import RunOptions, have_own_rows
from deltarule.table_model.linear_voters import linear_voters
from deltarule.table_model.model_fitting import (
    FittedModel,
    aligned_result,
    calibrated_model,
    out_of_fold_outputs,
)
from deltarule.table_model.task_methods import METHODS
from deltarule.table_model.temperature_scaling import apply_temperature, fit_temperature
from deltarule.table_model.time_budget import TimeBudget
from deltarule.training import TrainingResult
from deltarule.training.provenance import Provenance
from deltarule.training.remote_training import remote_training
from deltarule.training.worker_watch import worker_count
from deltarule.tuning.ensemble_selection import Selection, select
from deltarule.tuning.journal import JOURNAL, Journal, search_identity
from deltarule.tuning.rungs import Rung, plan_rungs
from deltarule.tuning.samplers import SAMPLERS, make_sampler, optuna_package
from deltarule.tuning.search import Candidate, Search, SearchOptions, finished_trials
from deltarule.tuning.search_space import DEFAULT, FIRST_DRAWN, SearchSpace
from deltarule.tuning.trial_networks import NetworkKey
from deltarule.tuning.trials import Trial, TuningProgress

Array = NDArray[Any]
DEFAULT_TRIALS = 64
MAX_TRIALS_IN_TIME = 500
"""Trials under a time limit, if their number is not given."""
MAX_TRIALS = 10_000
MIN_SELECTION_ROWS = 50
"""On fewer out-of-fold rows, the best of many configurations would be the luckiest one."""
SELECTION_PARTS = 5


@dataclass(frozen=True)
class TuningOptions:
    """What a search is given.

    Parameters
    ----------
    trials : int, optional
        Number of trials, the default included; 64 by default, under a time limit as many as fit.
    time_limit_s : float, optional
        Time limit in seconds, counted from `started`.
    started : float, optional
        When the time limit begins, a value of `time.perf_counter()`; by default now.
    folder : str, optional
        Folder for the journal and the paused networks.
    resume : bool, default False
        Whether to go on from the journal in the folder.
    listen : callable, optional
        Called with a `TuningProgress` when a trial reaches the end of a rung.
    on_network : callable, optional
        Called with the networks that have ended and their number, whenever one ends.
    on_wait : callable, optional
        Called about ten times a second; what it raises ends the search.
    sampler : {"random", "optuna"}, default "random"
        Where the configurations come from.
    """

    trials: int | None = None
    time_limit_s: float | None = None
    started: float | None = None
    folder: str | None = None
    resume: bool = False
    listen: Callable[[TuningProgress], None] | None = None
    on_network: Callable[[int, int], None] | None = None
    on_wait: Callable[[], None] | None = None
    sampler: str = "random"

    def __post_init__(self) -> None:
        if self.trials is not None:
            checks.integer("trials", self.trials, at_least=1, at_most=MAX_TRIALS)
        if self.time_limit_s is not None:
            checks.number("time_limit_s", self.time_limit_s, above=0)
        if checks.one_of("sampler", self.sampler, SAMPLERS) == "optuna":
            optuna_package()  # before a large table is read
        if self.resume and self.folder is None:
            raise SettingError(
                "resume", "needs the `folder` with the journal of the search that it continues"
            )


@dataclass(frozen=True, eq=False)
class TunedModel:
    """A tuned model, how it was found, and what its settings are.

    `chosen` are the candidates with votes, the one with most votes first.
    """

    fitted: FittedModel
    chosen: tuple[Candidate, ...]
    trials: tuple[Trial, ...]
    rungs: tuple[Rung, ...]
    selection: Selection
    selection_rows: int
    names: tuple[str, ...]
    is_cut_short: bool
    note: str
    sampler: str = "random"

    def described(self, about: dict[str, Any]) -> dict[str, Any]:
        """Return the description of the model with the recipe that has most votes, and the search."""
        recipe = self.chosen[0].recipe
        return {**about, "recipe": recipe.to_json(), "tuning": self.to_json()}

    def to_json(self) -> dict[str, Any]:
        """Return how the model was tuned as strict JSON types, for the model file."""
        return {
            "trials": [trial.to_json() for trial in self.trials],
            "rungs": [dataclasses.asdict(rung) for rung in self.rungs],
            "settings": list(self.names),
            "sampler": self.sampler,
            "selection_rows": self.selection_rows,
            "loss": self.selection.loss,
            "default_loss": self.selection.default_loss,
            "spread": self.selection.spread,
            "uses_default": self.selection.uses_default,
            "cut_short": self.is_cut_short,
        }


@single_blas_thread()
def tune_design(design: TrainingDesign, run: RunOptions, options: TuningOptions) -> TunedModel:
    """Search for configurations of a design and return the model of the best ones.

    Raises `DataError` or `SettingError` for what cannot be tuned.
    """
    began = time.perf_counter()
    _refuse(design)
    networks = len(design.splits)
    training, validation = (
        sum(len(getattr(s, name)) for s in design.splits) // networks
        for name in ("training", "validation")
    )
    rungs = plan_rungs(design.recipe, networks, training_rows=training, validation_rows=validation)
    task = design.target.task
    roles = [feature.role for feature in design.encoder.features]
    space = SearchSpace.of_table(design.recipe, design.settings, task, roles, training)
    seed = design.settings.seed
    by = Provenance.of(get_engine(_engine_name(design, run))).to_json()
    identity = search_identity(design, seed, space.names, [by, options.sampler])
    how = _search_options(options, run, began)  # before a file is written
    with _locked(options.folder), remote_training(run.executor, run.job_folder) as remote:
        journal = Journal(options.folder, identity, resume=options.resume)
        search = Search(
            design,
            space,
            make_sampler(options.sampler, space, seed),
            rungs,
            journal,
            how,
            engine=run.engine,
            folder=options.folder,
            remote=remote,
        )
        candidates = search.run()[: max(MAX_NETWORKS // networks, 1)]
        complete = []
        for candidate in candidates:
            results = _results(search, candidate, networks)
            if all(result.kept_epoch for result in results):
                complete.append((candidate, results))
        if not complete:
            results = _results(search, candidates[0], networks)
            raise DataError(f"{results[0].explanation} Nothing was learned by any trial.")
        if complete[0][0].trial.number != DEFAULT:
            results = _results(search, candidates[0], networks)
            failed = next(result for result in results if not result.kept_epoch)
            raise DataError(
                f"{failed.explanation} This was a network of the default configuration, with which "
                "tune compares all others: set a lower learning_rate, or use train."
            )
        tuned = _selected(design, run, search, rungs, complete, time.perf_counter() - began)
        return dataclasses.replace(tuned, sampler=options.sampler)


def _locked(folder: str | None) -> AbstractContextManager[object]:
    """Lock a folder, so that no other search writes or removes networks there."""
    if folder is None:
        return nullcontext()
    advice = "Wait until it ends, or give another folder."
    return RunLock(lock_path(os.path.join(folder, JOURNAL)), f"The folder {folder!r}", advice)


def _refuse(design: TrainingDesign) -> None:
    if isinstance(design.recipe.optimizer, LBFGS):
        raise SettingError(
            "optimizer",
            "cannot be lbfgs: its training cannot be paused, which tuning needs",
            hint="Omit it, or use train.",
        )
    rows = len(np.unique(np.concatenate([split.validation for split in design.splits])))
    if rows < MIN_SELECTION_ROWS:
        raise DataError(
            f"{counted(rows, 'row')} can be used to compare settings, and at least "
            f"{MIN_SELECTION_ROWS} are needed to tune: add rows, or use train."
        )


def _engine_name(design: TrainingDesign, run: RunOptions) -> str:
    """Return the name of the engine that trains, which "auto" leaves open."""
    if run.engine != "auto":
        return run.engine
    from deltarule.engines.training_plan import TrainingPlan
    from deltarule.sampling import MiniBatches

    recipe = design.recipe
    plan = TrainingPlan(
        design.network,
        METHODS[design.target.task].loss(0.0),
        recipe.optimizer,
        MiniBatches(recipe.batch_size or 1),
        recipe.epochs,
    )
    return training_engine(plan, run.engine).name


def _search_options(options: TuningOptions, run: RunOptions, began: float) -> SearchOptions:
    limit = options.time_limit_s
    trials = options.trials or (DEFAULT_TRIALS if limit is None else MAX_TRIALS_IN_TIME)
    ends = float("inf")
    if limit is not None:
        started = began if options.started is None else options.started
        budget = TimeBudget(limit, started)
        if budget.exhausted:
            raise SettingError(
                "time_limit_s",
                f"is too short to tune: reading the table took {budget.elapsed():.1f} s",
                limit,
                "Raise it to at least ten times that.",
            )
        ends = time.perf_counter() + budget.remaining()
    threads = thread_count(run.threads)
    if run.executor is not None:  # a thread here waits for each network that trains there
        threads = worker_count(run.executor) or threads
    return SearchOptions(trials, threads, ends, options.listen, options.on_network, options.on_wait)


def _results(search: Search, candidate: Candidate, networks: int) -> list[TrainingResult]:
    """Return the result of each network of a candidate."""
    keys = [NetworkKey(candidate.trial.number, fold) for fold in range(networks)]
    return [
        aligned_result(search.networks.result(key, candidate.recipe, candidate.network))
        for key in keys
    ]


def _selected(
    design: TrainingDesign,
    run: RunOptions,
    search: Search,
    rungs: tuple[Rung, ...],
    complete: Sequence[tuple[Candidate, list[TrainingResult]]],
    seconds: float,
) -> TunedModel:
    """Return the model of the candidates that get votes."""
    methods = METHODS[design.target.task]
    pairs = [list(zip(design.splits, results, strict=True)) for _, results in complete]
    outputs = np.stack([out_of_fold_outputs(pair, design.training_set, run) for pair in pairs])
    rows = np.flatnonzero(np.isfinite(outputs[0, :, 0]))
    selection = select(
        methods,
        outputs[:, rows],
        design.targets[rows],
        None if design.weights is None else design.weights[rows],
        _parts(design, rows),
        _compared_defaults(design, complete),
        _calibrated(design, outputs[:, rows], rows),
    )
    honest = np.full(outputs.shape[1:], np.nan)
    honest[rows] = selection.outputs
    order = np.argsort([-votes for votes in selection.votes], kind="stable")
    chosen = [int(i) for i in order if selection.votes[i]]
    results = [result for i in chosen for result in complete[i][1]]
    votes = [selection.votes[i] for i in chosen for _ in complete[i][1]]
    linear = linear_voters(design, design.splits, honest)
    honest = honest if linear is None else linear.outputs
    members = fold_members([(selection.votes[i], complete[i][1]) for i in chosen], run, linear)
    fitted = calibrated_model(
        design, results, pairs[chosen[0]], honest, run, seconds, linear, members
    )
    model = dataclasses.replace(
        fitted.model,
        networks=tuple(result.network for result in results),
        votes=() if set(votes) == {1} else tuple(votes),
    )
    model = model if linear is None else linear.joined(model)
    by_trial = {complete[i][0].trial.number: selection.votes[i] for i in chosen}
    trials = finished_trials(search, by_trial)
    note = _note(trials, selection, len(rows), search.is_cut_short, len(complete))
    notes = (*fitted.notes, note, *([] if linear is None else [linear.note]))
    fitted = dataclasses.replace(fitted, model=model, notes=notes)
    return TunedModel(
        fitted,
        tuple(complete[i][0] for i in chosen),
        trials,
        rungs,
        selection,
        len(rows),
        search.space.names,
        search.is_cut_short,
        note,
    )


def _calibrated(design: TrainingDesign, outputs: Array, rows: Array) -> Array:
    """Return the outputs of each configuration at its own temperature.

    The mean over folds and the temperature of the model correct overconfidence: a configuration is not
    to be left out for it.
    """
    if not design.target.classes:
        return outputs
    truth = design.targets[rows]
    weights = None if design.weights is None else design.weights[rows]
    return np.stack(
        [apply_temperature(each, fit_temperature(each, truth, weights)) for each in outputs]
    )


def _compared_defaults(
    design: TrainingDesign, complete: Sequence[tuple[Candidate, list[TrainingResult]]]
) -> int:
    """Return how many seeds of the default the ensemble is compared with.

    A fold's rows are predicted by one network of each configuration, where the model averages those of
    all folds: there an ensemble is compared with the mean of two seeds. Rows of a single validation split
    are predicted as the model predicts, and the gain of a mean over one network is real.
    """
    if not have_own_rows(design.splits):
        return 1
    return max(sum(candidate.trial.number < FIRST_DRAWN for candidate, _ in complete), 1)


def _parts(design: TrainingDesign, rows: Array) -> list[Array]:
    """Return places in `rows` in parts: those of each fold, or at random of a single one.

    The rows of a group stay together, unless they are all of the same one.
    """
    splits, groups, seed = design.splits, design.split_rule.groups, design.settings.seed
    if have_own_rows(splits):
        return [np.flatnonzero(np.isin(rows, split.validation)) for split in splits]
    if groups is not None and (count := len(np.unique(groups[rows]))) > 1:
        parts = min(SELECTION_PARTS, count)
        return fold_groups(design.targets[rows], groups[rows], parts, seed=seed)
    order = np.argsort(uniform(seed, Purpose.SELECTION, len(rows)), kind="stable")
    return [np.sort(order[i::SELECTION_PARTS]) for i in range(SELECTION_PARTS)]


def _note(
    trials: Sequence[Trial], selection: Selection, rows: int, is_cut_short: bool, complete: int
) -> str:
    tried = (
        f"{counted(len(trials), 'configuration')} tried" + " within the time limit" * is_cut_short
    )
    if complete == 1:
        return (
            f"{tried}, of which only the default was trained to the end and is used. Its loss is "
            f"{format_number(selection.default_loss, 4)} on {counted(rows, 'out-of-fold row')}."
        )
    compared = (
        f"{format_number(selection.loss, 4)} against {format_number(selection.default_loss, 4)} of the "
        f"default (standard error of the difference {format_number(selection.spread, 2)}), on "
        f"{counted(rows, 'out-of-fold row')} that did not choose the votes"
    )
    if selection.uses_default:
        return f"{tried}: no mean of them was better than the default. Loss {compared}."
    voters = sum(trial.votes > 0 for trial in trials)
    return f"{tried}, the mean of {voters} of them is used. Loss {compared}."

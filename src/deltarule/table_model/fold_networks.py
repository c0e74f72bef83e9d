"""The fold networks of one model: which rows each trains and validates on; trained side by side."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.processors import thread_count
from deltarule.engines import get_engine
from deltarule.engines.block_file_data import BlockFileData
from deltarule.errors import DeltaruleError
from deltarule.initialization import MAX_DATA_ROWS
from deltarule.network import Network
from deltarule.preprocessing import Task
from deltarule.sampling import Blocks
from deltarule.stopping import NoProgress, NoProgressInCycle, StoppingRule, StopReason, TimeLimit
from deltarule.table_model.feature_subset import network_for_features, with_all_features
from deltarule.table_model.fold_checkpoints import EarlierCheckpoints, checkpoint_of
from deltarule.table_model.recipe import CYCLES, Recipe
from deltarule.table_model.recipe_networks import draw_initial_parameters
from deltarule.table_model.split_rule import SplitRule
from deltarule.table_model.task_methods import METHODS
from deltarule.table_model.time_budget import TimeBudget
from deltarule.training import (
    Checkpoint,
    Progress,
    TrainingResult,
    fit,
    fit_many,
    fit_sharded,
)
from deltarule.training.checkpoint import locked
from deltarule.training.events import Callback, ProgressListener

Array = NDArray[Any]
MIN_ROWS_TO_VALIDATE = 10
SEED_STEP = 0x9E3779B97F4A7C15  # odd, so that all seeds of a run differ
_INITIALIZATION_BYTES = 1 << 25  # upper bound on memory of data-dependent initializations


@dataclass(frozen=True, eq=False)
class FoldSplit:
    """The rows of one fold network.

    Parameters
    ----------
    training, validation : ndarray of shape (n_rows,), dtype int64
        Ascending indexes into the rows of the training set. Without validation rows the network
        keeps its last epoch.
    seed : int
        Seed of the network.
    features : ndarray of shape (n_features,), dtype int64, optional
        Ascending indexes of the features that the network uses; by default all.
    """

    training: Array
    validation: Array
    seed: int
    features: Array | None = None


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """The training data that all fold networks share.

    Parameters
    ----------
    inputs : ndarray of shape (n_rows, n_features), dtype float32
        Encoded rows.
    targets : ndarray of shape (n_rows,), dtype int32 or float64
        Class numbers, or standardized numbers.
    weights : ndarray of shape (n_rows,), dtype float64, or None
        Sample weights.
    network : Network
        The network that each fold trains.
    task : Task
        Classification or regression.
    recipe : Recipe
        Loss, optimizer, epochs and the rest.
    blocks : BlockFileData, optional
        The rows that train a single network, instead of those of its split; these still validate it.
    sampling : Blocks, optional
        How those rows are drawn.
    """

    inputs: Array
    targets: Array
    weights: Array | None
    network: Network
    task: Task
    recipe: Recipe
    blocks: BlockFileData | None = None
    sampling: Blocks | None = None


@dataclass(frozen=True)
class RunOptions:
    """How a run is executed. None of these changes the result.

    Parameters
    ----------
    engine : str, default "auto"
        Name of the engine.
    threads : int, optional
        Upper bound on threads; all processors by default.
    progress : callable, optional
        Receives `Progress` events.
    callbacks : sequence of callable, default ()
        Called after each epoch; may stop training.
    checkpoint : Checkpoint, optional
        Where the state is saved while training.
    executor : Executor, optional
        Where the networks train, by default in threads of this process.
    job_folder : str or path-like, optional
        The folder of `fit_many` for an executor, or of `fit_sharded`.
    shards : int, optional
        Number of shards of a streamed table, which then trains by `fit_sharded`. This changes the result.
    """

    engine: str = "auto"
    threads: int | None = None
    progress: ProgressListener | None = None
    callbacks: Sequence[Callback] = ()
    checkpoint: Checkpoint | None = None
    executor: Executor | None = None
    job_folder: str | PathLike[str] | None = None
    shards: int | None = None


def fold_splits(
    targets: Array, recipe: Recipe, task: Task, seed: int, rule: SplitRule
) -> tuple[FoldSplit, ...]:
    """Return the split of each fold network for `targets` (rows,), class numbers or numbers."""
    rows = np.arange(len(targets), dtype=np.int64)
    if len(rows) < MIN_ROWS_TO_VALIDATE:
        return (FoldSplit(rows, rows[:0], seed),)
    if recipe.folds > 1:
        fraction = recipe.validation_fraction
        folds = rule.folds(
            targets,
            recipe.folds,
            networks=recipe.networks,
            validation_fraction=fraction,
            seed=seed,
        )
        return tuple(
            FoldSplit(training, validation, (seed + i * SEED_STEP) % 2**64)
            for i, (training, validation) in enumerate(folds)
        )
    fractions = (recipe.validation_fraction, 0.0)
    split = rule.split(targets, fractions=fractions, seed=seed, stratify=task.stratified)
    return (FoldSplit(split.training, split.validation, seed),)


def have_own_rows(splits: Sequence[FoldSplit]) -> bool:
    """Whether each network validates on other rows; by time, all of them validate on the same ones."""
    return len({split.validation.tobytes() for split in splits}) > 1


def train_fold_networks(
    splits: Sequence[FoldSplit],
    training_set: TrainingSet,
    options: RunOptions,
    budget: TimeBudget | None = None,
) -> list[TrainingResult]:
    """Train a network on each split and return the results in order.

    Networks whose turn comes after the end of the budget are skipped, except for the first.
    """
    with locked(options.checkpoint) as checkpoint:
        if checkpoint is not None and not checkpoint.resume:
            earlier = EarlierCheckpoints(checkpoint.path)
            checkpoint = dataclasses.replace(checkpoint, before_write=earlier.remove)
        return _train(
            splits, training_set, dataclasses.replace(options, checkpoint=checkpoint), budget
        )


def _train(
    splits: Sequence[FoldSplit],
    training_set: TrainingSet,
    options: RunOptions,
    budget: TimeBudget | None,
) -> list[TrainingResult]:
    listen = _shared_listener(options.progress, len(splits))
    initializing = threading.BoundedSemaphore(_max_initializations(training_set.network))

    def job(i: int) -> dict[str, Any]:
        with initializing:
            arguments = fit_arguments(splits[i], training_set, budget)
        return {
            **arguments,
            "progress": None if listen is None else listen(i),
            "checkpoint": checkpoint_of(options.checkpoint, i),
            "callbacks": options.callbacks,
            "engine": options.engine,
        }

    get_engine(options.engine)  # an unknown name is one error here, not one per job
    if options.shards is not None:
        results = [_train_on_shards(job(0), options)]
    elif len(splits) == 1 and options.executor is None:
        results = [fit(**job(0), threads=options.threads)]
    else:
        try:
            if options.executor is not None:
                results = _train_on_executor(job, len(splits), options)
            elif budget is None:
                jobs = [partial(job, i) for i in range(len(splits))]
                results = fit_many(jobs, threads=options.threads)
            else:
                results = _train_in_waves(job, len(splits), options.threads, budget)
        except DeltaruleError as error:
            error.__notes__ = []  # the number of the job means nothing to the caller
            raise
    return [
        for_all_features(result, split, training_set)
        for split, result in zip(splits, results, strict=False)
    ]


def for_all_features(
    result: TrainingResult, split: FoldSplit, training_set: TrainingSet
) -> TrainingResult:
    """Return the result of `fit_arguments` with a network for all features of the training set."""
    if split.features is None:
        return result
    network = with_all_features(result.network, training_set.network, split.features)
    return dataclasses.replace(result, network=network)


def _train_on_shards(job: dict[str, Any], options: RunOptions) -> TrainingResult:
    """Return the result of a network that trains on the shards of its block file."""
    given = {name: job[name] for name in job.keys() - {"callbacks", "checkpoint"}}
    threads = options.threads if options.executor is None else None
    assert options.shards is not None
    return fit_sharded(
        **given,
        shards=options.shards,
        executor=options.executor,
        folder=options.job_folder,
        threads=threads,
    )


def _train_on_executor(
    job: Callable[[int], dict[str, Any]], networks: int, options: RunOptions
) -> list[TrainingResult]:
    """Return the results of all networks; an interrupt leaves what is finished in the folder."""
    jobs = [partial(job, i) for i in range(networks)]
    results = fit_many(jobs, executor=options.executor, folder=options.job_folder)
    if len(results) < networks:
        stopped = KeyboardInterrupt()
        if options.job_folder is not None:
            stopped.add_note(
                f"Finished networks are kept in {options.job_folder}: run the same again to train the "
                "others."
            )
        raise stopped
    return results


def _train_in_waves(
    job: Callable[[int], dict[str, Any]], networks: int, threads: int | None, budget: TimeBudget
) -> list[TrainingResult]:
    """Train as many networks side by side as there are threads, wave by wave until the budget ends."""
    side_by_side = thread_count(threads)
    results: list[TrainingResult] = []
    for first in range(0, networks, side_by_side):
        if results and budget.exhausted:
            break
        wave = range(first, min(first + side_by_side, networks))
        ended = fit_many([partial(job, i) for i in wave], threads=threads)
        results += ended
        if len(ended) < len(wave) or any(r.reason is StopReason.INTERRUPTED for r in ended):
            break
    return results


def _max_initializations(network: Network) -> int:
    """Return how many networks may draw data-dependent initial parameters at the same time."""
    first = network.blocks[0].embedding
    width = network.known_inputs if first is None else first.outputs
    return max(_INITIALIZATION_BYTES // (8 * MAX_DATA_ROWS * width), 1)


def fit_arguments(
    split: FoldSplit, training_set: TrainingSet, budget: TimeBudget | None
) -> dict[str, Any]:
    """Return the arguments of `fit` for one fold network, which gets the features of its split."""
    recipe, weights = training_set.recipe, training_set.weights
    if split.features is not None:
        training_set = dataclasses.replace(
            training_set,
            inputs=np.ascontiguousarray(training_set.inputs[:, split.features]),
            network=network_for_features(training_set.network, split.features),
        )
    stopping: list[StoppingRule] = []
    validation = None
    if len(split.validation):
        stopping.append(NoProgress(recipe.patience_epochs or recipe.epochs))
        if recipe.cycles > CYCLES:
            stopping.append(NoProgressInCycle(recipe.cycles, recipe.epochs, first_cycle=CYCLES))
        parts = [training_set.inputs[split.validation], training_set.targets[split.validation]]
        if weights is not None and weights[split.validation].any():
            parts.append(weights[split.validation])
        validation = tuple(parts)
    blocks = training_set.blocks
    initial = draw_initial_parameters(
        training_set.network,
        training_set.inputs,
        split.training,
        split.seed,
        all_categories=blocks is not None,
    )
    if budget is not None:  # read last, because initialization takes time too
        stopping.append(TimeLimit(min(budget.seconds_per_network, budget.remaining())))
    rows: dict[str, Any] = {
        "X": training_set.inputs,
        "y": training_set.targets,
        "sample_weight": weights,
        "rows": split.training,
        "batch_size": recipe.batch_size,
    }
    if blocks is not None:
        rows = {"X": blocks, "sampling": training_set.sampling}
    return {
        **rows,
        "network": training_set.network,
        "validation_data": validation,
        "loss": METHODS[training_set.task].loss(recipe.label_smoothing),
        "optimizer": recipe.optimizer,
        "epochs": recipe.epochs,
        "stopping": stopping,
        "seed": split.seed,
        "initial_parameters": initial,
    }


def _shared_listener(
    listener: ProgressListener | None, networks: int
) -> Callable[[int], ProgressListener] | None:
    """Return a factory of listeners that pass on the events of the i-th network, one at a time."""
    if listener is None:
        return None
    lock = threading.Lock()

    def listener_of(i: int) -> ProgressListener:
        def listen(progress: Progress) -> None:
            with lock:
                listener(dataclasses.replace(progress, network=i + 1, networks=networks))

        return listen

    return listener_of

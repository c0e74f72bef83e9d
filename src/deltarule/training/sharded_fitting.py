"""fit_sharded: train one network on the shards of a block file, which any processes visit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import replace
from os import PathLike

from numpy.typing import ArrayLike

from deltarule._common import checks
from deltarule._common.executors import executor as thread_executor
from deltarule._common.other_terms import refuses_other_terms
from deltarule._common.processors import thread_count
from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.data import ArrayData, Data
from deltarule.errors import SettingError
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.optimizers import Optimizer
from deltarule.parameters import Parameters
from deltarule.sampling import Sampling
from deltarule.stopping import StoppingRule, TimeLimit
from deltarule.training.events import ProgressListener
from deltarule.training.executor_runs import check_executor, job_folder
from deltarule.training.fit_arguments import FitArguments, training_loop
from deltarule.training.input_arrays import check_data
from deltarule.training.job import FitJob
from deltarule.training.job_folder import JobFolder, store_array
from deltarule.training.job_rows import rows_of_file
from deltarule.training.loop import TrainingLoop
from deltarule.training.result import TrainingResult
from deltarule.training.round_files import ShardedRun
from deltarule.training.round_runs import RoundRunner
from deltarule.training.sharded_session import ShardedSession
from deltarule.training.shards import (
    DEFAULT_OUTER_MOMENTUM,
    DEFAULT_SHARDS,
    Sharding,
    default_rounds,
)
from deltarule.training.trained_network import TrainedNetwork


@refuses_other_terms("fit_sharded")
def fit_sharded(
    network: Network,
    X: BlockFileData,
    *,
    shards: int = DEFAULT_SHARDS,
    rounds_per_epoch: int | None = None,
    outer_momentum: float = DEFAULT_OUTER_MOMENTUM,
    executor: Executor | None = None,
    folder: str | PathLike[str] | None = None,
    threads: int | None = None,
    loss: Loss | str | None = None,
    optimizer: Optimizer | str = "adam",
    batch_size: int | None = None,
    sampling: Sampling | None = None,
    epochs: int = 100,
    validation_data: tuple[ArrayLike, ...] | Data | None = None,
    stopping: StoppingRule | Iterable[StoppingRule] = (),
    keep_best: str | None = "auto",
    initial_parameters: Parameters | TrainedNetwork | None = None,
    score: bool = True,
    seed: int = 0,
    engine: str = "auto",
    progress: ProgressListener | None = None,
) -> TrainingResult:
    """Train one network on several machines: each visits shards of a block file, then they average.

    Parameters
    ----------
    network : Network
        The network to train.
    X : BlockFileData
        The training rows, in a file that all workers see at the same path.
    shards : int, default 8
        Number of parts of the file, at least 1 and at most its number of blocks. The bits of the result
        depend on it, and not on how many workers there are; at most as many workers are busy.
    rounds_per_epoch : int, optional
        How often the shards are averaged in an epoch, at most the number of blocks of a shard. By default
        so often that the training has at least 64 rounds, if the shards have enough blocks.
    outer_momentum : float, default 0.5
        Momentum of the averages, at least 0 and below 1; 0 for the plain mean.
    executor : concurrent.futures.Executor, optional
        Where the shards are visited, as for `fit_many`; by default in threads of this process.
    folder : str or path-like, optional
        Folder for averages, on a file system that all workers share. A second call continues from what
        is finished there. A temporary folder by default.
    threads : int, optional
        Number of shards that are visited at a time without an executor, and of threads that evaluate the
        network; by default the number of processors.
    loss : Loss or str, optional
        As for `fit`.
    optimizer : Optimizer or str, default "adam"
        The optimizer of the shards, with its learning rate; not L-BFGS.
    batch_size : int, optional
        Short for ``sampling=Blocks(batch_size)``.
    sampling : Sampling, optional
        Which rows each update of a shard uses, by default `Blocks` of 32 rows.
    epochs : int, default 100
        Maximum number of epochs. In an epoch, every row of the file is visited once.
    validation_data : tuple of array-like or Data, optional
        Validation rows as (X, y) or (X, y, weights) with X of shape (n_validation, n_inputs). The average
        is evaluated on them after each epoch, in this process.
    stopping : StoppingRule or iterable of StoppingRule, default ()
        Rules that stop training before all epochs are done, decided by the average.
    keep_best : str or None, default "auto"
        The monitor whose best epoch is kept, as for `fit`.
    initial_parameters : Parameters or TrainedNetwork, optional
        Where training begins, by default parameters drawn from the seed.
    score : bool, default True
        Whether to compute accuracy or R² in each epoch.
    seed : int, default 0
        Seed of the initial parameters and of the seeds of the shards, at least 0.
    engine : str, default "auto"
        One of `engines.engine_choices()`, which all workers need.
    progress : callable, optional
        Called with a `Progress` after each epoch.

    Returns
    -------
    TrainingResult
        The averaged network. Training losses and scores are means over the shards.

    Raises
    ------
    SettingError
        If a setting breaks its rule, or there are fewer blocks than shards.
    TableFileError
        If the file is damaged, cut short or holds other rows than it did.
    WorkerError
        If a worker ends or cannot visit a shard. What is finished stays in `folder`.

    See Also
    --------
    fit : Trains a network on one machine.
    fit_many : Trains many networks side by side.

    Notes
    -----
    Shard s is a fixed range of blocks of the file. In a round, every shard begins with the same weights
    and optimizer slots, makes one pass over a part of its blocks in batches of `batch_size`, and the
    results are averaged in float64 in a fixed order, weighted by their rows:

        w̄ ← Σₛ nₛ wₛ / Σₛ nₛ
        v ← μ v + (w̄ - w)
        w ← w̄ + μ v

    with `outer_momentum` μ. This is local SGD [1]_ [2]_ with the momentum of blockwise model updates
    [3]_, which DiLoCo uses too [4]_. Slots of the optimizer, such as Adam's, and the moving averages of
    batch normalization are plain means. Schedules follow the share of the rows that have been visited:
    update t of a shard counts as the t-th of ⌈rows of the shard / batch_size⌉ in its epoch. The order of
    rows and dropout masks come from a seed of the shard.

    **What it costs.** With S shards, an epoch has 1/S of the updates of `fit`, so that an epoch learns
    less, and needs a higher learning rate or more epochs: on one machine, `fit` on the same file is
    better. On five tables, held-out losses after equal visits of rows were 0% to 6% above those of `fit`
    with 2 shards, and with 8 shards 0% to 11% on four and 55% on one with rare classes. Predictions
    averaged over networks that never communicate, an ensemble of 8, had a loss 3% to 20% above that of
    the averaged network on four, and 0.3% below on the other. `benchmarks/sharded_training.py` has them.

    Every average is a file in `folder`, whose name follows from the digest of the training: whoever is
    killed, a second call ends in the bits of an undisturbed one. Ctrl-C returns the last average, or the
    best one under `keep_best`; workers end after the round in progress.

    References
    ----------
    .. [1] Stich (2019), "Local SGD converges fast and communicates little", ICLR.
    .. [2] Lin et al. (2020), "Don't use large mini-batches, use local SGD", ICLR.
    .. [3] Chen and Huo (2016), "Scalable training of deep learning machines by incremental block training
       with intra-block parallel optimization and blockwise model-update filtering", ICASSP.
    .. [4] Douillard et al. (2023), "DiLoCo: distributed low-communication training of language models",
       arXiv:2311.08105.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import deltarule as dr
    >>> from deltarule.engines import BlockFileData
    >>> X = np.random.default_rng(0).normal(size=(8000, 4))
    >>> network = dr.Network([dr.Dense(8, "tanh"), dr.Dense(1)])
    >>> folder = tempfile.TemporaryDirectory()
    >>> rows = BlockFileData.write(
    ...     Path(folder.name) / "rows.blocks", [(X, X.sum(axis=1))], block_rows=256,
    ...     validation_fraction=0.1,
    ... )
    >>> result = dr.fit_sharded(
    ...     network, rows, shards=4, epochs=5, validation_data=rows.validation, batch_size=32,
    ...     optimizer=dr.optimizers.Adam(0.01),
    ... )
    >>> bool(result.history.validation_score[-1] > 0.9)
    True
    >>> folder.cleanup()
    """
    check_executor(executor, threads, "The workers decide how many shards are visited at a time.")
    if type(X) is not BlockFileData:
        raise SettingError(
            "X",
            "must be rows in a block file, whose blocks are divided among the shards",
            hint="Write it with engines.BlockFileData.write.",
        )
    given = FitArguments(
        network,
        X,
        loss=loss,
        optimizer=optimizer,
        batch_size=batch_size,
        sampling=sampling,
        epochs=epochs,
        validation_data=validation_data,
        stopping=stopping,
        keep_best=keep_best,
        initial_parameters=initial_parameters,
        score=score,
        seed=seed,
        engine=engine,
        threads=threads,
        progress=progress,
    )
    loop = _checked_loop(given)
    sharding = _sharding(loop, shards, rounds_per_epoch, outer_momentum)
    with ExitStack() as stack:
        jobs, is_kept = stack.enter_context(job_folder(folder))
        if executor is None:
            side_by_side = min(thread_count(threads), shards)
            executor = stack.enter_context(thread_executor(side_by_side, "deltarule-shard"))
        run = _run(loop, sharding, jobs)
        assert isinstance(loop.data, BlockFileData)
        files = {run.job.data.digest: loop.data.file.path}
        runner = RoundRunner(executor, jobs, is_kept, run, files, threads=1)
        session = ShardedSession(jobs, run, runner, loop)
        return replace(loop, session=session).to_end()


def _checked_loop(given: FitArguments) -> TrainingLoop:
    """Return the loop of the training; workers check the training rows when they read them."""
    loop = training_loop(given, check_rows=False)
    if loop.validation is not None and not isinstance(loop.validation, ArrayData):
        plan = loop.plan
        check_data(loop.validation, plan.network, plan.loss, plan.dtype, "validation_data")
    if any(isinstance(rule, TimeLimit) for rule in loop.plan.stopping):
        raise SettingError(
            "stopping",
            "cannot have TimeLimit with shards, as the bits must not depend on how fast workers are",
            hint="Limit `epochs` instead.",
        )
    return loop


def _sharding(
    loop: TrainingLoop, shards: int, rounds: int | None, outer_momentum: float
) -> Sharding:
    data = loop.data
    assert isinstance(data, BlockFileData)
    blocks = data.file.layout.blocks(data.part)
    few = (
        f"Blocks have up to {data.file.layout.block_rows:,} rows: choose fewer, or write the file with "
        "smaller `block_rows`."
    )
    if checks.integer("shards", shards, at_least=1) > blocks:
        raise SettingError(
            "shards", f"must be at most {blocks}, the number of blocks of the rows", shards, few
        )
    if rounds is None:
        rounds = default_rounds(loop.plan.epochs, blocks, shards)
    elif checks.integer("rounds_per_epoch", rounds, at_least=1) > blocks // shards:
        raise SettingError(
            "rounds_per_epoch",
            f"must be at most {blocks // shards}, the number of blocks of a shard",
            rounds,
            few,
        )
    checks.number("outer_momentum", outer_momentum, at_least=0, below=1)
    sharding = Sharding(int(shards), int(rounds), float(outer_momentum))
    rows, batch = sharding.min_rows(data), loop.plan.sampling.batch_rows(data.n_rows)
    if batch > rows:
        raise SettingError(
            "batch_size",
            f"must be at most the {rows} rows that a shard visits in a round",
            batch,
            "Choose fewer shards or rounds_per_epoch.",
        )
    return sharding


def _run(loop: TrainingLoop, sharding: Sharding, folder: JobFolder) -> ShardedRun:
    """Return the training as a description; initial parameters that were given are stored."""
    assert isinstance(loop.data, BlockFileData)
    initial = None
    if loop.initial_parameters is not None:
        initial = store_array(folder.path, loop.initial_parameters.flat())
    rows = rows_of_file(loop.data).rows
    job = FitJob(loop.plan, loop.engine.name, rows, None, initial)
    return ShardedRun(job, sharding, _digest(loop.validation))


def _digest(validation: Data | None) -> str | None:
    if validation is None:
        return None
    if isinstance(validation, BlockFileData):
        return f"{validation.file.digest} {validation.part}"
    digest = hashlib.sha256()
    validation.fingerprint(digest)
    return digest.hexdigest()

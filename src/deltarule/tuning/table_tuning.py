"""tune: find the settings of a table's networks by a search, and return the model of the best ones."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.other_terms import refuses_other_terms
from deltarule.data.streamed_table import StreamedTable
from deltarule.errors import SettingError
from deltarule.table_model import Prediction, TableModel, TableResult, TableSettings
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.scores import Scores
from deltarule.table_model.table_preparation import assessed_result, prepare
from deltarule.table_model.training_inputs import training_settings, training_tables
from deltarule.table_model.training_pipeline import PreparedListener
from deltarule.training.run_observers import observed
from deltarule.tuning.trials import Trial, TuningProgress
from deltarule.tuning.tuned_model import TunedModel, TuningOptions, tune_design


@dataclass(frozen=True, eq=False, repr=False)
class TuningResult(NotebookDisplay):
    """What `deltarule.tune` returns: the tuned model, its scores, and the trials.

    Parameters
    ----------
    result : TableResult
        The result as of `deltarule.train`. Its test rows had no part in any choice.
    trials : tuple of Trial
        The trials by their numbers; trials 0 and 1 are the default with two seeds.
    loss, default_loss : float
        Mean loss of the tuned model and of the default on out-of-fold rows, each row predicted with votes
        that its fold did not choose, and with folds by the mean of the default's two seeds. For classes
        the log loss, for numbers the squared error in units of the variance.
    spread : float
        Standard error of the mean difference of the two losses over the rows.

    See Also
    --------
    deltarule.tune : Makes this object.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(80)], "y": ["low"] * 40 + ["high"] * 40}
    >>> tuned = dr.tune(table, "y", trials=3, folds=2, epochs=5, hidden=(4,))
    >>> [trial.number for trial in tuned.trials]
    [0, 1, 2]
    >>> tuned.scores.rows
    16
    """

    result: TableResult
    trials: tuple[Trial, ...]
    loss: float
    default_loss: float
    spread: float

    def _sentence(self) -> str:
        chosen = [f"trial {trial.number} × {trial.votes}" for trial in self.trials if trial.votes]
        return f"{len(self.trials)} trials, votes: {', '.join(chosen)}; {self.result._sentence()}"

    @property
    def model(self) -> TableModel:
        """The tuned model."""
        return self.result.model

    @property
    def scores(self) -> Scores:
        """Scores on the test rows, which had no part in any choice."""
        return self.result.scores

    @property
    def test_prediction(self) -> Prediction:
        """Predictions for the test rows."""
        return self.result.test_prediction


@observed("tune")
@single_blas_thread()
@refuses_other_terms("train", takes_more=True)
def tune(
    source: Any,
    target: str,
    *,
    settings: TableSettings | None = None,
    trials: int | None = None,
    sampler: str = "random",
    query: str | None = None,
    test: Any = None,
    engine: str = "auto",
    threads: int | None = None,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    executor: Executor | None = None,
    progress: Callable[[TuningProgress], None] | None = None,
    on_prepared: PreparedListener | None = None,
    on_network: Callable[[int, int], None] | None = None,
    on_wait: Callable[[], None] | None = None,
    on_trained: Callable[[], None] | None = None,
    started: float | None = None,
    **field_values: Any,
) -> TuningResult:
    """Search for the settings of a table's networks, and train a model with the best ones.

    Configurations around the recipe of `deltarule.train` are drawn at random. Each trains for few epochs,
    the best go on, and the few best train all networks. Greedy selection gives them votes in the mean
    that the model predicts. The recipe itself is always a trial, and remains alone if nothing is better
    than it on rows that had no part in the choice.

    Parameters
    ----------
    source : path, list of paths, data frame, dict of arrays, list of dicts, or Table
        The table, as in `deltarule.train`.
    target : str
        Name of the column to predict.
    settings : TableSettings, optional
        Settings as one value; keywords replace its fields. A setting that is given is not searched.
    trials : int, optional
        Number of trials, two of which are the recipe; by default 64, and under a time limit as many as
        fit into it.
    sampler : {"random", "optuna"}, default "random"
        Where the configurations come from: drawn from the seed, or asked of Optuna's tree-structured
        Parzen estimator (``pip install 'deltarule[optuna]'``), which learns from the first rung.
    query : str, optional
        A SELECT statement in which the table is called ``source``.
    test : path, list of paths, data frame, dict of arrays, or Table, optional
        Rows to score the model on; by default a share of the rows of the source is split off.
    engine : {"auto", "native", "reference"}, default "auto"
        The engine that trains the networks.
    threads : int, optional
        Networks that train at the same time; by default the number of processors. Without a time limit,
        results are bit-identical for every value.
    folder : path, optional
        An existing folder, in which a journal of the trials and the paused networks are kept; without
        `resume`, those of an earlier search are removed.
    resume : bool, default False
        Whether to go on from the journal in the folder: trials that were finished are not trained again.
    executor : concurrent.futures.Executor, optional
        Where the networks train, such as what `deltarule.cluster.connect` returns; by default in threads
        of this process. The workers share the folder. The bits are the same.
    progress : callable, optional
        Receives a `deltarule.tuning.TuningProgress` when a trial reaches the end of a rung.
    on_prepared : callable, optional
        Receives the prepared table before training starts.
    on_network : callable, optional
        Called whenever a network reaches the end of a rung, with the networks that have, and the number
        that shall: of the default, or of the trials of a rung.
    on_wait : callable, optional
        Called about ten times a second while networks train; what it raises ends the search.
    on_trained : callable, optional
        Called without arguments when the search has ended, before the model is scored.
    started : float, optional
        When a time limit begins, a value of `time.perf_counter()`; by default now.
    **field_values : Any
        Fields of `TableSettings`, such as ``time_limit_s=600``, and of `deltarule.data.ReadOptions`.

    Returns
    -------
    TuningResult
        The model with its scores, and the trials.

    Raises
    ------
    FileError
        If a file cannot be read or written.
    ColumnError
        If the target or another named column does not exist.
    DataError
        If the table has too few rows to compare settings, or cannot be learned.
    MissingPackageError
        If `sampler` is "optuna", which is not installed.
    SettingError
        If a setting is unknown or not allowed, or the time limit is too short for the default.

    See Also
    --------
    deltarule.train : Trains one configuration, the recipe.

    Notes
    -----
    Training is paused after each rung and goes on with the same bits. The rungs end with the cosine
    cycles of the recipe's learning rate, after 1, 3, 7 and 15 fifteenths of the epochs; a quarter, a
    ninth and a sixteenth of the trials reach the later ones (successive halving, Jamieson and Talwalkar
    2016; greedy ensemble selection, Caruana et al. 2004).

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(80)], "y": ["low"] * 40 + ["high"] * 40}
    >>> tuned = dr.tune(table, "y", trials=3, folds=2, epochs=5, hidden=(4,))
    >>> tuned.trials[0].configuration
    <Configuration: the recipe>
    >>> tuned.model.predict({"x": [3, 75]}).classes
    ('high', 'low')
    """
    started = time.perf_counter() if started is None else started
    given, reading = training_settings(settings, field_values, "tune")
    # Rows, networks and epochs are those without a limit; the search itself ends in time.
    unlimited = dataclasses.replace(given, time_limit_s=None)
    options = TuningOptions(
        trials,
        given.time_limit_s,
        started,
        None if folder is None else os.fspath(folder),
        resume,
        progress,
        on_network,
        on_wait,
        sampler,
    )
    jobs = None if folder is None else os.path.join(folder, "jobs")
    run = RunOptions(engine, threads, executor=executor, job_folder=jobs)
    if isinstance(source, StreamedTable):
        raise SettingError(
            "source",
            "is streamed, and tune needs all rows in memory",
            hint="Give tune a sample of the rows (`query`), and train the settings that it finds.",
        )
    table, test_table = training_tables(source, given, query, test, reading)
    prepared = prepare(table, target, unlimited, run, started=started, test=test_table)
    if on_prepared is not None:
        on_prepared(prepared)
    tuned = tune_design(prepared.design, run, options)
    if on_trained is not None:
        on_trained()
    result = with_tuning(assessed_result(prepared, tuned.fitted, given, run), tuned)
    selection = tuned.selection
    return TuningResult(
        result, tuned.trials, selection.loss, selection.default_loss, selection.spread
    )


def with_tuning(result: TableResult, tuned: TunedModel) -> TableResult:
    """Return a result whose model file describes the search, and whose recipe has most votes."""
    about = tuned.described(result.model.about)
    return dataclasses.replace(
        result,
        model=dataclasses.replace(result.model, about=about),
        recipe=tuned.chosen[0].recipe,
        limited_by_time=tuned.is_cut_short,
    )

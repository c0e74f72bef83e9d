"""autolog: each training becomes a run of MLflow."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deltarule._common.version import __version__
from deltarule.mlflow.flavor import log_model
from deltarule.mlflow.metric_writer import MetricWriter
from deltarule.mlflow.required_packages import mlflow_package
from deltarule.mlflow.run_facts import RunFacts, facts_of, first_parameters, progress_as_metrics
from deltarule.training.events import Progress
from deltarule.training.run_observers import add_observer, remove_observer

NAME = "deltarule.mlflow.autolog"
MAX_PARAMETERS = 100
Points = dict[str, list[tuple[int, float]]]


def autolog(
    *,
    disable: bool = False,
    log_models: bool = True,
    log_reports: bool = True,
    registered_model_name: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Record each training of deltarule as a run of MLflow from now on.

    `deltarule.train`, `tune`, `fit`, the estimators and the Keras models are recorded: parameters, loss
    and scores of each epoch, final scores, why training stopped, and the model. Within an active run they
    are recorded there, else in a run of their own. Each fold network has curves of its own, such as
    ``validation_loss/fold_1``; a search has the losses of its trials by their numbers, such as
    ``trial_loss/rung_1``.

    Parameters
    ----------
    disable : bool, default False
        Whether to stop recording instead.
    log_models : bool, default True
        Whether to save the model in the run, as `log_model` does.
    log_reports : bool, default True
        Whether to save the report of `deltarule.train` in the run, without rows of the table.
    registered_model_name : str, optional
        Name in the model registry under which each model is registered.
    tags : dict of str to str, optional
        Your own tags of each run.

    See Also
    --------
    log_model : Save a model in a run.

    Notes
    -----
    While a network trains, a thread sends its metrics once a second, so that training does not wait for
    the server. An error of the server becomes a warning, and training goes on. `deltarule.fit_many` and
    ``partial_fit`` are not recorded.

    Examples
    --------
    >>> import deltarule as dr
    >>> dr.mlflow.autolog()  # doctest: +SKIP
    >>> result = dr.train("adult.csv", target="income")  # doctest: +SKIP
    """
    mlflow_package()  # raises if it is not installed
    if disable:
        remove_observer(NAME)
    else:
        add_observer(_Autolog(log_models, log_reports, registered_model_name, dict(tags or {})))


@dataclass(frozen=True)
class _Autolog:
    """Makes a run of MLflow for each observed run."""

    log_models: bool
    log_reports: bool
    registered_model_name: str | None
    tags: dict[str, str]
    name: str = field(default=NAME, init=False)

    def begin(self, function: str, arguments: Mapping[str, Any]) -> _LoggedRun:
        return _LoggedRun(self, arguments)


class _LoggedRun:
    """One run on the tracking server."""

    def __init__(self, options: _Autolog, arguments: Mapping[str, Any]) -> None:
        mlflow = mlflow_package()
        self._mlflow, self._options, self._arguments = mlflow, options, arguments
        self._began = time.time()
        self._client = mlflow.MlflowClient()
        active = mlflow.active_run()
        self._is_own = active is None
        self._run_id = (active or mlflow.start_run()).info.run_id
        self._writer = MetricWriter(lambda batch: self._client.log_batch(self._run_id, batch))
        try:
            self._log(first_parameters(arguments), {"deltarule.version": __version__})
        except BaseException:
            self._finish("FAILED")
            raise

    def progress(self, progress: Progress) -> None:
        seconds = progress.records["elapsed_s"].tolist()
        times = dict(zip(progress.records["epoch"].tolist(), seconds, strict=True))
        self._writer.add(self._metrics(progress_as_metrics(progress), times))

    def end(self, result: Any) -> None:
        status = "FAILED"
        try:
            facts = facts_of(result, self._arguments)
            self._writer.add(self._metrics(facts.curves, {}))
            final = {name: [(0, value)] for name, value in facts.metrics.items()}
            self._writer.add(self._metrics(final, {}))
            self._writer.close()
            self._log(facts.parameters, {**facts.tags, **self._options.tags})
            self._log_files(facts)
            status = "FINISHED"
        finally:
            self._finish(status)

    def fail(self, error: BaseException) -> None:
        try:
            self._writer.close()
            self._log({}, {"deltarule.error": str(error)[:500]})
        finally:
            self._finish("KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")

    def _log_files(self, facts: RunFacts) -> None:
        if facts.result is not None and self._options.log_reports:
            from deltarule.report import render_report

            page = render_report(facts.result, rows=False)
            self._client.log_text(self._run_id, page, "report.html")
        if facts.model is not None and self._options.log_models:
            name = self._options.registered_model_name
            log_model(facts.model, registered_model_name=name, run_id=self._run_id)

    def _log(self, parameters: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        """Log parameters and tags; those that an active run already has stay as they are."""
        entities = self._mlflow.entities
        known = self._client.get_run(self._run_id).data.params
        new = [
            entities.Param(name, str(value))
            for name, value in parameters.items()
            if name not in known
        ]
        marks = [entities.RunTag(name, value) for name, value in tags.items()]
        self._client.log_batch(self._run_id, params=new[:MAX_PARAMETERS], tags=marks)

    def _metrics(self, points: Points, seconds: Mapping[int, float]) -> list[Any]:
        make, began = self._mlflow.entities.Metric, self._began
        now = time.time() - began
        return [
            make(name, value, int(1000 * (began + seconds.get(epoch, now))), epoch)
            for name, values in points.items()
            for epoch, value in values
        ]

    def _finish(self, status: str) -> None:
        if self._is_own:
            self._mlflow.end_run(status)

"""Fit a table model: train the networks of a design and calibrate them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.blas_threads import single_blas_thread
from deltarule.table_model.decision_threshold import with_threshold
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.encoded_blocks import EncodedBlocks
from deltarule.table_model.ensemble_errors import Member, error_factors, fold_members
from deltarule.table_model.fold_networks import (
    FoldSplit,
    RunOptions,
    TrainingSet,
    have_own_rows,
    train_fold_networks,
)
from deltarule.table_model.linear_voters import LinearVoters, linear_voters
from deltarule.table_model.model import TableModel
from deltarule.table_model.stop_explanation import explain_stop, is_cut_short
from deltarule.table_model.task_methods import METHODS
from deltarule.table_model.threshold_curve import ThresholdCurve, threshold_curve
from deltarule.table_model.unseen_levels import measure_unseen_errors
from deltarule.training import TrainedNetwork, TrainingResult
from deltarule.training.parameter_placement import aligned_parameters

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A fitted model and how it was trained.

    Parameters
    ----------
    model : TableModel
        The model. Networks that learned nothing are left out, unless none learned anything.
    design : TrainingDesign
        What was trained.
    trainings : tuple of TrainingResult
        The result of each network.
    splits : tuple of FoldSplit
        The rows of each network of `model`, as indexes into `design.rows`.
    out_of_fold : ndarray of shape (n_rows,) or (n_rows, n_classes), dtype float64
        Predictions for `design.rows` by networks that were not trained on the row, NaN without one.
    curve : ThresholdCurve or None
        The rows of `out_of_fold` at each threshold; None unless there are two classes.
    explanation : str
        Why training stopped.
    seconds : float
        Wall time of training.
    notes : tuple of str
        What a user should know about the training, one sentence each.
    """

    model: TableModel
    design: TrainingDesign
    trainings: tuple[TrainingResult, ...]
    splits: tuple[FoldSplit, ...]
    out_of_fold: Array
    curve: ThresholdCurve | None
    explanation: str
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def limited_by_time(self) -> bool:
        """Whether the time limit reduced rows, networks or epochs."""
        allocation = self.design.allocation
        return allocation is not None and (
            allocation.drawn_rows is not None
            or is_cut_short(self.trainings, allocation.networks, allocation.epochs)
        )


@single_blas_thread()
def fit_model(
    design: TrainingDesign,
    options: RunOptions,
    on_trained: Callable[[], None] | None = None,
    blocks: EncodedBlocks | None = None,
) -> FittedModel:
    """Train the networks of a design, call `on_trained`, calibrate them and return the model.

    With `blocks`, the rows of a block file train the network instead of the training rows of the design.
    """
    started = time.perf_counter()
    allocation = design.allocation
    if allocation is not None and allocation.only_epoch is not None:
        results = [allocation.only_epoch]
    else:
        budget = None if allocation is None else allocation.budget
        training_set = design.training_set
        if blocks is not None:
            training_set = dataclasses.replace(
                training_set, blocks=blocks.data, sampling=blocks.sampling
            )
        results = train_fold_networks(design.splits, training_set, options, budget)
    seconds = time.perf_counter() - started
    if on_trained is not None:
        on_trained()
    return fitted_model(design, results, options, seconds)


@single_blas_thread()
def fitted_model(
    design: TrainingDesign,
    results: Sequence[TrainingResult],
    options: RunOptions,
    seconds: float,
) -> FittedModel:
    """Return the model of a design whose networks ended with these results."""
    results = [aligned_result(result) for result in results]
    trained = [(s, r) for s, r in zip(design.splits, results, strict=False) if r.kept_epoch > 0]
    if not trained:
        trained = list(zip(design.splits, results, strict=False))[:1]
    if not trained:
        raise KeyboardInterrupt
    if len(results) == 1:
        seconds = results[0].seconds  # includes the time before an interruption
    outputs = out_of_fold_outputs(trained, design.training_set, options)
    linear = linear_voters(design, [split for split, _ in trained], outputs)
    if linear is None:
        return calibrated_model(design, results, trained, outputs, options, seconds)
    fitted = calibrated_model(design, results, trained, linear.outputs, options, seconds, linear)
    notes = (*fitted.notes, linear.note)
    return dataclasses.replace(fitted, model=linear.joined(fitted.model), notes=notes)


def calibrated_model(
    design: TrainingDesign,
    results: Sequence[TrainingResult],
    trained: Sequence[tuple[FoldSplit, TrainingResult]],
    outputs: Array,
    options: RunOptions,
    seconds: float,
    linear: LinearVoters | None = None,
    members: Sequence[Member] | None = None,
) -> FittedModel:
    """Return the model of the networks `trained`, calibrated by their out-of-fold `outputs`.

    `linear` are the models whose votes are part of these outputs. `members` say what each fold adds to
    the mean, by default its network and its linear model.
    """
    kept = tuple(split for split, _ in trained)
    calibration, out_of_fold = METHODS[design.target.task].calibrate(
        design.target,
        design.targets,
        outputs,
        design.weights,
        len(trained) if have_own_rows(kept) else 1,
    )
    curve = _curve(design, out_of_fold)
    calibration = with_threshold(calibration, curve, design.settings)
    if design.target.classes:
        calibration = dataclasses.replace(calibration, positive_class=design.positive_class)
    if calibration.error_quantiles is not None:
        if members is None:
            members = fold_members([(1, [result for _, result in trained])], options, linear)
        errors = calibration.error_quantiles
        centers = design.target.standardize(errors.centers)
        factors = error_factors(design, kept, members, outputs, centers)
        calibration = dataclasses.replace(calibration, error_quantiles=errors.scaled(factors))
    networks = tuple(result.network for _, result in trained)
    unseen_errors = measure_unseen_errors(design, trained, options, calibration, linear)
    calibration = dataclasses.replace(calibration, unseen_errors=unseen_errors)
    model = TableModel(
        networks,
        design.encoder,
        design.target,
        {},
        calibration,
        design.schema,
        design.distributions,
    )
    explanation, notes = _explanation_and_notes(design, results)
    return FittedModel(
        model, design, tuple(results), kept, out_of_fold, curve, explanation, seconds, notes
    )


def aligned_result(result: TrainingResult) -> TrainingResult:
    """Return a result whose parameters are one vector, which is predicted with fastest."""
    network, parameters = result.network.network, result.network.parameters
    aligned = TrainedNetwork(network, aligned_parameters(network, parameters))
    return dataclasses.replace(result, network=aligned)


def _curve(design: TrainingDesign, out_of_fold: Array) -> ThresholdCurve | None:
    """Return the curve over thresholds of two classes on the out-of-fold rows; None without rows."""
    if len(design.target.classes) != 2:
        return None
    rows = np.flatnonzero(np.isfinite(out_of_fold[:, 0]))
    if not len(rows):
        return None
    weights, positive = design.sample_weights, design.positive_class
    return threshold_curve(
        out_of_fold[rows, positive],
        design.targets[rows] == positive,
        None if weights is None else weights[rows],
    )


def _explanation_and_notes(
    design: TrainingDesign, results: Sequence[TrainingResult]
) -> tuple[str, tuple[str, ...]]:
    """Return why training stopped, and notes on the time limit."""
    allocation = design.allocation
    if allocation is None:
        return explain_stop(results, len(design.splits), design.recipe.epochs), ()
    budget = allocation.budget
    explanation = explain_stop(results, allocation.networks, allocation.epochs, budget)
    notes = []
    if allocation.drawn_rows is not None:
        notes.append(
            f"Within the time limit of {budget.seconds:g} s the model was trained on "
            f"{allocation.drawn_rows:,} of {allocation.rows:,} rows, drawn at random."
        )
    elapsed_s = budget.elapsed()
    if elapsed_s > budget.seconds + max(0.1 * budget.seconds, 0.1):
        cause = (
            f"reading the table and training one network on "
            f"{allocation.drawn_rows or allocation.rows:,} rows took {elapsed_s:.1f} s"
        )
        if allocation.read_s > budget.seconds:
            cause = f"reading the table alone took {allocation.read_s:.1f} s"
        notes.append(f"The time limit of {budget.seconds:g} s was exceeded: {cause}.")
    return explanation, tuple(notes)


def out_of_fold_outputs(
    trained: Sequence[tuple[FoldSplit, TrainingResult]],
    training_set: TrainingSet,
    options: RunOptions,
) -> Array:
    """Return for each row the mean output of the networks that were not trained on it."""
    rows = len(training_set.targets)
    total = np.zeros((rows, training_set.network.outputs))
    count = np.zeros(rows)
    methods = METHODS[training_set.task]
    for split, result in trained:
        places = split.validation
        if len(places):
            outputs = result.network.predict(
                training_set.inputs[places], engine=options.engine, threads=options.threads or 1
            )
            total[places] += methods.calibrated(outputs, temperature=1.0)
            count[places] += 1
    with np.errstate(invalid="ignore"):
        return total / count[:, None]

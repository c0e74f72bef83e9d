"""distill: make a small model that predicts what a trained model predicts, and measure what it loses."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.other_terms import argument_advice
from deltarule.data.read_options import READ_OPTION_NAMES
from deltarule.errors import SettingError
from deltarule.network import Network
from deltarule.preprocessing import TableEncoder
from deltarule.table_model.configurations import parameter_count
from deltarule.table_model.distillation_rows import (
    DistillationRows,
    are_test_rows,
    distillation_rows,
    read_rows,
)
from deltarule.table_model.evaluation import (
    score_rows,
    scored_levels,
    training_constant,
)
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model import TableModel
from deltarule.table_model.scores import Scores, finite_scores, format_named_score, score_label
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.stop_explanation import overall_stop_reason
from deltarule.table_model.student_calibration import student_calibration
from deltarule.table_model.student_networks import (
    Students,
    student_encoder,
    student_network,
    train_students,
)
from deltarule.training import TrainingResult

Array = NDArray[Any]
DEFAULT_HIDDEN = (32, 32)
MAX_NETWORKS = 100


@dataclass(frozen=True, eq=False, repr=False)
class DistillationResult(NotebookDisplay):
    """What `deltarule.distill` returns: a small model, and its scores beside those of its teacher.

    Parameters
    ----------
    model : TableModel
        The small model.
    teacher : TableModel
        The model that it was distilled from.
    scores, teacher_scores : ClassificationScores or RegressionScores
        Scores of both models on the same test rows, which the small model was not trained on.
    tested_in_training : bool
        Whether these are the rows that the teacher was tested on when it was trained, found again by
        their score: neither model was trained on them.
    trainings : tuple of TrainingResult
        The training of each small network.
    seconds : float
        Wall time of the distillation.
    notes : tuple of str
        What a user should know about the rows and the scores, one sentence each.

    See Also
    --------
    deltarule.distill : Makes this object.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(40)], "y": ["low"] * 20 + ["high"] * 20}
    >>> model = dr.train(table, "y", epochs=5).model
    >>> result = dr.distill(model, table, hidden=(4,))
    >>> result.tested_in_training, result.scores.rows
    (True, 8)
    >>> result.parameters < result.teacher_parameters
    True
    """

    model: TableModel
    teacher: TableModel
    scores: Scores
    teacher_scores: Scores
    tested_in_training: bool
    trainings: tuple[TrainingResult, ...]
    seconds: float
    notes: tuple[str, ...]

    def _sentence(self) -> str:
        return f"{self.model.summary}; {self.loss_sentence}"

    @property
    def parameters(self) -> int:
        """Number of parameters of all networks of the small model."""
        return parameter_count(self.model.networks)

    @property
    def teacher_parameters(self) -> int:
        """Number of parameters of all networks of the teacher."""
        return parameter_count(self.teacher.networks)

    @property
    def loss_sentence(self) -> str:
        """The scores of both models in a sentence."""
        name = deciding_score(self.scores)
        ours, theirs = self.scores.loss, self.teacher_scores.loss
        more = ""
        if theirs > 0 and math.isfinite(ours / theirs):
            change = 100 * (ours / theirs - 1)
            more = f" ({'+' if change >= 0 else '−'}{abs(change):.1f}%)"
        rows = counted(self.scores.rows, "test row")
        return (
            f"{score_label(name)} {format_named_score(name, ours)} versus "
            f"{format_named_score(name, theirs)} of the teacher{more} on {rows}"
        )


@single_blas_thread()
def distill(
    model: TableModel,
    source: Any,
    *,
    hidden: Sequence[int] | int = DEFAULT_HIDDEN,
    networks: int = 1,
    test: Any = None,
    query: str | None = None,
    seed: int = 0,
    engine: str = "auto",
    threads: int | None = None,
    **reading: Any,
) -> DistillationResult:
    """Distill a model into a smaller one, for microcontrollers, browsers and other small targets.

    Small networks are trained to predict what the model predicts, for the rows of a table and for copies
    of them with mixed cells. The result is a model like any other. Both are scored on test rows.

    Parameters
    ----------
    model : TableModel
        The trained model, the teacher.
    source : path, list of paths, data frame, dict of arrays, list of dicts, or Table
        Rows with the columns of the training table; best the training table itself.
    hidden : sequence of int or int, default (32, 32)
        Units of each hidden layer. An empty sequence makes a single layer.
    networks : int, default 1
        Number of networks, whose mean output is predicted.
    test : path, list of paths, data frame, dict of arrays, or Table, optional
        Rows to score both models on, with the target. By default they are split off the source as in the
        training of the model, so that those of the training table are its test rows.
    query : str, optional
        A SELECT statement in which the table is called ``source``.
    seed : int, default 0
        Random seed; the same seed gives bit-identical results.
    engine : {"auto", "native", "reference"}, default "auto"
        The engine that predicts and trains.
    threads : int, optional
        Upper bound on threads; all processors by default. Results are bit-identical for every value.
    **reading : Any
        Fields of `deltarule.data.ReadOptions` that say how a file is read, such as ``separator=";"``.

    Returns
    -------
    DistillationResult
        The small model, with the scores of both.

    Raises
    ------
    FileError
        If a file cannot be read.
    ColumnError
        If a column is missing, or the target in the rows to score on.
    DataError
        If there are too few rows, or no row has a target.
    SettingError
        If a setting is not allowed, or if the small model would not be smaller.

    See Also
    --------
    deltarule.train : Trains the model; ``hidden`` and ``folds=1`` make a small one without a teacher.
    deltarule.export.to_c : Writes a model for microcontrollers.

    Notes
    -----
    The loss is the cross-entropy of the teacher's calibrated probabilities, or the squared difference
    from its numbers; true targets are used for the scores alone. Numbers keep their piecewise linear
    embedding and lose the periodic one. The small model keeps a decision threshold, and the error
    quantiles of a regression are those of the teacher, wider by what both models differ on validation
    rows.

    References
    ----------
    C. Bucilă, R. Caruana and A. Niculescu-Mizil, "Model compression", 2006.

    G. Hinton, O. Vinyals and J. Dean, "Distilling the knowledge in a neural network", 2015.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(40)], "y": ["low"] * 20 + ["high"] * 20}
    >>> model = dr.train(table, "y", epochs=5).model
    >>> small = dr.distill(model, table, hidden=(4,)).model
    >>> len(model.networks), len(small.networks)
    (8, 1)
    """
    started = time.perf_counter()
    if not isinstance(model, TableModel):
        raise SettingError(
            "model",
            f"must be a TableModel, got {type(model).__name__}",
            hint="Give result.model of dr.train, or dr.load(path).",
        )
    _refuse_unknown(reading)
    layers = _checked_layers(hidden)
    checks.integer("networks", networks, at_least=1, at_most=MAX_NETWORKS)
    checks.integer("seed", seed, at_least=0, at_most=2**64 - 1)
    _refuse_larger(model, student_network(model, layers, 1000), networks)
    table = read_rows(model, source, query=query, **reading)
    test_table = None if test is None else read_rows(model, test, **reading)
    rows = distillation_rows(model, table, test_table)
    values = model.encoder.cast(rows.table)
    encoder = student_encoder(model.encoder)
    teacher_inputs, inputs = model.encoder.encode(values), encoder.encode(values)
    network = student_network(model, layers, len(inputs))
    options = RunOptions(engine, threads)
    students = train_students(
        model,
        network,
        teacher_inputs,
        inputs,
        rows.weights,
        networks=networks,
        seed=seed,
        options=options,
    )
    small = _student_model(model, encoder, students, inputs, options)
    constant = training_constant(model.about, model.target, rows.test.truth)
    scores, teacher_scores = (_scores(each, rows, constant, options) for each in (small, model))
    tested = test is None and are_test_rows(model.about, teacher_scores)
    notes = rows.notes
    if test is None and not tested:
        notes = (*notes, _unknown_rows_note(rows))
    result = DistillationResult(
        small, model, scores, teacher_scores, tested, students.trainings, 0.0, notes
    )
    about = _about(result, rows, students, seed)
    about["test_source"] = None if test_table is None else test_table.path or test_table.source
    small = dataclasses.replace(small, about=about)
    return dataclasses.replace(result, model=small, seconds=time.perf_counter() - started)


def hidden_units(model: TableModel) -> list[tuple[int, ...]]:
    """Return the units of the hidden layers of each shape of the networks."""
    networks = (trained.network for trained in model.networks)
    shapes = (tuple(block.dense.units for block in each.blocks[:-1]) for each in networks)
    return list(dict.fromkeys(shapes))


def deciding_score(scores: Scores) -> str:
    """Return the name of the score that comparisons use."""
    return "log_loss" if hasattr(scores, "log_loss") else "rmse"


def _refuse_unknown(reading: Collection[str]) -> None:
    known = ("hidden", "networks", "test", "query", "seed", "engine", "threads")
    for name in reading:
        if name not in READ_OPTION_NAMES:
            raise SettingError(
                name,
                f"is not a setting of distill; known: {', '.join((*known, *READ_OPTION_NAMES))}",
                hint=argument_advice(["train"], name) or checks.did_you_mean(name, known),
            )


def _checked_layers(hidden: Sequence[int] | int) -> tuple[int, ...]:
    """Return the units of the hidden layers; raise `SettingError` for anything else."""
    layers = (hidden,) if isinstance(hidden, int) else hidden
    if not isinstance(layers, tuple | list):
        raise SettingError("hidden", "must be units of hidden layers, such as (32, 32)", hidden)
    settings = TableSettings(hidden=tuple(layers))
    assert settings.hidden is not None
    return settings.hidden


def _refuse_larger(model: TableModel, network: Network, networks: int) -> None:
    count, most = networks * network.parameter_count, parameter_count(model.networks)
    if count >= most:
        raise SettingError(
            "hidden",
            f"must make a smaller model: {counted(networks, 'network')} of "
            f"{counted(network.parameter_count, 'parameter')} would replace "
            f"{counted(most, 'parameter')}",
            [block.dense.units for block in network.blocks[:-1]],
            "Give fewer units.",
        )


def _student_model(
    model: TableModel,
    encoder: TableEncoder,
    students: Students,
    inputs: Array,
    options: RunOptions,
) -> TableModel:
    """Return the model of the students, with its calibration."""
    networks = tuple(training.network for training in students.trainings)
    small = dataclasses.replace(model, networks=networks, encoder=encoder, about={}, votes=())
    calibration = model.calibration
    if not model.target.classes:
        outputs = small.outputs_of_features(
            inputs[students.validation], engine=options.engine, threads=options.threads or 1
        )
        predicted, expected = (
            model.prediction(found).values for found in (outputs, students.outputs)
        )
        calibration = student_calibration(calibration, predicted, expected)
    else:
        calibration = dataclasses.replace(calibration, temperature=1.0)
    return dataclasses.replace(small, calibration=calibration)


def _scores(
    model: TableModel, rows: DistillationRows, constant: Array, options: RunOptions
) -> Scores:
    test = rows.test
    prediction = model.predict(
        test.table,
        quantiles=scored_levels(model.calibration),
        engine=options.engine,
        threads=options.threads or 1,
    )
    return score_rows(
        prediction, test.truth, test.weights, constant, model.calibration.positive_class
    )


def _unknown_rows_note(rows: DistillationRows) -> str:
    """Return what test rows mean that are not those of the training of the teacher."""
    return (
        f"The score of the teacher on {counted(rows.test.table.rows, 'test row')} is not that of its "
        "training, so that these are other rows: if it was trained on them, both scores are too good. "
        "Give the training table, or new rows with `test`."
    )


def _about(
    result: DistillationResult, rows: DistillationRows, students: Students, seed: int
) -> dict[str, Any]:
    """Return how the small model was made, as strict JSON types."""
    teacher, trainings = result.teacher, result.trainings
    kept: dict[str, Any] = {
        key: teacher.about[key]
        for key in ("settings", "constant", "positive_class", "threshold")
        if key in teacher.about
    }
    return {
        **kept,
        "source": rows.table.source,
        "rows": {
            "training": len(students.training),
            "validation": len(students.validation),
            "test": result.scores.rows,
        },
        "test_scores": finite_scores(result.scores),
        "distilled": {
            "networks": len(teacher.networks),
            "parameters": result.teacher_parameters,
            "teacher_scores": finite_scores(result.teacher_scores),
            "tested_in_training": result.tested_in_training,
            "seed": seed,
        },
        "stopped": overall_stop_reason(trainings).name.lower(),
        "explanation": (
            f"Distilled from {counted(len(teacher.networks), 'network')} with "
            f"{counted(result.teacher_parameters, 'parameter')}. {trainings[0].explanation}"
        ),
        "epochs": [len(training.history) for training in trainings],
        "kept_epochs": [training.kept_epoch for training in trainings],
        "engine": trainings[0].engine,
    }

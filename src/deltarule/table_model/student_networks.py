"""Train small networks, the students, to predict what a trained model predicts, their teacher.

Rows whose cells are mixed with those of other rows are predicted by the teacher too (Bucilă et al. 2006):
it can label any number of rows, so that even a small table does not limit the students.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.random import Purpose, uniform
from deltarule.embeddings import Category, ColumnEmbedding, Periodic, Plain
from deltarule.errors import DataError
from deltarule.layers import Embedding
from deltarule.network import Network
from deltarule.preprocessing import TableEncoder
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.numerical import QuantileAndRobustEncoder, QuantileEncoder
from deltarule.splitting import split_rows
from deltarule.stopping import StopReason
from deltarule.table_model.fold_networks import SEED_STEP, RunOptions
from deltarule.table_model.model import TableModel
from deltarule.table_model.recipe import BATCH_SIZE, choose_recipe
from deltarule.table_model.recipe_networks import assemble_network, draw_initial_parameters
from deltarule.table_model.settings import TableSettings
from deltarule.training import TrainingResult, fit, fit_many

Array = NDArray[Any]
MAX_ROWS = 100_000
"""Upper bound on rows, mixed ones included."""
MAX_FEATURES = 40_000_000
"""Upper bound on features of all rows."""
MIN_ROWS = 2000
"""Smaller tables get more mixed rows."""
MIXED_PER_ROW = 4
MIXED_CELLS = 0.1
"""Share of the cells of a mixed row that come from another row."""
MIN_UPDATES = 5000
MAX_QUANTILES = 65
"""Upper bound on the quantiles of a column, each of which takes 16 bytes or more of an exported model."""
VALIDATION_FRACTION = 0.2
CATEGORY_WIDTH = 4


@dataclass(frozen=True, eq=False)
class Students:
    """Trained students.

    `validation` (rows,) are the rows that chose their epochs, `outputs` what the teacher computes for
    them.
    """

    trainings: tuple[TrainingResult, ...]
    training: Array
    validation: Array
    outputs: Array


def student_network(teacher: TableModel, hidden: Sequence[int], rows: int) -> Network:
    """Return a network with these hidden layers for the features of the teacher.

    Numbers keep their piecewise linear embedding alone: sines cost a small target more than they add.
    """
    known = teacher.network.network
    settings = TableSettings(hidden=tuple(hidden), dropout=0.0, folds=1)
    columns = len(teacher.encoder.columns)
    task = teacher.target.task
    recipe = choose_recipe(rows, columns, known.outputs, task, settings)
    embedding = _small_embedding(known.blocks[0].embedding)
    return assemble_network(recipe, embedding, known.known_inputs, known.outputs, task)


def student_encoder(encoder: TableEncoder) -> TableEncoder:
    """Return an encoder with the same features, whose quantiles take less memory."""
    return TableEncoder(tuple(_with_few_quantiles(column) for column in encoder.column_encoders))


def train_students(
    teacher: TableModel,
    network: Network,
    teacher_inputs: Array,
    inputs: Array,
    weights: Array | None,
    *,
    networks: int,
    seed: int,
    options: RunOptions,
) -> Students:
    """Train `networks` students on rows (rows, features) with sample weights (rows,).

    The same rows are given as `teacher_inputs`, encoded for the teacher, and as `inputs` for students.
    """
    rows = np.arange(len(inputs))
    most = max(min(MAX_ROWS, MAX_FEATURES // inputs.shape[1]), MIN_ROWS)
    if len(rows) > most:
        rows = np.sort(np.argsort(uniform(seed, Purpose.SPLIT, len(rows)), kind="stable")[:most])
    split = split_rows(rows, fractions=(VALIDATION_FRACTION, 0.0), seed=seed, stratify=False)
    training, validation = rows[split.training], rows[split.validation]
    wanted = max(MIXED_PER_ROW * len(training), MIN_ROWS - len(training))
    count = min(wanted, max(most - len(rows), 0))
    sources = training[np.arange(count) % len(training)]
    places = _feature_ranges(teacher.encoder)
    teacher_X, X = (
        np.concatenate([encoded[training], mixed_rows(encoded, sources, training, places, seed)])
        for encoded in (teacher_inputs, inputs)
    )
    outputs_of = partial(
        teacher.outputs_of_features, engine=options.engine, threads=options.threads or 1
    )
    outputs = outputs_of(teacher_inputs[validation])
    targets, checked = (_targets(teacher, found) for found in (outputs_of(teacher_X), outputs))
    chosen = np.concatenate([training, sources])
    settings = TableSettings(dropout=0.0)
    recipe = choose_recipe(
        len(X), len(teacher.encoder.columns), network.outputs, teacher.target.task, settings
    )
    batch = min(BATCH_SIZE, len(X))
    arguments: dict[str, Any] = {
        "network": network,
        "X": X,
        "y": targets,
        "sample_weight": None if weights is None else weights[chosen],
        "validation_data": (inputs[validation], checked),
        "loss": teacher.methods.loss(0.0),
        "optimizer": recipe.optimizer,
        "batch_size": batch,
        "epochs": -(-MIN_UPDATES // -(-len(X) // batch)),
        "score": False,
        "engine": options.engine,
    }

    def job(i: int) -> dict[str, Any]:
        own = (seed + i * SEED_STEP) % 2**64
        initial = draw_initial_parameters(network, X, np.arange(len(X)), own)
        return arguments | {"seed": own, "initial_parameters": initial}

    if networks == 1:
        results = [fit(**job(0), threads=options.threads)]
    else:
        jobs = [partial(job, i) for i in range(networks)]
        results = fit_many(jobs, threads=options.threads)
    if len(results) < networks or any(r.reason is StopReason.INTERRUPTED for r in results):
        raise KeyboardInterrupt
    if any(result.kept_epoch == 0 for result in results):
        raise DataError(
            "The networks learned nothing from the predictions of the model: use more hidden units, or "
            "another seed."
        )
    return Students(tuple(results), training, validation, outputs)


def mixed_rows(
    inputs: Array,
    sources: Array,
    partners: Array,
    columns: Sequence[tuple[int, int]],
    seed: int,
) -> Array:
    """Return copies of the rows `sources` in which some columns are those of a random partner.

    `columns` are the first and the last feature + 1 of each column, which are replaced together.
    """
    mixed = inputs[sources]
    count = len(sources)
    drawn = (uniform(seed, Purpose.MIXED_ROWS, count) * len(partners)).astype(np.int64)
    other = partners[drawn]
    for j, (first, stop) in enumerate(columns, start=1):
        replaced = uniform(seed, Purpose.MIXED_ROWS, count, layer=j) < MIXED_CELLS
        mixed[replaced, first:stop] = inputs[other[replaced], first:stop]
    return mixed


def _with_few_quantiles(column: ColumnEncoder) -> ColumnEncoder:
    if not isinstance(column, QuantileEncoder | QuantileAndRobustEncoder):
        return column
    count = len(column.edges)
    if count <= MAX_QUANTILES:
        return column
    halves = np.array(column.edges) / 2  # whose differences are numbers
    few = np.interp(np.linspace(0, 1, MAX_QUANTILES), np.linspace(0, 1, count), halves)
    return dataclasses.replace(column, edges=tuple((2 * few).tolist()))


def _feature_ranges(encoder: TableEncoder) -> list[tuple[int, int]]:
    """Return the first feature of each column, and the one after its last."""
    stops = np.cumsum([0, *(len(column.features) for column in encoder.used)]).tolist()
    return list(pairwise(stops))


def _targets(teacher: TableModel, outputs: Array) -> Array:
    """Return probabilities that sum to 1 (rows, classes), or standardized numbers (rows,)."""
    if not teacher.target.classes:
        return outputs[:, 0]
    return (outputs / outputs.sum(axis=1, keepdims=True)).astype(np.float32)


def _small_embedding(embedding: Embedding | None) -> Embedding | None:
    """Return an embedding of the same columns with fewer parameters."""
    if embedding is None:
        return None
    parts: list[ColumnEmbedding] = []
    sources: list[int] = []
    given = list(zip(embedding.source_columns, embedding.columns, strict=True))
    for source in range(embedding.inputs):
        own = [part for place, part in given if place == source]
        own = [part for part in own if not isinstance(part, Periodic)] or [Plain()]
        parts += [_narrow(part) for part in own]
        sources += [source] * len(own)
    if all(isinstance(part, Plain) for part in parts):
        return None
    return Embedding(parts, name="columns", sources=sources)


def _narrow(part: ColumnEmbedding) -> ColumnEmbedding:
    if isinstance(part, Category) and part.width > CATEGORY_WIDTH:
        return dataclasses.replace(part, width=CATEGORY_WIDTH)
    return part

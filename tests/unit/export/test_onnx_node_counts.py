"""Exported models of eight columns have at most 150 nodes, whatever their columns are."""

from __future__ import annotations

import numpy as np
import pytest
from unit.export.networks import randomized

from deltarule.embeddings import Category, ColumnEmbedding, Periodic, PiecewiseLinear, Plain
from deltarule.export import to_onnx
from deltarule.layers import Dense, Embedding, Scale
from deltarule.network import Network
from deltarule.preprocessing import ClassTarget, NumberTarget, TableEncoder
from deltarule.preprocessing.categorical import OneHotEncoder, OrdinalEncoder
from deltarule.preprocessing.column_encoder import BooleanEncoder, ColumnEncoder
from deltarule.preprocessing.datetimes import CYCLES, DatetimeEncoder
from deltarule.preprocessing.legacy import CYCLES as LEGACY_CYCLES
from deltarule.preprocessing.legacy import (
    LegacyCategoryEncoder,
    LegacyDatetimeEncoder,
    LegacyNumberEncoder,
)
from deltarule.preprocessing.numerical import (
    QuantileAndRobustEncoder,
    QuantileEncoder,
    RobustEncoder,
)
from deltarule.table_model import Calibration, TableModel
from deltarule.table_model.prediction_intervals import LEVELS, ErrorQuantiles, UnseenErrors

pytest.importorskip("onnx", reason="the extra onnx is not installed: pip install 'deltarule[onnx]'")

MAX_NODES = 150
EDGES, LEVEL_NAMES = (-2.0, -0.5, 0.0, 1.0, 3.0), ("a", "b", "c", "d")
MAKERS = {
    "ranks": lambda name: QuantileEncoder(name, 0, EDGES, True),
    "number": lambda name: QuantileAndRobustEncoder(name, 0, EDGES, 0.1, 2.0, True),
    "scaled": lambda name: RobustEncoder(name, 0, 0.1, 2.0, True),
    "boolean": lambda name: BooleanEncoder(name, 0, True),
    "category": lambda name: OneHotEncoder(name, 0, LEVEL_NAMES, 0),
    "many levels": lambda name: OrdinalEncoder(name, 0, LEVEL_NAMES, 0),
    "datetime": lambda name: DatetimeEncoder(name, 0, 9000.0, 900.0, tuple(CYCLES), True),
    "old number": lambda name: LegacyNumberEncoder(name, 0, 0.3, 0.1, 2.0, True),
    "old category": lambda name: LegacyCategoryEncoder(name, 0, LEVEL_NAMES, 1),
    "old datetime": lambda name: LegacyDatetimeEncoder(
        name, 0, 9000.0, 9000.0, 900.0, tuple(LEGACY_CYCLES), True
    ),
}
MIXES = {
    "8 numbers": ["number"] * 8,
    "8 categories": ["category"] * 4 + ["many levels"] * 4,
    "8 datetimes": ["datetime"] * 8,
    "8 booleans": ["boolean"] * 8,
    "every kind": ["ranks", "number", "scaled", "boolean", "category", "many levels"]
    + ["datetime"] * 2,
    "old encoders": ["old number"] * 3 + ["old category"] * 3 + ["old datetime"] * 2,
}
COUNTS = {
    "8 numbers": (74, 83, 93),
    "8 categories": (57, 66, 84),
    "8 datetimes": (90, 99, 109),
    "8 booleans": (39, 48, 58),
    "every kind": (123, 132, 150),
    "old encoders": (96, 105, 123),
}
"""Nodes of a classifier, of a regression, and of a regression with quantiles."""


@pytest.mark.parametrize("mix", MIXES)
def test_eight_columns(mix, tmp_path):
    encoder = TableEncoder(tuple(MAKERS[kind](f"x{i}") for i, kind in enumerate(MIXES[mix])))
    classes = TableModel(
        networks(encoder, "selu", Dense(3, "softmax")),
        encoder, ClassTarget("y", ("a", "b", "c")), {}, Calibration(1.5),
    )  # fmt: skip
    numbers = TableModel(
        networks(encoder, "mish", Dense(1)),
        encoder,
        NumberTarget("y", 5.0, 3.0),
        {},
        errors(encoder),
    )
    found = tuple(
        to_onnx(model, tmp_path / "m.onnx", quantiles=levels).facts["nodes"]
        for model, levels in ((classes, ()), (numbers, ()), (numbers, (0.05, 0.5, 0.95)))
    )
    assert found == COUNTS[mix]
    assert max(found) <= MAX_NODES


def networks(encoder, activation, last):
    """Return four networks as `train` makes them for a table of a few columns."""
    columns: list[ColumnEmbedding] = []
    sources: list[int] = []
    for i, feature in enumerate(encoder.features):
        own: list[ColumnEmbedding] = [Plain()]
        if feature.role == "codes":
            own = [Category(feature.count, 8)]
        elif feature.role == "number":
            own = [Periodic(16, 4, 0.1), PiecewiseLinear(EDGES, 4)]
        columns += own
        sources += [i] * len(own)
    hidden = [Dense(8, activation, learned_activation=True, parameterization="ntk")] * 3
    layers = [Embedding(columns, sources=sources), Scale(), *hidden, last]
    network = Network(layers, len(encoder.features))
    rng = np.random.default_rng(0)
    return tuple(randomized(network, rng, np.float32) for _ in range(4))


def errors(encoder: TableEncoder) -> Calibration:
    """Return a calibration with several groups of errors, those of unseen levels, and a range."""
    measured = np.array([i for i, e in enumerate(encoder.used) if isinstance(e, ColumnEncoder)][:2])
    ascending = np.linspace(-1, 1, len(LEVELS))
    return Calibration(
        target_range=(-20.0, 30.0),
        error_quantiles=ErrorQuantiles(np.array([1.0, 5.0, 9.0]), np.tile(ascending, (3, 1))),
        unseen_errors=UnseenErrors(measured, np.tile(2 * ascending, (2, 1))),
    )

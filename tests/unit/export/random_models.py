"""Random models of tables with every encoder, old ones included, and random rows for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from unit.export.networks import randomized

from deltarule.embeddings import Category, ColumnEmbedding, Periodic, PiecewiseLinear, Plain
from deltarule.layers import Dense, Embedding, LayerNormalization, Scale
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
from deltarule.table_model import Calibration, Prediction, TableModel
from deltarule.table_model.prediction_intervals import LEVELS, ErrorQuantiles, UnseenErrors

ACTIVATIONS = ("relu", "selu", "mish", "gelu", "silu", "tanh", "elu", "softplus", "leaky_relu")
LARGE = (1e308, -1e308, 5e-324, 0.0, -0.0, 1e6, -3.0)


@dataclass(frozen=True)
class RandomRows:
    """The values of each used column as its encoder casts them, and its texts."""

    values: list[np.ndarray]
    texts: dict[str, np.ndarray]


def random_model(seed: int) -> TableModel:
    """Return a model with 3 to 9 columns and 1 to 4 networks."""
    rng = np.random.default_rng(seed)
    makers = rng.choice(len(MAKERS), rng.integers(3, 10))
    encoder = TableEncoder(tuple(MAKERS[m](rng, f"column {i}") for i, m in enumerate(makers)))
    is_classifier = bool(seed % 2)
    classes = tuple(f"class {i}" for i in range(rng.integers(2, 5)))
    outputs = len(classes) if is_classifier else 1
    last = Dense(outputs, "softmax" if is_classifier else "identity")
    network = _network(rng, encoder, last)
    networks = tuple(randomized(network, rng, np.float32, 0.25) for _ in range(rng.integers(1, 5)))
    if is_classifier:
        threshold = float(rng.uniform(0.1, 0.9)) if len(classes) == 2 else None
        calibration = Calibration(
            float(rng.uniform(0.5, 2)), threshold=threshold, positive_class=int(rng.integers(2))
        ) if threshold else Calibration(float(rng.uniform(0.5, 2)))  # fmt: skip
        return TableModel(networks, encoder, ClassTarget("y", classes), {}, calibration)
    return TableModel(networks, encoder, NumberTarget("y", 5.0, 3.0), {}, _errors(rng, encoder))


def random_rows(model: TableModel, count: int, seed: int, *, far: bool = True) -> RandomRows:
    """Return rows with missing, extreme and unseen values, and values that are knots of encoders.

    `far`: whether values that old encoders do not limit to a few deviations are among them.
    """
    rng = np.random.default_rng(seed)
    values, texts = [], {}
    for encoder in model.encoder.used:
        if encoder.values == "code":
            levels: Any = encoder.levels  # type: ignore[attr-defined]
            codes = rng.integers(-2, len(levels), count)
            names = np.array([*levels, "", "never seen"], dtype=object)
            texts[encoder.column] = names[codes]
            texts[encoder.column][codes == -1] = "never seen"
            texts[encoder.column][codes == -2] = ""
            values.append(np.maximum(codes, -1))
        elif encoder.values == "datetime":
            # Years -60 to 9900, or 1970 to 2033.
            span = (-(60 * 10**15), 250 * 10**15) if far else (0, 2 * 10**15)
            times = rng.integers(*span, count).astype("datetime64[us]")
            times[rng.random(count) < 0.1] = np.datetime64("NaT")
            values.append(times)
        elif encoder.values == "boolean":
            values.append(rng.choice([0.0, 1.0, np.nan], count))
        else:
            numbers = rng.normal(size=count) * 10.0 ** rng.integers(-3, 4, count)
            knots = np.array([*getattr(encoder, "edges", (0.0,)), *LARGE])
            if not far and isinstance(encoder, LegacyNumberEncoder):
                numbers, knots = rng.normal(size=count), knots[:1]
            at_knots = rng.random(count) < 0.4
            numbers[at_knots] = rng.choice(knots, at_knots.sum())
            numbers[rng.random(count) < 0.1] = np.nan
            values.append(numbers)
    return RandomRows(values, texts)


def prediction_of(
    model: TableModel, rows: RandomRows, quantiles: tuple[float, ...] = ()
) -> Prediction:
    """Return what `model.predict` computes after reading."""
    outputs = model.outputs_of_features(model.encoder.encode(rows.values), engine="reference")
    prediction = model.prediction(outputs, quantiles)
    unseen = {
        encoder.column: (values < 0) & (rows.texts[encoder.column] != "")
        for encoder, values in zip(model.encoder.used, rows.values, strict=True)
        if isinstance(encoder, OneHotEncoder | OrdinalEncoder)
    }
    return model.calibration.widened(prediction, unseen, model.encoder.columns)


def _network(rng: np.random.Generator, encoder: TableEncoder, last: Dense) -> Network:
    columns: list[ColumnEmbedding] = []
    for feature in encoder.features:
        if feature.role == "codes":
            columns.append(Category(feature.count, int(rng.integers(2, 4))))
        else:
            edges = tuple(np.sort(rng.normal(size=int(rng.integers(2, 9)))).tolist())
            pieces = PiecewiseLinear(edges, 3)
            columns.append([Plain(), Periodic(4, 3), pieces][rng.integers(3)])
    activation = ACTIVATIONS[rng.integers(len(ACTIVATIONS))]
    hidden = Dense(8, activation, learned_activation=bool(rng.integers(2)), parameterization="ntk")
    layers = [Embedding(tuple(columns)), hidden, Dense(8, activation), last]
    if rng.random() < 0.3:
        layers.insert(1, Scale())
    if rng.random() < 0.3:
        layers.insert(-1, LayerNormalization())
    return Network(layers, len(encoder.features))


def _errors(rng: np.random.Generator, encoder: TableEncoder) -> Calibration:
    groups = int(rng.integers(1, 4))
    centers = np.sort(rng.normal(5, 3, groups))
    errors = np.sort(rng.normal(size=(groups, len(LEVELS))), axis=1)
    measured = np.array([i for i, e in enumerate(encoder.used) if e.values == "code"][:2], np.int64)
    unseen = None
    if len(measured):
        wide = np.sort(2 * rng.normal(size=(len(measured), len(LEVELS))), axis=1)
        unseen = UnseenErrors(measured, wide)
    target_range = (-20.0, 30.0) if rng.random() < 0.5 else None
    quantiles = ErrorQuantiles(centers, errors)
    return Calibration(target_range=target_range, error_quantiles=quantiles, unseen_errors=unseen)


def _levels(rng: np.random.Generator) -> tuple[str, ...]:
    return tuple(f"level {i}" for i in range(rng.integers(2, 7)))


def _edges(rng: np.random.Generator) -> tuple[float, ...]:
    count = int(rng.integers(2, 20))
    edges = np.sort(np.round(rng.normal(size=count), int(rng.integers(0, 3))))
    if rng.random() < 0.1:
        edges[0], edges[-1] = -1.7e308, 1.7e308
    if rng.random() < 0.1:
        edges[:] = edges[0]
    return tuple(edges.tolist())


def _flag(rng: np.random.Generator) -> bool:
    return bool(rng.integers(2))


def _cycles(rng: np.random.Generator, names: dict[str, float]) -> tuple[str, ...]:
    return tuple(name for name in names if rng.random() < 0.7)


def _day(rng: np.random.Generator) -> float:
    return float(rng.uniform(0, 20_000))


MAKERS: tuple[Any, ...] = (
    lambda rng, name: RobustEncoder(name, 0, float(rng.normal()), 2.5, _flag(rng)),
    lambda rng, name: QuantileEncoder(name, 0, _edges(rng), _flag(rng)),
    lambda rng, name: QuantileAndRobustEncoder(name, 0, _edges(rng), 0.3, 1e-3, _flag(rng)),
    lambda rng, name: BooleanEncoder(name, 0, _flag(rng)),
    lambda rng, name: OneHotEncoder(name, 0, _levels(rng), int(rng.integers(2))),
    lambda rng, name: OrdinalEncoder(name, 0, _levels(rng), 0),
    lambda rng, name: DatetimeEncoder(
        name, 0, _day(rng), 900.0, _cycles(rng, CYCLES), _flag(rng)
    ),
    lambda rng, name: LegacyNumberEncoder(name, 0, 0.3, float(rng.normal()), 2.0, _flag(rng)),
    lambda rng, name: LegacyCategoryEncoder(name, 0, _levels(rng), 1),
    lambda rng, name: LegacyDatetimeEncoder(
        name, 0, _day(rng), _day(rng), 900.0, _cycles(rng, LEGACY_CYCLES), _flag(rng)
    ),
)  # fmt: skip
ENCODERS: tuple[type[ColumnEncoder], ...] = tuple(
    type(make(np.random.default_rng(0), "x")) for make in MAKERS
)

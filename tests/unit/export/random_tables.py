"""Random models of tables: every encoder of a column, old ones included, and random networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule.activations import ACTIVATIONS
from deltarule.embeddings import Category, ColumnEmbedding, Periodic, PiecewiseLinear, Plain
from deltarule.layers import Dense, Embedding
from deltarule.network import Network
from deltarule.parameters import from_flat
from deltarule.preprocessing import ClassTarget, NumberTarget, TableEncoder
from deltarule.preprocessing.categorical import OneHotEncoder, OrdinalEncoder
from deltarule.preprocessing.column_encoder import BooleanEncoder, ColumnEncoder
from deltarule.preprocessing.datetimes import DatetimeEncoder
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
from deltarule.table_model.prediction_intervals import (
    LEVELS,
    UnseenErrors,
    fit_error_quantiles,
)
from deltarule.training import TrainedNetwork

TEXTS = (
    "red", "Red", "*/", "/* ??/", 'a "quote"', "back\\slash", "Zürich", "北京", "1", "2.50", "true",
    "a" * 5000, "tab\tand\nline", "%d", "'", "??=", "0123",
)  # fmt: skip
NAMES = (
    "age", "Age", "int", "*/ char", "/* open", "größe", "北京", "2nd", "", "a b", "a_b", "linux", "x\\",
    "new\nline", "??/", "INT64_MIN", "isnan", "row", "code", "x", "out", "unseen",
)  # fmt: skip
ACTIVATION_NAMES = [name for name in ACTIVATIONS.names if name not in ("softmax", "exponential")]
DAY = 86_400_000_000


def random_encoder(kind: int, name: str, random: np.random.Generator) -> ColumnEncoder:
    """Return one of eleven encoders."""
    marked = bool(random.integers(2))
    size = float(10.0 ** random.integers(-3, 6))
    middle, width = float(random.normal() * size), float(random.uniform(0.5, 2) * size)
    edges = tuple(np.sort(np.round(random.normal(size=random.integers(2, 40)), 1) * size).tolist())
    levels = tuple(sorted(random.choice(TEXTS, random.integers(3, 12), replace=False).tolist()))
    day, month = float(random.uniform(0, 19000)), ("month", "day of week", "hour")
    return (
        lambda: RobustEncoder(name, 0, middle, width, marked),
        lambda: QuantileEncoder(name, 0, edges, marked),
        lambda: QuantileAndRobustEncoder(name, 0, edges, middle, width, marked),
        lambda: BooleanEncoder(name, 0, marked),
        lambda: OneHotEncoder(name, 0, levels[:2], 0),
        lambda: OneHotEncoder(name, 0, levels, 3),
        lambda: OrdinalEncoder(name, 0, levels, 1),
        lambda: DatetimeEncoder(name, 0, day, 300.0, ("year", "week", "day"), marked),
        lambda: LegacyNumberEncoder(name, 0, middle, middle, width, marked),
        lambda: LegacyCategoryEncoder(name, 0, levels, 2),
        lambda: LegacyDatetimeEncoder(name, 0, day, day, 400.0, month, marked),
    )[kind % 11]()


def random_model(seed: int, *, columns: int = 14, networks: int = 2) -> TableModel:
    """Return a classifier for even seeds, a regression with quantiles for odd ones."""
    random = np.random.default_rng(seed)
    names = random.choice(NAMES, columns, replace=False).tolist()
    kinds = random.permutation(max(columns, 11))[:columns]
    encoder = TableEncoder(
        tuple(random_encoder(int(k), n, random) for k, n in zip(kinds, names, strict=True))
    )
    is_number = seed % 2 == 1
    outputs = 1 if is_number else int(random.integers(2, 5))
    network = _network(encoder, outputs, is_number, random)
    trained = tuple(_trained(network, random) for _ in range(networks))
    if not is_number:
        threshold = None if outputs > 2 or seed % 4 else 0.3
        calibration = Calibration(float(random.uniform(0.5, 3)), threshold=threshold)
        classes = ("no", '"yes" ??/ */', "größer", "d")[:outputs]
        return TableModel(trained, encoder, ClassTarget("y", classes), {}, calibration)
    truth = 100 + 20 * random.normal(size=900)
    errors = fit_error_quantiles(truth + random.normal(size=900), truth)
    unseen = np.sort(20 * random.normal(size=(1, len(LEVELS))), axis=1)
    texts = [i for i, own in enumerate(encoder.used) if own.values == "code"]
    calibration = Calibration(
        target_range=(60.0, 150.0),
        error_quantiles=errors,
        unseen_errors=UnseenErrors(np.array(texts[:1]), unseen) if texts else None,
    )
    return TableModel(trained, encoder, NumberTarget("y", 100.0, 20.0), {}, calibration)


def _network(
    encoder: TableEncoder, outputs: int, is_number: bool, random: np.random.Generator
) -> Network:
    embeddings: list[ColumnEmbedding] = []
    for feature in encoder.features:
        if feature.role == "codes":
            embeddings.append(Category(feature.count, 3))
        elif feature.role == "number":
            pieces = PiecewiseLinear((-1.5, -0.2, 0.0, 0.9), 3)
            embeddings.append(random.choice([Plain(), Periodic(4, 3), pieces]))
        else:
            embeddings.append(Plain())
    hidden = [Dense(9, random.choice(ACTIVATION_NAMES)) for _ in range(2)]
    last = Dense(outputs, "identity" if is_number else "softmax")
    return Network([Embedding(embeddings), *hidden, last], len(encoder.features))


def _trained(network: Network, random: np.random.Generator) -> TrainedNetwork:
    flat = 0.3 * random.normal(size=network.parameter_count)
    return TrainedNetwork(network, from_flat(network, flat.astype(np.float32)))


def random_rows(model: TableModel, rows: int, seed: int = 0) -> dict[str, Any]:
    """Return raw columns: usual and extreme values, levels, unseen texts and missing cells."""
    random = np.random.default_rng(seed)
    return {
        own.column: _raw(own, random, rows, random.random(rows) < 0.1) for own in model.encoder.used
    }


def _raw(encoder: ColumnEncoder, random: np.random.Generator, rows: int, missing: Any) -> Any:
    if encoder.values == "code":
        texts = random.choice([*encoder.levels, "never seen"], rows).astype(object)
        texts[missing] = None
        return texts
    if encoder.values == "boolean":
        values = random.integers(0, 2, rows).astype(object).astype(bool).astype(object)
        values[missing] = None
        return values
    if encoder.values == "datetime":
        times = random.integers(-40_000 * DAY, 60_000 * DAY, rows).astype("datetime64[us]")
        times[missing] = np.datetime64("NaT")
        return times
    edges = getattr(encoder, "edges", (-2.0, 0.0, 1.0, 5.0))
    values = random.choice(
        [*edges, *(random.normal(size=8) * 10.0 ** random.integers(-3, 7))], rows
    )
    values = values + np.where(random.random(rows) < 0.5, 0, random.normal(size=rows))
    values[:2] = -1e300, 1e300
    return np.where(missing, np.nan, values)

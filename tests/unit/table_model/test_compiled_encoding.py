"""The compiled encoder of tables. Expected: the bits of `TableEncoder.encode`, which NumPy computes."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.data import read_table
from deltarule.engines.native_module import is_available
from deltarule.preprocessing import TableEncoder
from deltarule.preprocessing.encoder_selection import Encoding
from deltarule.table_model import compiled_encoding
from deltarule.table_model.compiled_encoding import CompiledEncoder

pytestmark = pytest.mark.skipif(not is_available(), reason="the compiled module was not built")


def encoded(encoder: TableEncoder, values, rows) -> np.ndarray:
    compiled = CompiledEncoder(encoder)
    out = np.empty((len(rows), compiled.width), np.float32)
    compiled.encode(values, rows, out)
    return out


def table(rows: int, seed: int):
    draw = np.random.default_rng(seed)
    gaps = draw.random(rows) < 0.1
    return read_table(
        {
            "normal": draw.normal(size=rows),
            "heavy": draw.standard_cauchy(rows) ** 3,
            "large": draw.uniform(-1.7, 1.7, rows) * 1e308,
            "ties": np.round(draw.exponential(size=rows) * 3),
            "gaps": np.where(gaps, np.nan, draw.normal(size=rows)),
            "two": draw.integers(2, size=rows).astype(float),
            "flag": draw.random(rows) < 0.5,
            "color": draw.choice(["red", "blue", "green"], rows).tolist(),
            "pair": draw.choice(["yes", "no"], rows).tolist(),
            "town": [f"town {i}" for i in draw.integers(80, size=rows)],
            "day": np.datetime64("2020-01-01T00:00:00") + draw.integers(9 * 10**7, size=rows),
            "date": np.datetime64("2020-01-01") + draw.integers(900, size=rows),
        }
    )


@pytest.mark.parametrize("numbers", ["robust", "quantile", "both"])
@pytest.mark.parametrize("seed", range(3))
def test_features_have_the_bits_of_numpy(numbers, seed):
    encoder = TableEncoder.fit(
        table(3000, seed), None, encoding=Encoding(numbers=numbers, embed_levels=seed == 1)
    )
    other = table(9001, seed + 10)  # with numbers beyond those of training
    values = encoder.cast(other)
    rows = np.flatnonzero(np.random.default_rng(seed).random(9001) < 0.8)
    found = encoded(encoder, values, rows)
    expected = encoder.encode(values, rows=rows)
    assert found.tobytes() == expected.tobytes()


def test_quantiles_at_and_between_all_edges_have_the_bits_of_numpy():
    draw = np.random.default_rng(0)
    for numbers in (
        draw.normal(size=2000),
        draw.standard_cauchy(2000),
        draw.integers(9, size=2000),
    ):
        column = {"x": numbers.astype(float)}
        encoder = TableEncoder.fit(read_table(column), None, encoding=Encoding(numbers="quantile"))
        edges = np.array(encoder.used[0].edges)
        near = np.concatenate([np.nextafter(edges, -np.inf), edges, np.nextafter(edges, np.inf)])
        values = encoder.cast(read_table({"x": np.append(near, [np.nan, -1e300, 1e300, -0.0])}))
        rows = np.arange(len(values[0]))
        expected = encoder.encode(values, rows=rows)
        assert encoded(encoder, values, rows).tobytes() == expected.tobytes()


def test_without_the_compiled_module_numpy_encodes(monkeypatch):
    monkeypatch.setattr(compiled_encoding, "row_encoder", lambda: None)
    encoder = TableEncoder.fit(table(500, 0), None)
    values, rows = encoder.cast(table(100, 1)), np.arange(100)
    found = encoded(encoder, values, rows)
    assert found.tobytes() == encoder.encode(values, rows=rows).tobytes()

"""Pinball loss and coverage of intervals are those of what `predict` returns for the same rows."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import deltarule as dr
from deltarule.data.read_options import read_options
from deltarule.data.sources import schema_hints
from deltarule.data.streamed_table import streamed_table
from deltarule.report import write_report
from deltarule.table_model.reliability import COVERAGES
from deltarule.table_model.streamed_prediction import BatchPredictor

RNG = np.random.default_rng(3)
LEVELS = (0.05, 0.5, 0.95)
SMALL = {"folds": 2, "epochs": 6, "hidden": (16,)}


def rows(count: int, names: list[str], start: int = 0) -> dict[str, np.ndarray]:
    step = start + np.arange(count) + RNG.random(count)
    effects = {name: 20 * place for place, name in enumerate(names)}
    shop = RNG.choice(names, count)
    amount = step / 10 + [effects[name] for name in shop] + RNG.normal(size=count)
    return {"shop": shop, "step": step, "amount": amount}


TRAINING = rows(600, [f"s{i}" for i in range(12)])
LATER = rows(300, ["s1", "new", "newer"], start=500)
"""Some shops are new, and some amounts are beyond those of the training rows."""


def pinball(quantiles: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean of max(q (y − p), (q − 1) (y − p)) over rows and levels, as in scikit-learn."""
    losses = [
        max(level * (y - p), (level - 1) * (y - p))
        for y, row in zip(truth, quantiles, strict=True)
        for level, p in zip(LEVELS, row, strict=True)
    ]
    return float(np.mean(losses))


def coverages(model, table: dict[str, np.ndarray]) -> list[float]:
    shares = []
    for coverage in COVERAGES:
        tail = (1 - coverage) / 2
        low, high = model.predict(table, quantiles=[tail, 1 - tail]).quantiles.T
        shares.append(float(((table["amount"] >= low) & (table["amount"] <= high)).mean()))
    return shares


@pytest.fixture(scope="module")
def result():
    return dr.train(TRAINING, "amount", test=LATER, **SMALL)


def test_pinball_loss_is_that_of_the_predicted_quantiles(result):
    expected = pinball(result.model.predict(LATER, quantiles=LEVELS).quantiles, LATER["amount"])
    assert result.scores.pinball == pytest.approx(expected, rel=1e-12)
    assert result.model.evaluate(LATER).pinball == pytest.approx(expected, rel=1e-12)


def test_streamed_evaluation_scores_the_same_quantiles(result, tmp_path):
    path = tmp_path / "later.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(LATER)
        writer.writerows(zip(*LATER.values(), strict=True))
    options = read_options(None, {})
    with streamed_table(
        path,
        query=None,
        options=options,
        hints=schema_hints(options),
        memory_bytes=2**27,
        schema=result.model.schema,
    ) as stream:
        scores = BatchPredictor(result.model, stream).scores()
    assert scores.pinball == result.model.evaluate(path).pinball


def test_coverage_is_that_of_the_predicted_intervals(result):
    assert result.coverage.curve.observed.tolist() == coverages(result.model, LATER)
    assert result.test_prediction.quantiles is None
    value, low, high = result.coverage.example
    assert value in result.test_prediction.values
    assert min(TRAINING["amount"]) <= low <= value <= high <= max(TRAINING["amount"])


def test_coverage_of_groups_is_that_of_their_models():
    result = dr.train(TRAINING, "amount", test=LATER, by="shop", **SMALL)
    observed = result.coverage.curve.observed.tolist()
    assert observed == coverages(result.model, LATER)
    assert observed != result.all_rows.coverage.curve.observed.tolist()


def test_report_shows_this_coverage(result, tmp_path):
    write_report(result, tmp_path / "r.html")
    share = result.coverage.curve.observed[COVERAGES.index(0.9)]
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert f"nominal coverage of 90% contain {share:.1%}".replace(".0%", "%") in text


def test_classes_have_no_coverage():
    table = {"x": [*range(30)], "y": ["a", "b"] * 15}
    assert dr.train(table, "y", folds=1, epochs=2, hidden=(4,)).coverage is None

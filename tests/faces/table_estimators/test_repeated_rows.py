"""Tables with few distinct rows: each kind of row has its own share of both classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deltarule import TabularClassifier, TabularRegressor

RNG = np.random.default_rng(1)


@pytest.mark.parametrize("weighted", [False, True])
def test_probabilities_equal_the_share_of_each_kind_of_row(weighted: bool) -> None:
    """Six kinds of rows, 133 of each: every network needs both classes of each kind."""
    rows = pd.DataFrame({"sex": RNG.choice(["m", "f"], 800), "cls": RNG.choice([*"123"], 800)})
    likely = np.where(rows.sex == "f", 0.7, 0.2) + np.where(rows.cls == "1", 0.2, 0)
    y = RNG.random(800) < likely
    model = TabularClassifier(hidden=(32, 32), random_state=0)
    model.fit(rows, y, sample_weight=np.full(800, 2.0) if weighted else None)
    predicted = (
        rows.assign(p=model.predict_proba(rows)[:, 1], share=y).groupby(["sex", "cls"]).mean()
    )
    np.testing.assert_allclose(predicted.p, predicted.share, atol=0.08)


def test_quantiles_of_few_kinds_of_rows_are_known() -> None:
    x = np.repeat([0.0, 1.0], 300)
    y = x + RNG.normal(0, 0.1, 600).round(1)
    model = TabularRegressor(hidden=(32, 32), random_state=0).fit(x[:, None], y)
    low, high = model.predict_interval([[0.0], [1.0]], 0.8).T
    assert (low < [0, 1]).all()
    assert (high > [0, 1]).all()


def test_quantiles_stay_in_the_range_of_the_targets() -> None:
    x = RNG.uniform(0, 1, 400)
    y = RNG.poisson(3 * x).astype(float)
    model = TabularRegressor(random_state=0, epochs=10).fit(x[:, None], y)
    predicted = model.predict(x[:, None], quantiles=[0.01, 0.5, 0.99])
    assert predicted.min() >= 0
    assert predicted.max() <= y.max()

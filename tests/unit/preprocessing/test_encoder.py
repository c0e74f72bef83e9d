"""Columns as features. Expected values: hand calculations, the calendar, RealMLP, scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import pytest

from deltarule.data import read_table
from deltarule.errors import DataError
from deltarule.preprocessing import Encoding, TableEncoder, fit_target
from deltarule.splitting import split_rows

# name: (target, columns to drop): from the index of the real tables.
REAL_TABLES = {
    "iris": ("species", ()),
    "penguins": ("species", ()),
    "adult": ("income", ()),
    "bank_marketing": ("y", ("duration",)),
    "german_credit": ("class", ()),
    "electricity": ("class", ()),
    "higgs_7500": ("class", ()),
    "covertype_20k": ("Cover_Type", ()),
    "letter": ("class", ()),
    "kddcup99_10pct": ("label", ()),
    "arrhythmia": ("class", ()),
    "california_housing": ("median_house_value", ()),
    "diamonds": ("price", ()),
    "wine_quality": ("quality", ()),
    "bike_sharing": ("cnt", ("casual", "registered")),
    "beijing_pm25": ("pm2.5", ()),
    "abalone": ("Rings", ()),
    "nyc_taxis": ("fare", ("total",)),
    "be_mtpl97": ("nclaims", ("claim", "amount", "average")),
    "mnist": ("label", ()),
}
ROWS_OF_LARGE_ONES = 5_000


def dropped(encoder: TableEncoder) -> dict[str, str]:
    return {d["column"]: d["encoding"] for d in encoder.describe() if d["kind"] == "dropped"}


@pytest.mark.parametrize("name", list(REAL_TABLES))
def test_real_tables_are_encoded_without_preparation(shared_tables, name):
    target_name, drop = REAL_TABLES[name]
    query = f"SELECT * FROM source USING SAMPLE reservoir({ROWS_OF_LARGE_ONES} ROWS) REPEATABLE (1)"
    large = name in ("mnist", "kddcup99_10pct", "be_mtpl97")
    table = read_table(shared_tables / f"{name}.parquet", query=query if large else None)
    fitted = fit_target(table, target_name)
    table = table.select(fitted.rows)
    values = fitted.target.encode(table[target_name])
    split = split_rows(values, seed=0, stratify=fitted.target.task == "classification")
    encoder = TableEncoder.fit(table, target_name, drop=drop, rows=split.training)
    features = encoder.transform(table)
    assert features.shape == (table.rows, len(encoder.feature_names))
    assert features.dtype == np.float32
    assert features.flags.c_contiguous
    assert np.isfinite(features).all()
    assert len(set(encoder.feature_names)) == len(encoder.feature_names)
    assert len(split.training) + len(split.validation) + len(split.test) == table.rows
    text = json.dumps(encoder.to_json(), allow_nan=False)
    assert TableEncoder.from_json(json.loads(text)) == encoder
    assert target_name not in encoder.columns
    assert not set(drop) & set(encoder.columns)


@pytest.mark.parametrize(
    ("name", "column"), [("bike_sharing", "instant"), ("beijing_pm25", "No"), ("be_mtpl97", "id")]
)
def test_row_numbers_of_real_tables_are_dropped(shared_tables, name, column):
    table = read_table(shared_tables / f"{name}.parquet")
    target = REAL_TABLES[name][0]
    table = table.select(fit_target(table, target).rows)
    split = split_rows(table[target].values, seed=0, stratify=False)
    encoder = TableEncoder.fit(table, target, rows=split.training)
    assert dropped(encoder) == {column: "it looks like an identifier (its values count the rows)"}
    assert column in TableEncoder.fit(table, target, keep=(column,)).columns


def test_numbers_are_scaled_by_the_quartiles_by_hand():
    # Training rows 1, 2, 3, 4, 9: median 3, quartiles 2 and 4.
    table = read_table({"x": [1.0, 2.0, 3.0, 4.0, 9.0, None, 103.0]})
    encoder = TableEncoder.fit(table, None, rows=np.arange(5))
    z = np.array([-1, -0.5, 0, 0.5, 3, 0, 50])
    expected = z / np.sqrt(1 + (z / 3) ** 2)
    np.testing.assert_allclose(encoder.transform(table, np.float64)[:, 0], expected, rtol=1e-15)
    assert encoder.feature_names == ("x",)


def test_numbers_equal_the_code_of_realmlp():
    """The released code of RealMLP, on columns where the quartiles meet, and on a skewed one."""
    random = np.random.default_rng(0)
    columns = {
        "rare": (random.random(200) < 0.1).astype(float),
        "often": (random.random(200) < 0.9).astype(float),
        "skewed": random.lognormal(size=200),
    }
    features = TableEncoder.fit(read_table(columns), None).transform(
        read_table(columns), np.float64
    )
    for j, x in enumerate(columns.values()):
        low, median, high = np.quantile(x, [0.25, 0.5, 0.75])
        factor = 1 / (high - low) if high > low else 2 / (x.max() - x.min())
        scaled = (x - median) * factor
        np.testing.assert_allclose(
            features[:, j], scaled / np.sqrt(1 + (scaled / 3) ** 2), rtol=1e-12
        )


def test_quantiles_agree_with_scikit_learn():
    from sklearn.preprocessing import QuantileTransformer

    x = np.random.default_rng(1).lognormal(size=3000)
    theirs = QuantileTransformer(n_quantiles=100, output_distribution="normal", subsample=None)
    expected = theirs.fit_transform(x[:, None])[:, 0]
    table, encoding = read_table({"x": x}), Encoding(numbers="quantile")
    ours = TableEncoder.fit(table, None, encoding=encoding).transform(table, np.float64)[:, 0]
    inside = (x > np.quantile(x, 0.02)) & (x < np.quantile(x, 0.98))
    # Between two edges they bend with the normal curve, and the line is straight here.
    np.testing.assert_allclose(ours[inside], expected[inside], atol=0.02)
    assert np.abs(ours).max() < 3


def test_a_repeated_value_has_the_mean_of_its_scores():
    table = read_table({"x": [0.0] * 600 + [1.0] * 600})
    encoder = TableEncoder.fit(table, None, encoding=Encoding(numbers="quantile"))
    low, high = np.unique(encoder.transform(table, np.float64))
    assert low == pytest.approx(-high)
    assert -2 < low < 0


def test_both_gives_the_quantile_and_the_robust_feature():
    x = np.random.default_rng(2).lognormal(size=400)
    table = read_table({"x": [None, *x]})
    both, rank, size = (
        TableEncoder.fit(table, None, encoding=Encoding(numbers=numbers))
        for numbers in ("both", "quantile", "robust")
    )
    assert both.feature_names == ("x", "x scaled", "x is missing")
    assert [feature.role for feature in both.features] == ["number", "scaled", "flag"]
    features = both.transform(table, np.float64)
    np.testing.assert_array_equal(features[:, [0, 2]], rank.transform(table, np.float64))
    np.testing.assert_array_equal(features[:, [1, 2]], size.transform(table, np.float64))
    assert TableEncoder.from_json(both.to_json()) == both
    assert both.column_encoders[0].summary == (
        f"two features: normal score of the rank among 13 training quantiles ({x.min():.4g} to "
        f"{x.max():.4g}), and centered at the median {np.median(x):.4g}, divided by "
        f"{np.subtract(*np.quantile(x, [0.75, 0.25])):.4g}, smoothly clipped to ±3; missing is 0 with an "
        "indicator"
    )


def test_two_distinct_values_have_a_quantile_feature_only():
    table = read_table({"x": [0.0, 5.0, 5.0] * 9})
    encoder = TableEncoder.fit(table, None, encoding=Encoding(numbers="both"))
    assert encoder.feature_names == ("x",)


def test_missing_numbers_equal_the_median_and_have_an_indicator():
    table = read_table({"x": [1.0, None, 2.0, 6.0, None]})
    encoder = TableEncoder.fit(table, None)
    assert encoder.feature_names == ("x", "x is missing")
    features = encoder.transform(table, np.float64)
    np.testing.assert_array_equal(features[:, 1], [0, 1, 0, 0, 1])
    np.testing.assert_array_equal(features[[1, 4], 0], features[[2, 2], 0])
    assert encoder.describe()[0]["missing"] == 2


def test_categories_are_one_hot_and_others_are_zero():
    table = read_table({"c": ["b", "a", None, "c"], "x": [1, 2, 3, 4]})
    encoder = TableEncoder.fit(table, "x")
    assert encoder.feature_names == ("c=a", "c=b", "c=c")
    np.testing.assert_array_equal(
        encoder.transform(table), [[0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 1]]
    )
    unseen = encoder.transform(read_table({"c": ["zebra", "a"]}))
    np.testing.assert_array_equal(unseen, [[0, 0, 0], [1, 0, 0]])


def test_two_categories_are_one_feature():
    table = read_table({"c": ["b", "a", None, "b"], "x": [1, 2, 3, 4]})
    encoder = TableEncoder.fit(table, "x")
    assert encoder.feature_names == ("c=b",)
    np.testing.assert_array_equal(encoder.transform(table), [[1], [-1], [0], [1]])


def test_many_categories_are_codes_for_an_embedding():
    texts = [f"level {index % 12:02}" for index in range(60)]
    encoder = TableEncoder.fit(read_table({"c": texts}), None, encoding=Encoding(embed_levels=True))
    (feature,) = encoder.features
    assert (feature.name, feature.role, feature.count) == ("c", "codes", 13)
    rows = encoder.transform(read_table({"c": ["level 00", "level 11", "else", None]}))
    np.testing.assert_array_equal(rows, [[1], [12], [0], [0]])


def test_the_hundred_most_frequent_levels_are_kept():
    texts = [f"level {index:03}" for index in range(150) for _ in range(1 + (index >= 50))]
    encoder = TableEncoder.fit(read_table({"c": texts}), None)
    assert len(encoder.feature_names) == 100
    assert encoder.feature_names[0] == "c=level 050"
    assert "rare (50)" in encoder.describe()[0]["encoding"]


def test_booleans():
    table = read_table({"b": [True, False, None]})
    features = TableEncoder.fit(table, None).transform(table)
    np.testing.assert_array_equal(features, [[1, 0], [-1, 0], [0, 1]])


def test_dates_by_the_calendar():
    moments = np.array(
        ["2024-01-01T00:00", "2024-01-08T06:00", "2024-07-01T12:00"], dtype="datetime64[us]"
    )
    encoder = TableEncoder.fit(read_table({"d": moments}), None)
    # Three Mondays: the day of the week does not vary, so it has no feature.
    names = ("d time", "d year sine", "d year cosine", "d day sine", "d day cosine")
    assert encoder.feature_names == names
    features = encoder.transform(read_table({"d": moments}), np.float64)
    turn = 2 * np.pi * np.array([0, 7.25, 182.5]) / 365.2425  # since New Year
    np.testing.assert_allclose(
        features[:, 1:3], np.stack([np.sin(turn), np.cos(turn)], 1), atol=1e-9
    )
    np.testing.assert_allclose(features[:, 3:5], [[0, 1], [1, 0], [0, -1]], atol=1e-12)
    z = np.array([-7.25, 0, 175.25]) / (94.875 - 3.625)  # the quartiles of 0, 7.25 and 182.5
    np.testing.assert_allclose(features[:, 0], z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-9)


def test_columns_are_dropped_for_a_reason():
    rows = 40
    number = np.random.default_rng(0).normal(size=rows)
    table = read_table(
        {
            "same": ["x"] * rows,
            "nothing": [None] * rows,
            "ticket": [f"ticket {index}" for index in range(rows)],
            "counter": np.arange(1, rows + 1),
            "customer_id": np.arange(rows)[::-1] * 7,
            "list": [[1], [2, 3]] * (rows // 2),
            "shuffled": np.arange(rows)[::-1] * 7,
            "number": number,
            "unwanted": number,
        }
    )
    encoder = TableEncoder.fit(table, None, drop=("unwanted",))
    assert encoder.columns == ("shuffled", "number")
    reasons = dropped(encoder)
    assert "it is always 'x'" in reasons["same"]
    assert "missing" in reasons["nothing"]
    assert "40 distinct texts in 40 rows" in reasons["ticket"]
    assert "count the rows" in reasons["counter"]
    assert "by its name" in reasons["customer_id"]
    assert "it holds list" in reasons["list"]
    assert "listed in drop" in reasons["unwanted"]
    assert len(encoder.notes) == 6  # all but the one in `drop`


def test_a_row_counter_is_kept_if_it_is_the_only_column():
    assert TableEncoder.fit(read_table({"x": range(50), "y": range(50)}), "y").columns == ("x",)


def test_all_columns_constant():
    table = read_table({"a": [1, 1], "b": ["x", "x"], "y": [1, 2]})
    with pytest.raises(DataError, match="no usable column besides the target"):
        TableEncoder.fit(table, "y")


def test_infinite_numbers_are_refused_and_huge_ones_are_not():
    with pytest.raises(DataError, match=r"Column 'x' has 1 infinite .* the first in row 2"):
        TableEncoder.fit(read_table({"x": [1.0, np.inf]}), None)
    table = read_table({"x": [1e308, -1e308, 1.7e308, 0.0], "tiny": [0.0, 1e-310, 0.0, 1e-309]})
    encoder = TableEncoder.fit(table, None)
    features = encoder.transform(table)
    assert np.isfinite(features).all()
    # Median 0.5e308, quartiles -0.25e308 and 1.175e308.
    z = np.array([0.5, -1.5, 1.2, -0.5]) / 1.425
    np.testing.assert_allclose(features[:, 0], z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-6)
    assert features[:, 1].std() > 0.5


@pytest.mark.parametrize("steps", [(-1.7e308, 0.0, 1.7e308), (1.7e308, 0.0, -1.7e308)])
def test_huge_numbers_in_order_are_no_identifiers(steps):
    values = np.repeat(steps, 20)
    assert TableEncoder.fit(read_table({"x": values, "number": values}), None).columns == (
        "x",
        "number",
    )


def test_numbers_far_from_training_stay_finite():
    encoder = TableEncoder.fit(read_table({"x": [1.0, 2.0]}), None)
    assert encoder.transform(read_table({"x": [1e308, -1e308]}))[:, 0].tolist() == [3, -3]


def test_small_differences_of_large_numbers_are_kept():
    table = read_table({"x": [1e15, 1e15 + 1, 1e15 + 2]})
    features = TableEncoder.fit(table, None).transform(table, np.float64)[:, 0]
    one = 1 / np.sqrt(1 + 1 / 9)
    np.testing.assert_allclose(features, [-one, 0, one], rtol=1e-12)

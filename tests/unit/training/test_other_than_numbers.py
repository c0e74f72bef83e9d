"""Arrays that NumPy would turn into other numbers without a word are refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import deltarule as dr
from deltarule import keras
from deltarule.errors import DataError, DataWarning, ShapeError

X = np.random.default_rng(0).normal(size=(20, 3))
Y = X[:, 0]
MASK = np.zeros((20, 3), bool)
MASK[4, 1] = True
DATES = np.datetime64("2020-01-01") + np.arange(60).reshape(20, 3)


def by_keras(X: Any, y: Any) -> None:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(X, y, epochs=1, verbose=0)


FITS: dict[str, Callable[[Any, Any], Any]] = {
    "fit": lambda X, y: dr.fit(dr.Network([dr.Dense(1)]), X, y, epochs=1),
    "keras": by_keras,
    "estimator": lambda X, y: dr.MLPRegressor(hidden_layer_sizes=(2,), max_iter=1).fit(X, y),
}


@pytest.mark.parametrize("face", FITS)
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ma.masked_array(X, MASK), Y, r"has 1 masked value, the first at \[4, 1\]"),
        (X, np.ma.masked_array(Y, MASK[:, 1]), r"y has 1 masked value, the first at \[4\]"),
        (DATES, Y, "holds dates"),
        (DATES - DATES[0, 0], Y, "holds durations"),
        (pd.DataFrame({"day": DATES[:, 0], "x": Y}), Y, "holds dates|hold numbers only"),
        (X, DATES[:, 0], "y holds dates"),
    ],
)
def test_masked_values_and_dates_are_not_taken_as_numbers(
    face: str, X: Any, y: Any, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        FITS[face](X, y)


@pytest.mark.parametrize("face", ["fit", "keras"])
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (X + 1j, Y, "holds complex numbers"),
        (scipy.sparse.csr_matrix(X), Y, "is a sparse matrix: pass [Xx].toarray"),
        ([[1.0, 2.0], [3.0]], Y[:2], "do not have the same number of values"),
        (X, [], "X has 20 rows and y has 0"),
        (X[:0], Y[:0], "X has no rows"),
    ],
)
def test_other_arrays_are_refused(face: str, X: Any, y: Any, message: str) -> None:
    with pytest.raises((DataError, ShapeError), match=message):
        FITS[face](X, y)


def test_masked_arrays_without_a_masked_value_are_arrays() -> None:
    plain = dr.fit(dr.Network([dr.Dense(1)]), X, Y, epochs=1).network
    masked = np.ma.masked_array(X)
    again = dr.fit(dr.Network([dr.Dense(1)]), masked, np.ma.masked_array(Y), epochs=1).network
    np.testing.assert_array_equal(plain.predict(X), again.predict(masked))
    with pytest.raises(DataError, match="masked value"):
        plain.predict(np.ma.masked_array(X, MASK))


def small() -> Any:
    return dr.TabularRegressor(random_state=0, folds=1, epochs=1, hidden=(2,))


def test_masked_values_are_missing_in_tables() -> None:
    with_nan = np.where(MASK, np.nan, X)
    expected = small().fit(with_nan, Y)
    masked = np.ma.masked_array(X, MASK)
    model = small().fit(masked, Y)
    np.testing.assert_array_equal(model.predict(masked), expected.predict(with_nan))
    integers = np.ma.masked_array(np.arange(60).reshape(20, 3), MASK)
    assert small().fit(integers, Y).predict(integers).shape == (20,)
    with pytest.raises(DataError, match="missing values in 1 of 20 rows"):
        small().fit(X, np.ma.masked_array(Y, MASK[:, 1]))


@pytest.mark.parametrize("names", [[0, 1, 2], [7, 3, 5], [("a", 1), ("a", 2), ("b", 1)]])
def test_column_names_that_are_no_texts_are_matched_by_name(names: list[Any]) -> None:
    frame = pd.DataFrame(X.copy())
    frame.columns = pd.Index(names)
    model = small().fit(frame, Y)
    expected = model.predict(frame)
    np.testing.assert_array_equal(model.predict(frame[names[::-1]]), expected)
    np.testing.assert_array_equal(model.predict(X), expected)
    others = [("x", 1), ("x", 2)] if isinstance(names[0], tuple) else [50, 51]
    one_known = frame.copy()
    one_known.columns = pd.Index([names[0], *others])
    with pytest.raises(DataError, match="column"):
        model.predict(one_known)
    if names[0] != 0:  # pandas numbers the columns of an array from 0
        with pytest.warns(DataWarning, match="they are taken in the order of fit"):
            model.predict(frame.set_axis([30, 31, 32], axis=1))


def test_integer_column_names_of_a_table_are_matched_by_name() -> None:
    frame = pd.DataFrame(X)
    table = frame.assign(y=Y)
    model = dr.train(table, "y", folds=1, epochs=1, hidden=(2,)).model
    swapped = model.predict(frame[[2, 0, 1]])
    np.testing.assert_array_equal(swapped.values, model.predict(frame).values)

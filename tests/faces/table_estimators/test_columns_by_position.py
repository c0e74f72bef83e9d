"""Columns without names: an array and a frame with numbered columns are equal."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from deltarule import MLPRegressor, TabularRegressor
from deltarule.errors import DataWarning

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X @ [1.0, -2.0, 0.5]
FORMS = {
    "array": X,
    "numbered frame": pd.DataFrame(X),
    "named frame": pd.DataFrame(X, columns=["a", "b", "c"]),
}


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize("fitted", FORMS)
def test_columns_without_names_are_matched_by_position(fitted: str) -> None:
    model = TabularRegressor(random_state=0, epochs=2, folds=2).fit(FORMS[fitted], Y)
    expected = model.predict(FORMS[fitted])
    for form in FORMS.values():
        np.testing.assert_array_equal(model.predict(form), expected)


def test_the_kind_of_a_column_is_stated() -> None:
    codes = np.arange(60) % 3
    for given, name in ((codes[:, None], "x0"), (pd.DataFrame({"code": codes}), "code")):
        model = TabularRegressor(random_state=0, epochs=1, folds=1, columns={name: "category"})
        model.fit(given, np.where(codes == 1, 1.0, 0.0) + 0.01 * np.arange(60))
        assert [encoder.kind for encoder in model.model_.encoder.column_encoders] == ["one-hot"]
        assert model.predict(given[:1]) == model.predict(given)[0]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_unusable_columns_do_not_shift_positions() -> None:
    frame = pd.DataFrame(X)
    frame.insert(1, 7, [[1, 2]] * 60)  # lists
    model = TabularRegressor(random_state=0, epochs=2, folds=2).fit(frame, Y)
    renamed = frame.set_axis([10, 11, 12, 13], axis=1)
    with pytest.warns(
        DataWarning, match="but fit had 0, 7, 1, 2: they are taken in the order of fit"
    ):
        by_position = model.predict(renamed)
    np.testing.assert_array_equal(by_position, model.predict(frame))


@pytest.mark.parametrize("fitted", [X, pd.DataFrame(X)])
def test_numbered_columns_in_another_order_warn(fitted) -> None:
    """Scikit-learn takes them by position; a table estimator knows the names that fit had."""
    model = MLPRegressor(hidden_layer_sizes=(2,), solver="lbfgs", random_state=0).fit(fitted, Y)
    swapped = pd.DataFrame(X)[[2, 0, 1]]
    with pytest.warns(DataWarning, match="X has the columns 2, 0, 1, but fit had 0, 1, 2"):
        np.testing.assert_array_equal(model.predict(swapped), model.predict(X[:, [2, 0, 1]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(pd.DataFrame(X))
        model.predict(pd.DataFrame(X, columns=[7, 8, 9]))
    table_model = TabularRegressor(random_state=0, epochs=2, folds=2).fit(fitted, Y)
    if isinstance(fitted, pd.DataFrame):
        np.testing.assert_array_equal(table_model.predict(swapped), table_model.predict(X))
    else:
        with pytest.warns(DataWarning, match="but fit had 0, 1, 2"):
            table_model.predict(swapped)

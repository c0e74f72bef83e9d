"""Columns without names: an array and a frame with numbered columns are equal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deltarule import TabularRegressor

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
    np.testing.assert_array_equal(model.predict(renamed), model.predict(frame))

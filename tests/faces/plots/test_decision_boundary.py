"""The decision boundary of two columns out of many, for any model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deltarule.errors import ColumnError
from deltarule.plots import DecisionBoundaryDisplay


class Half:
    """Class 1 where column 2 exceeds column 0 by more than column 1."""

    def __init__(self, classes: Any = (0, 1)) -> None:
        self.classes_ = np.array(classes)

    def predict_proba(self, X: Any) -> Any:
        p = 1 / (1 + np.exp(np.asarray(X[:, 0]) + X[:, 1] - X[:, 2]))
        return np.column_stack([1 - p, p])


class Plane:
    """Answers column a plus twice column b of a table."""

    def predict(self, X: Any) -> Any:
        return np.asarray(X["a"]) + 2 * np.asarray(X["b"])


def test_the_other_columns_are_held_at_their_medians() -> None:
    X = np.random.default_rng(0).normal(size=(50, 3))
    X[:, 1] = 4.0
    display = DecisionBoundaryDisplay.from_estimator(
        Half(("no", "yes")),
        X,
        np.where(X[:, 0] > 0, "yes", "no"),
        features=(0, 2),
        grid_resolution=40,
    )
    x, y = np.meshgrid(display.surface.x, display.surface.y)
    np.testing.assert_allclose(display.surface.values[:, :, 1], 1 / (1 + np.exp(x + 4 - y)))
    assert display.ax_.get_xlabel() == "column 0"
    assert display.ax_.get_ylabel() == "column 2"
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["no", "yes"]
    moved = DecisionBoundaryDisplay.from_estimator(
        Half(), X, features=(0, 2), fixed_values=[0, -1, 0], grid_resolution=40
    )
    np.testing.assert_allclose(moved.surface.values[:, :, 1], 1 / (1 + np.exp(x - 1 - y)))


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_tables_are_handed_on_as_they_came(library: str) -> None:
    module = pytest.importorskip(library)
    make = module.table if library == "pyarrow" else module.DataFrame
    table = make({"kind": ["u", "v", "v"], "a": [0.0, 1.0, 2.0], "b": [1.0, 3.0, 5.0]})
    display = DecisionBoundaryDisplay.from_estimator(
        Plane(), table, features=("a", "b"), grid_resolution=9
    )
    x, y = np.meshgrid(display.surface.x, display.surface.y)
    np.testing.assert_allclose(display.surface.values[:, :, 0], x + 2 * y)
    with pytest.raises(ColumnError, match="holds no numbers"):
        DecisionBoundaryDisplay.from_estimator(Plane(), table, features=("a", "kind"))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_estimator_of_four_columns() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    from deltarule import MLPClassifier

    X, y = datasets.load_iris(return_X_y=True)
    model = MLPClassifier(max_iter=20, random_state=0).fit(X, y)
    display = DecisionBoundaryDisplay.from_estimator(
        model, X, y, features=(2, 3), grid_resolution=20
    )
    middle = np.median(X, axis=0)
    row = [*middle[:2], display.surface.x[7], display.surface.y[3]]
    np.testing.assert_allclose(display.surface.values[3, 7], model.predict_proba([row])[0])


def test_columns_that_are_not_there() -> None:
    X = np.zeros((3, 3))
    with pytest.raises(ColumnError, match="no column 5 among the 3"):
        DecisionBoundaryDisplay.from_estimator(Half(), X, features=(0, 5))
    with pytest.raises(ColumnError, match="two different columns"):
        DecisionBoundaryDisplay.from_estimator(Half(), X, features=(1, 1))

"""What a notebook shows: every object has one line of text and a bounded, escaped card."""

from __future__ import annotations

import pickle
import re
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest

from deltarule import (
    Dense,
    MLPClassifier,
    MLPRegressor,
    Network,
    TabularClassifier,
    TabularRegressor,
    fit,
    keras,
    train,
)
from deltarule.notebook import html
from deltarule.notebook.card import MAX_BYTES, Card
from deltarule.report.content import DataTable

EVIL = "<script>alert('x')</script>&\u202e"


@pytest.fixture(scope="module")
def shown():
    """Objects of a network and of a table whose names are markup."""
    rows = np.arange(40)
    trained = fit(Network([Dense(3, "tanh"), Dense(1)]), rows[:, None] / 40, rows / 40, epochs=3)
    table = {EVIL: rows * 1.0, "b": ["p", EVIL] * 20, f"t{EVIL}": [EVIL, "no"] * 20}
    result = train(table, f"t{EVIL}", folds=2, epochs=2, hidden=(3,))
    number = train({"a": rows * 1.0, "y": rows**1.5}, "y", folds=2, epochs=2, hidden=(3,))
    return {
        type(one).__name__ + str(i): one
        for i, one in enumerate(
            [
                Network([Dense(2)]), trained, trained.network, trained.history,
                trained.network.parameters, result, result.model, result.test_prediction,
                result.scores, result.cross_validated_scores, result.test_curve, result.recipe,
                result.split, result.table, result.table.columns[0], result.model.schema,
                result.model.encoder, result.model.target, result.model.calibration,
                result.settings, number, number.model.predict({"a": [1.0, 2.0]}, quantiles=0.5),
                number.scores,
            ]
        )
    }  # fmt: skip


def check_card(card: str) -> None:
    """Check that each tag is closed, all text is escaped, and the size is bounded."""
    assert len(card.encode()) <= MAX_BYTES
    root = ElementTree.fromstring(card)
    assert "script" not in {node.tag for node in root.iter()}
    assert "\u202e" not in card
    assert root.find("p[@class='kind']") is not None
    marks = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(set(marks)) == len(marks)


def test_each_has_one_line_of_text_and_a_card(shown):
    for name, one in shown.items():
        text, card = repr(one), html(one)
        assert len(text) < 300, name
        assert "\n" not in text
        assert "array(" not in text
        assert card == one._repr_html_()
        check_card(card)


def test_a_card_too_large_loses_its_pictures_and_rows():
    rows = [[f"row {i}"] + ["&" * 200] * 20 for i in range(10_000)]
    card = Card("Thing", "Long. " * 500, tables=[DataTable("Rows", ["a"] * 21, rows)])
    assert len(card.html().encode()) <= MAX_BYTES
    assert "9,988 more rows and 14 more columns not shown" in card.html()


def test_the_style_is_limited_to_the_card(shown):
    for one in shown.values():
        root = ElementTree.fromstring(html(one))
        card, unique = root.get("class").split()
        style = root.findtext("style")
        for selector in re.findall(r"([^{}]+)\{", style):
            assert f".{card}" in selector or f".{unique} " in selector or "@media" in selector
        assert "url(" not in style
        assert "@import" not in style


def test_an_object_that_cannot_be_drawn_is_shown_as_text(monkeypatch):
    network = Network([Dense(2)])
    monkeypatch.setattr("deltarule.notebook.html", lambda shown: 1 / 0)
    assert network._repr_html_() is None


def test_a_fitted_estimator_has_a_card_and_an_unfitted_one_the_diagram_of_scikit_learn():
    from sklearn import config_context
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = np.arange(40.0).reshape(20, 2) / 40, np.arange(20) % 2
    for estimator in (
        MLPClassifier(max_iter=3, early_stopping=True),
        MLPRegressor(max_iter=3, solver="lbfgs"),
        TabularClassifier(folds=2, epochs=2, hidden=(3,)),
        TabularRegressor(folds=1, epochs=2, hidden=(3,)),
    ):
        diagram = estimator._repr_mimebundle_()["text/html"]
        assert "sk-container" in diagram
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator.fit(X, y)
        before = pickle.dumps(estimator)
        card = estimator._repr_mimebundle_()["text/html"]
        assert card == estimator._repr_html_() == html(estimator)
        assert pickle.dumps(estimator) == before  # showing changes nothing
        check_card(card)
        assert "sk-container" in make_pipeline(StandardScaler(), estimator)._repr_html_()
        with config_context(display="text"):
            assert "text/html" not in estimator._repr_mimebundle_()


def test_a_keras_model_and_its_history_have_cards():
    model = keras.Sequential([keras.layers.Dense(2, "relu"), keras.layers.Dense(1)], name="<b>")
    check_card(html(model))
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(np.ones((8, 3)), np.ones(8), epochs=3, validation_split=0.25, verbose=0)
    assert len(repr(history)) < 300
    for one in (model, history):
        check_card(one._repr_html_())
    assert "<svg" in html(history)

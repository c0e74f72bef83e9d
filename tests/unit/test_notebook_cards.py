"""What a notebook shows: every object has one line of text and a bounded, escaped card."""

from __future__ import annotations

import pickle
import re
import time
import warnings
from html import unescape
from xml.etree import ElementTree

import numpy as np
import pytest
from shown_objects import TEXT_ONLY, all_objects, shown_classes
from sklearn import config_context
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deltarule import (
    Dense,
    MLPClassifier,
    MLPRegressor,
    Network,
    TabularRegressor,
    fit,
    insight,
    train,
)
from deltarule.data import Column, Table
from deltarule.errors import SettingError
from deltarule.history import EPOCH_RECORD, History
from deltarule.notebook import html
from deltarule.notebook.card import MAX_BYTES, Card
from deltarule.optimizers import GradientDescent
from deltarule.report.content import DataTable
from deltarule.table_model import Prediction

MAX_TEXT = 300
MAX_SECONDS = 0.4  # a card takes about 10 ms, up to 50 ms for surfaces; the machine may be busy


@pytest.fixture(scope="module")
def shown():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return all_objects()


def check_card(card: str) -> None:
    """Check that each tag is closed, all text is escaped, and the size is bounded."""
    root = ElementTree.fromstring(card)
    pages = [frame.get("srcdoc", "") for frame in root.iter("iframe")]
    assert len(card.encode()) - 2 * sum(len(page.encode()) for page in pages) <= MAX_BYTES
    assert "script" not in {node.tag for node in root.iter()}
    assert "\u202e" not in card
    assert root.find("p[@class='kind']") is not None
    marks = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(set(marks)) == len(marks)


def test_every_class_that_people_see_is_tested_here(shown):
    """A new class derives from `NotebookDisplay`, and one of its objects joins `shown_objects.py`."""
    missing = [cls for cls in shown_classes() if cls not in {type(one) for one in shown}]
    assert missing == []


def test_each_has_one_line_of_text(shown):
    for one in shown:
        text = repr(one)
        assert len(text) < MAX_TEXT, text
        assert "array(" not in text
        assert "\n" not in text
        assert str(one)


def test_each_has_a_card(shown):
    for one in shown:
        if isinstance(one, (*TEXT_ONLY, insight.NetworkDrawing)):
            continue
        begin = time.process_time()
        card = html(one)
        assert time.process_time() - begin < MAX_SECONDS
        assert type(card) is str, type(one)  # marimo takes no subclass
        check_card(card)
        assert card == one._repr_html_()


def test_the_style_is_limited_to_the_card(shown):
    for one in shown[:3]:
        root = ElementTree.fromstring(html(one))
        card, unique = root.get("class").split()
        style = root.findtext("style")
        for selector in re.findall(r"([^{}]+)\{", style):
            assert f".{card}" in selector or f".{unique} " in selector or "@media" in selector
        assert "url(" not in style
        assert "@import" not in style


def test_large_and_empty_objects_have_small_cards():
    rows, classes = 10_000, tuple(f"<class {i}>" for i in range(200))
    many = np.random.default_rng(0).random((rows, 200))
    columns = tuple(Column(f"column {i}", "number", np.arange(3.0)) for i in range(10_000))
    records = np.zeros(10_000, EPOCH_RECORD)
    records["training_loss"] = np.linspace(1, 0, 10_000) ** 3
    records["validation_loss"] = np.where(np.arange(10_000) % 2, np.nan, np.inf)
    for one in (
        Prediction("<y>", np.zeros(rows), many, classes),
        Prediction("<y>", np.array([]), None, ()),
        Table(columns),
        Table((Column("nothing", "number", np.full(3, np.nan)),)),
        Table((Column("no rows", "number", np.empty(0)),)),
        History(records),
        History(records[:0]),
        Network([Dense(5, "relu")] * 100, inputs=10_000),
        insight.initialize(Network([Dense(300, "relu")] * 3, inputs=3_000)),
    ):  # fmt: skip
        assert len(repr(one)) < MAX_TEXT
        check_card(html(one))


def test_cards_of_several_networks_name_the_one_they_show(tmp_path):
    table = {"x": np.arange(40.0), "y": np.arange(40.0) ** 1.5}
    result = train(table, "y", folds=3, epochs=2, hidden=(3,))
    assert "The curves show the first of 3 networks." in html(result)
    alone = train(table, "y", folds=1, epochs=2, hidden=(3,))
    assert "The curves show" not in html(alone)
    estimator = TabularRegressor(folds=3, epochs=2, hidden=(3,)).fit(
        table["x"][:, None], table["y"]
    )
    assert "The curves show the first of 3 networks." in html(estimator)
    estimator.save(tmp_path / "model")
    assert "Network 1 of 3" in html(TabularRegressor.load(tmp_path / "model"))


def test_the_scores_of_epochs_that_were_not_kept_are_not_shown():
    rows = np.arange(40.0)[:, None]
    result = fit(Network([Dense(1)]), rows, rows, optimizer=GradientDescent(1e9), batch_size=1)
    assert result.kept_epoch == 0
    card = html(result)
    assert "none: the initial parameters" in card
    assert "Training loss" not in card


def test_the_range_of_an_array_is_that_of_all_its_values():
    parameters = insight.initialize(Network([Dense(200)]), inputs=300).parameters
    parameters.weights[0][0, 1] = 99
    assert ">99<" in html(parameters)


def test_the_number_of_columns_left_out_counts_all():
    prediction = Prediction("y", np.zeros(3), np.full((3, 20), 0.05), tuple("abcdefghijklmnopqrst"))
    assert "(15 more columns not shown)" in html(prediction)


def test_iterations_of_lbfgs_are_no_epochs():
    X = np.arange(40.0).reshape(20, 2) / 40
    estimator = MLPRegressor(hidden_layer_sizes=(2,), solver="lbfgs", max_iter=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(X, X[:, 0])
    assert f"fitted in {estimator.n_iter_} iteration" in html(estimator)


def test_lines_left_out_of_a_chart_are_counted():
    optimizers = {f"rate {i}": GradientDescent(0.001 * i) for i in range(1, 9)}
    compared = insight.compare_optimizers(insight.ravine(), optimizers, steps=5)
    assert "The chart shows the first 6 of 8." in html(compared)


def test_a_report_is_shown_in_a_frame_without_rights(tmp_path):
    table = {"x": np.arange(40.0), "y": ["<b>&", 'a"'] * 20}
    report = train(table, "y", folds=1, epochs=2, hidden=(3,)).report(height=500)
    card = report._repr_html_()
    page = unescape(re.search(r'srcdoc="([^"]*)"', card)[1])
    # Escaped once, so that a browser reads the same page; its links to sections stay in it.
    assert page.replace('<base href="about:srcdoc">', "") == report.html
    root = ElementTree.fromstring(card)
    (frame,) = root.iter("iframe")
    assert frame.get("sandbox") == ""
    assert "height: 500px" in frame.get("style")
    assert "test rows" in root.findtext("p[2]")  # what remains where a notebook leaves out frames
    report.save(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == report.html
    result = train(table, "y", folds=1, epochs=2, hidden=(3,))
    with pytest.raises(SettingError, match="`height` must be at least 200"):
        result.report(height=20)
    for card in ("card.md", {"Intended use": 3}):
        with pytest.raises(SettingError, match="`card` must be a dict of texts by field, got"):
            result.report(card=card)


def test_models_of_groups_have_a_report_of_all_groups():
    table = {"x": np.arange(40.0), "shop": ["a", "b"] * 20, "y": np.arange(40.0) * 0.37}
    result = train(table, "y", by="shop", folds=1, epochs=2, hidden=(3,))
    report = result.report()
    assert f"root mean squared error is {result.scores.rmse:.4g}" in report.headline
    assert f"{result.scores.rmse:.4g}" != f"{result.all_rows.scores.rmse:.4g}"
    assert "one for each 'shop'" in unescape(report.html)
    assert report._repr_html_() is not None


def test_drawings_shrink_and_short_cells_stay_on_one_line():
    drawn = ElementTree.fromstring(html(insight.initialize(Network([Dense(5)]), inputs=3)))
    svg = drawn.find(".//{http://www.w3.org/2000/svg}svg")
    least = float(svg.get("style").removeprefix("min-width: ").removesuffix("px"))
    assert least == pytest.approx(0.7 * float(svg.get("width")), abs=0.5)
    dates = np.array(["2020-01-03", "2021-02-04"], "datetime64[us]")
    long = Column("long", "text", np.array([0, 1]), ("short", "much longer than a date could be"))
    cells = ElementTree.fromstring(html(Table((Column("when", "datetime", dates), long))))
    assert [cell.get("class") for cell in cells.iter("td")] == ["text unbroken", "text"] * 2


def test_a_card_too_large_loses_its_pictures_and_rows():
    rows = [[f"row {i}"] + ["&" * 200] * 20 for i in range(500)]
    card = Card("Thing", "Long. " * 500, tables=[DataTable("Rows", ["a"] * 21, rows)])
    assert len(card.html().encode()) <= MAX_BYTES
    assert "488 more rows and 14 more columns not shown" in card.html()


def test_an_object_that_cannot_be_drawn_is_shown_as_text(monkeypatch):
    network = Network([Dense(2)])
    monkeypatch.setattr("deltarule.notebook.html", lambda shown: 1 / 0)
    assert network._repr_html_() is None


def test_an_unfitted_estimator_keeps_the_diagram_of_scikit_learn():
    X, y = np.arange(40.0).reshape(20, 2) / 40, np.arange(20) % 2
    for estimator in (MLPClassifier(max_iter=2), TabularRegressor(folds=1, epochs=2, hidden=(3,))):
        assert "sk-container" in estimator._repr_mimebundle_()["text/html"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator.fit(X, y)
        before = pickle.dumps(estimator)
        card = estimator._repr_mimebundle_()["text/html"]
        assert card == estimator._repr_html_() == html(estimator)
        assert pickle.dumps(estimator) == before  # showing changes nothing
        assert "sk-container" in make_pipeline(StandardScaler(), estimator)._repr_html_()
        with config_context(display="text"):
            assert "text/html" not in estimator._repr_mimebundle_()
